"""Sizes and columns that may be wrong are named."""

from __future__ import annotations

from array import array
from statistics import fmean as mean
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.study.input.notes import LARGE_CT, LARGE_W, SMALL_CT, SMALL_LOAD_W, SMALL_W, notes_of


@given(kw=st.lists(st.floats(0.0, 500.0), min_size=2, max_size=20), quantity=st.sampled_from(["pv_w", "load_w"]))
def test_powers_that_no_home_has_or_all_homes_exceed_are_named(kw: list[float], quantity: str) -> None:
    values = array("d", (1000.0 * one for one in kw))
    said = " ".join(notes_of({quantity: values}))
    assert ("never reaches more than" in said) is (0.0 < max(values) < SMALL_W)
    assert ("more than most homes can" in said) is (max(values) >= LARGE_W)


@given(ct=st.lists(st.floats(3.0, 55.0), min_size=2, max_size=20))
def test_prices_in_another_unit_are_named(ct: list[float]) -> None:
    assert notes_of({"price_ct": array("d", ct)}) == ()
    euros, of_a_mwh = array("d", (one / 100.0 for one in ct)), array("d", (one * 10.0 for one in ct))
    assert max(euros) < SMALL_CT
    assert "write price_ct=COLUMN*100." in notes_of({"price_ct": euros})[0]
    assert bool(notes_of({"price_ct": of_a_mwh})) is (median(of_a_mwh) > LARGE_CT)


@pytest.mark.parametrize("load", [True, False])
def test_quantities_without_effect_are_named(load: bool) -> None:
    columns = {"pv_w": array("d", [300.0]), "ev_w": array("d", [0.0]), "grid_w": array("d", [500.0])}
    notes = notes_of(columns | ({"load_w": array("d", [600.0])} if load else {}))
    assert ("load_w is mapped, so ev_w, grid_w has no effect" in " ".join(notes)) is load


@given(powers=st.lists(st.floats(40.0, 8000.0), min_size=20, max_size=60), minutes=st.sampled_from([1, 5, 15]))
def test_a_load_of_energies_in_small_intervals_is_named_unless_a_home_may_have_it(
    powers: list[float], minutes: int
) -> None:
    values = array("d", (power * minutes / 60.0 for power in powers))
    said = " ".join(notes_of({"load_w": values}))
    assert ("less than a home needs" in said) is (max(values) >= SMALL_W and mean(values) < SMALL_LOAD_W)
    assert ("less than a home needs" in said or "never reaches" in said) is (
        max(values) < SMALL_W or mean(values) < SMALL_LOAD_W
    )
