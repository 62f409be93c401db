"""The short form of the fault program; `python -m bench.soak faults` is the long one."""

from pathlib import Path

import pytest

from bench.soak_faults import soak, summary


@pytest.mark.parametrize("seed", [5, 6])
def test_minutes_in_which_everything_goes_wrong(seed: int, tmp_path: Path) -> None:
    figures = soak(0.15, seed, tmp_path, pace=2.0)
    assert figures.ticks >= 80
    assert figures.setpoints > 0
    assert not figures.failed, summary(figures)
