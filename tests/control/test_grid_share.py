"""The part of the car's power that is worth importing, at constant prices and at those of the moment."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.grid_share import LARGEST, grid_share_now, grid_share_of
from optimizer.control.params import Params
from optimizer.control.plan import Plan
from optimizer.control.request.tick import site_inputs
from optimizer.control.targets import read
from optimizer.model.reading import NOT_MEASURED, known
from optimizer.model.site import Site
from optimizer.model.state import Grid, Prices, State
from optimizer.rules.book.verdict import Claimed, Verdict
from tests.rules.scene import book

CT = st.floats(-50.0, 100.0)


@pytest.mark.parametrize(
    ("import_ct", "feed_in_ct", "alternative_ct", "share"),
    [
        (30, 8, 19, 0.5),
        (36, 8, 15, 0.25),
        (20, 8, 30, 0.9),  # the grid is cheaper than elsewhere
        (30, 25, 22, 0.0),  # exporting pays more than charging
        (-5, 8, 20, 0.9),
    ],
)
def test_how_much_grid_prices_are_worth(
    import_ct: float, feed_in_ct: float, alternative_ct: float, share: float
) -> None:
    assert grid_share_of(import_ct, feed_in_ct, alternative_ct) == pytest.approx(share)


@given(CT, CT, CT)
def test_a_share_is_bounded_and_falls_with_the_import_price(
    import_ct: float, feed_in_ct: float, other_ct: float
) -> None:
    share = grid_share_of(import_ct, feed_in_ct, other_ct)
    assert 0.0 <= share <= LARGEST
    assert grid_share_of(import_ct + 5.0, feed_in_ct, other_ct) <= share


def test_it_follows_the_prices_of_the_moment_and_is_the_usual_one_while_one_is_unknown() -> None:
    night, day = (Prices(known(ct, 0.0), known(8.0, 0.0), known(20.0, 0.0)) for ct in (18.0, 32.0))
    assert grid_share_now(night, 0.3) == LARGEST
    assert grid_share_now(day, 0.3) == pytest.approx(0.5)
    assert grid_share_now(Prices(known(18.0, 0.0), known(8.0, 0.0), NOT_MEASURED), 0.3) == 0.3


def test_the_controller_uses_it_unless_a_rule_claims_a_share_or_the_settings_fix_it() -> None:
    now = datetime(2026, 6, 21, 12, tzinfo=UTC)
    prices = Prices(known(18.0, 0.0), known(8.0, 0.0), known(20.0, 0.0))
    state = State(now=now, local=now, mono_s=0.0, grid=Grid(), prices=prices)

    def share(params: Params, claimed: float | None = None) -> float:
        claims = {} if claimed is None else {"surplus.grid_share": Claimed(claimed, "a rule")}
        targets = read(Verdict(claims=claims, limits={}, causes=()), (), ())
        return site_inputs(state, targets, Plan(Site(), book("[]"), params)).grid_share

    assert share(Params(grid_share=0.3)) == 0.3
    assert share(Params(grid_share=0.3, grid_share_by_price=True)) == LARGEST
    assert share(Params(grid_share_by_price=True), claimed=0.2) == 0.2
