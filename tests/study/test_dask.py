"""A real Dask cluster of this machine: a sweep brings what it brings in processes; Ctrl-C keeps what is done."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from dataclasses import replace

from distributed import LocalCluster

from optimizer.control.params import Params
from optimizer.study.house.house import Tariff, World
from optimizer.study.jobs import Job, run_jobs
from optimizer.study.tune import parse_sweep, tune
from tests.study.scene import NAMES, SURPLUS, site, sunny

ONE_WORKER = {
    "n_workers": 1,
    "threads_per_worker": 1,
    "processes": False,
    "protocol": "tcp",
    "host": "127.0.0.1",
    "dashboard_address": None,
}


def test_the_same_as_in_processes() -> None:
    world = World(sunny(48.0), tariff=Tariff(30.0, 8.0, 19.0), tick_s=60.0)
    job = Job("now", {"rules.yaml": SURPLUS}, site(), NAMES, Params(), world)
    sweeps = [parse_sweep("grid_target_w=-4000..0:2")]
    with LocalCluster(**ONE_WORKER) as cluster:
        there = tune(job, sweeps, "cost", 0.5, lambda jobs: run_jobs(jobs, len, dask=cluster.scheduler_address))
    here = tune(job, sweeps, "cost", 0.5, lambda jobs: run_jobs(jobs, len, workers=1))
    assert there == here
    assert there.trials[0].values == (0.0,)


def test_ctrl_c_keeps_what_is_done() -> None:
    short = Job("short", {"rules.yaml": SURPLUS}, site(), NAMES, Params(), World(sunny(24.0), tick_s=60.0))
    endless = replace(short, world=World(sunny(24.0 * 100), tick_s=60.0))
    pressed: list[bool] = []

    def press(parts: Sequence[float]) -> None:
        if parts[0] == 1.0 and not pressed:
            pressed.append(True)
            threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()

    with LocalCluster(**ONE_WORKER) as cluster:
        done = run_jobs([short, endless, endless], press, dask=cluster.scheduler_address)
    assert done.stopped
    first, running, waiting = done.results
    assert first is not None
    assert first.complete
    assert running is not None
    assert not running.complete
    assert 0 < running.days < 100
    assert waiting is None
