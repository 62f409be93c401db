"""Prices while the service runs: feeds that are asked, a cache on disk, and the prices of each tick."""
