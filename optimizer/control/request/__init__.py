"""What is wanted of each device: the mode, the share of the surplus, phases, and battery arbitration."""
