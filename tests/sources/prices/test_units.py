"""The unit of prices: a wrong one is doubted, a right one never in the years that were measured."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from optimizer.model.series import Series, Slot
from optimizer.sources.prices.units import CURRENCIES, FACTORS, LEAST_S, PriceUnit, unit_doubt

UNITS = st.sampled_from(list(FACTORS))


def day(prices_ct: list[float], written: PriceUnit, read_as: PriceUnit) -> Series:
    """Prices of a day that a source gives in one unit, read as another."""
    (times, by), (read_times, read_by) = FACTORS[written], FACTORS[read_as]
    step_s = 86_400.0 / len(prices_ct)
    values = [ct * by / times * read_times / read_by for ct in prices_ct]
    return Series.of(Slot(n * step_s, (n + 1) * step_s, value) for n, value in enumerate(values))


usual_days = st.lists(st.floats(-20.0, 45.0), min_size=23, max_size=25).filter(lambda day: max(map(abs, day)) >= 2.0)


@given(usual_days, UNITS)
@example([-50.0] * 10 + [8.0] * 14, "EUR/MWh")
@example([58.0] * 13 + [87.0] * 11, "ct/kWh")
def test_prices_in_their_own_unit_are_not_doubted(prices_ct: list[float], unit: PriceUnit) -> None:
    """Negative prices are ordinary, and so are those of the year 2022."""
    assert unit_doubt(day(prices_ct, unit, unit), unit) == ""


@pytest.mark.parametrize(
    ("written", "read_as", "says"),
    [
        ("EUR/kWh", "ct/kWh", "all prices are below 1 ct/kWh. Perhaps they are in EUR/kWh and not in ct/kWh"),
        ("EUR/MWh", "ct/kWh", "half of the prices are above 60 ct/kWh. Perhaps they are in EUR/MWh and not in ct/kWh"),
        ("ct/kWh", "EUR/kWh", "Perhaps they are in ct/kWh"),
        ("EUR/kWh", "EUR/MWh", "Perhaps they are in EUR/kWh and not in EUR/MWh"),
    ],
)
@given(st.lists(st.floats(8.0, 45.0), min_size=23, max_size=25))
def test_prices_in_another_unit_are_doubted(
    written: PriceUnit, read_as: PriceUnit, says: str, prices_ct: list[float]
) -> None:
    assert says in unit_doubt(day(prices_ct, written, read_as), read_as)


@given(st.lists(st.floats(-1e5, 1e5), max_size=100), UNITS, st.sampled_from(["CZK", "HUF", *CURRENCIES]))
def test_a_doubt_names_another_unit(prices_ct: list[float], unit: PriceUnit, currency: str) -> None:
    found = unit_doubt(day(prices_ct, unit, unit) if prices_ct else Series(), unit, currency)
    assert not found or (currency in CURRENCIES and not found.split("Perhaps")[1].startswith(f" they are in {unit} "))


def test_a_few_cheap_hours_are_no_reason_for_a_doubt() -> None:
    cheap = Series.of([Slot(0.0, LEAST_S - 1.0, 0.3)])
    assert unit_doubt(cheap, "ct/kWh") == ""
    assert unit_doubt(Series.of([Slot(0.0, LEAST_S, 0.3)]), "ct/kWh") != ""
