"""Inputs as fields of rules: their kinds, their units, and what is unknown."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import pytest

from optimizer.journal.codec import decode, encode
from optimizer.journal.setup import Setup
from optimizer.model.fields import DeviceNames, field_names, find_field
from optimizer.model.inputs import InputSpec
from optimizer.model.kinds import BOOL, CLOCK, NUMBER, POWER
from optimizer.model.reading import known, unknown
from optimizer.model.site import Site
from optimizer.model.state import State
from optimizer.rules.language import typed
from optimizer.rules.language.errors import ExpressionError
from optimizer.rules.language.interpret import Scene, interpret
from optimizer.rules.language.parse import parse
from tests.serve.house import state

NAMES = DeviceNames(
    evs=("carport",),
    inputs=(
        InputSpec("holiday", "switch"),
        InputSpec("heat_pump_w", "number", unit="kW", low=0.0, high=8000.0),
        InputSpec("guests", "choice", options=("few", "many")),
        InputSpec("ready", "time"),
        InputSpec("count", "number"),
    ),
)


def with_inputs(**values: Any) -> State:
    return replace(state(), inputs={name: known(value, 1000.0) for name, value in values.items()})


def holds(text: str, **values: Any) -> object:
    tree = typed.condition(parse(text), NAMES)
    return interpret(tree, Scene(with_inputs(**values), {}, {})).value


def test_each_type_has_its_kind() -> None:
    kinds = [find_field(spec.field_name, NAMES).field.kind for spec in NAMES.inputs]  # type: ignore[union-attr]
    assert kinds[:2] == [BOOL, POWER]
    assert list(kinds[2].words) == ["few", "many"]
    assert kinds[3:] == [CLOCK, NUMBER]
    assert "input.holiday" in field_names(NAMES)


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("input.holiday", {"holiday": True}, True),
        ("not input.holiday", {"holiday": True}, False),
        ("input.holiday", {}, None),
        ("input.holiday or ev.connected", {}, True),
        ("input.heat_pump_w > 1 kW", {"heat_pump_w": 1200.0}, True),
        ("input.heat_pump_w > 1 kW", {}, None),
        ("input.guests == many", {"guests": "many"}, True),
        ("input.guests in [few]", {"guests": "many"}, False),
        ("input.ready < 08:00", {"ready": 7 * 3600.0}, True),
        ("time.now < input.ready", {"ready": 7 * 3600.0}, False),
        ("input.count >= 2", {"count": 2.0}, True),
    ],
)
def test_rules_read_inputs(text: str, values: dict[str, Any], expected: object) -> None:
    assert holds(text, **values) is expected


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("input.holidy", "input.holidy is not known", "did you mean input.holiday?"),
        ("input.guests == lots", "lots is not a value of input.guests", "write few or many"),
        ("input.heat_pump_w > 60%", "a percentage", ""),
    ],
)
def test_mistakes_name_what_is_possible(text: str, says: str, hint: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        typed.condition(parse(text), NAMES)
    assert says in caught.value.message
    assert hint in caught.value.hint


def test_a_house_without_inputs_says_where_they_are_defined() -> None:
    with pytest.raises(ExpressionError) as caught:
        typed.condition(parse("input.holiday"), DeviceNames())
    assert "define it under inputs: in site.yaml" in caught.value.hint


def test_an_unknown_input_says_why() -> None:
    ref = find_field("input.holiday", NAMES)
    assert ref is not None
    assert ref.why(state()) == "not given here"
    silent = replace(state(), inputs={"holiday": unknown("the broker does not answer", 5.0)})
    assert ref.why(silent) == "the broker does not answer"


def test_kinds_of_choices_are_the_same_in_another_process() -> None:
    names: DeviceNames = pickle.loads(pickle.dumps(NAMES))
    assert names.inputs[2].value_kind is NAMES.inputs[2].value_kind


def test_inputs_are_recorded_and_read_again_without_loss() -> None:
    given = with_inputs(holiday=False, heat_pump_w=0.0, guests="few", ready=0.0)
    assert decode(State, encode(State, given)) == given
    assert "inputs" not in encode(State, state())
    from optimizer.control.params import Params

    setup = Setup(Site(), Params(), NAMES)
    assert Setup.from_json(setup.to_json()) == setup
