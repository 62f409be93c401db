"""The request for each device: the mode, the share of the surplus, phases, and battery arbitration."""
