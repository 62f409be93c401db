import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.by_source import BySource
from optimizer.serve.energy import Books, Flows, attribute, autarky, book, flows, self_consumption
from tests.serve.house import state


def one_hour(pv_w: float, battery_w: float, grid_w: float, ev_w: float) -> Books:
    powers = Flows(grid_w, pv_w, battery_w, {"carport": ev_w})
    books = Books()
    for _ in range(720):
        books = book(books, powers, powers, 5.0)
    return books


@pytest.mark.parametrize(
    ("pv_w", "battery_w", "grid_w", "ev_w", "home", "car"),
    [
        pytest.param(5000, 0, -1000, 3500, (500, 0, 0), (3500, 0, 0), id="all from the sun"),
        pytest.param(0, 0, 4000, 3500, (0, 0, 500), (0, 0, 3500), id="all bought"),
        pytest.param(2000, 0, 2000, 3500, (500, 0, 0), (1500, 0, 2000), id="import only because of the car"),
        pytest.param(0, 1000, 3000, 3500, (0, 500, 0), (0, 500, 3000), id="battery helps both"),
        pytest.param(3000, 1000, 0, 3500, (500, 0, 0), (2500, 1000, 0), id="battery fills up the car"),
        pytest.param(5000, -1000, 0, 3500, (500, 0, 0), (3500, 0, 0), id="battery charges beside the car"),
        pytest.param(1000, -2000, 4500, 3000, (0, 0, 500), (0, 0, 3000), id="battery charged from the grid"),
    ],
)
def test_where_a_power_comes_from(
    pv_w: float, battery_w: float, grid_w: float, ev_w: float, home: tuple[float, ...], car: tuple[float, ...]
) -> None:
    assert attribute(pv_w, battery_w, grid_w, ev_w) == (BySource(*home), BySource(*car))


powers = st.floats(0.0, 12000.0)


@given(pv_w=powers, battery_w=st.floats(-5000.0, 5000.0), grid_w=st.floats(-12000.0, 12000.0), ev_w=powers)
def test_every_part_adds_up_to_its_meter(pv_w: float, battery_w: float, grid_w: float, ev_w: float) -> None:
    home, car = attribute(pv_w, battery_w, grid_w, ev_w)
    assert min(home.surplus, home.battery, home.grid, car.surplus, car.battery, car.grid) >= -1e-6
    assert math.isclose(car.total, ev_w, abs_tol=1e-6)
    balance_w = pv_w + battery_w + grid_w - ev_w
    assert math.isclose(home.total, max(0.0, balance_w), abs_tol=1e-6)
    without_w = max(0.0, grid_w - ev_w)
    assert math.isclose(car.grid, max(0.0, grid_w) - without_w, abs_tol=1e-6)
    if balance_w >= 0.0:
        assert home.battery + car.battery <= max(0.0, battery_w) + 1e-6


def test_an_hour_of_charging() -> None:
    books = one_hour(pv_w=2000.0, battery_w=0.0, grid_w=2000.0, ev_w=3500.0)
    assert books.consumed["ev.carport"].grid == pytest.approx(2000.0)
    assert books.consumed["ev.carport"].surplus == pytest.approx(1500.0)
    assert books.consumed["home"].total == pytest.approx(500.0)
    assert books.import_wh == pytest.approx(2000.0)
    assert self_consumption(books) == 1.0
    assert autarky(books) == pytest.approx(0.5)


def test_the_home_adds_up_although_its_readings_are_of_different_instants() -> None:
    books = Books()
    steady = Flows(-500.0, 5000.0, 0.0, {"carport": 4000.0})
    late = Flows(-1500.0, 5000.0, 0.0, {"carport": 4000.0})
    for n in range(720):
        flow = late if n % 2 else steady
        books = book(books, flow, flow, 5.0)
    assert books.consumed["home"].total - books.home_debt_wh == pytest.approx((500.0 - 500.0) / 2, abs=2.0)
    assert books.home_debt_wh < 2.0


def test_unknown_readings_are_not_accounted_for() -> None:
    half = Flows(1000.0, None, 0.0, {})
    books = book(Books(), half, half, 5.0)
    assert books.consumed == {}
    assert books.import_wh > 0.0
    assert books.unaccounted_s == 5.0


def test_a_gap_is_not_filled_in() -> None:
    full = Flows(1000.0, 0.0, 0.0, {})
    assert book(Books(), full, full, 3600.0) == Books(unaccounted_s=3600.0)
    assert book(Books(), full, full, -5.0) == Books()


def test_flows_of_a_state() -> None:
    assert flows(state(ev_w=100.0)) == Flows(-542.0, 2974.0, -749.0, {"carport": 100.0})
    assert flows(state(ev_w=100.0)).home_w == pytest.approx(1583.0)
    assert flows(state(pv_w=None)).home_w is None


def test_nothing_is_known_of_empty_books() -> None:
    assert self_consumption(Books()) is None
    assert autarky(Books()) is None


def test_a_restless_day_agrees_with_the_meters_within_one_percent() -> None:
    rng = random.Random(4)
    books, before, home_w, cloud = Books(), None, 500.0, 0.5
    meters = {"pv": 0.0, "ev": 0.0, "home": 0.0, "import": 0.0, "export": 0.0, "ev_grid": 0.0}
    for second in range(6 * 3600):
        cloud = min(1.0, max(0.1, cloud + rng.gauss(0.0, 0.02)))
        home_w = min(4000.0, max(150.0, home_w + rng.gauss(0.0, 15.0)))
        pv_w = 9000.0 * cloud * math.sin(math.pi * second / 21600)
        ev_w = 0.0 if second % 3600 > 3000 else 4140.0
        battery_w = max(-2000.0, min(1500.0, home_w + ev_w - pv_w))
        grid_w = home_w + ev_w - pv_w - battery_w
        for name, power_w in (
            ("pv", pv_w), ("ev", ev_w), ("home", home_w), ("import", max(0.0, grid_w)), ("export", max(0.0, -grid_w)),
            ("ev_grid", max(0.0, grid_w) - max(0.0, grid_w - ev_w)),
        ):  # fmt: skip
            meters[name] += power_w / 3600.0
        if second % 5 == 0:
            now = Flows(grid_w, pv_w, battery_w, {"carport": ev_w})
            books = book(books, before or now, now, 5.0 if before else 0.0)
            before = now
    car, home = books.consumed["ev.carport"], books.consumed["home"]
    assert books.pv_wh == pytest.approx(meters["pv"], rel=0.01)
    assert car.total == pytest.approx(meters["ev"], rel=0.01)
    assert home.total == pytest.approx(meters["home"], rel=0.01)
    assert car.grid == pytest.approx(meters["ev_grid"], rel=0.01)
    assert books.import_wh == pytest.approx(meters["import"], rel=0.01)
    assert books.export_wh == pytest.approx(meters["export"], rel=0.01)
    assert car.grid + home.grid == pytest.approx(books.import_wh, rel=0.01)
