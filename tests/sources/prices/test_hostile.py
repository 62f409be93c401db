"""Whatever a price service answers, and whatever a price file has: prices, or a message."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from optimizer.sources.port import Answer, SourceError
from optimizer.sources.prices.awattar import Awattar
from optimizer.sources.prices.energy_charts import EnergyCharts
from optimizer.sources.prices.entity_state import EntityState
from optimizer.sources.prices.feed import MOST_CT, PriceFeed
from optimizer.sources.prices.history import price_history
from optimizer.sources.prices.json_list import JsonList, compiled
from optimizer.sources.prices.octopus import Octopus
from optimizer.sources.prices.tibber import Tibber
from tests.hostile_json import assert_is_a_message, body, changed
from tests.sources.prices.test_formats import DAY, S, awattar, rate

CHARTS = {"unix_seconds": [S, S + 3600, S + 7200], "price": [94.87, None, -5.0], "unit": "EUR/MWh"}
ENTRY = {"total": 0.3, "energy": 0.1, "tax": 0.2, "startsAt": "2026-02-04T00:00:00.000+01:00", "currency": "EUR"}
HOMES = [{"id": "h", "currentSubscription": {"priceInfo": {"today": [ENTRY], "tomorrow": []}}}]
BODIES: tuple[tuple[PriceFeed, Any], ...] = (
    (Awattar(), awattar((0, 3600, 94.87), (3600, 7200, -500))),
    (EnergyCharts(), CHARTS),
    (Tibber("t", value="energy"), {"data": {"viewer": {"homes": HOMES}}}),
    (Octopus("E-1R-AGILE-24-10-01-C"), {"results": [rate("04T00:00", None, 24.0), rate("03T00:00", "04T00:00", 9.0)]}),
    (JsonList("http://h/p", "data[]", unit="EUR/kWh"), {"data": [{"start": S, "end": S + 900, "value": "0.2"}]}),
    (EntityState("http://h", "sensor.price", "t"), {"state": "0.3", "attributes": {}}),
)


@pytest.mark.parametrize(("feed", "document"), BODIES, ids=[feed.kind for feed, _ in BODIES])
@given(data=st.data())
def test_an_answer_gives_prices_or_a_message(feed: PriceFeed, document: Any, data: st.DataObject) -> None:
    """A whole number of 400 digits ended in an OverflowError, and a price of 1e14 ct was believed."""
    text = body(data.draw(changed(document)))
    try:
        series = feed.read(Answer(200, text), DAY, S)
    except SourceError as error:
        assert_is_a_message(error.message)
        return
    assert all(abs(slot.value) <= MOST_CT for slot in series)


@given(changed(CHARTS))
@example({**CHARTS, "price": [10**400, 1, 1]})
@example({**CHARTS, "unix_seconds": [S, -(10**400), S]})
def test_a_file_gives_prices_or_a_message(document: Any) -> None:
    try:
        series = price_history(body(document) if isinstance(document, dict) else f"start,ct_per_kwh\n{document}")
    except SourceError as error:
        assert_is_a_message(error.message)
        return
    assert all(abs(slot.value) <= MOST_CT for slot in series)


@given(st.text("([{a.*|`'\"\\!&@,:0]})", max_size=500))
@example("[" * 500)
@example("!" * 499)
@example("`{`")
def test_an_expression_is_jmespath_or_a_mistake(expression: str) -> None:
    """One that is nested deeply ended `optimizer check` with a traceback."""
    try:
        compiled(expression)
    except ValueError as error:
        assert_is_a_message(str(error))
