"""The home load as a balance: a wrong sign is refused, a right one is not."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.study.input.balance import home_load
from optimizer.study.input.series import StudyError


class House:
    """A day of quarter hours, with a battery that covers what the sun does not."""

    def __init__(self, sun_w: float, loads_w: list[float], battery_w: float, start_wh: float, lag: int) -> None:
        """`lag`: rows by which the meter of the car is late."""
        self.pv_w = array("d", (sun_w * max(0.0, 1.0 - abs(n - 48) / 24.0) for n in range(96)))
        self.load_w = array("d", (loads_w[n % len(loads_w)] for n in range(96)))
        self.ev_w, self.battery_w, self.grid_w = array("d"), array("d"), array("d")
        soc_wh = start_wh
        for n, (pv, load) in enumerate(zip(self.pv_w, self.load_w, strict=True)):
            ev = 4000.0 if 40 <= n < 50 else 0.0
            rest = pv - load - ev
            power = max(-battery_w, -rest) if rest > 0.0 else min(battery_w, -rest)
            power = min(power, soc_wh * 4.0) if power > 0.0 else power
            soc_wh -= power / 4.0
            self.ev_w.append(ev)
            self.battery_w.append(power)
            self.grid_w.append(load + ev - pv - power)
        self.ev_w = self.ev_w[-lag:] + self.ev_w[:-lag] if lag else self.ev_w

    def columns(self, *turned: str) -> dict[str, array[float]]:
        found = {"grid_w": self.grid_w, "battery_w": self.battery_w, "ev_w": self.ev_w}
        return {name: array("d", (-one if name in turned else one for one in own)) for name, own in found.items()}


def houses(most_lag: int) -> st.SearchStrategy[House]:
    return st.builds(
        House,
        sun_w=st.floats(0.0, 9000.0),
        loads_w=st.lists(st.floats(150.0, 2500.0), min_size=1, max_size=30),
        battery_w=st.floats(500.0, 5000.0),
        start_wh=st.floats(0.0, 5000.0),
        lag=st.integers(0, most_lag),
    )


@given(house=houses(1))
def test_right_signs_are_never_refused(house: House) -> None:
    load_w, _ = home_load("t.csv", house.pv_w, house.columns())
    for row in range(96):
        if row not in (40, 50):  # the meter of the car may be late there
            assert load_w[row] == pytest.approx(house.load_w[row], abs=1e-6)


@given(house=houses(0), turned=st.sampled_from([("grid_w",), ("battery_w",), ("grid_w", "battery_w")]))
def test_a_wrong_sign_is_refused_or_hardly_matters(house: House, turned: tuple[str, ...]) -> None:
    right = house.columns()
    turned_w = [sum(right[name][row] for name in turned) for row in range(96)]
    below = sum(load_w - 2.0 * power_w < -50.0 for load_w, power_w in zip(house.load_w, turned_w, strict=True))
    if below > 0.02 * 96:
        with pytest.raises(StudyError, match=r"t.csv: .*home load is negative in .*_w=-COLUMN"):
            home_load("t.csv", house.pv_w, house.columns(*turned))
    else:
        _, notes = home_load("t.csv", house.pv_w, house.columns(*turned))
        assert bool(notes) is (below > 0)
