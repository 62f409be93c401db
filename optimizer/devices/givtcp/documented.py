"""The values of GivTCP's cache for people. The control reads fewer of them (cache.py, evc.py)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from optimizer.devices.port import Value

UNITS: tuple[tuple[str, str], ...] = (
    ("Rate_AC", "%"),
    ("kWh", "kWh"),
    ("_Capacity", "Ah"),
    ("_SOC", "%"),
    ("SOC_", "%"),
    ("_Reserve", "%"),
    ("_Cutoff", "%"),
    ("Power_Rate", "%"),
    ("Charge_Rate", "W"),
    ("Discharge_Rate", "W"),
    ("Bat_Rate", "W"),
    ("Inv_Rate", "W"),
    ("Export_Limit", "W"),
    ("Voltage", "V"),
    ("Current", "A"),
    ("Charge_Limit", "A"),
    ("Import_Cap", "A"),
    ("Frequency", "Hz"),
    ("Temperature", "°C"),
    ("Meter_Energy", "kWh"),
    ("Session_Energy", "kWh"),
    ("Time_Remaining", "min"),
    ("Last_Update", "s"),
    ("_Num", "min"),
    ("Active_Power", "W"),
    ("_Power", "W"),
    ("_to_", "W"),
)
"""Part of a key → the unit of a number under it. The first that fits counts. Few keys name their unit."""
MEANINGS: Mapping[str, str] = {
    "Grid_Power": "+ export",
    "Battery_Power": "+ discharge",
    "SOC": "state of charge",
    "Last_Updated_Time": "when GivTCP last asked the inverter",
    "Time_Since_Last_Update": "not the age",
    "Write_Count": "settings written to flash memory",
    "Real_Time_Control": "enable: rates, slot 1, target, mode, reserve and pause wear nothing",
}
LEFT_OUT = frozenset({"raw"})
"""Hundreds of registers of which the rest is made."""
DEEPEST = 5
MOST_VALUES = 2000


def documented(body: object, at_s: float) -> tuple[Value, ...]:
    """All values of a body of `/getCache` or `/getEVCCache`, by path."""
    found: list[Value] = []
    if isinstance(body, dict):
        for name, part in cast(Mapping[str, object], body).items():
            if name not in LEFT_OUT:
                found += _leaves(name, part, at_s)
    return tuple(found[:MOST_VALUES])


def _leaves(name: str, value: object, at_s: float, depth: int = 0) -> Iterator[Value]:
    if isinstance(value, dict) and depth < DEEPEST:
        for key, inner in cast(Mapping[str, object], value).items():
            yield from _leaves(f"{name}.{key}", inner, at_s, depth + 1)
        return
    key = name.rpartition(".")[2]
    # All but the energies under Rates are prices and costs, in the owner's currency.
    unit = "" if ".Rates." in name and not key.endswith("_kWh") else _unit(key, value)
    yield Value(name, value, unit, meaning=MEANINGS.get(key, ""), at_s=at_s)


def _unit(key: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return "%" if key == "SOC" else next((unit for part, unit in UNITS if part in key), "")
