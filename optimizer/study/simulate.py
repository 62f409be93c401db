"""Simulate: the shipped decide() and write limiter on a house in virtual time. Fast, deterministic, flat in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import isnan

from optimizer.control.decide import decide
from optimizer.control.plan import Plan, initial_memory
from optimizer.rules.book.asked import asked_by
from optimizer.study.bookkeeping import Bookkeeper, Paid
from optimizer.study.house.house import VirtualHouse, World
from optimizer.study.input.series import DAY_S, StudyError
from optimizer.study.planning import HousePlanning, Planning
from optimizer.study.result import SLOT_S, Result
from optimizer.words.text import Text

Watch = Callable[[float], bool]
"""Called once per simulated day with the finished part (0–1); returns False to stop the run."""


def go_on(_: float) -> bool:
    """A watch that never stops the run."""
    return True


def simulate(
    plan: Plan, world: World, label: str = "", watch: Watch = go_on, planning: Planning | None = None
) -> Result:
    """Simulate the whole series under one plan, or less if `watch` stops it. `planning` adds goals and the schedule.

    Raises StudyError if a tick does not divide a quarter hour.
    """
    tick_s, series = world.tick_s, world.series
    if not 1.0 <= tick_s <= 60.0 or SLOT_S % tick_s:
        raise StudyError(Text("the tick must be 1 to 60 s and divide a quarter hour; {tick} s does not", tick=tick_s))
    house = VirtualHouse(plan.site, world, asked_by(plan.book))
    planner = None if planning is None else HousePlanning(planning, house)
    books = Bookkeeper(house, label)
    memory = initial_memory(plan)
    paid = Paid(world)
    day = round(DAY_S / tick_s)
    ticks = max(1, int(series.duration_s / tick_s))
    complete = True
    for tick, (pv_w, load_w, row) in enumerate(series.ticks(tick_s), start=1):
        if isnan(pv_w) or isnan(load_w):
            house.skip()
            books.skipped_s += tick_s
        else:
            if paid.changes(row):
                books.new_prices(paid)
            state = house.step(pv_w, load_w)
            if planner is not None:
                state = planner.complete(state)
            outcome = decide(state, memory, plan)
            memory = outcome.memory
            if planner is not None:
                planner.on_outcome(outcome)
            house.obey(outcome.decision)
            books.book(house.physics.home_w, outcome.verdict)
        if tick % books.ticks_a_slot == 0:
            books.end_slot()
        if tick % day == 0 and not watch(tick / ticks):
            complete = tick == ticks
            break
    result = books.close(complete)
    return result if planner is None else _with_departures(result, planner)


def _with_departures(result: Result, planner: HousePlanning) -> Result:
    found = planner.departures
    return replace(
        result,
        departures_met=found.met,
        departures_missed=found.missed,
        departures_lack_wh=found.lack_wh,
        schedules=planner.solved,
        notes=(*result.notes, *planner.notes()),
    )
