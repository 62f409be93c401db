"""The imperative shell: pollers, tick loop, dispatcher with leases, hand-back."""
