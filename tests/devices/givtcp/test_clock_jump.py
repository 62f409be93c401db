"""A wall clock that is wrong by a day, and an inverter that is well."""

from datetime import timedelta

import pytest

from optimizer.devices.givtcp.gateway import Gateway
from optimizer.twin.givtcp import GivTcpTwin
from optimizer.twin.house import full_house, start_house
from optimizer.twin.virtual_time import VirtualClock, run_virtually


@pytest.mark.parametrize("days", [-1, 1])
def test_a_stamp_that_moves_on_is_news_although_the_clock_is_wrong(days: int) -> None:
    async def story() -> list[float]:
        clock = VirtualClock()
        house = await start_house(full_house(), clock)
        gateway = Gateway(house.endpoints["givtcp_rest"], 5.0, clock)
        clock.wall_jump = timedelta(days=days)
        ages = []
        twin = house.twins["givtcp"]
        assert isinstance(twin, GivTcpTwin)
        for step in range(30):
            twin.traps.frozen = step >= 15
            fresh = await gateway.read()
            ages.append(clock.monotonic_s() - fresh.at_s)
            await clock.sleep(10.0)
        await gateway.http.close()
        await house.stop()
        return ages

    ages = run_virtually(story(), network=True)
    # From the first refresh that we witness on: never older than the pace of the refreshes and of our looks.
    assert max(ages[5:15]) <= 45.0
    # Once the stamp stands still, it ages as before.
    assert ages[-1] >= 140.0
