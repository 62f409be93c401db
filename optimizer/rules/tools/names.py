"""Names of devices and vehicles without settings: the names that the rule files contain."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from optimizer.model.fields import TABLE, DeviceNames
from optimizer.model.lookup import Family
from optimizer.model.targets import CLAIMS, LIMITS
from optimizer.rules.tools.inputs import MISSING, STAND_INS

_VEHICLE = re.compile(
    r"\bev\.(?:[a-z][a-z0-9_]{0,30}\.)?vehicle['\"]?\s*(?::([^\n#},]*)|[!=]=\s*(\w+)|in\s*\[([^\]]*)\])"
)
"""A vehicle as the value of a target or of a test, or in a condition."""
_WORD = re.compile(r"\b([a-z][a-z0-9_]{0,30}?)(?:x\d+)?\b")
"""A name, without the number of its repetitions in a test."""
_NAMED = re.compile(r"\b(ev|battery|pv|switch)\.([a-z][a-z0-9_]{0,30})\.([a-z_]+)\b")


def names_in(texts: Collection[str]) -> DeviceNames:
    """The devices and vehicles that the texts name, in order; one device of each kind if they name none."""
    known = {entry.name for entry in TABLE} | set(CLAIMS) | set(LIMITS)
    found: dict[str, dict[str, None]] = {"ev": {}, "battery": {}, "pv": {}, "switch": {}}
    for text in texts:
        for family, name, quantity in _NAMED.findall(text):
            if f"{family}.{quantity}" in known:
                found[family][name] = None

    def names(family: Family) -> tuple[str, ...]:
        return tuple(found[family]) or STAND_INS.of(family)

    return DeviceNames(
        names("ev"),
        names("battery"),
        names("pv"),
        switches=names("switch"),
        vehicles=tuple(dict.fromkeys(_vehicles(texts))),
    )


def _vehicles(texts: Collection[str]) -> Iterator[str]:
    for text in texts:
        for found in _VEHICLE.findall(text):
            yield from (word for part in found for word in _WORD.findall(part) if word != MISSING)
