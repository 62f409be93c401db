"""The charger's worker: differences only, the worst case for the guard, re-assertion, no hammering."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from optimizer.devices.port import Fault
from optimizer.model.decision import EvOrder
from optimizer.model.state import EvStatus
from tests.runtime.house import House
from tests.virtual_time import run_virtually, virtually


@virtually
async def test_only_differences_are_written() -> None:
    house = House(on_exit="keep")
    house.order_ev(10.0)
    async with house.running():
        await asyncio.sleep(1800.0)
    assert house.charger.kinds() == ["current"]
    assert house.charger_is(10.0, paused=False)


@virtually
async def test_a_raise_keeps_to_the_write_interval_and_a_pause_does_not() -> None:
    house = House(on_exit="keep")
    async with house.running():
        for step in range(100):
            house.order_ev(8.0 + (step % 50) * 0.1)
            await asyncio.sleep(5.0)
        times = [at_s for at_s, kind, _ in house.charger.writes if kind == "current"]
        assert min(b - a for a, b in itertools.pairwise(times)) >= 10.0
        house.order_ev(0.0)
        await asyncio.sleep(6.0)
        assert house.charger.paused


@virtually
async def test_phases_are_written_alone_and_read_back() -> None:
    house = House(on_exit="keep")
    house.charger.is_set(16.0, phases=1)
    house.order_ev(9.0)
    async with house.running():
        await asyncio.sleep(60.0)
    assert [(kind, value) for _, kind, value in house.charger.writes] == [
        ("current", 6.0),
        ("phases", 3.0),
        ("current", 9.0),
    ]
    times = [at_s for at_s, _, _ in house.charger.writes]
    assert all(b - a >= 2.0 for a, b in itertools.pairwise(times))


@virtually
async def test_the_guard_counts_the_old_value_until_a_reduction_is_read_back() -> None:
    house = House(on_exit="keep")
    house.order_ev(16.0)
    async with house.running():
        await asyncio.sleep(20.0)
        house.charger.lag_s = 6.0
        house.order_ev(6.0, urgent=True)
        await asyncio.sleep(30.0)
    commanded = [(s.mono_s, s.evs["carport"].commanded) for s in house.decider.states]
    write_s = house.charger.writes[-1][0]
    pending = [at_s for at_s, t in commanded if t is not None and t.unconfirmed_a == 16.0]
    assert pending
    assert all(write_s < at_s <= write_s + 10.0 for at_s in pending)
    last = commanded[-1][1]
    assert last is not None
    assert (last.current_a, last.unconfirmed_a) == (6.0, 0.0)


@virtually
async def test_an_unanswered_raise_counts_as_if_it_had_happened() -> None:
    house = House(on_exit="keep")
    house.charger.is_set(6.0)
    house.order_ev(16.0)
    house.charger.link.lose_writes = 1000
    async with house.running():
        await asyncio.sleep(30.0)
        commanded = house.decider.states[-1].evs["carport"].commanded
        assert commanded is not None
        assert (commanded.current_a, commanded.unconfirmed_a) == (6.0, 16.0)


@virtually
async def test_a_pause_lost_by_replugging_is_asserted_again() -> None:
    house = House()
    house.order_ev(0.0)
    async with house.running():
        await asyncio.sleep(30.0)
        house.charger.status = EvStatus.DISCONNECTED
        await asyncio.sleep(30.0)
        house.charger.writes.clear()
        house.charger.replug()
        await asyncio.sleep(12.0)
        assert house.charger.paused
        assert "pause" in house.charger.kinds()


@pytest.mark.parametrize("replugged_after_s", [0.5, 4.0, 7.5, 8.5, 10.0, 14.0, 16.5, 20.0])
@virtually
async def test_a_pause_lost_by_replugging_around_its_slow_answer_is_asserted_again(replugged_after_s: float) -> None:
    house = House()
    house.order_ev(10.0)
    async with house.running():
        await asyncio.sleep(30.0)
        house.charger.status = EvStatus.DISCONNECTED
        await asyncio.sleep(30.0)
        house.charger.answers_after_s = 8.0
        house.order_ev(0.0, urgent=True)
        while not house.charger.paused:
            await house.clock.sleep(0.1)
        await asyncio.sleep(replugged_after_s)
        house.charger.replug()
        await asyncio.sleep(10.0)
        assert house.charger.paused


@virtually
async def test_a_write_that_takes_effect_before_its_answer_is_no_disobedience() -> None:
    house = House(on_exit="keep")
    house.charger.answers_after_s = 8.0
    async with house.running():
        for current_a in (10.0, 0.0, 16.0, 6.0, 0.0):
            house.order_ev(current_a)
            await asyncio.sleep(60.0)
    assert {report.devices[1].disobeys for report in house.reports.all} == {""}


@virtually
async def test_a_pause_that_is_only_reported_is_written_although_nobody_wrote_before() -> None:
    """The charger was paused when the service started. It has restarted since, and its report is behind."""
    house = House(on_exit="keep")
    house.charger.is_set(6.0, paused=True)
    house.order_ev(0.0)
    async with house.running():
        await asyncio.sleep(60.0)
        assert house.charger.writes == []
        house.charger.drawn_a = 6.0
        await asyncio.sleep(40.0)
        assert "pause" in house.charger.kinds()


@virtually
async def test_a_current_that_is_only_reported_is_written_although_nobody_wrote_before() -> None:
    house = House(on_exit="keep")
    house.charger.is_set(10.0)
    house.order_ev(10.0)
    async with house.running():
        await asyncio.sleep(60.0)
        assert house.charger.writes == []
        house.charger.drawn_a = 16.0
        await asyncio.sleep(40.0)
        assert house.charger.kinds()[:2] == ["current", "release"]


@virtually
async def test_the_wanted_state_is_asserted_again_after_a_reconnect() -> None:
    house = House()
    house.order_ev(0.0)
    async with house.running():
        await asyncio.sleep(30.0)
        house.charger.link.down = True
        await asyncio.sleep(120.0)
        house.charger.writes.clear()
        house.charger.link.down = False
        await asyncio.sleep(60.0)
        assert "pause" in house.charger.kinds()


@virtually
async def test_a_charger_that_refuses_is_not_hammered() -> None:
    house = House()
    house.charger.is_set(6.0)
    house.charger.refuses = "blocked by solar-charging"
    house.order_ev(10.0)
    async with house.running():
        await asyncio.sleep(3600.0)
        assert 5 <= house.charger.attempts <= 30
        attempts = house.charger.attempts
        house.charger.refuses = ""
        await asyncio.sleep(400.0)
        assert house.charger.attempts > attempts
        assert house.charger.current_a == 10.0


@pytest.mark.parametrize("order", [EvOrder(0.0, 3, urgent=True), EvOrder(6.0, 3, urgent=True)])
@virtually
async def test_what_eases_a_fuse_is_asked_for_soon_again_where_it_is_refused(order: EvOrder) -> None:
    house = House()
    house.charger.refuses = "blocked by solar-charging"
    house.decider.orders["ev.carport"] = order
    async with house.running():
        await asyncio.sleep(1200.0)
        assert house.charger.attempts <= 1200 / 20
        house.charger.refuses = ""
        await asyncio.sleep(40.0)
        assert house.charger.offer_a == order.current_a


@virtually
async def test_an_energy_limit_is_written_once() -> None:
    house = House(on_exit="keep")
    house.order_ev(16.0, energy_limit_wh=5000)
    async with house.running():
        await asyncio.sleep(60.0)
    assert house.charger.kinds() == ["energy_limit"]
    assert house.charger.energy_limit_wh == 5000


@virtually
async def test_a_charger_without_decisions_is_left_as_on_exit_says() -> None:
    house = House()
    house.order_ev(16.0)
    async with house.running():
        house.order_ev(12.0)
        await asyncio.sleep(20.0)
        house.decider.frozen = True
        await asyncio.sleep(80.0)
        assert house.charger_is(6.0, paused=True)
        writes = len(house.charger.writes)
        await asyncio.sleep(600.0)
        assert len(house.charger.writes) == writes
        house.decider.frozen = False
        await asyncio.sleep(30.0)
        assert house.charger_is(12.0, paused=False)


@virtually
async def test_a_charger_that_ignores_us_is_written_again_taken_anew_and_reported() -> None:
    house = House()
    house.order_ev(10.0)
    house.charger.deaf = True
    async with house.running():
        await asyncio.sleep(600.0)
        kinds = house.charger.kinds()
        assert kinds.count("current") >= 3
        assert "pause" in kinds
        assert len(kinds) < 60
        health = {d.name: d for d in house.reports.all[-1].devices}
        assert "commanded 10.0 A, it reports 16.0 A" in health["carport"].disobeys
        assert health["meter"].disobeys == ""
        house.charger.deaf = False
        await asyncio.sleep(700.0)
        health = {d.name: d for d in house.reports.all[-1].devices}
        assert health["carport"].disobeys == ""
        assert house.charger_is(10.0, paused=False)


@virtually
async def test_a_car_that_draws_more_than_offered_is_reported() -> None:
    house = House()
    house.order_ev(10.0)
    house.charger.drawn_a = 14.0
    async with house.running():
        await asyncio.sleep(60.0)
        health = {d.name: d for d in house.reports.all[-1].devices}
        assert "the car draws 14.0 A" in health["carport"].disobeys


@virtually
async def test_a_charger_that_went_silent_while_charging_is_told_to_pause_all_the_same() -> None:
    house = House(on_exit="keep")
    house.order_ev(10.0)
    async with house.running():
        await asyncio.sleep(30.0)
        house.charger.read = house.charger.no_answer  # type: ignore[method-assign]
        await asyncio.sleep(60.0)
        house.order_ev(0.0)
        await asyncio.sleep(10.0)
        assert house.charger.paused
        assert house.charger.kinds().count("pause") == 1


@virtually
async def test_a_lost_answer_leads_to_no_second_write() -> None:
    house = House(on_exit="keep")
    house.charger.is_set(6.0)
    house.order_ev(16.0)
    house.charger.link.lose_answers = 1
    async with house.running():
        await asyncio.sleep(120.0)
        assert house.charger.offer_a == 16.0
        assert len(house.charger.writes) <= 2
        assert house.reports.all[-1].devices[1].disobeys == ""


def test_after_an_outage_an_order_to_pause_comes_before_all_that_is_asserted_again() -> None:
    async def outage(first: str) -> None:
        house = House()
        house.order_ev(16.0)
        async with house.running():
            await asyncio.sleep(60.0)
            house.charger.link.down = True
            await asyncio.sleep(10.0)
            house.order_ev(0.0, urgent=True)
            await asyncio.sleep(120.0)
            if first == "restarted paused":
                house.charger.is_set(6.0, paused=True)
            house.charger.writes.clear()
            house.charger.link.down = False
            await asyncio.sleep(120.0)
            assert house.charger.paused
            assert set(house.charger.kinds()) == {"pause"}

    for first in ("restarted paused", "ran on"):
        run_virtually(outage(first))


@virtually
async def test_what_is_asserted_again_is_never_more_than_the_order_of_now() -> None:
    house = House()
    house.order_ev(16.0)
    async with house.running():
        await asyncio.sleep(60.0)
        house.charger.link.down = True
        await asyncio.sleep(10.0)
        house.order_ev(8.0, urgent=True)
        await asyncio.sleep(120.0)
        house.charger.writes.clear()
        house.charger.link.down = False
        await asyncio.sleep(60.0)
        assert "release" in house.charger.kinds()
        assert max(value for _, kind, value in house.charger.writes if kind == "current") == 8.0


@virtually
async def test_a_release_that_is_asserted_again_waits_for_the_lower_current_of_now() -> None:
    house = House()
    house.charger.is_set(6.0)
    house.order_ev(16.0)
    async with house.running():
        await asyncio.sleep(60.0)
        house.charger.link.down = True
        await asyncio.sleep(130.0)
        house.charger.writes.clear()

        def lower(kind: str, value: float) -> None:
            if (kind, value) == ("current", 16.0):
                house.order_ev(8.0, urgent=True)

        house.charger.watch = lower
        house.charger.answers_after_s = 6.0
        house.charger.link.down = False
        await asyncio.sleep(60.0)
    kinds = [(kind, value) for _, kind, value in house.charger.writes]
    assert kinds[:3] == [("current", 16.0), ("current", 8.0), ("release", 0.0)]


@pytest.mark.parametrize("kind", ["phases", "energy_limit", "current"])
@pytest.mark.parametrize("fault", ["refused", "timeout"])
@virtually
async def test_a_write_that_always_fails_holds_up_no_pause(kind: str, fault: Fault) -> None:
    house = House()
    house.charger.fails[kind] = fault
    order = EvOrder(10.0, 1) if kind == "phases" else EvOrder(10.0, 3, energy_limit_wh=5000)
    house.decider.orders["ev.carport"] = order
    async with house.running():
        await asyncio.sleep(900.0)
        house.order_ev(0.0, urgent=True)
        await asyncio.sleep(7.0)
        assert house.charger.paused
        house.charger.fails.clear()


@pytest.mark.parametrize("kind", ["phases", "energy_limit"])
@virtually
async def test_a_failed_write_that_nobody_wants_any_more_is_no_trouble(kind: str) -> None:
    house = House()
    house.charger.fails[kind] = "refused"
    house.decider.orders["ev.carport"] = (
        EvOrder(10.0, 1) if kind == "phases" else EvOrder(10.0, 3, energy_limit_wh=5000)
    )
    async with house.running():
        await asyncio.sleep(60.0)
        assert f"{kind} failed" in str(house.reports.all[-1].leases)
        house.order_ev(10.0)
        await asyncio.sleep(60.0)
        assert house.reports.all[-1].devices[1].refuses == ""
        assert all(lease.failing == "" for lease in house.reports.all[-1].leases)


@virtually
async def test_a_car_that_strays_now_and_then_does_not_wear_out_the_relays() -> None:
    house = House(on_exit="keep")
    house.order_ev(10.0)
    async with house.running():
        await asyncio.sleep(30.0)
        for _ in range(30):
            house.charger.drawn_a = 12.0
            await asyncio.sleep(50.0)
            house.charger.drawn_a = None
            await asyncio.sleep(10.0)
        assert house.charger.kinds().count("pause") == 1


@pytest.mark.parametrize(
    ("on_exit", "left"), [("pause", (6.0, True)), ("minimum", (6.0, False)), ("keep", (6.0, True))]
)
@virtually
async def test_when_decisions_stop_the_car_is_paused_and_in_the_end_left_as_on_exit_says(
    on_exit: str, left: tuple[float, bool]
) -> None:
    house = House(on_exit=on_exit)
    house.order_ev(10.0)
    async with house.running() as service:
        await asyncio.sleep(60.0)
        house.decider.frozen = True
        await asyncio.sleep(90.0)
        assert house.charger_is(6.0, paused=True)
        writes = len(house.charger.writes)
        await asyncio.sleep(1800.0)
        assert len(house.charger.writes) == writes
        assert ("ev.carport" in service.ownership.held) == (on_exit != "pause")
    assert house.charger_is(*left)
    assert not service.ownership.held


@virtually
async def test_a_lapse_is_over_with_the_next_decision() -> None:
    house = House(on_exit="minimum")
    house.order_ev(10.0)
    async with house.running():
        for _ in range(2):
            house.decider.frozen = False
            await asyncio.sleep(60.0)
            assert house.charger.offer_a == 10.0
            house.decider.frozen = True
            await asyncio.sleep(90.0)
            assert house.charger.offer_a == 0.0


@pytest.mark.parametrize("on_exit", ["pause", "minimum"])
@pytest.mark.parametrize("after_s", range(0, 45, 3))
@virtually
async def test_a_single_decision_at_any_moment_of_a_lapse_ends_with_its_own_lease(on_exit: str, after_s: int) -> None:
    house = House(on_exit=on_exit)
    house.order_ev(10.0)
    async with house.running():
        await asyncio.sleep(30.0)
        house.charger.answers_after_s = 4.0
        house.decider.frozen = True
        await asyncio.sleep(50.0 + after_s)
        house.decider.frozen = False
        await asyncio.sleep(5.0)
        house.decider.frozen = True
        await asyncio.sleep(30.0)
        assert house.charger.offer_a == 10.0
        await asyncio.sleep(60.0)
        assert house.charger.offer_a == 0.0


@virtually
async def test_at_the_end_a_write_that_was_given_up_is_waited_for_before_handing_back() -> None:
    house = House()
    house.order_ev(10.0)
    async with house.running():
        await asyncio.sleep(30.0)
        arrives = house.charger.late_s = 10.0
        house.order_ev(8.0)
        await asyncio.sleep(12.0)
        house.charger.late_s = 0.0
    assert house.charger_is(6.0, paused=True)
    await asyncio.sleep(arrives)
    assert house.charger_is(6.0, paused=True)
