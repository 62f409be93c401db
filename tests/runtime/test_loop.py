"""The interval between two ticks follows the last outcome."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

from optimizer.control.decide import Outcome
from optimizer.control.memory import EvMemory, FollowMemory
from optimizer.model.state import State
from optimizer.runtime.service import Service
from tests.runtime.house import House, ScriptedDecider
from tests.virtual_time import virtually


class FollowingDecider(ScriptedDecider):
    """The car follows the surplus while `follows` is set."""

    follows = False

    def decide(self, state: State) -> Outcome:
        outcome = super().decide(state)
        follow = FollowMemory(phases=1, at_s=state.mono_s)
        memory = SimpleNamespace(evs={"carport": EvMemory(running=self.follows, follow=follow)})
        return outcome._replace(memory=cast(Any, memory))


def times_s(decider: ScriptedDecider, since_s: float) -> list[float]:
    """The times between the ticks after `since_s`."""
    ticks = [state.mono_s for state in decider.states if state.mono_s >= since_s]
    return [round(after - before, 3) for before, after in itertools.pairwise(ticks)]


@virtually
async def test_ticks_are_frequent_while_a_car_follows_the_surplus() -> None:
    house = House()
    house.decider = decider = FollowingDecider()
    service = Service(replace(house.service().parts, follow_tick_s=2.0))
    task = asyncio.ensure_future(service.run(house.stop))
    await asyncio.sleep(30.0)
    assert set(times_s(decider, 6.0)) == {5.0}
    decider.follows, since_s = True, decider.states[-1].mono_s
    await asyncio.sleep(31.0)
    assert set(times_s(decider, since_s + 5.0)) == {2.0}
    decider.frozen = True
    await asyncio.sleep(20.0)
    decider.frozen, decider.follows, since_s = False, False, house.clock.monotonic_s()
    await asyncio.sleep(30.0)
    assert set(times_s(decider, since_s)) == {5.0}
    house.stop.set()
    await task
