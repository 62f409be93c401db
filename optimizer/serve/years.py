"""The years that a request or a command line may name."""

from __future__ import annotations

YEARS = range(1971, 2971)
"""Leaves room on both sides for zones, windows, and the length of a study."""
BEYOND = f"not a time of this house: years {YEARS[0]} to {YEARS[-1]}"
"""Said after the time that is none."""
