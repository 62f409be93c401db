"""A sweep on a real Dask cluster of this machine brings what it brings in processes."""

from __future__ import annotations

from distributed import LocalCluster

from optimizer.control.params import Params
from optimizer.study.house import Tariff, World
from optimizer.study.jobs import Job, run_jobs
from optimizer.study.tune import parse_sweep, tune
from tests.study.scene import NAMES, SURPLUS, site, sunny


def test_the_same_as_in_processes() -> None:
    world = World(sunny(48.0), tariff=Tariff(30.0, 8.0, 19.0), tick_s=60.0)
    job = Job("now", {"rules.yaml": SURPLUS}, site(), NAMES, Params(), world)
    sweeps = [parse_sweep("grid_target_w=-1000..0:2")]
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tcp", host="127.0.0.1", dashboard_address=None
    ) as cluster:
        there = tune(job, sweeps, "cost", 0.5, lambda jobs: run_jobs(jobs, len, dask=cluster.scheduler_address))
    here = tune(job, sweeps, "cost", 0.5, lambda jobs: run_jobs(jobs, len, workers=1))
    assert there == here
    assert there.trials[0].values == (0.0,)
