"""The years that a request or a command line may name."""

from __future__ import annotations

from optimizer.words.text import Text

YEARS = range(1971, 2971)
"""Leaves room on both sides for zones, windows, and the length of a study."""
BEYOND = Text("not a time of this house: years {first} to {last}", first=YEARS[0], last=YEARS[-1])
"""Said after the time that is none."""
