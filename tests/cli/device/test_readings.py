"""Values for people: no sign before zero, whatever is rounded to it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.cli.device.readings import sample_rows, text_of, value_rows
from optimizer.cli.run.progress import _kilowatts
from optimizer.devices.port import Sample, Value
from optimizer.model.reading import known
from optimizer.model.state import Battery, Grid
from optimizer.words.figures import figure
from optimizer.words.language import ENGLISH

MINUS_ZERO = re.compile(r"-0(\.0*)?(?![\d.])")
NEARLY_NOTHING = st.floats(-0.6, 0.0)


@given(NEARLY_NOTHING)
def test_a_power_is_never_minus_zero(power_w: float) -> None:
    sample = Sample(Grid(power_w=known(power_w, 0.0)), batteries=(Battery("cellar", power_w=known(power_w, 0.0)),))
    texts = [
        *(row[1] for row in sample_rows(sample, 0.0)),
        text_of(power_w),
        figure("power_w", power_w, ENGLISH),
        _kilowatts(power_w),
        _kilowatts(power_w, signed=True),
    ]
    assert [text for text in texts if MINUS_ZERO.search(text)] == []


@pytest.mark.parametrize(
    ("value", "shown"), [(-0.0, "0.0"), (0.0, "0.0"), (-0.25, "-0.25"), (-1, "-1"), (None, "none")]
)
def test_a_documented_value_keeps_its_digits(value: object, shown: str) -> None:
    (row,) = value_rows((Value("Grid_Power", value, "W", "", 0.0),), 0.0)
    assert row[1] == shown
