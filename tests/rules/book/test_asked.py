"""The prices and forecasts that the rules of a book use."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from optimizer.model.fields import DeviceNames
from optimizer.rules.book.asked import Asked, asked_by
from optimizer.rules.book.files import book_from_texts

ZONE = ZoneInfo("Europe/Berlin")
RULES = """version: 1
defaults: {ev.mode: surplus}
rules:
  - id: cheap
    when: cheapest(3h, until 07:00) or price.lowest(6h) < 5ct or price.spread(6h) > 20ct
    claim: {ev.mode: fast}
  - id: sunny
    when: pv.forecast_wh(today) > 5kWh
    claim: {ev.phases: auto}
  - id: disabled
    enabled: false
    when: surplus.forecast_wh(tomorrow) > 5kWh
    claim: {ev.mode: "off"}
"""


def asked_of(rules: str) -> Asked:
    return asked_by(book_from_texts({"r.yaml": rules}, DeviceNames(("carport",), (), ("roof",)), ZONE))


def test_each_argument_of_an_enabled_rule_is_asked_once() -> None:
    found = asked_of(RULES)
    assert [one.text for one in found.cheapest] == ["3h, until 07:00"]
    assert [one.text for one in found.prices] == ["6h"]
    assert [one.text for one in found.forecasts] == ["today"]


def test_a_book_without_calls_asks_nothing() -> None:
    assert asked_of("version: 1\ndefaults: {ev.mode: surplus}\n") == Asked()
