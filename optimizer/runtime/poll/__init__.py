"""Polling: reads each device and combines the latest readings into one State."""
