"""The forms of --map."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.study.input.mapping import QUANTITIES, parse_mapping
from optimizer.study.input.series import StudyError


@pytest.mark.parametrize("between", [",", ", ", ";", " "])
def test_several_mappings_in_one_are_told_apart(between: str) -> None:
    with pytest.raises(StudyError) as caught:
        parse_mapping([f"pv_w=PV (kW)*1000{between}load_w=Load"])
    assert "Give --map for each: --map “pv_w=PV (kW)*1000” --map “load_w=Load”" in str(caught.value)


@given(st.text("abc ,;_=()", min_size=1, max_size=12).filter(str.strip), st.sampled_from(QUANTITIES))
def test_a_column_may_have_any_sign_but_a_further_mapping(column: str, quantity: str) -> None:
    name = column.strip()
    assert parse_mapping([f"pv_w={name}", "load_w=x"])["pv_w"].name == name
    with pytest.raises(StudyError):
        parse_mapping([f"pv_w={name},{quantity}=x", "load_w=x"])
