"""Houses and meters that the properties of the judge draw."""

from __future__ import annotations

from hypothesis import Phase, settings
from hypothesis import strategies as st

from tests.control.judge.house_under_test import Meter
from tests.examples import one_in

HOUR_S = 3600
FEW = settings(
    max_examples=one_in(12),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
"""A house of an hour takes a fifth of a second, so a failing story is not made smaller."""
JUDGED_S = 75
"""The judge needs up to this long to see that a reading is wrong."""
SUNS_W = st.integers(0, 12_000)


@st.composite
def late_meters(draw: st.DrawFn) -> Meter:
    """Meters that are up to a minute late, by a delay, an average, and a held value together."""
    renew_s, window_s = draw(st.sampled_from((1, 5, 10, 20, 30))), draw(st.sampled_from((1, 5, 15, 30)))
    return Meter(
        delay_s=draw(st.integers(0, max(0, 62 - renew_s - window_s))), window_s=window_s, renew_s=renew_s
    )  # fmt: skip
