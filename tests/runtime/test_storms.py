"""Any sequence of faults: what is promised of every write, on virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.model.decision import AUTO, BatteryOrder, EvOrder
from optimizer.model.state import Ev, State
from optimizer.runtime.ownership import Ownership
from tests.runtime.house import DISCHARGE, HOLD, House
from tests.virtual_time import run_virtually

Event = tuple[str, Callable[[House], None]]


def _order_car(current_a: float, phases: int) -> Event:
    def happen(house: House) -> None:
        house.mind.orders["ev.carport"] = EvOrder(current_a, phases)

    return f"order {current_a} A x {phases}", happen


def _order_battery(order: BatteryOrder) -> Event:
    def happen(house: House) -> None:
        house.mind.orders["battery.cellar"] = order

    return f"order {order.action.value}", happen


def _link(device: str, **changes: float) -> Event:
    def happen(house: House) -> None:
        link = house.charger.link if device == "charger" else house.battery.link
        for name, value in changes.items():
            setattr(link, name, value)

    return f"{device} {changes}", happen


def _freeze(frozen: bool) -> Event:
    return f"frozen {frozen}", lambda house: setattr(house.mind, "frozen", frozen)


def _refuse(why: str) -> Event:
    return f"refuses {why}", lambda house: setattr(house.charger, "refuses", why)


def _jump(days: int) -> Event:
    return f"jump {days} d", lambda house: setattr(house.clock, "wall_jump", timedelta(days=days))


EVENTS: tuple[Event, ...] = (
    *(_order_car(current_a, phases) for current_a in (0.0, 6.0, 10.0, 16.0) for phases in (1, 3)),
    *(_order_battery(order) for order in (AUTO, HOLD, DISCHARGE)),
    *(_link(device, down=down) for device in ("charger", "battery") for down in (True, False)),
    *(_link(device, slow_s=slow_s) for device in ("charger", "battery") for slow_s in (0.0, 3.0, 30.0)),
    *(_link(device, lose_writes=2, lose_answers=2) for device in ("charger", "battery")),
    _freeze(True),
    _freeze(False),
    _refuse("blocked by solar-charging"),
    _refuse(""),
    _jump(1),
    _jump(-1),
)

SCRIPT = st.lists(st.tuples(st.sampled_from(EVENTS), st.floats(0.5, 90.0)), max_size=25)


def counted_a(ev: Ev) -> float:
    """The largest of what is offered, as far as known, and of every write not confirmed."""
    assert ev.told is not None
    offered_a = 0.0 if ev.paused.value else ev.offered_a.value or 0.0
    return max(offered_a, ev.told.offer_a, ev.told.unconfirmed_a)


async def storm(script: list[tuple[Event, float]], folder: Path) -> None:
    house = House(folder=folder)
    house.mind.orders["ev.carport"] = EvOrder(10.0, 3)
    uncounted: list[tuple[float, float]] = []

    def compare(state: State) -> None:
        ev = state.evs["carport"]
        if ev.told is not None and house.charger.offer_a > counted_a(ev) + 0.05:
            uncounted.append((state.mono_s, house.charger.offer_a))

    house.mind.on_think = compare
    async with house.running():
        for (_, happen), pause_s in script:
            happen(house)
            await asyncio.sleep(pause_s)
            _no_refresh_without_a_decision(house)
            assert not uncounted
        calm(house)
    assert house.left == {}
    assert house.battery.in_force is None
    assert (house.charger.current_a, house.charger.paused) == (6.0, True) or not house.charger.writes
    assert not Ownership(folder).held


def _no_refresh_without_a_decision(house: House) -> None:
    decided_s = [state.mono_s for state in house.mind.states]
    for at_s, _ in house.battery.writes:
        last_s = max((s for s in decided_s if s <= at_s), default=None)
        assert last_s is not None
        assert at_s < last_s + house.mind.lease_s


def calm(house: House) -> None:
    """All faults end."""
    for link in (house.charger.link, house.battery.link):
        link.down, link.slow_s, link.lose_writes, link.lose_answers = False, 0.0, 0, 0
    house.charger.refuses = ""


@settings(max_examples=40, deadline=None)
@given(SCRIPT)
def test_whatever_happens(script: list[tuple[Event, float]]) -> None:
    with TemporaryDirectory() as folder:
        run_virtually(storm(script, Path(folder)))
