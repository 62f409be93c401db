"""The slot of a schedule that contains now, as the rules read it. Pure."""

from __future__ import annotations

from dataclasses import replace

from optimizer.control.grid_share import grid_share_of
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.schedule import CarSlot, Schedule, ScheduleSlot
from optimizer.model.state import (
    CHARGING,
    CONNECTED,
    NO_SCHEDULE,
    BatterySchedule,
    CarSchedule,
    Prices,
    ScheduleNow,
    State,
)

AWAY = "no car is connected"
NOT_PLANNED = "the schedule has nothing for this car now"
NO_GOAL = "the car has no goal"
NO_FIGURE = "the scheduled mode has none"
NO_PRICE = "a price of now is not known"
NEVER = "the goal is not reached before the car leaves"
FORCED = ("charge", "discharge")


def schedule_now(schedule: Schedule | None, state: State, why: str) -> ScheduleNow:
    """The slot of a schedule for now. `why` is the reason if there is no schedule."""
    slot = None if schedule is None else schedule.slot_at(state.now.timestamp())
    if schedule is None or slot is None:
        return replace(NO_SCHEDULE, why=why or "the last schedule is no longer good")
    mono_s = state.mono_s - (state.now.timestamp() - slot.start_s)
    cars = {
        name: _car(schedule, slot, name, state.prices, mono_s)
        if ev.status.value in (CONNECTED, CHARGING)
        else CarSchedule(mode=unknown(AWAY, mono_s))
        for name, ev in state.evs.items()
    }
    return ScheduleNow(cars, _battery(slot, state, mono_s), NOT_PLANNED)


def _car(schedule: Schedule, slot: ScheduleSlot, name: str, prices: Prices, mono_s: float) -> CarSchedule:
    found = slot.cars.get(name)
    outcome = schedule.outcome_of(name)
    lacks_wh = None if outcome is None else outcome.lack_wh
    ready_s = None if outcome is None else outcome.ready_at_s
    lacks = _reading(lacks_wh, NO_GOAL, mono_s)
    ready = _reading(ready_s, NO_GOAL if outcome is None else NEVER, mono_s)
    if found is None:
        return CarSchedule(mode=unknown(NOT_PLANNED, mono_s), lacks_wh=lacks, ready_s=ready)
    fast = found.mode == "fast"
    return CarSchedule(
        mode=known(found.mode, mono_s),
        power_w=known(found.power_w, mono_s) if fast and found.power_w > 0.0 else unknown(NO_FIGURE, mono_s),
        phases=known(float(found.phases), mono_s) if fast and found.phases else unknown(NO_FIGURE, mono_s),
        worth_ct=known(found.worth_ct, mono_s),
        grid_share=_reading(_share(found, prices), NO_PRICE, mono_s),
        lacks_wh=lacks,
        ready_s=ready,
    )


def _share(car: CarSlot, prices: Prices) -> float | None:
    import_ct, feed_in_ct = prices.import_ct.value, prices.feed_in_ct.value
    if import_ct is None or feed_in_ct is None:
        return None
    return grid_share_of(import_ct, feed_in_ct, car.worth_ct)


def _battery(slot: ScheduleSlot, state: State, mono_s: float) -> BatterySchedule:
    battery = slot.battery
    if battery is None:
        return BatterySchedule(first=known(slot.battery_first, mono_s))
    forced = battery.mode in FORCED
    return BatterySchedule(
        mode=known(battery.mode, mono_s),
        planned=known(_counts_with_cars(slot, state), mono_s),
        power_w=known(battery.power_w, mono_s) if forced else unknown(NO_FIGURE, mono_s),
        worth_ct=known(battery.worth_ct, mono_s),
        first=known(slot.battery_first, mono_s),
    )


def _counts_with_cars(slot: ScheduleSlot, state: State) -> bool:
    """Whether each car that charges is scheduled to charge fast. The scheduled mode of the battery does not know a car
    that charges fast by hand: the battery would empty into it."""
    charging = [name for name, ev in state.evs.items() if ev.status.value is CHARGING]
    return all(name in slot.cars and slot.cars[name].mode == "fast" for name in charging)


def _reading(value: float | None, why: str, mono_s: float) -> Reading[float]:
    return unknown(why, mono_s) if value is None else known(value, mono_s)
