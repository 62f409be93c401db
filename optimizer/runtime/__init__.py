"""The part of the service with I/O and time: pollers, tick loop, dispatcher with leases, and hand-back."""
