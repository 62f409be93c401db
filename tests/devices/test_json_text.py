"""JSON of devices: what is none is refused, and NaN is null only where it is asked for."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.devices.json_text import parsed

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nan(one) for key, one in value.items()}
    if isinstance(value, list):
        return [without_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@given(document=st.lists(VALUES, max_size=3))
def test_nan_is_null_or_refused(document: list[Any]) -> None:
    text = json.dumps(document)
    assert parsed(text, nan_is_null=True) == without_nan(document)
    if without_nan(document) == document:
        assert parsed(text) == document
    else:
        with pytest.raises(ValueError, match="is not JSON"):
            parsed(text)


@pytest.mark.parametrize("text", ["", "{", "NaN", " Infinity", "[" * 100_000, "{'a': 1}", "1 2"])
@pytest.mark.parametrize("nan_is_null", [False, True])
def test_other_texts_are_refused(text: str, nan_is_null: bool) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parsed(text, nan_is_null=nan_is_null)
