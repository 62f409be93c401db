"""Bodies of an NRGkick, written from its contract: every documented field, every number a different one."""

from __future__ import annotations

import copy
from typing import Any

INFO: dict[str, Any] = {
    "general": {
        "serial_number": "T24A1",
        "model_type": "NRGkick Gen2",
        "device_name": "Carport ⚡",
        "rated_current": 32,
    },
    "connector": {"phase_count": 3, "max_current": 16.0, "type": "CEE", "serial": "C77"},
    "grid": {"voltage": 230, "frequency": 50, "phases": "L1, L2, L3"},
    "network": {"ip_address": "10.0.0.9", "mac_address": "AA:BB:CC:DD:EE:01", "ssid": "home", "rssi": -61},
    "cellular": {"imei": "1234", "imsi": "5678", "operator": "Op", "rssi": -83, "mode": "LTE_CAT_M1"},
    "gps": {"latitude": 47.5, "longitude": 15.25, "altitude": 402.5, "accuracy": 12.0},
    "versions": {
        "sw_sm": "4.1.2.3",
        "hw_sm": "1.0.0.1",
        "sw_ma": "4.2.0.2",
        "hw_ma": "1.1.0.3",
        "sw_to": "1.5.0.4",
        "hw_to": "1.1.0.5",
        "sw_st": "1.4.0.6",
        "hw_st": "1.2.0.7",
        "sw_cm": "B15",
    },
}

VALUES: dict[str, Any] = {
    "energy": {"total_charged_energy": 6900000123, "charged_energy": 185000},
    "powerflow": {
        "charging_voltage": 231.5,
        "charging_current": 9.5,
        "grid_frequency": 49.98,
        "peak_power": 6900.5,
        "total_active_power": 6512.125,
        "total_reactive_power": -1000.25,
        "total_apparent_power": 6588.875,
        "total_power_factor": 0.988,
        "l1": {
            "voltage": 230.5,
            "current": 9.375,
            "active_power": 2160.125,
            "reactive_power": -101.5,
            "apparent_power": 2170.5,
            "power_factor": 0.981,
        },
        "l2": {
            "voltage": 231.25,
            "current": 9.25,
            "active_power": 2139.5,
            "reactive_power": -102.5,
            "apparent_power": 2150.25,
            "power_factor": 0.982,
        },
        "l3": {
            "voltage": 232.75,
            "current": 9.125,
            "active_power": 2120.75,
            "reactive_power": -103.5,
            "apparent_power": 2130.75,
            "power_factor": 0.983,
        },
        "n": {"current": 0.125},
    },
    "general": {
        "charging_rate": 41.5,
        "vehicle_connect_time": 2400,
        "vehicle_charging_time": 1710,
        "status": "CHARGING",
        "charge_permitted": 1,
        "relay_state": "N, L1, L2, L3",
        "charge_count": 42,
        "rcd_trigger": "NO_FAULT",
        "warning_code": "NO_WARNING",
        "error_code": "NO_ERROR",
    },
    "temperatures": {
        "housing": 37.76,
        "connector_l1": 36.5,
        "connector_l2": 25.25,
        "connector_l3": -5.5,
        "domestic_plug_1": 20.5,
        "domestic_plug_2": 21.5,
    },
}

CONTROL: dict[str, Any] = {"current_set": 9.7, "charge_pause": 0, "energy_limit": 200000, "phase_count": 3}

CODES = {
    "info.connector.type": 1,
    "info.grid.phases": 7,
    "info.cellular.mode": 3,
    "values.general.status": 3,
    "values.general.relay_state": 15,
    "values.general.rcd_trigger": 0,
    "values.general.warning_code": 0,
    "values.general.error_code": 0,
}
"""What `raw` and Modbus show for the texts above."""


def flat(prefix: str, tree: dict[str, Any]) -> dict[str, Any]:
    """Leaves by path."""
    found: dict[str, Any] = {}
    for key, value in tree.items():
        path = f"{prefix}.{key}"
        found.update(flat(path, value) if isinstance(value, dict) else {path: value})
    return found


def everything() -> dict[str, Any]:
    """All 82 values by path, as text enums."""
    return flat("info", INFO) | flat("control", CONTROL) | flat("values", VALUES)


def changed(tree: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy with one leaf changed; `path` like `general.status`."""
    whole = copy.deepcopy(tree)
    at = whole
    *sections, leaf = path.split(".")
    for section in sections:
        at = at[section]
    at[leaf] = value
    return whole
