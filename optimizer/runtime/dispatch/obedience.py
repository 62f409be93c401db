"""Obedience: whether a device follows its command, and the measures if it does not.

An acknowledged write may still have no effect. After the settling time the command and the readings are compared. A
difference causes another write, then a new start (a pause or a hand-back before the write), then an alarm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeVar

from optimizer.control.limiter import SAME_A
from optimizer.model.decision import BatteryAction, BatteryOrder, EvOrder
from optimizer.model.reading import Reading
from optimizer.model.site import BatterySite
from optimizer.model.state import Battery, Commanded, Ev
from optimizer.words.text import Text

OVERDRAW_A = 1.0
"""A car may draw this much more than its offer (measurement error, ripple)."""
IDLE_W = 300.0
"""A paused charger may report this much (noise, the car's electronics)."""
BATTERY_TOLERANCE_W = 250.0
BATTERY_TOLERANCE = 0.1
"""Part of the wanted power by which a battery may differ from it."""
FULL_SOC_PERCENT = 97.0
"""From this state of charge a battery may charge less, because its own management reduces the power."""
LONGEST_STEP_S = 600.0
EXCEEDS_S = 30.0
"""Longest interval of repeated writes to a device that takes more than commanded, because a fuse may need it. These
writes switch nothing that already has its commanded setting."""
FORGIVEN_S = 3600.0
"""A device must follow for this time before the measures start again from the first. The second measure switches
relays, so occasional deviations must not repeat it each time."""

T = TypeVar("T")

Measure = Literal["", "again", "anew", "alarm"]
"""The measure: none, write again, start again, or alarm the owner (and write again)."""


@dataclass(frozen=True, slots=True)
class Disobedience:
    """Since when a device does not follow, and the number of measures."""

    deviation: str = ""
    """The wanted and the observed value. Empty while it follows."""
    steps: int = 0
    next_s: float = 0.0
    """Monotonic s before which no further measure is taken."""
    strayed_s: float = 0.0
    """Monotonic s of the last deviation."""
    measure_s: float = 0.0
    """Monotonic s of the last measure."""


class Deviation(NamedTuple):
    """The deviation of a charger from its command."""

    text: str = ""
    """Empty while it follows."""
    exceeds: bool = False
    """Whether it takes, or offers its car, more than commanded."""


def pursue(
    before: Disobedience, deviation: str | None, now_s: float, settle_s: float, *, exceeds: bool = False
) -> tuple[Disobedience, Measure]:
    """The next record and the measure to take. Each measure waits twice as long as the one before, also if the device
    has followed in between. A device that `exceeds` gets its command again between the measures.

    A deviation of None (unknown just after a write) changes nothing, so that a repeated write does not count as
    obedience.
    """
    if deviation is None:
        return before, ""
    if not deviation:
        forgiven = now_s - before.strayed_s >= FORGIVEN_S
        return (Disobedience() if forgiven else replace(before, deviation="")), ""
    if before.steps and now_s < before.next_s:
        repeat = exceeds and now_s >= before.measure_s + EXCEEDS_S
        measure_s = now_s if repeat else before.measure_s
        return replace(before, deviation=deviation, strayed_s=now_s, measure_s=measure_s), "again" if repeat else ""
    steps = before.steps + 1
    wait_s = min(LONGEST_STEP_S, settle_s * 2.0 ** min(steps, 10))
    measure: Measure = "again" if steps == 1 else "anew" if steps == 2 else "alarm"
    return Disobedience(
        deviation=deviation, steps=steps, next_s=now_s + wait_s, strayed_s=now_s, measure_s=now_s
    ), measure


def as_ordered(order: EvOrder, ev: Ev) -> Commanded | None:
    """The command that a charger follows by its own report, if it needed no write. None if it reports something else.

    A charger can report a pause, or a current, that it has lost in a restart. The car then draws what nobody ordered.
    """
    paused, offered_a, phases = ev.paused.value, ev.offered_a.value, ev.phases.value
    pauses = order.current_a <= 0.0
    if offered_a is None or phases is None or paused is not pauses:
        return None
    if not pauses and abs(offered_a - order.current_a) > SAME_A:
        return None
    return Commanded(offered_a, pauses, phases, -math.inf)


def charger_deviation(commanded: Commanded, ev: Ev, settle_s: float) -> Deviation | None:
    """The deviation of a charger from its command. None while its report is too old. For a commanded pause only the
    pause counts, because current and phases are written before a release."""
    limit_s = commanded.at_s + settle_s
    paused, offered_a = _since(ev.paused, limit_s), _since(ev.offered_a, limit_s)
    if paused is None or offered_a is None:
        return None
    if commanded.paused:
        power_w = _since(ev.power_w, limit_s)
        if paused and (power_w is None or power_w <= IDLE_W):
            return Deviation()
        report = Text("it reports running")
        if paused and power_w is not None:
            report = Text("the car draws {power} W", power=round(power_w))
        return Deviation(Text("commanded a pause, {report}", report=report), exceeds=True)
    if paused:
        return Deviation(Text("commanded to run, it reports a pause"))
    if abs(offered_a - commanded.current_a) > SAME_A:
        text = Text("commanded {current_a}, it reports {offered_a}", current_a=commanded.current_a, offered_a=offered_a)
        return Deviation(text, offered_a > commanded.current_a)
    if (phases := _since(ev.phases, limit_s)) is not None and phases != commanded.phases:
        return Deviation(Text("commanded {phases}, it reports {wired}", phases=commanded.phases, wired=phases))
    drawn_a = max((a for r in ev.phase_current_a if (a := _since(r, limit_s)) is not None), default=0.0)
    if drawn_a > commanded.current_a + OVERDRAW_A:
        text = Text("commanded {current_a}, the car draws {drawn_a}", current_a=commanded.current_a, drawn_a=drawn_a)
        return Deviation(text, exceeds=True)
    return Deviation()


def battery_deviation(
    order: BatteryOrder, since_s: float, battery: Battery, site: BatterySite, settle_s: float
) -> str | None:
    """The deviation of a battery from `order`, which is in force since monotonic `since_s`.

    Empty while it follows, None while its report is too old.

    A battery that does less than commanded because it is full, empty, or at its own limit does follow.
    """
    power_w = _since(battery.power_w, since_s + settle_s)
    if power_w is None:
        return None
    if order.action is BatteryAction.POWER:
        return _power_deviation(order.power_w, power_w, battery, site)
    if order.action is BatteryAction.BOUNDS:
        most_w, least_w = order.max_discharge_w, order.max_charge_w
        if most_w is not None and power_w > most_w + _tolerance_w(most_w):
            return Text(
                "discharge limit {most} W, it discharges with {power} W", most=round(most_w), power=round(power_w)
            )
        if least_w is not None and -power_w > least_w + _tolerance_w(least_w):
            return Text(
                "charge limit {least} W, it charges with {value} W", least=round(least_w), value=round(-power_w)
            )
    return ""


def _power_deviation(wanted_w: float, power_w: float, battery: Battery, site: BatterySite) -> str:
    if abs(power_w - wanted_w) <= _tolerance_w(wanted_w):
        return ""
    does_less = 0.0 <= power_w <= wanted_w or wanted_w <= power_w <= 0.0
    if does_less and _at_its_limit(wanted_w, power_w, battery, site):
        return ""
    return Text(
        "commanded {wanted} W, its power is {power} W (+ discharge)", wanted=round(wanted_w), power=round(power_w)
    )


def _at_its_limit(wanted_w: float, power_w: float, battery: Battery, site: BatterySite) -> bool:
    soc_percent = battery.soc_percent.value
    limit_w = battery.max_discharge_w.value if wanted_w > 0 else battery.max_charge_w.value
    if limit_w is not None and limit_w <= abs(power_w) + _tolerance_w(limit_w):
        return True
    if soc_percent is None:
        return False
    if wanted_w > 0:
        floor = max(site.floor_soc_percent, battery.reserve_soc_percent.value or 0.0)
        return soc_percent <= floor + 1.0
    return soc_percent >= FULL_SOC_PERCENT


def _tolerance_w(wanted_w: float) -> float:
    return max(BATTERY_TOLERANCE_W, BATTERY_TOLERANCE * abs(wanted_w))


def _since(reading: Reading[T], limit_s: float) -> T | None:
    """The value if it was measured at `limit_s` or later, else None."""
    return reading.value if reading.at_s >= limit_s else None
