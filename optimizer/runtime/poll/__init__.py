"""Polling: the latest reading of each device, put together as one State."""
