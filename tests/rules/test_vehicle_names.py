"""The names of vehicles in rules: as the value of a target, in conditions, and with what `check` says of them."""

from __future__ import annotations

import pytest

from optimizer.model.fields import DeviceNames
from optimizer.rules.book.files import book_from_texts
from optimizer.rules.language.errors import RuleErrors
from optimizer.rules.tools.lints import lints
from optimizer.rules.tools.names import names_in
from optimizer.rules.tools.never_known import rules_that_never_act
from tests.rules.scene import BERLIN as ZONE

NAMES = DeviceNames(("carport", "yard"), vehicles=("zoe", "van"))
RULE = """version: 1
rules:
  - id: mine
    when: {when}
    claim: {{{claim}}}
"""


def text(when: str, claim: str) -> str:
    return RULE.format(when=when, claim=claim)


@pytest.mark.parametrize(
    ("when", "claim", "said"),
    [
        ("ev.phases == 1", "ev.vehicle: zoo", ("zoo is not a vehicle of site.yaml", "did you mean zoe?")),
        ("ev.phases == 1", "ev.yard.vehicle: tractor", ("tractor is not a vehicle of site.yaml", "zoe, van or guest")),
        ("ev.vehicle == vam", "ev.mode: fast", ("vam is not a vehicle of site.yaml", "did you mean van?")),
        ("ev.yard.vehicle in [zoe, vann]", "ev.mode: fast", ("vann is not a vehicle of site.yaml", "van?")),
        ("ev.vehicle < zoe", "ev.mode: fast", ("has no order", "use ==")),
    ],
)
def test_an_unknown_vehicle_is_a_mistake(when: str, claim: str, said: tuple[str, str]) -> None:
    with pytest.raises(RuleErrors) as failure:
        book_from_texts({"r.yaml": text(when, claim)}, NAMES, ZONE)
    assert all(one in str(failure.value) for one in said), str(failure.value)


def test_a_house_without_vehicles_knows_only_guests() -> None:
    with pytest.raises(RuleErrors, match=r"zoe is not a vehicle of site\.yaml"):
        book_from_texts({"r.yaml": text("ev.connected", "ev.vehicle: zoe")}, DeviceNames(("carport",)), ZONE)
    book_from_texts({"r.yaml": text("ev.connected", "ev.vehicle: guest")}, DeviceNames(("carport",)), ZONE)


def test_other_vehicles_make_another_version_of_the_rules() -> None:
    texts = {"r.yaml": text("ev.connected", "ev.vehicle: guest")}
    assert book_from_texts(texts, NAMES, ZONE).version != book_from_texts(texts, DeviceNames(NAMES.evs), ZONE).version


@pytest.mark.parametrize("field", ["ev.soc < 20%", "ev.vehicle == van", "ev.needs_wh > 5kWh"])
def test_a_rule_that_chooses_by_its_own_choice_is_warned_of(field: str) -> None:
    book = book_from_texts({"r.yaml": text(field, "ev.carport.vehicle: zoe")}, NAMES, ZONE)
    (warning,) = [one for one in lints(book) if "chooses" in one.message]
    assert warning.message.startswith("mine chooses ev.carport.vehicle by ev.carport.")
    other = book_from_texts({"r.yaml": text(field, "ev.yard.vehicle: zoe")}, NAMES, ZONE)
    assert not [one for one in lints(other) if "chooses" in one.message]


def test_a_rule_that_puts_a_car_at_a_charger_gives_its_fields() -> None:
    unreported = {"ev.carport.soc", "ev.carport.vehicle"}
    alone = book_from_texts({"r.yaml": text("ev.soc < 20%", "ev.mode: fast")}, NAMES, ZONE)
    assert [rule for rule, _ in rules_that_never_act(alone, unreported)] == ["mine"]
    chosen = text("ev.phases == 1", "ev.vehicle: van").replace("id: mine", "id: other").partition("rules:\n")[2]
    book = book_from_texts({"r.yaml": text("ev.soc < 20%", "ev.mode: fast") + chosen}, NAMES, ZONE)
    assert not list(rules_that_never_act(book, unreported))


def test_without_settings_the_rules_themselves_name_the_vehicles() -> None:
    texts = [
        text("ev.phases == 1", "ev.vehicle: zoe"),
        'claim: {ev.carport.vehicle: "van"}',
        "when: ev.vehicle != e_up and ev.soc < 20%",
        "when: ev.vehicle in [leaf, guest] and grid.export_w > 1kW",
        "input:\n  ev.vehicle: kangoox5 missingx2 twingo",
    ]
    assert names_in(texts).vehicles == ("zoe", "van", "e_up", "leaf", "guest", "kangoo", "twingo")
