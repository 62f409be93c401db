"""The short form of the kills; `python -m bench.soak kills` is the long one."""

from pathlib import Path

import pytest

from bench.soak_kills import Load, kill_houses, told


async def test_a_killed_process_leaves_nothing_behind(tmp_path: Path) -> None:
    figures = await kill_houses(2, 2, 20.0, 20.0, tmp_path, seed=3, patient=True)
    assert figures.kills == 2
    assert figures.held
    assert not figures.failed, told(figures, 20.0)


def test_only_loading_is_taken_off_and_only_what_a_slow_house_would_not_see() -> None:
    load = Load(100.0)
    assert load.lost_s(90.0, 95.0, 20.0) == 0.0
    assert load.lost_s(90.0, 120.0, 20.0) == pytest.approx(19.0)
    load.end_s = 140.0
    assert load.lost_s(90.0, 500.0, 20.0) == pytest.approx(38.0)
    assert load.lost_s(130.0, 500.0, 20.0) == pytest.approx(9.5)
    assert load.lost_s(150.0, 500.0, 20.0) == 0.0
