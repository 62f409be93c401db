"""The compiled code and the explaining evaluator agree on every expression and every house."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.compiled import compiled_condition, compiled_value
from optimizer.model.kinds import POWER
from optimizer.rules.language.errors import ExpressionError
from optimizer.rules.language.interpret import Scene, interpret
from optimizer.rules.language.parse import parse
from optimizer.rules.language.typed import condition, value
from tests.examples import at_least
from tests.rules.expressions import conditions, givens, numbers
from tests.rules.scene import NAMES, NOON, house


@settings(max_examples=at_least(250))
@given(conditions(), st.lists(givens(), min_size=1, max_size=4), st.integers(0, 86399))
def test_conditions_agree(text: str, houses: list[dict[str, Any]], second: int) -> None:
    try:
        tree = condition(parse(text), NAMES)
    except ExpressionError:
        return  # folded to a division by zero or an empty range, which is refused at load
    compiled = compiled_condition(tree)
    for values in houses:
        state = house(0.0, NOON + timedelta(seconds=second), **values)
        commanded = compiled.run(*compiled.values(state, {}))
        explained = interpret(tree, Scene(state, {}, {})).value
        assert commanded is explained, compiled.source


@given(numbers(POWER, 3), givens())
def test_values_agree(text: str, values: dict[str, Any]) -> None:
    try:
        tree = value(parse(text), POWER, NAMES)
    except ExpressionError:
        return
    compiled = compiled_value(tree)
    state = house(**values)
    assert compiled.run(*compiled.values(state, {})) == interpret(tree, Scene(state, {}, {})).value


def test_unknown_is_neither_true_nor_false() -> None:
    cases = {
        "battery.soc > 5%": None,
        "battery.soc > 5% and ev.connected": False,
        "battery.soc > 5% or not ev.connected": True,
        "battery.soc > 5% or ev.connected": None,
        "not battery.soc > 5%": None,
        "grid.power_w / grid.power_w > 1": None,
        "ev.connected and grid.power_w / pv.power_w > 1": False,
        "grid.power_w == 0W": True,
    }
    state = house(ev__connected="false", grid__power_w="0W", pv__power_w="0W")
    for text, expected in cases.items():
        tree = condition(parse(text), NAMES)
        compiled = compiled_condition(tree)
        assert compiled.run(*compiled.values(state, {})) is expected, text
        assert interpret(tree, Scene(state, {}, {})).value is expected, text
