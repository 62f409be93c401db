"""Device names without settings: the names that the rule files contain."""

from __future__ import annotations

import re
from collections.abc import Iterable

from optimizer.model.fields import TABLE, DeviceNames
from optimizer.model.lookup import Family
from optimizer.model.targets import CLAIMS, LIMITS
from optimizer.rules.tools.inputs import STAND_INS

_NAMED = re.compile(r"\b(ev|battery|pv|switch)\.([a-z][a-z0-9_]{0,30})\.([a-z_]+)\b")


def names_in(texts: Iterable[str]) -> DeviceNames:
    """The devices that the texts name, in order; one of each kind if they name none."""
    known = {entry.name for entry in TABLE} | set(CLAIMS) | set(LIMITS)
    found: dict[str, dict[str, None]] = {"ev": {}, "battery": {}, "pv": {}, "switch": {}}
    for text in texts:
        for family, name, quantity in _NAMED.findall(text):
            if f"{family}.{quantity}" in known:
                found[family][name] = None

    def names(family: Family) -> tuple[str, ...]:
        return tuple(found[family]) or STAND_INS.of(family)

    return DeviceNames(names("ev"), names("battery"), names("pv"), switches=names("switch"))
