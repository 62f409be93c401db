"""Values of inputs from text, JSON, and registers: what is read, what is refused, and what is unknown."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from optimizer.model.inputs import InputSpec
from optimizer.sources.inputs.decode import Decoder, by_hand, recalled, shown
from optimizer.sources.inputs.port import InputError
from tests.hostile_json import NUMBERS, OTHERS, TEXTS, assert_is_a_message

SWITCH = InputSpec("holiday", "switch")
POWER = InputSpec("heat_pump_w", "number", unit="kW", low=0.0, high=8000.0)
SOC = InputSpec("soc", "number", unit="%", low=0.0, high=100.0)
PLAIN = InputSpec("count", "number")
CHOICE = InputSpec("heat_pump", "choice", options=("off", "heating", "none"))
TIME = InputSpec("ready", "time")
SPECS = (SWITCH, POWER, SOC, PLAIN, CHOICE, TIME)


@pytest.mark.parametrize(
    ("spec", "raw", "value", "text"),
    [
        (SWITCH, "on", True, "on"),
        (SWITCH, False, False, "off"),
        (SWITCH, "TRUE", True, "on"),
        (SWITCH, 1, True, "on"),
        (POWER, 1.4, 1400.0, "1.4kW"),
        (POWER, "1400 W", 1400.0, "1.4kW"),
        (SOC, "80 %", 80.0, "80%"),
        (SOC, 80, 80.0, "80%"),
        (PLAIN, "3", 3.0, "3"),
        (CHOICE, " Heating ", "heating", "heating"),
        (CHOICE, "none", "none", "none"),
        (TIME, "7:00", 25200.0, "07:00"),
        (TIME, "23:59:30", 86370.0, "23:59:30"),
    ],
)
def test_what_is_set_by_hand(spec: InputSpec, raw: object, value: object, text: str) -> None:
    found = by_hand(spec, raw)
    assert found == value
    assert type(found) is type(value)
    assert shown(spec, found) == text
    assert recalled(spec, found) == found


@pytest.mark.parametrize(
    ("spec", "raw", "says"),
    [
        (SWITCH, "maybe", "it must be on or off"),
        (SWITCH, 2, "it must be on or off"),
        (POWER, "9 kW", "it must be at most 8kW"),
        (POWER, -1, "it must be 0W or more"),
        (POWER, "60%", "it must be a number in kW, not in %"),
        (POWER, True, "it must be a number in kW"),
        (PLAIN, "3 kW", "it must be a number, not in kW"),
        (CHOICE, "cooling", "it must be one of off, heating, none"),
        (CHOICE, 1, "it must be one of off, heating, none"),
        (TIME, "24:00", "a local time such as 07:00"),
        (TIME, 7, "a local time such as 07:00"),
    ],
)
def test_what_is_not_possible_is_refused_with_what_is(spec: InputSpec, raw: object, says: str) -> None:
    with pytest.raises(InputError) as caught:
        by_hand(spec, raw)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("decoder", "raw", "value"),
    [
        (Decoder(POWER, 60.0), "1.2 kW", 1200.0),
        (Decoder(POWER, 60.0, unit="W"), "1200", 1200.0),
        (Decoder(POWER, 60.0, unit="W", inverted=True), -1200, 1200.0),
        (Decoder(POWER, 60.0, unit="W", decimal_comma=True), "1.200,5", 1200.5),
        (Decoder(SOC, 60.0, factor=100.0), 0.86, 86.0),
        (Decoder(SWITCH, 60.0, inverted=True), "off", True),
        (Decoder(CHOICE, 60.0, words=(("0", "off"), ("2", "heating"))), 2.0, "heating"),
        (Decoder(CHOICE, 60.0, words=(("0", "off"),)), "off", "off"),
        (Decoder(SWITCH, 60.0, words=(("home", "on"), ("away", "off"))), "away", False),
    ],
)
def test_what_a_source_brings(decoder: Decoder, raw: object, value: object) -> None:
    assert decoder.reading(raw, 5.0).value == value


@pytest.mark.parametrize(
    ("decoder", "raw", "says"),
    [
        (Decoder(POWER, 60.0), "unavailable", "the source says “unavailable”"),
        (Decoder(POWER, 60.0), None, "the source says “null”"),
        (Decoder(SWITCH, 60.0), "", "the source says “”"),
        (Decoder(SOC, 60.0), 850, "the source brings “850”, but it must be at most 100%"),
        (Decoder(SOC, 60.0), {"soc": 3}, "the source brings “dict”, but it must be a number in %"),
        (Decoder(POWER, 60.0, unit="W"), "5 A", "but it must be a number in kW, not in A"),
        (Decoder(POWER, 60.0, factor=1000.0), "0.5 kW", "the value has a unit. Leave out factor: 1000"),
        (Decoder(CHOICE, 60.0, words=(("0", "off"),)), 7, "only 0 have a meaning in the settings"),
    ],
)
def test_what_a_source_cannot_mean_is_unknown_and_said(decoder: Decoder, raw: object, says: str) -> None:
    reading = decoder.reading(raw, 5.0)
    assert reading.value is None
    assert says in reading.why


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(SPECS), JSON, st.booleans())
def test_anything_is_a_possible_value_or_unknown_with_a_reason(spec: InputSpec, raw: object, inverted: bool) -> None:
    reading = Decoder(spec, 60.0, inverted=inverted).reading(raw, 5.0)
    if reading.value is None:
        assert reading.why
        assert reading.why.isprintable()
    else:
        assert recalled(spec, reading.value) == reading.value


@given(st.sampled_from(SPECS), JSON)
def test_what_is_shown_of_a_value_is_read_as_this_value(spec: InputSpec, raw: object) -> None:
    try:
        value = by_hand(spec, raw)
    except InputError:
        return
    again = by_hand(spec, shown(spec, value)) if spec.kind != "number" else value
    assert again == value


@given(st.sampled_from(SPECS), st.sampled_from([*NUMBERS, *TEXTS, *OTHERS]))
@example(PLAIN, 10**400)
@example(PLAIN, float("inf"))
def test_a_stored_value_is_finite_or_refused_with_a_message(spec: InputSpec, value: Any) -> None:
    """A damaged file may have any number. One that is infinite became the value."""
    try:
        found = recalled(spec, value)
    except InputError as error:
        assert_is_a_message(str(error))
        return
    assert not isinstance(found, float) or math.isfinite(found)
