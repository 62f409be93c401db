"""A house, a day and a rule book, small enough for tests of a second."""

from __future__ import annotations

import math
from array import array
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from optimizer.control.params import Params
from optimizer.control.plan import Plan
from optimizer.model.fields import DeviceNames
from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.rules.book.files import book_from_texts
from optimizer.study.input.series import Series

START = datetime(2025, 6, 2, 0, 0, tzinfo=UTC)
"""A Monday."""
ZONE = ZoneInfo("Europe/Berlin")
NAMES = DeviceNames(("carport",), ("cellar",), ("roof",))
SURPLUS = "version: 1\ndefaults:\n  ev.mode: surplus\n  ev.phases: auto\n  surplus.priority: ev_first\n"
FAST = "version: 1\ndefaults:\n  ev.mode: fast\n  ev.phases: auto\n"
OFF = 'version: 1\ndefaults:\n  ev.mode: "off"\n'


def site(battery: bool = True) -> Site:
    """One charger that switches phases, and a battery."""
    return Site(
        zone=ZONE,
        chargers={"carport": ChargerSite("carport", can_switch_phases=True)},
        batteries={"cellar": BatterySite("cellar", floor_soc_percent=0.0)} if battery else {},
    )


def plan(rules: str = SURPLUS, battery: bool = True, params: Params | None = None) -> Plan:
    """A plan under rules given as text."""
    names = NAMES if battery else DeviceNames(("carport",), (), ("roof",))
    return Plan(site(battery), book_from_texts({"rules.yaml": rules}, names, ZONE), params or Params())


def sunny(hours: float = 24.0, *, peak_w: float = 7000.0, load_w: float = 400.0, start: datetime = START) -> Series:
    """Sine-shaped sun from 6 to 18 o'clock UTC over a constant load."""
    first = start.hour + start.minute / 60.0
    rows = range(round(hours * 60))
    pv = [peak_w * max(0.0, math.sin(math.pi * ((first + k / 60.0) % 24.0 - 6.0) / 12.0)) for k in rows]
    return Series("sunny", start, 60.0, array("d", pv), array("d", [load_w] * len(rows)))
