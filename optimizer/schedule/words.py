"""Sentences about a schedule: the reason of each slot, and the difference to the schedule before. Pure.

They are made when somebody reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from optimizer.model.schedule import BatterySlot, CarSlot, GoalOutcome, Schedule, ScheduleSlot

Clock = Callable[[float], str]
"""The local time of a Unix time, such as `Mon 07:00`."""
MOVED_WH = 500.0
"""A forecast or a need that differs by less is not mentioned."""
LEAST_SUN_W = 100.0


def car_text(schedule: Schedule, index: int, charger: str, clock: Clock) -> str:
    """Why a car has its mode in a slot."""
    slot = schedule.slots[index]
    car = slot.cars[charger]
    if car.mode == "fast":
        return _fast(schedule, slot, charger, clock)
    if car.mode == "surplus":
        power = f"{car.power_w / 1000.0:.1f} kW are expected" if car.power_w >= LEAST_SUN_W else "none is expected"
        text = f"It follows the surplus; {power}."
    else:
        text = (
            f"Not now: feeding in pays {slot.feed_in_ct:.1f} ct, and a kWh in the car is worth {car.worth_ct:.1f} ct."
        )
    later = next((one for one in schedule.slots[index + 1 :] if _mode(one, charger) == "fast"), None)
    if later is not None:
        text += f" It buys from {clock(later.start_s)} on: {later.import_ct:.1f} ct, now {slot.import_ct:.1f} ct."
    return text + _doubt(slot)


def _fast(schedule: Schedule, slot: ScheduleSlot, charger: str, clock: Clock) -> str:
    outcome = schedule.outcome_of(charger)
    here = [one for one in schedule.slots if charger in one.cars]
    cheaper = sum(one.import_ct < slot.import_ct for one in here)
    leaves = f" before it leaves at {clock(outcome.goal.ready_at_s)}" if outcome is not None else ""
    text = f"It buys for {slot.import_ct:.1f} ct: rank {cheaper + 1} of {len(here)} slots{leaves}."
    return text + (f" {outcome_text(outcome, clock)}" if outcome is not None else "") + _doubt(slot)


def _doubt(slot: ScheduleSlot) -> str:
    return "" if slot.is_known else " This price is a guess from the days before."


def _mode(slot: ScheduleSlot, charger: str) -> str:
    car: CarSlot | None = slot.cars.get(charger)
    return "" if car is None else car.mode


def battery_text(slot: ScheduleSlot, battery: BatterySlot) -> str:
    """Why the battery has its mode in a slot."""
    worth = f"a stored kWh is worth {battery.worth_ct:.1f} ct"
    if battery.mode == "hold":
        return f"It keeps its energy: {worth}, and the grid costs {slot.import_ct:.1f} ct.{_doubt(slot)}"
    if battery.mode == "charge":
        return f"It charges from the grid for {slot.import_ct:.1f} ct: {worth}.{_doubt(slot)}"
    if battery.mode == "no_charge":
        return f"It keeps room for later: feeding in pays {slot.feed_in_ct:.1f} ct now, and {worth}."
    if battery.mode == "discharge":
        return f"It feeds in for {slot.feed_in_ct:.1f} ct: {worth}."
    return f"Its own control decides: {worth}."


def outcome_text(outcome: GoalOutcome, clock: Clock) -> str:
    """How a goal ends."""
    if outcome.lack_wh > 0.0:
        return f"{outcome.lack_wh / 1000.0:.1f} kWh will be missing at {clock(outcome.goal.ready_at_s)}."
    if outcome.goal.need_wh <= 0.0:
        return "The goal is reached."
    if outcome.ready_at_s is None:
        return "The goal is reached after the end of the schedule."
    return f"It needs {outcome.goal.need_wh / 1000.0:.1f} kWh and will be done at {clock(outcome.ready_at_s)}."


def differences(before: Schedule | None, schedule: Schedule, clock: Clock) -> Iterator[str]:
    """What is different from the schedule before, in sentences."""
    if before is None:
        return
    chargers = sorted({name for one in (before, schedule) for slot in one.slots for name in slot.cars})
    for name in chargers:
        old, new = _runs(before, name, schedule.made_at_s), _runs(schedule, name, schedule.made_at_s)
        if old != new:
            yield f"{name} buys {_times(new, clock)}; before: {_times(old, clock)}."
    if before.solver != schedule.solver:
        yield f"The solver is `{schedule.solver}`; before: `{before.solver}`."
    for what, moved_wh in _moved(before, schedule):
        yield f"{what} {moved_wh / 1000.0:+.1f} kWh."
    if schedule.assumptions.prices_known_until_s > before.assumptions.prices_known_until_s + 3600.0:
        yield f"Prices are now known until {clock(schedule.assumptions.prices_known_until_s)}."


def _moved(before: Schedule, schedule: Schedule) -> Iterator[tuple[str, float]]:
    """The assumptions that differ: energies of the time that both schedules have."""
    start_s, end_s = schedule.slots[0].start_s, min(before.slots[-1].end_s, schedule.slots[-1].end_s)
    for what, power in (("Expected sun:", "pv_w"), ("Expected consumption:", "home_w")):
        moved_wh = _energy(schedule, power, start_s, end_s) - _energy(before, power, start_s, end_s)
        if abs(moved_wh) > MOVED_WH:
            yield what, moved_wh
    for name, need_wh in schedule.assumptions.need_wh.items():
        moved_wh = need_wh - before.assumptions.need_wh.get(name, need_wh)
        if abs(moved_wh) > MOVED_WH:
            yield f"Need of {name}:", moved_wh


def _energy(schedule: Schedule, power: str, start_s: float, end_s: float) -> float:
    return sum(
        float(getattr(slot, power)) * max(0.0, min(end_s, slot.end_s) - max(start_s, slot.start_s)) / 3600.0
        for slot in schedule.slots
    )


def _runs(schedule: Schedule, charger: str, from_s: float) -> Sequence[tuple[float, float]]:
    """The times with `fast`, from an instant on, as beginning and end."""
    found: list[tuple[float, float]] = []
    for slot in schedule.slots:
        start_s = max(slot.start_s, from_s)
        if _mode(slot, charger) != "fast" or slot.end_s <= start_s:
            continue
        if found and found[-1][1] == start_s:
            found[-1] = (found[-1][0], slot.end_s)
        else:
            found.append((start_s, slot.end_s))
    return found


def _times(runs: Sequence[tuple[float, float]], clock: Clock) -> str:
    return ", ".join(f"{clock(start_s)} to {clock(end_s)}" for start_s, end_s in runs) or "nothing"
