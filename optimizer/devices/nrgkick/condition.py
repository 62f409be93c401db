"""From values by JSON path to a ChargerCondition: faults, temperatures, voltages, relays, and signal.

No value here is needed for control. A missing or odd one costs only its own reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from optimizer.devices.nrgkick.api import Live, Values
from optimizer.devices.nrgkick.codes import (
    ERROR_TEXTS,
    RCD_TEXTS,
    RELAY_TEXTS,
    WARNING_TEXTS,
    whole_number,
    word_of,
)
from optimizer.devices.values import number_at
from optimizer.model.condition import ChargerCondition
from optimizer.model.faults import NONE
from optimizer.model.reading import Reading, known, unknown
from optimizer.words.text import Text

LONGEST_QUOTE = 40
LEAST_C, MOST_C = -60.0, 200.0
"""Beyond these no sensor of a charger measures: such a value is a fault of the sensor."""
MOST_V = 500.0
MOST_A = 100.0
WEAKEST_DBM, STRONGEST_DBM = -127.0, -1.0
"""0 dBm is what a module reports that is not connected."""


class Info(NamedTuple):
    """The paths `info.…` and when they were read."""

    values: Values
    at_s: float


def condition_from(info: Info, live: Live) -> ChargerCondition:
    """The condition that the charger reports."""
    domestic = info.values.get("info.connector.type") in ("DOMESTIC", 2)
    return ChargerCondition(
        error=_fault(live, "error_code", ERROR_TEXTS),
        warning=_fault(live, "warning_code", WARNING_TEXTS),
        rcd=_fault(live, "rcd_trigger", RCD_TEXTS),
        relays=_relays(live),
        housing_temp_c=_temperature(live, "housing"),
        connector_temp_c=tuple(_temperature(live, f"connector_l{line}") for line in (1, 2, 3)),
        plug_temp_c=tuple(_temperature(live, f"domestic_plug_{pin}") for pin in (1, 2)) if domestic else (),
        voltage_v=tuple(_number(live, f"values.powerflow.l{line}.voltage", 0.0, MOST_V) for line in (1, 2, 3)),
        neutral_current_a=_number(live, "values.powerflow.n.current", 0.0, MOST_A),
        signal_dbm=_signal(info),
    )


def _number(live: Live, path: str, low: float, high: float) -> Reading[float]:
    return number_at(live.values, (path,), live.time_of(path), low, high)


def _temperature(live: Live, key: str) -> Reading[float]:
    return _number(live, f"values.temperatures.{key}", LEAST_C, MOST_C)


def _fault(live: Live, key: str, texts: Mapping[int, str]) -> Reading[str]:
    path = f"values.general.{key}"
    word = word_of(texts, live.values.get(path))
    return _missing(live, path) if word is None else known(word, live.time_of(path))


def _relays(live: Live) -> Reading[str]:
    path = "values.general.relay_state"
    value = live.values.get(path)
    whole = whole_number(value)
    text = value if whole is None else RELAY_TEXTS.get(whole)
    if not isinstance(text, str) or text not in RELAY_TEXTS.values():
        return _missing(live, path)
    return known(NONE if text == RELAY_TEXTS[0] else text, live.time_of(path))


def _missing(live: Live, path: str) -> Reading[str]:
    value, at_s = live.values.get(path), live.time_of(path)
    if value is None:
        return unknown(Text("the charger gives no {path}", path=path), at_s)
    return unknown(Text("the charger's {path} is {value}", path=path, value=repr(value)[:LONGEST_QUOTE]), at_s)


def _signal(info: Info) -> Reading[float]:
    """Of the Wi-Fi; of the cellular module where there is no Wi-Fi."""
    wifi = number_at(info.values, ("info.network.rssi",), info.at_s, WEAKEST_DBM, STRONGEST_DBM)
    if wifi.known or "info.cellular.rssi" not in info.values:
        return wifi
    return number_at(info.values, ("info.cellular.rssi",), info.at_s, WEAKEST_DBM, STRONGEST_DBM)
