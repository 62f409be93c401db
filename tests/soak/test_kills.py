"""The short form of the kills; `python -m bench.soak kills` is the long one."""

from pathlib import Path

from bench.soak_kills import kill_houses, told


async def test_a_killed_process_leaves_nothing_behind(tmp_path: Path) -> None:
    figures = await kill_houses(2, 2, 20.0, 20.0, tmp_path, seed=3, patient=True)
    assert figures.kills == 2
    assert figures.held
    assert not figures.failed, told(figures, 20.0)
