"""Payloads of topics: how a value of the house is written in MQTT. Pure."""

from __future__ import annotations

import math

Payload = float | bool | str | None
"""A value of the house. None: unknown."""
UNKNOWN = "None"
"""The payload for an unknown value. Home Assistant shows “unknown” for it."""
LONGEST = 255
"""Home Assistant refuses longer states."""
KWH = 1000.0


def text_of(value: Payload, decimals: int = 0) -> str:
    """`-542`, `ON`, `charging`, `None`."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "ON" if value else "OFF"
    if isinstance(value, str):
        return value if len(value) <= LONGEST else value[: LONGEST - 1] + "…"
    if not math.isfinite(value):
        return UNKNOWN
    rounded = round(value, decimals) + 0.0
    return f"{rounded:.{decimals}f}"


def clock_text(seconds: float) -> str:
    """`07:00` for s since midnight, with seconds if there are any."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}" + (f":{rest:02d}" if rest else "")
