"""Obedience: whether a device does what it was told, and what follows when it does not.

Acknowledged is not obeyed. After the settling time the wanted and the observed are compared; a difference is
written again, then the device is taken anew, then it is an alarm for the owner.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeVar

from optimizer.control.limiter import SAME_A
from optimizer.model.decision import BatteryAction, BatteryOrder
from optimizer.model.reading import Reading
from optimizer.model.site import BatterySite
from optimizer.model.state import Battery, Commanded, Ev

OVERDRAW_A = 1.0
"""A car may take this much more than it is offered (measuring error, ripple)."""
IDLE_W = 300.0
"""A paused charger may show this much (noise, the car's own electronics)."""
BATTERY_TOLERANCE_W = 250.0
BATTERY_TOLERANCE = 0.1
"""Share of the wanted power by which a battery may miss it."""
FULL_SOC_PERCENT = 97.0
"""From here on a battery may refuse to charge: its own management tapers off."""
LONGEST_STEP_S = 600.0
EXCEEDS_S = 30.0
"""What takes more than it was told is told again at this pace at least: a fuse may depend on it, and what is written
then switches nothing that is as it should be."""
FORGIVEN_S = 3600.0
"""A device must have followed for so long before the steps begin anew: taking one anew switches its relays, and one
that strays now and then must not make us do that each time."""

T = TypeVar("T")

Measure = Literal["", "again", "anew", "alarm"]
"""What to do now: nothing, write once more, take the device anew, tell the owner (and write once more)."""


@dataclass(frozen=True, slots=True)
class Disobedience:
    """How long a device has not been following, and how far we have gone about it."""

    deviation: str = ""
    """Wanted against observed; empty while it follows."""
    steps: int = 0
    next_s: float = 0.0
    """Monotonic s before which no further step is taken."""
    strayed_s: float = 0.0
    """Monotonic s at which it was last seen not to follow."""
    told_s: float = 0.0
    """Monotonic s of the last measure."""


class Deviation(NamedTuple):
    """Wanted against observed of a charger."""

    text: str = ""
    """Empty while it follows."""
    exceeds: bool = False
    """It takes, or offers its car, more than it was told."""


def pursue(
    before: Disobedience, deviation: str | None, now_s: float, settle_s: float, *, exceeds: bool = False
) -> tuple[Disobedience, Measure]:
    """The next state of affairs and the measure to take; each step waits twice as long as the one before, also where
    the device has followed for a while in between. What `exceeds` is told again between the steps too.

    While nobody can tell (None, just after a write) things stay as they are: a repeated write must not look like
    obedience.
    """
    if deviation is None:
        return before, ""
    if not deviation:
        forgiven = now_s - before.strayed_s >= FORGIVEN_S
        return (Disobedience() if forgiven else replace(before, deviation="")), ""
    if before.steps and now_s < before.next_s:
        repeat = exceeds and now_s >= before.told_s + EXCEEDS_S
        told_s = now_s if repeat else before.told_s
        return replace(before, deviation=deviation, strayed_s=now_s, told_s=told_s), "again" if repeat else ""
    steps = before.steps + 1
    wait_s = min(LONGEST_STEP_S, settle_s * 2.0 ** min(steps, 10))
    measure: Measure = "again" if steps == 1 else "anew" if steps == 2 else "alarm"
    return Disobedience(deviation=deviation, steps=steps, next_s=now_s + wait_s, strayed_s=now_s, told_s=now_s), measure


def charger_deviation(commanded: Commanded, ev: Ev, settle_s: float) -> Deviation | None:
    """Wanted against observed of a charger, None while its report is too old to tell. Of one that is to pause only the
    pause counts: current and phases are written before it is released."""
    limit_s = commanded.at_s + settle_s
    paused, offered_a = _since(ev.paused, limit_s), _since(ev.offered_a, limit_s)
    if paused is None or offered_a is None:
        return None
    if commanded.paused:
        power_w = _since(ev.power_w, limit_s)
        if paused and (power_w is None or power_w <= IDLE_W):
            return Deviation()
        seen = f"the car draws {power_w:z.0f} W" if paused else "it reports running"
        return Deviation(f"told to pause, {seen}", exceeds=True)
    if paused:
        return Deviation("told to run, it reports a pause")
    if abs(offered_a - commanded.current_a) > SAME_A:
        return Deviation(
            f"told {commanded.current_a:.1f} A, it reports {offered_a:.1f} A", offered_a > commanded.current_a
        )
    if (phases := _since(ev.phases, limit_s)) is not None and phases != commanded.phases:
        return Deviation(f"told {commanded.phases} phases, it reports {phases}")
    drawn_a = max((a for r in ev.phase_current_a if (a := _since(r, limit_s)) is not None), default=0.0)
    if drawn_a > commanded.current_a + OVERDRAW_A:
        return Deviation(f"told {commanded.current_a:.1f} A, the car draws {drawn_a:.1f} A", exceeds=True)
    return Deviation()


def battery_deviation(
    order: BatteryOrder, since_s: float, battery: Battery, site: BatterySite, settle_s: float
) -> str | None:
    """Wanted against observed of a battery under `order` since monotonic `since_s`.

    Empty while it follows, None while its report is too old to tell.

    A battery that does less than it was told because it is full, empty or at its own limit does follow.
    """
    power_w = _since(battery.power_w, since_s + settle_s)
    if power_w is None:
        return None
    if order.action is BatteryAction.POWER:
        return _power_deviation(order.power_w, power_w, battery, site)
    if order.action is BatteryAction.BOUNDS:
        most_w, least_w = order.max_discharge_w, order.max_charge_w
        if most_w is not None and power_w > most_w + _tolerance_w(most_w):
            return f"told to discharge at most {most_w:z.0f} W, it discharges {power_w:z.0f} W"
        if least_w is not None and -power_w > least_w + _tolerance_w(least_w):
            return f"told to charge at most {least_w:z.0f} W, it charges {-power_w:z.0f} W"
    return ""


def _power_deviation(wanted_w: float, power_w: float, battery: Battery, site: BatterySite) -> str:
    if abs(power_w - wanted_w) <= _tolerance_w(wanted_w):
        return ""
    does_less = 0.0 <= power_w <= wanted_w or wanted_w <= power_w <= 0.0
    if does_less and _at_its_limit(wanted_w, power_w, battery, site):
        return ""
    return f"told {wanted_w:z.0f} W, it does {power_w:z.0f} W (+ discharge)"


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
    """The value where it was measured at `limit_s` or later."""
    return reading.value if reading.at_s >= limit_s else None
