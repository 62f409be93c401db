import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.by_source import BySource
from optimizer.serve.costs import Costs, cost_of, priced
from optimizer.serve.energy import Books
from tests.serve.prices import prices

WH = st.floats(0.0, 20_000.0)
CT = st.none() | st.floats(-100.0, 500.0)


def test_grid_energy_costs_its_price_and_other_energy_the_export_that_was_lost() -> None:
    cost, unpriced_wh = cost_of(BySource(surplus=2000.0, battery=500.0, grid=1000.0), prices(30.0, 8.0))
    assert (cost.surplus, cost.battery, cost.grid) == pytest.approx((16.0, 4.0, 30.0))
    assert unpriced_wh == 0.0


def test_energy_without_a_price_is_in_no_cost() -> None:
    used = BySource(surplus=2000.0, battery=500.0, grid=1000.0)
    assert cost_of(used, prices(None, 8.0)) == (BySource(16.0, 4.0, 0.0), 1000.0)
    assert cost_of(used, prices(30.0, None)) == (BySource(0.0, 0.0, 30.0), 2500.0)


def test_a_negative_price_lowers_the_cost() -> None:
    before, after = Books(import_wh=1000.0), Books(import_wh=3000.0, export_wh=500.0)
    costs = priced(Costs(import_ct=5.0), before, after, prices(-10.0, -2.0))
    assert costs.import_ct == pytest.approx(-15.0)
    assert costs.export_ct == pytest.approx(-1.0)


def test_a_price_that_is_never_known_leaves_its_sum_unknown() -> None:
    costs = priced(Costs(), Books(), Books(import_wh=1000.0, export_wh=1000.0), prices(None, 8.0))
    assert costs.import_ct is None
    assert costs.export_ct == pytest.approx(8.0)


@given(st.lists(st.tuples(WH, WH, WH, CT, CT), max_size=20))
def test_costs_and_the_energy_without_a_price_account_for_all_energy(
    steps: list[tuple[float, float, float, float | None, float | None]],
) -> None:
    books, costs, expected_ct, expected_wh = Books(), Costs(), 0.0, 0.0
    for surplus, battery, grid, import_ct, feed_in_ct in steps:
        after = Books(
            consumed={"home": books.consumed.get("home", BySource()).plus(BySource(surplus, battery, grid))},
            import_wh=books.import_wh + grid,
        )
        costs, books = priced(costs, books, after, prices(import_ct, feed_in_ct)), after
        expected_ct += (grid * (import_ct or 0.0) + (surplus + battery) * (feed_in_ct or 0.0)) / 1000.0
        expected_wh += (grid if import_ct is None else 0.0) + (surplus + battery if feed_in_ct is None else 0.0)
    total_ct = sum(cost.total for cost in costs.used.values())
    assert total_ct == pytest.approx(expected_ct, abs=1e-6)
    assert costs.unpriced_wh == pytest.approx(expected_wh, abs=1e-6)
    if steps and all(step[3] is not None for step in steps):
        assert costs.import_ct == pytest.approx(sum(cost.grid for cost in costs.used.values()), abs=1e-6)
