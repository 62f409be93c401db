"""The codes of an NRGkick: number, text of the JSON API, and the word that rules use.

Source: the vendor's document of the local API. Modbus and `raw` give the number; JSON gives the text. A number that is
not listed has the text UNKNOWN there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from optimizer.model.faults import NONE, OTHER

CONNECTORS = {0: "UNKNOWN", 1: "CEE", 2: "DOMESTIC", 3: "TYPE2", 4: "WALL", 5: "AUS"}
STATUS_WORDS = {0: "UNKNOWN", 1: "STANDBY", 2: "CONNECTED", 3: "CHARGING", 6: "ERROR", 7: "WAKEUP"}
RCD_TEXTS = {
    0: "NO_FAULT",
    1: "AC_30MA_FAULT",
    2: "AC_60MA_FAULT",
    3: "AC_150MA_FAULT",
    4: "DC_POSITIVE_6MA_FAULT",
    5: "DC_NEGATIVE_6MA_FAULT",
}
WARNING_TEXTS = {
    0: "NO_WARNING",
    1: "NO_PE",
    2: "BLACKOUT_PROTECTION",
    3: "ENERGY_LIMIT_REACHED",
    4: "EV_DOES_NOT_COMPLY_STANDARD",
    5: "UNSUPPORTED_CHARGING_MODE",
    6: "NO_ATTACHMENT_DETECTED",
    7: "NO_COMM_WITH_TYPE2_ATTACHMENT",
    16: "INCREASED_TEMPERATURE",
    17: "INCREASED_HOUSING_TEMPERATURE",
    18: "INCREASED_ATTACHMENT_TEMPERATURE",
    19: "INCREASED_DOMESTIC_PLUG_TEMPERATURE",
}
ERROR_TEXTS = {
    0: "NO_ERROR",
    1: "GENERAL_ERROR",
    2: "32A_ATTACHMENT_ON_16A_UNIT",
    3: "VOLTAGE_DROP_DETECTED",
    4: "UNPLUG_DETECTION_TRIGGERED",
    5: "TYPE2_NOT_AUTHORIZED",
    16: "RESIDUAL_CURRENT_DETECTED",
    32: "CP_SIGNAL_VOLTAGE_ERROR",
    33: "CP_SIGNAL_IMPERMISSIBLE",
    34: "EV_DIODE_FAULT",
    48: "PE_SELF_TEST_FAILED",
    49: "RCD_SELF_TEST_FAILED",
    50: "RELAY_SELF_TEST_FAILED",
    51: "PE_AND_RCD_SELF_TEST_FAILED",
    52: "PE_AND_RELAY_SELF_TEST_FAILED",
    53: "RCD_AND_RELAY_SELF_TEST_FAILED",
    54: "PE_AND_RCD_AND_RELAY_SELF_TEST_FAILED",
    64: "SUPPLY_VOLTAGE_ERROR",
    65: "PHASE_SHIFT_ERROR",
    66: "OVERVOLTAGE_DETECTED",
    67: "UNDERVOLTAGE_DETECTED",
    68: "OVERVOLTAGE_WITHOUT_PE_DETECTED",
    69: "UNDERVOLTAGE_WITHOUT_PE_DETECTED",
    70: "UNDERFREQUENCY_DETECTED",
    71: "OVERFREQUENCY_DETECTED",
    72: "UNKNOWN_FREQUENCY_TYPE",
    73: "UNKNOWN_GRID_TYPE",
    80: "GENERAL_OVERTEMPERATURE",
    81: "HOUSING_OVERTEMPERATURE",
    82: "ATTACHMENT_OVERTEMPERATURE",
    83: "DOMESTIC_PLUG_OVERTEMPERATURE",
}
UNLISTED = "UNKNOWN"
"""The text of every code that is not listed."""


def _bits(names: tuple[str, ...], none: str) -> dict[int, str]:
    return {code: ", ".join(n for i, n in enumerate(names) if code >> i & 1) or none for code in range(1 << len(names))}


RELAY_TEXTS = _bits(("N", "L1", "L2", "L3"), "NO_RELAY")
TEXTS: Mapping[str, Mapping[int, str]] = {
    "info.connector.type": CONNECTORS,
    "info.grid.phases": _bits(("L1", "L2", "L3"), UNLISTED),
    "info.cellular.mode": {0: UNLISTED, 1: "NO_SERVICE", 2: "GSM", 3: "LTE_CAT_M1", 4: "LTE_NB_IOT"},
    "values.general.status": STATUS_WORDS,
    "values.general.relay_state": RELAY_TEXTS,
    "values.general.rcd_trigger": RCD_TEXTS,
    "values.general.warning_code": WARNING_TEXTS,
    "values.general.error_code": ERROR_TEXTS,
}
"""The texts of each coded value, by its path in the JSON API."""

DIGITS = re.compile(r"[0-9]{1,5}")
"""A code that was printed as text."""
LARGEST = 65_535
"""The largest code that a register can hold."""
NO_FAULT = frozenset({"NO_ERROR", "NO_WARNING", "NO_FAULT"})
SPECIAL = {"32A_ATTACHMENT_ON_16A_UNIT": "attachment_32a_on_16a_unit"}


def text_of(path: str, value: object) -> str:
    """The text of the code `value` at `path`; empty if it is no code."""
    texts = TEXTS.get(path)
    whole = whole_number(value)
    return "" if texts is None or whole is None else texts.get(whole, UNLISTED)


def word_of(texts: Mapping[int, str], value: object) -> str | None:
    """The word of `model.faults` for a code or its text; None if `value` is neither.

    A number that the list lacks, and UNKNOWN, are `other`: a charger with newer software may report new faults.
    """
    whole = whole_number(int(value)) if isinstance(value, str) and DIGITS.fullmatch(value) else whole_number(value)
    if whole is not None:
        if not 0 <= whole <= LARGEST:
            return None
        value = texts.get(whole, UNLISTED)
    if value == UNLISTED:
        return OTHER
    if not isinstance(value, str) or value not in texts.values():
        return None
    return NONE if value in NO_FAULT else SPECIAL.get(value, value.lower())


def whole_number(value: object) -> int | None:
    """An integer given as int or as float; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float):
        return int(value) if math.isfinite(value) and value == int(value) else None
    return value
