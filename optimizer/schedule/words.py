"""Sentences about a schedule: the reason of each slot, and the difference to the schedule before. Pure.

They are made when somebody reads them, as texts that can be read in another language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from optimizer.model.schedule import BatterySlot, CarSlot, GoalOutcome, Schedule, ScheduleSlot
from optimizer.words.text import Part, Text, joined

Clock = Callable[[float], str]
"""The local time of a Unix time, such as `Mon 07:00`."""
MOVED_WH = 500.0
"""A forecast or a need that differs by less is not mentioned."""
LEAST_SUN_W = 100.0


def car_text(schedule: Schedule, index: int, charger: str, clock: Clock) -> str:
    """The reason for the mode of a car in a slot."""
    slot = schedule.slots[index]
    car = slot.cars[charger]
    if car.mode == "fast":
        return _fast(schedule, slot, charger, clock)
    parts: list[str] = [_waits(slot, car)]
    later = next((one for one in schedule.slots[index + 1 :] if _mode(one, charger) == "fast"), None)
    if later is not None:
        text = "It buys from {time} on: {later_ct}, now {now_ct}."
        parts.append(Text(text, time=clock(later.start_s), later_ct=later.import_ct, now_ct=slot.import_ct))
    return joined([*parts, *_doubt(schedule, slot)])


def _waits(slot: ScheduleSlot, car: CarSlot) -> Text:
    """The reason why a car is not charged fast."""
    if car.mode == "surplus" and car.power_w >= LEAST_SUN_W:
        return Text("It follows the surplus; {power_w} are expected.", power_w=car.power_w)
    if car.mode == "surplus":
        return Text("It follows the surplus; none is expected.")
    text = "Not now: feeding in pays {feed_in_ct}, and a kWh in the car is worth {worth_ct}."
    return Text(text, feed_in_ct=slot.feed_in_ct, worth_ct=car.worth_ct)


def _fast(schedule: Schedule, slot: ScheduleSlot, charger: str, clock: Clock) -> str:
    outcome = schedule.outcome_of(charger)
    here = [one for one in schedule.slots if charger in one.cars]
    ranked: dict[str, Part] = {
        "now_ct": slot.import_ct,
        "rank": 1 + sum(one.import_ct < slot.import_ct for one in here),
        "count": len(here),
    }
    if outcome is None:
        return joined([Text("It buys for {now_ct}: rank {rank} of {count} slots.", **ranked), *_doubt(schedule, slot)])
    text = "It buys for {now_ct}: rank {rank} of {count} slots before it leaves at {time}."
    bought = Text(text, time=clock(outcome.goal.ready_at_s), **ranked)
    return joined([bought, outcome_text(outcome, clock), *_more(schedule, slot, outcome), *_doubt(schedule, slot)])


def _more(schedule: Schedule, slot: ScheduleSlot, outcome: GoalOutcome) -> list[str]:
    """The reason why a car buys more than its goal needs. Empty if it does not."""
    charger = outcome.goal.charger
    worth_ct = schedule.assumptions.spare_ct.get(charger)
    if worth_ct is None or slot.cars[charger].charged_wh <= outcome.goal.need_wh + MOVED_WH:
        return []
    text = "This is more than the goal: at the last visits, a kWh more would have saved {worth_ct}."
    return [Text(text, worth_ct=worth_ct)]


def _doubt(schedule: Schedule, slot: ScheduleSlot) -> list[str]:
    if slot.is_known:
        return []
    if "import_price" in schedule.assumptions.assumed:
        return [Text("No price is known; this one is assumed.")]
    return [Text("This price is a guess from the known ones.")]


def assumed_texts(schedule: Schedule) -> Iterator[str]:
    """Sentences about the values that a schedule assumes because nothing is known."""
    slot, assumed = schedule.slots[0], schedule.assumptions.assumed
    if "import_price" in assumed:
        yield Text("No import price is known: {import_ct} are assumed for every kWh.", import_ct=slot.import_ct)
    if "feed_in_price" in assumed:
        yield Text("No payment for feed-in is known: {feed_in_ct} are assumed.", feed_in_ct=slot.feed_in_ct)
    if "pv" in assumed:
        yield Text("No PV forecast is known, so no sun is expected. The car still follows the surplus that comes.")
    if "home" in assumed:
        yield Text("No consumption of the past is known: {home_w} are assumed.", home_w=slot.home_w)


def _mode(slot: ScheduleSlot, charger: str) -> str:
    car: CarSlot | None = slot.cars.get(charger)
    return "" if car is None else car.mode


def battery_text(schedule: Schedule, slot: ScheduleSlot, battery: BatterySlot) -> str:
    """The reason for the mode of the battery in a slot."""
    doubt = _doubt(schedule, slot) if battery.mode in ("hold", "charge") else []
    return joined([_battery(slot, battery), *doubt])


def _battery(slot: ScheduleSlot, battery: BatterySlot) -> Text:
    worth_ct, import_ct, feed_in_ct = battery.worth_ct, slot.import_ct, slot.feed_in_ct
    if battery.mode == "hold":
        text = "It keeps its energy: a stored kWh is worth {worth_ct}, and the grid costs {import_ct}."
        return Text(text, worth_ct=worth_ct, import_ct=import_ct)
    if battery.mode == "charge":
        text = "It charges from the grid for {import_ct}: a stored kWh is worth {worth_ct}."
        return Text(text, worth_ct=worth_ct, import_ct=import_ct)
    if battery.mode == "no_charge":
        text = "It keeps room for later: feeding in pays {feed_in_ct} now, and a stored kWh is worth {worth_ct}."
        return Text(text, worth_ct=worth_ct, feed_in_ct=feed_in_ct)
    if battery.mode == "discharge":
        text = "It feeds in for {feed_in_ct}: a stored kWh is worth {worth_ct}."
        return Text(text, worth_ct=worth_ct, feed_in_ct=feed_in_ct)
    return Text("Its own control decides: a stored kWh is worth {worth_ct}.", worth_ct=worth_ct)


def outcome_text(outcome: GoalOutcome, clock: Clock) -> str:
    """The outcome of a goal in words."""
    if outcome.lack_wh > 0.0:
        text = "{lack_wh} will be missing at {time}."
        return Text(text, lack_wh=outcome.lack_wh, time=clock(outcome.goal.ready_at_s))
    if outcome.goal.need_wh <= 0.0:
        return Text("The goal is reached.")
    if outcome.ready_at_s is None:
        return Text("The goal is reached after the end of the schedule.")
    text = "It needs {need_wh} and will be done at {time}."
    return Text(text, need_wh=outcome.goal.need_wh, time=clock(outcome.ready_at_s))


def differences(before: Schedule | None, schedule: Schedule, clock: Clock) -> Iterator[str]:
    """Sentences about the differences to the schedule before."""
    if before is None:
        return
    chargers = sorted({name for one in (before, schedule) for slot in one.slots for name in slot.cars})
    for name in chargers:
        old, new = _runs(before, name, schedule.made_at_s), _runs(schedule, name, schedule.made_at_s)
        if old != new:
            text = "{name} buys {now}; before: {then}."
            yield Text(text, name=name, now=_times(new, clock), then=_times(old, clock))
    if before.solver != schedule.solver:
        yield Text("The solver is `{now}`; before: `{then}`.", now=schedule.solver, then=before.solver)
    yield from _moved(before, schedule)
    if schedule.assumptions.prices_known_until_s > before.assumptions.prices_known_until_s + 3600.0:
        time = clock(schedule.assumptions.prices_known_until_s)
        yield Text("Prices are now known until {time}.", time=time)


def _moved(before: Schedule, schedule: Schedule) -> Iterator[str]:
    """The assumptions that differ: energies of the time that both schedules have."""
    start_s, end_s = schedule.slots[0].start_s, min(before.slots[-1].end_s, schedule.slots[-1].end_s)
    for what, power in ((Text("Expected sun"), "pv_w"), (Text("Expected consumption"), "home_w")):
        moved_wh = _energy(schedule, power, start_s, end_s) - _energy(before, power, start_s, end_s)
        yield from _difference(what, moved_wh)
    for name, need_wh in schedule.assumptions.need_wh.items():
        moved_wh = need_wh - before.assumptions.need_wh.get(name, need_wh)
        yield from _difference(Text("Need of {name}", name=name), moved_wh)


def _difference(what: Text, moved_wh: float) -> Iterator[str]:
    if abs(moved_wh) > MOVED_WH:
        text = "{what}: {moved_wh} more." if moved_wh > 0.0 else "{what}: {moved_wh} less."
        yield Text(text, what=what, moved_wh=abs(moved_wh))


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
    times = [Text("{start} to {end}", start=clock(start_s), end=clock(end_s)) for start_s, end_s in runs]
    return joined([*times] or [Text("nothing")], "{first}, {then}")
