"""The short form of the kills; `python -m bench.soak kills` is the long one."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.soak_kills import LOOK_S, MOST_S, Kills, Load, Supervised, kill_houses, summary
from optimizer.runtime.record.ownership import Ownership


async def test_a_killed_process_leaves_nothing_behind(tmp_path: Path) -> None:
    figures = await kill_houses(2, 2, 20.0, 20.0, tmp_path, seed=3, patient=True)
    assert figures.kills == 2
    assert figures.held
    assert sum(figures.codes.values()) == 2
    assert not figures.failed, summary(figures, 20.0)


def test_only_loading_is_taken_off_and_only_what_a_slow_house_would_not_see() -> None:
    load = Load(100.0)
    assert load.lost_s(90.0, 95.0, 20.0) == 0.0
    assert load.lost_s(90.0, 120.0, 20.0) == pytest.approx(19.0)
    load.end_s = 140.0
    assert load.lost_s(90.0, 500.0, 20.0) == pytest.approx(38.0)
    assert load.lost_s(130.0, 500.0, 20.0) == pytest.approx(9.5)
    assert load.lost_s(150.0, 500.0, 20.0) == 0.0


class Took:
    """A truth in which only these keys are released."""

    def __init__(self, *released: str) -> None:
        self.keys = set(released)

    def released(self, key: str) -> bool:
        return key in self.keys


def one_house(folder: Path, truth: Any, speed: float = 10.0) -> Supervised:
    supervised = Supervised(1, speed, 60.0, Kills(), folder, 1, patient=False)
    supervised.house = SimpleNamespace(live=SimpleNamespace(advance=lambda: None))  # type: ignore[assignment]
    supervised.truth = truth
    (folder / "release.log").write_text("what the release said\n")
    return supervised


def test_a_device_that_is_taken_again_after_the_release_is_late(tmp_path: Path) -> None:
    house = one_house(tmp_path, Took("ev.yard"))
    house._look_again({"ev.yard"}, 5.0)
    assert not house.figures.failed
    house._look_again({"ev.yard", "ev.carport"}, 5.0)
    assert house.figures.late == ["house 1, kill at 5 s: ev.carport was taken again after release"]
    assert house.figures.failed


@pytest.mark.parametrize(("code", "left"), [(4, ["ev.yard"]), (4, []), (0, ["ev.yard"])])
def test_what_the_last_release_leaves_is_told(tmp_path: Path, code: int, left: list[str]) -> None:
    house = one_house(tmp_path, Took())
    house._look_at_record(0, 5.0)
    assert not house.figures.failed
    (tmp_path / "state").mkdir()
    record = Ownership(tmp_path / "state")
    for key in left:
        record.take(key, "fake", datetime.now(UTC))
    house._look_at_record(code, 5.0)
    assert house.figures.failed
    text = summary(house.figures, 10.0)
    assert f"the last release ended with {code}, on the record: {', '.join(left) or 'nothing'}" in text
    assert "what the release said" in text


async def test_a_late_key_is_told_with_how_late_the_watcher_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = one_house(tmp_path, Took("ev.yard"), speed=20.0)
    # Looks at 0, LOOK_S and 3.0 wall seconds beyond that one: the second one is in time, the third is 57 s late.
    walls = iter((0.0, 0.0, LOOK_S, 2.0 * LOOK_S + 3.0))
    houses = iter((0.0, 1.0, MOST_S + 1.0))
    monkeypatch.setattr("bench.soak_kills.time", SimpleNamespace(monotonic=lambda: next(walls)))
    house.clock = SimpleNamespace(monotonic_s=lambda: next(houses))  # type: ignore[assignment]
    assert await house._watch({"ev.yard", "ev.carport"}, 0.0) == {"ev.yard"}
    assert house.figures.late == [
        "house 1, kill at 0 s: ev.carport after 91 house s (since the kill the watcher itself was late by 57 house s)"
    ]
