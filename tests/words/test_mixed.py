"""A German message has no English piece: what it is made of is German too."""

from __future__ import annotations

import pytest

from optimizer.rules.language.errors import ExpressionError
from optimizer.rules.language.parse import parse
from optimizer.rules.language.typed import condition
from optimizer.words.text import in_language
from tests.rules.scene import NAMES, Run
from tests.words.english import english_pieces, german

MISTAKES = (
    "ev.charging and price.import_ct < 20",
    "battery.soc > 3kW",
    "grid.power_w > 30%",
    "grid.power_w + battery.soc > 1kW",
    "battery.soc between 20% and 3kW",
    "ev.mode > fast",
    "ev.mode in [fast, 3]",
    "ev.charging == 3",
    "time.now > 3kW",
    "time.now between 06:00 and 20%",
    "time.weekday in [mon, 08:00]",
    "time.month between nov and 3kW",
    "ev.connected < true",
    "avg(battery.soc, 3kW) > 1%",
    "min(battery.soc, 3kW) > 1%",
    "not grid.power_w",
    "ev.connected and battery.soc",
    "grid.power_w * battery.soc > 1",
    "grid.power_w / time.now > 1",
    "grid.power_w > 1kW for 3kW",
    "price.import_ct < fast",
    "cheapest(3kW)",
    "ev.mode == off and battery.mode == 3",
)


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_in_an_expression_has_no_english_piece(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        condition(parse(text), NAMES)
    for said in (caught.value.message, caught.value.hint):
        assert english_pieces(in_language(said, german())) == []


def test_the_reason_of_an_unknown_condition_has_no_english_piece() -> None:
    verdict = Run("- id: sunny\n  when: pv.power_w > 2kW\n  claim: {ev.mode: fast}").tick(0.0)
    details = [cause.detail for cause in verdict.causes if cause.code == "rule.unknown"]
    assert details
    assert all(in_language(detail, german()) != str(detail) for detail in details)
