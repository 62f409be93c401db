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
from optimizer.model.site import MIN_CURRENT_A
from optimizer.model.state import Ev
from optimizer.runtime.record.ownership import Ownership
from optimizer.runtime.service import Service
from tests.examples import one_in
from tests.runtime.house import DISCHARGE, HOLD, House
from tests.virtual_time import run_virtually

Event = tuple[str, Callable[[House], None]]


def _order_car(current_a: float, phases: int) -> Event:
    def happen(house: House) -> None:
        house.order_ev(current_a, phases)

    return f"order {current_a} A x {phases}", happen


def _order_battery(order: BatteryOrder) -> Event:
    def happen(house: House) -> None:
        house.decider.orders["battery.cellar"] = order

    return f"order {order.action.value}", happen


def _link(device: str, **changes: float) -> Event:
    def happen(house: House) -> None:
        link = house.charger.link if device == "charger" else house.battery.link
        for name, value in changes.items():
            setattr(link, name, value)

    return f"{device} {changes}", happen


def _freeze(frozen: bool) -> Event:
    return f"frozen {frozen}", lambda house: setattr(house.decider, "frozen", frozen)


def _refuse(why: str) -> Event:
    return f"refuses {why}", lambda house: setattr(house.charger, "refuses", why)


def _jump(days: int) -> Event:
    return f"jump {days} d", lambda house: setattr(house.clock, "wall_jump", timedelta(days=days))


EVENTS: tuple[tuple[Event, ...], ...] = (
    tuple(_order_car(current_a, phases) for current_a in (0.0, 6.0, 10.0, 16.0) for phases in (1, 3)),
    tuple(_order_battery(order) for order in (AUTO, HOLD, DISCHARGE)),
    *(
        (
            *(_link(device, down=down) for down in (True, False)),
            *(_link(device, slow_s=slow_s) for slow_s in (0.0, 3.0, 30.0)),
            *(_link(device, lose_writes=lost, lose_answers=20 - lost) for lost in (0, 20)),
        )
        for device in ("charger", "battery")
    ),
    (_freeze(True), _freeze(False)),
    (_refuse("blocked by solar-charging"), _refuse("")),
    (_jump(1), _jump(-1)),
)
"""By kind; each kind is as likely as any other."""

EVENT = st.one_of([st.sampled_from(kind) for kind in EVENTS])
SCRIPT = st.lists(st.tuples(EVENT, st.sampled_from((2.0, 7.0, 25.0, 80.0))), min_size=10, max_size=25)

LOOK_S = 0.7
"""How often the truth is compared with what is counted."""


def counted_a(ev: Ev) -> float:
    """The largest of what is offered, as far as known, and of every write not confirmed."""
    assert ev.commanded is not None
    offered_a = 0.0 if ev.paused.value else ev.offered_a.value or 0.0
    return max(offered_a, ev.commanded.offer_a, ev.commanded.unconfirmed_a)


async def storm(script: list[tuple[Event, float]], folder: Path) -> None:
    house = House(folder=folder)
    house.charger.lag_s = 1.5
    house.decider.orders = {"ev.carport": EvOrder(10.0, 3), "battery.cellar": DISCHARGE}
    strayed: list[str] = []
    async with house.running() as service:

        def watch(kind: str, value: float) -> None:
            if not _as_ordered(service, house.clock.monotonic_s(), kind, value):
                strayed.append(f"{kind} {value}")

        house.charger.watch = watch
        for (_, happen), pause_s in script:
            happen(house)
            for _ in range(round(pause_s / LOOK_S)):
                await asyncio.sleep(LOOK_S)
                ev = service.sense().evs["carport"]
                assert ev.commanded is None or house.charger.offer_a <= counted_a(ev) + 0.05
            _no_refresh_without_a_decision(house)
        calm(house)
    assert not strayed
    assert house.left == {}
    assert house.battery.in_force is None
    # A charger that refuses is under its own control, and is left to it.
    untouched = not house.charger.writes or house.charger.refused > 0
    assert untouched or house.charger_is(6.0, paused=True)
    assert not Ownership(folder).held


def _as_ordered(service: Service, now_s: float, kind: str, value: float) -> bool:
    """Whether what sets out to the charger is no more than the order in force allows."""
    allowed_a = next(
        (
            lease.order.current_a
            for lease in service.dispatcher.leases()
            if isinstance(lease.order, EvOrder) and now_s < lease.expires_s
        ),
        0.0,
    )
    return value <= max(allowed_a, MIN_CURRENT_A) if kind == "current" else kind != "release" or allowed_a > 0.0


def _no_refresh_without_a_decision(house: House) -> None:
    decided_s = [state.mono_s for state in house.decider.states]
    for at_s, _ in house.battery.writes:
        last_s = max((s for s in decided_s if s <= at_s), default=None)
        assert last_s is not None
        assert at_s < last_s + house.decider.lease_s


def calm(house: House) -> None:
    """All faults end."""
    for link in (house.charger.link, house.battery.link):
        link.down, link.slow_s, link.lose_writes, link.lose_answers = False, 0.0, 0, 0
    house.charger.refuses = ""


@settings(max_examples=one_in(3))
@given(SCRIPT)
def test_whatever_happens(script: list[tuple[Event, float]]) -> None:
    with TemporaryDirectory() as folder:
        run_virtually(storm(script, Path(folder)))
