"""Jobs: the same result here, in other processes and on a cluster; stopped, they keep what is done."""

from __future__ import annotations

import os
import signal
import sys
import threading
import types
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from optimizer.control.params import Params
from optimizer.study.house.house import Tariff, World
from optimizer.study.input.series import StudyError
from optimizer.study.jobs import Job, run_jobs
from tests.study.scene import FAST, NAMES, OFF, SURPLUS, site, sunny

SHORT = World(sunny(2.0), tariff=Tariff(30.0, 8.0), tick_s=60.0)


def job(rules: str, world: World = SHORT, label: str = "") -> Job:
    return Job(label, {"rules.yaml": rules}, site(), NAMES, Params(), world)


def test_two_processes_give_what_one_gives() -> None:
    jobs = [job(FAST, label="fast"), job(OFF, label="off")]
    seen: list[Sequence[float]] = []
    done = run_jobs(jobs, lambda parts: seen.append(list(parts)), workers=2)
    assert not done.stopped
    assert done.results == tuple(one.run() for one in jobs)
    assert seen[-1] == [1.0, 1.0]


def test_ctrl_c_keeps_what_is_done() -> None:
    endless = job(SURPLUS, World(sunny(24.0 * 100), tick_s=60.0))

    def press(parts: Sequence[float]) -> None:
        if parts[0] > 0.0 and not pressed:
            pressed.append(True)
            threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGINT)).start()

    pressed: list[bool] = []
    done = run_jobs([endless, replace(endless, label="next")], press, workers=1)
    assert done.stopped
    result = done.results[0]
    assert result is not None
    assert not result.complete
    assert 0 < result.days < 100
    assert result.pv_wh > 0.0


class FakeFuture:
    def __init__(self, key: int, result: object) -> None:
        self.key, self.result = key, result


class FakeClient:
    """A cluster that answers in another order than it was asked."""

    def __init__(self, address: str, **_: object) -> None:
        if "nobody" in address:
            raise OSError("Timed out trying to connect")

    def __enter__(self) -> FakeClient:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def map(self, function: Any, jobs: Sequence[Job], stop: str, pure: bool) -> list[FakeFuture]:
        assert not pure
        return [FakeFuture(k, function(one, stop=stop)) for k, one in enumerate(jobs)]


class FakeEvent:
    """Nobody sets it."""

    def __init__(self, name: str, **_: object) -> None:
        self.name = name

    def is_set(self) -> bool:
        return False


def as_completed(futures: list[FakeFuture], with_results: bool) -> Iterator[tuple[FakeFuture, object]]:
    assert with_results
    return iter([(future, future.result) for future in reversed(futures)])


def test_a_cluster_gives_the_same_in_the_order_of_the_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = types.SimpleNamespace(Client=FakeClient, Event=FakeEvent, as_completed=as_completed)
    monkeypatch.setitem(sys.modules, "distributed", cluster)
    jobs = [job(FAST, label="fast"), job(OFF, label="off")]
    assert run_jobs(jobs, len, dask="tcp://x:1").results == tuple(one.run() for one in jobs)
    with pytest.raises(StudyError, match="cannot be reached"):
        run_jobs(jobs, len, dask="tcp://nobody:1")


def test_without_dask_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(StudyError, match="-m pip install 'distributed>="):
        run_jobs([job(OFF)], len, dask="tcp://x:1")
