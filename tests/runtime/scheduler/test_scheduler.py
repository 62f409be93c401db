"""The times at which a schedule is made, the schedule in force without a new one, and a restart."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.journal.kept_file import KeptFiles
from optimizer.runtime.scheduler.kept import FILE_NAME, KeptSchedule
from optimizer.runtime.scheduler.kept_arrivals import KeptArrivals
from optimizer.runtime.scheduler.scheduler import CHECK_S, FIRST_ANSWERS_S, NOT_NEEDED, Scheduler, retry_after_s
from optimizer.schedule.document import problem_from, schedule_from, to_json
from optimizer.schedule.greedy import solve_greedily
from optimizer.schedule.problem import clipped
from tests.runtime.scheduler.house import EVENING, HOUR_S, PLAN, Known, Recorded, Solver, state
from tests.serve.house import HandClock


class House:
    """A scheduler with a clock that a test moves."""

    def __init__(self, folder: Path, solver: Solver | None = None, known: Known | None = None) -> None:
        self.clock = HandClock(EVENING)
        self.solver = solver or Solver()
        self.known = known or Known()
        self.recorded = Recorded()
        self.scheduler = Scheduler(
            PLAN,
            self.clock,
            self.known,
            self.solver,
            KeptSchedule(KeptFiles(folder)),
            KeptArrivals(KeptFiles(folder)),
            self.recorded,
        )

    async def after(self, seconds: float, **changes: object) -> str:
        """The mode of the car after a time, with a step of the scheduler at its end."""
        self.clock.mono_s += seconds
        self.scheduler.complete(state(self.clock.mono_s, **changes))  # type: ignore[arg-type]
        await self.scheduler._step()
        shown = self.scheduler.complete(state(self.clock.mono_s, **changes))  # type: ignore[arg-type]
        car = shown.schedule.cars.get("carport")
        return "" if car is None else str(car.mode.value)


async def test_a_car_waits_for_the_cheapest_hours(tmp_path: Path) -> None:
    house = House(tmp_path)
    assert await house.after(0.0) == "surplus"
    assert house.scheduler.report().reason == "the service has started"
    assert await house.after(9.5 * HOUR_S + 60.0) == "fast"
    assert await house.after(5 * HOUR_S, needs_wh=0.0) == "surplus"


async def test_the_first_schedule_waits_for_prices_and_forecasts_but_not_long(tmp_path: Path) -> None:
    """A guessed price of a start could start a car for half a minute."""
    house = House(tmp_path, known=Known(awaited=True))
    assert await house.after(15.0) == ""
    assert await house.after(30.0) == ""
    assert house.solver.problems == []
    house.known.awaited = False
    assert await house.after(5.0) == "surplus"
    silent = House(tmp_path / "silent", known=Known(awaited=True))
    assert await silent.after(FIRST_ANSWERS_S - 1.0) == ""
    assert await silent.after(1.0) == "surplus"
    silent.known.awaited = True  # a service that is asked again later holds up nothing
    silent.known.version = 1
    await silent.after(61.0)
    assert len(silent.solver.problems) == 2


async def test_a_schedule_is_made_each_hour_and_at_most_once_a_minute(tmp_path: Path) -> None:
    house = House(tmp_path)
    for _ in range(int(2 * HOUR_S / CHECK_S)):
        await house.after(CHECK_S)
    assert len(house.solver.problems) == 3
    for version in range(8):
        house.known.version = version
        await house.after(CHECK_S)
    assert len(house.solver.problems) == 5


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ready_h": 6.0}, "the goal of carport has changed"),
        ({"soc": 50.0}, "the state of charge of carport was corrected"),
        ({"soc": None}, "the state of charge of carport was corrected"),
    ],
)
async def test_events_make_a_schedule(changes: dict[str, object], reason: str, tmp_path: Path) -> None:
    house = House(tmp_path)
    await house.after(0.0)
    await house.after(61.0)
    assert len(house.solver.problems) == 1
    await house.after(CHECK_S, **changes)
    assert len(house.solver.problems) == 2
    assert house.scheduler.report().reason == reason


async def test_new_prices_make_a_schedule(tmp_path: Path) -> None:
    house = House(tmp_path, known=Known(priced=True))
    await house.after(0.0, needs_wh=None)
    house.known.version = 1
    await house.after(61.0, needs_wh=None)
    assert house.scheduler.report().reason == "new prices or a new forecast"


async def test_without_a_goal_and_changing_prices_there_is_none(tmp_path: Path) -> None:
    house = House(tmp_path)
    assert await house.after(0.0, needs_wh=None) == ""
    assert house.scheduler.report().why == NOT_NEEDED
    assert house.solver.problems == []
    assert await house.after(61.0) == "surplus"
    assert await house.after(61.0, needs_wh=None) == ""
    assert not (tmp_path / FILE_NAME).exists()


async def test_problem_and_schedule_are_recorded_and_solve_again_identically(tmp_path: Path) -> None:
    house = House(tmp_path)
    await house.after(0.0)
    ((at_ms, problem, schedule),) = house.recorded.rows
    assert at_ms == round(EVENING.timestamp() * 1000.0)
    assert to_json(solve_greedily(*clipped(problem_from(problem)))) == schedule


async def test_a_restart_goes_on_with_the_schedule_on_disk(tmp_path: Path) -> None:
    house = House(tmp_path)
    await house.after(0.0)
    again = House(tmp_path, Solver("broken"))
    shown = again.scheduler.complete(state())
    assert shown.schedule.cars["carport"].mode.value == "surplus"
    assert again.scheduler.report().reason == "kept from before the start"
    late = House(tmp_path)
    late.clock.mono_s += 30 * HOUR_S
    assert late.scheduler.complete(state(late.clock.mono_s)).schedule.cars == {}


@pytest.mark.parametrize("content", [b"{", b"null", b"[]", b'{"slots": []}', b"\xff"])
def test_a_damaged_file_costs_the_schedule_only(content: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    assert House(tmp_path).scheduler.report().schedule is None


async def test_the_last_schedule_holds_while_the_solver_fails(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    house = House(tmp_path)
    await house.after(0.0)
    house.solver.why = "numpy is gone"
    assert await house.after(9.5 * HOUR_S + 60.0) == "fast"
    for wait_s in (61.0, 121.0, 241.0):
        await house.after(wait_s)
    report = house.scheduler.report()
    assert (report.alarm, report.failures, report.problem) == (True, 4, "numpy is gone")
    assert report.schedule is not None
    assert report.schedule.made_at_s == EVENING.timestamp()
    assert [one.levelname for one in caplog.records] == ["WARNING", "ERROR"]
    house.solver.why = ""
    await house.after(481.0)
    assert not house.scheduler.report().failures
    assert "schedules are made again after 4 failures" in caplog.text


@given(st.integers(1, 40))
def test_a_failed_schedule_is_tried_again_less_and_less_often(failures: int) -> None:
    wait_s = retry_after_s(failures)
    assert wait_s == {1: 60.0, 2: 120.0, 3: 240.0, 4: 480.0}.get(failures, 900.0)
    assert wait_s <= retry_after_s(failures + 1)


async def test_a_broken_solver_does_not_run_each_minute(tmp_path: Path) -> None:
    """An hour of checks: attempts after 1, 2, 4, 8, and 15 min, and one for the new hour."""
    house = House(tmp_path, Solver("broken"))
    for _ in range(int(HOUR_S / CHECK_S)):
        await house.after(CHECK_S)
    assert len(house.solver.problems) <= 8
    report = house.scheduler.report()
    now_s = house.clock.now().timestamp()
    assert report.next_try_s is not None
    assert 0.0 <= report.next_try_s - now_s <= 900.0
    tried = len(house.solver.problems)
    await house.after(61.0, ready_h=6.0)
    assert len(house.solver.problems) == tried + 1  # a changed goal does not wait
    house.solver.why = ""
    await house.after(61.0, ready_h=7.0)
    assert house.scheduler.report().next_try_s is None


async def test_an_error_of_the_service_itself_waits_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Known):
        asked = 0

        def news(self) -> int:
            self.asked += 1
            raise RuntimeError("no news")

    known = Broken()
    house = House(tmp_path, known=known)
    house.clock.timeout = asyncio.timeout  # type: ignore[method-assign]
    house.scheduler.complete(state())
    run = asyncio.ensure_future(house.scheduler.run())
    try:
        for _ in range(8):
            house.scheduler.wake()
            house.clock.mono_s += CHECK_S
            for _ in range(5):
                await asyncio.sleep(0)
    finally:
        run.cancel()
    assert known.asked == 2
    assert caplog.text.count("Traceback") == 1


async def test_a_changed_goal_gets_the_cheapest_slots_while_the_solver_fails(tmp_path: Path) -> None:
    house = House(tmp_path)
    await house.after(0.0)
    house.solver.why = "late"
    assert await house.after(61.0, ready_h=1.0) == "fast"
    report = house.scheduler.report()
    assert report.schedule is not None
    assert report.reason == "the cheapest slots, because the solver has failed"
    assert report.before is not None
    assert len(house.recorded.rows) == 1


async def test_without_any_schedule_the_rules_release(tmp_path: Path) -> None:
    class Broken(Known):
        def outlook(self, at_s: float) -> object:  # type: ignore[override]
            raise RuntimeError("no table")

    house = House(tmp_path, known=Broken())
    run = asyncio.ensure_future(_once(house))
    await run
    report = house.scheduler.report()
    assert report.failures == 1
    shown = house.scheduler.complete(state())
    assert shown.schedule.cars == {}
    assert "no table" in shown.schedule.why


async def _once(house: House) -> None:
    house.scheduler.complete(state())
    try:
        await house.scheduler._step()
    except RuntimeError as error:
        house.scheduler._fail(str(error), None)


@pytest.mark.parametrize("answer", ["", "{", "null", '{"slots": 1}', "x" * 1000])
async def test_an_answer_that_is_no_schedule_is_a_failure(answer: str, tmp_path: Path) -> None:
    class Garbled(Solver):
        async def __call__(self, problem: str) -> str:
            return answer

    house = House(tmp_path, Garbled())
    assert await house.after(0.0) == "surplus"
    assert house.scheduler.report().failures == 1


async def test_an_answer_is_kept_as_it_came(tmp_path: Path) -> None:
    house = House(tmp_path)
    await house.after(0.0)
    kept = KeptSchedule(KeptFiles(tmp_path)).load()
    assert kept == schedule_from(house.recorded.rows[0][2])
