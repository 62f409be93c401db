"""Never more battery power than ordered, or than the limit, whatever is ordered in whatever order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.devices.port import DeviceError
from tests.devices.givtcp.scene import Scene, bounds, power, scene
from tests.examples import one_in

LIMIT_W = 3000.0


class Watch:
    """Compares each second's forced power with the orders that may be in force."""

    def __init__(self, s: Scene) -> None:
        self.now_w: float | None = None
        self.before_w: float | None = None
        self.bad: list[str] = []
        self._s = s
        s.house.each_cycle(self._look)

    def _look(self, t_s: float) -> None:
        regs, plate = self._s.twin.regs, self._s.twin.plate
        now = self._s.twin._local(t_s).time().replace(tzinfo=None)
        in_force = [order_w for order_w in (self.now_w, self.before_w) if order_w is not None]
        for on, slot, register, sign in (
            (regs.enable_charge and regs.eco, regs.charge_slots[0], regs.charge_rate, -1.0),
            (regs.enable_discharge and not regs.eco, regs.discharge_slots[0], regs.discharge_rate, 1.0),
        ):
            if on and _inside(slot, now):
                most_w = max((min(LIMIT_W, order_w * sign) for order_w in in_force), default=0.0)
                if plate.to_watts(register) > most_w:
                    self.bad.append(f"{t_s:.0f} s: {sign * plate.to_watts(register):g} W, ordered {in_force}")


def _inside(slot: tuple[Any, Any], now: Any) -> bool:
    start, end = slot
    return start <= now < end if start <= end else now >= start or now < end


STEPS = st.lists(
    st.one_of(
        st.integers(-36, 36).map(lambda hundreds: hundreds * 100.0),
        st.sampled_from(["back", "hold", "silent"]),
    ),
    min_size=2,
    max_size=6,
)


async def play(s: Scene, steps: list[float | str]) -> Watch:
    s.givtcp = s.adapter(max_charge_w=LIMIT_W, max_discharge_w=LIMIT_W)
    await s.clock.sleep(125)
    watch = Watch(s)
    for step in steps:
        if step == "silent":
            s.twin.traps.link = False
            await s.clock.sleep(62.0)
            s.twin.traps.link = True
            await s.clock.sleep(35.0)
            continue
        watch.now_w = step if isinstance(step, float) else None
        for _ in range(6):
            try:
                if step == "back":
                    await s.givtcp.hand_back("cellar")
                else:
                    await s.givtcp.order("cellar", bounds(discharge_w=0.0) if step == "hold" else power(step))
            except DeviceError:
                await s.clock.sleep(20.0)
                continue
            break
        watch.before_w = watch.now_w
        await s.clock.sleep(20.0)
    return watch


@settings(max_examples=one_in(6), deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS, real_time=st.booleans(), version=st.sampled_from([2, 3]))
def test_no_second_with_more(steps: list[float | str], real_time: bool, version: int) -> None:
    async def run(s: Scene) -> None:
        assert (await play(s, steps)).bad == []

    scene(run, real_time=real_time, version=version)


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("real_time", [True, False])
@pytest.mark.parametrize(
    "steps",
    [
        [-2000.0, "back", -1000.0],
        [2000.0, "back", 1000.0],
        [-1000.0, 2000.0, -1000.0],
        [-2500.0, "silent", "back", -2500.0],
        [-2500.0, -500.0],
    ],
)
def test_after_a_hand_back_and_a_silent_inverter(steps: list[float | str], real_time: bool, version: int) -> None:
    async def run(s: Scene) -> None:
        assert (await play(s, steps)).bad == []

    scene(run, real_time=real_time, version=version)


def test_a_long_hold_wears_nothing_with_real_time_control() -> None:
    async def run(s: Scene) -> None:
        await s.hold(bounds(discharge_w=0.0), 100)
        assert "cellar wear" not in s.keep.entries
        assert (s.twin.writes, s.twin.safe_writes > 10) == (0, True)

    scene(run)


@pytest.mark.parametrize("real_time", [True, False])
def test_a_standing_order_has_no_gap_at_midnight(real_time: bool) -> None:
    from datetime import UTC, datetime

    async def run(s: Scene) -> None:
        await s.givtcp.order("cellar", power(-1000.0))
        for _ in range(40):
            assert await s.after(30) == pytest.approx(-952, abs=2)
            await s.givtcp.order("cellar", power(-1000.0))

    scene(run, start=datetime(2025, 1, 15, 23, 45, tzinfo=UTC), pv_w=0.0, real_time=real_time)
