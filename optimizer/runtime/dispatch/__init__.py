"""Dispatch: one worker for each controlled device, with leases, read-back, and retries."""
