"""The commands run their jobs in this process, unless the number of workers is given: each process imports everything
anew, which takes longer than its job. `tests/study/test_jobs.py` has the processes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from optimizer.study import jobs
from optimizer.study.jobs import Done, Job, Report


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    really = jobs.run_jobs

    def run_here(some: Sequence[Job], report: Report, *, workers: int | None = None, dask: str = "") -> Done:
        if workers is not None or dask:
            return really(some, report, workers=workers, dask=dask)
        results = tuple(one.run() for one in some)
        report([1.0] * len(some))
        return Done(results, False)

    monkeypatch.setattr(jobs, "run_jobs", run_here)
