"""The price of a kWh by contract, for import and export."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.calendar import local_day, quarter_hours
from optimizer.model.series import Series, Slot, constant
from optimizer.sources.prices.by_time import ByTime, Zone
from optimizer.sources.prices.contract import (
    DEDUCTION,
    MARKET,
    NEGATIVE,
    VAT,
    FeedInContract,
    ImportContract,
    Price,
    feed_in_price,
    import_price,
)

BERLIN = ZoneInfo("Europe/Berlin")
H = 3600.0
ORDINARY = local_day(datetime(2026, 11, 28, 12, tzinfo=BERLIN).timestamp(), BERLIN)
LONG = local_day(datetime(2026, 10, 25, 12, tzinfo=BERLIN).timestamp(), BERLIN)


def market(day: tuple[float, float], *values: float) -> Series:
    """A quarter-hourly market price that repeats `values`."""
    starts = list(quarter_hours(*day))
    slots = (Slot(start, start + 900.0, values[n % len(values)]) for n, start in enumerate(starts))
    return Series.of(slots, unit="ct/kWh", source="epex")


def bought(contract: ImportContract, spot: Series, day: tuple[float, float] = ORDINARY) -> Price:
    return import_price(contract, {"epex": spot}, *day, BERLIN)


def paid(contract: FeedInContract, spot: Series, day: tuple[float, float] = ORDINARY) -> Price:
    return feed_in_price(contract, {"epex": spot}, *day, BERLIN)


SPOT = ImportContract(
    source="epex",
    fees={
        "markup": ByTime(1.5),
        "network": ByTime(
            9.0, (Zone(15.3, 17 * H, 21 * H, months=frozenset({1, 2, 3, 10, 11, 12})), Zone(2.7, 0, 6 * H))
        ),
    },
    vat_percent=19.0,
)


def test_a_fixed_price_reaches_over_the_whole_time() -> None:
    price = bought(ImportContract(energy=ByTime(30.0)), Series())
    assert [slot.value for slot in price.total] == [30.0]
    assert price.total.covers(*ORDINARY)


def test_fees_and_vat_are_on_top_of_the_market_price() -> None:
    price = bought(SPOT, market(ORDINARY, 8.0))
    noon, evening, night = (ORDINARY.start_s + hour * H for hour in (12, 18, 3))
    assert price.total.at(noon) == pytest.approx((8.0 + 1.5 + 9.0) * 1.19)
    assert price.total.at(evening) == pytest.approx((8.0 + 1.5 + 15.3) * 1.19)
    assert price.total.at(night) == pytest.approx((8.0 + 1.5 + 2.7) * 1.19)
    assert list(price.parts) == [MARKET, "markup", "network", VAT]


def test_vat_makes_a_negative_price_more_negative() -> None:
    price = bought(
        ImportContract(source="epex", fees={"markup": ByTime(1.0)}, vat_percent=19.0), market(ORDINARY, -50.0)
    )
    assert price.total.at(ORDINARY.start_s) == pytest.approx(-49.0 * 1.19)


@pytest.mark.parametrize("ct", [-50.0, 400.0])
def test_the_limits_of_the_market_are_not_clipped(ct: float) -> None:
    assert bought(ImportContract(source="epex"), market(ORDINARY, ct)).total.at(ORDINARY.start_s) == ct


@given(st.lists(st.floats(-50, 400), min_size=1, max_size=8), st.floats(0, 25), st.booleans())
def test_the_parts_add_up(values: list[float], vat: float, by_hour: bool) -> None:
    contract = ImportContract(source="epex", fees=SPOT.fees, vat_percent=vat, by_hour=by_hour)
    price = bought(contract, market(LONG, *values), LONG)
    for slot in price.total:
        assert sum(part.at(slot.start_s) or 0.0 for part in price.parts.values()) == pytest.approx(slot.value, abs=1e-9)


@pytest.mark.parametrize("day", [ORDINARY, LONG])
def test_a_supplier_that_bills_by_the_hour_has_the_mean_of_four(day: tuple[float, float]) -> None:
    price = bought(ImportContract(source="epex", by_hour=True), market(day, 1.0, 2.0, 3.0, 6.0), day)
    assert {slot.value for slot in price.total} == {3.0}
    assert len(price.total) == round((day[1] - day[0]) / H)


def test_an_hour_with_a_missing_quarter_is_unknown() -> None:
    spot = market(ORDINARY, 5.0)
    broken = Series.of([slot for n, slot in enumerate(spot) if n != 5])
    price = bought(ImportContract(source="epex", by_hour=True), broken)
    assert [price.total.at(ORDINARY.start_s + hour * H) for hour in (0, 1, 2)] == [5.0, None, 5.0]


def test_a_market_that_ends_early_leaves_the_price_unknown() -> None:
    price = bought(SPOT, market(ORDINARY, 8.0).within(ORDINARY.start_s, ORDINARY.start_s + 20 * H))
    assert price.total.at(ORDINARY.start_s + 20 * H - 1) is not None
    assert price.total.at(ORDINARY.start_s + 20 * H) is None
    assert bought(SPOT, Series()).total.slots == ()


def test_feed_in_of_the_market_less_a_deduction_may_be_negative() -> None:
    price = paid(FeedInContract(source="epex", deduction_ct=0.4), market(ORDINARY, 8.0, -2.0))
    assert [slot.value for slot in price.total][:2] == pytest.approx([7.6, -2.4])
    assert list(price.parts) == [MARKET, DEDUCTION]


def test_a_fixed_feed_in_is_paid_also_while_the_market_is_negative() -> None:
    assert {slot.value for slot in paid(FeedInContract(energy=ByTime(8.0)), market(ORDINARY, -2.0)).total} == {8.0}


def test_nothing_while_negative_is_a_property_of_the_contract() -> None:
    contract = FeedInContract(energy=ByTime(8.0), source="epex", nothing_while_negative=True)
    price = paid(contract, market(ORDINARY, 3.0, -2.0, 0.0))
    assert [slot.value for slot in price.total][:3] == [8.0, 0.0, 8.0]
    assert [slot.value for slot in price.parts[NEGATIVE]][:3] == [0.0, -8.0, 0.0]
    assert paid(contract, Series()).total.at(ORDINARY.start_s) is None  # nobody knows whether it is negative


def test_feed_in_may_be_above_import() -> None:
    spot = market(ORDINARY, -10.0)
    earned = paid(FeedInContract(energy=ByTime(8.0)), spot).total.at(ORDINARY.start_s)
    cost = bought(ImportContract(source="epex"), spot).total.at(ORDINARY.start_s)
    assert earned is not None
    assert cost is not None
    assert earned > cost


def test_a_constant_source_is_cut_to_the_time() -> None:
    price = bought(ImportContract(source="epex"), constant(7.0, 0.0, ORDINARY.end_s + 1e6))
    assert (price.total.slots[0].start_s, price.total.reach_s) == ORDINARY
