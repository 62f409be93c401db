"""The devices of the simulated house, as its owner would write them into site.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DEVICES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "carport": (
        "carport",
        {"type": "nrgkick", "poll_s": 5.0, "max_age_s": 20.0, "charger": {"phase_switching": True}},
    ),
    "fems": ("fems", {"type": "fems", "password": "owner"}),
    "sonnen": ("sonnen_v2", {"type": "sonnen", "api": "v2", "token": "secret-token", "pv": False}),
    "givtcp": ("givtcp_rest", {"type": "givtcp", "pv": False}),
    "yard": ("givtcp_rest", {"type": "givtcp_evc", "charger": {"phases": ["L2"], "max_current_a": 32.0}}),
}
"""By device: its endpoint in the simulated house, and its settings in addition to the address."""

LOADS: Mapping[str, Mapping[str, Any]] = {
    "boiler": {"type": "shelly", "power_w": 2000.0, "phases": ["L3"]},
    "pool": {"type": "tasmota", "power_w": 700.0, "phases": ["L1"], "timer_s": 120.0},
}
"""By switchable load, which has the name of its endpoint: its settings in addition to the address."""
