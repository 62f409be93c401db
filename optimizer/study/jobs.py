"""Jobs: simulations that run side by side, in processes of this machine or on a Dask cluster, with the same result.

Ctrl-C ends every running simulation at its next simulated midnight and keeps what it has.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from uuid import uuid4

from optimizer.control.params import Params
from optimizer.control.plan import Plan
from optimizer.model.extras import DASK, how_to_install
from optimizer.model.fields import DeviceNames
from optimizer.model.site import Site
from optimizer.rules.book.files import book_from_texts
from optimizer.study.house.house import World
from optimizer.study.input.series import StudyError
from optimizer.study.planning import Planning
from optimizer.study.result import Result
from optimizer.study.simulate import Watch, go_on, simulate
from optimizer.words.text import Text, message_of

Report = Callable[[Sequence[float]], object]
"""Called from time to time with the finished part (0–1) of each job."""
POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Job:
    """One complete simulation. It can be sent to another process or machine."""

    label: str
    texts: Mapping[str, str]
    """Rule files: name → text."""
    site: Site
    names: DeviceNames
    params: Params
    world: World
    planning: Planning | None = None
    """Goals and the schedule. None: neither."""

    def run(self, watch: Watch = go_on) -> Result:
        """The result. Raises RuleErrors and StudyError."""
        book = book_from_texts(self.texts, self.names, self.site.zone)
        return simulate(Plan(self.site, book, self.params), self.world, self.label, watch, self.planning)


@dataclass(frozen=True, slots=True)
class Done:
    """Results in the order of the jobs; None for a job that had not begun before the stop."""

    results: tuple[Result | None, ...]
    stopped: bool


def run_jobs(jobs: Sequence[Job], report: Report, *, workers: int | None = None, dask: str = "") -> Done:
    """Run all jobs in `workers` processes (one per core by default), or on the cluster at `dask` (tcp://…)."""
    if dask:
        return _on_dask(jobs, report, dask)
    return _in_processes(jobs, report, workers or os.cpu_count() or 1)


_shared: dict[str, Any] = {}
"""In a worker process: the progress of its jobs, and whether they must stop."""


def _enter(parts: Any, stop: Any) -> None:
    # Only the parent handles Ctrl-C. It sets the event.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _shared["parts"], _shared["stop"] = parts, stop


def _work(number: int, job: Job) -> Result:
    def watch(part: float) -> bool:
        _shared["parts"][number] = part
        return not _shared["stop"].is_set()

    return job.run(watch)


def _in_processes(jobs: Sequence[Job], report: Report, workers: int) -> Done:
    context = multiprocessing.get_context("spawn")
    parts, stop = context.Array("d", len(jobs)), context.Event()
    stopped = False
    with ProcessPoolExecutor(min(workers, len(jobs)), context, _enter, (parts, stop)) as pool:
        futures = [pool.submit(_work, number, job) for number, job in enumerate(jobs)]
        try:
            _wait(futures, lambda: report([1.0 if f.done() else p for f, p in zip(futures, parts[:], strict=True)]))
        except KeyboardInterrupt:
            stopped = True
            stop.set()
            for future in futures:
                future.cancel()
            wait(future for future in futures if not future.cancelled())
    return Done(tuple(None if future.cancelled() else future.result() for future in futures), stopped)


def _wait(futures: Sequence[Future[Result]], report: Callable[[], object]) -> None:
    pending = set(futures)
    while pending:
        done, pending = wait(pending, POLL_S)
        for future in done:
            if future.exception() is not None:
                for other in pending:
                    other.cancel()
                return
        report()


def _on_dask(jobs: Sequence[Job], report: Report, address: str) -> Done:
    try:
        distributed = import_module("distributed")
    except ImportError as error:
        raise StudyError(Text("a cluster needs Dask: {how}", how=how_to_install(DASK))) from error
    try:
        client = distributed.Client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise StudyError(
            Text("the Dask scheduler at {address} cannot be reached: {why}", address=address, why=message_of(error))
        ) from error
    with client:
        stop = distributed.Event(f"optimizer-stop-{uuid4().hex}", client=client)
        futures = client.map(_there, jobs, stop=stop.name, pure=False)
        number = {future.key: k for k, future in enumerate(futures)}
        results: list[Result | None] = [None] * len(jobs)
        parts = [0.0] * len(jobs)

        def gather() -> None:
            left = [future for future in futures if parts[number[future.key]] < 1.0]
            for future, result in distributed.as_completed(left, with_results=True):
                results[number[future.key]] = result
                parts[number[future.key]] = 1.0
                report(parts)

        try:
            gather()
        except KeyboardInterrupt:
            stop.set()
            gather()
            return Done(tuple(results), True)
    return Done(tuple(results), False)


def _there(job: Job, stop: str) -> Result | None:
    """On a worker of the cluster. It asks the scheduler at each simulated midnight whether it must stop."""
    event = import_module("distributed").Event(stop)
    return None if event.is_set() else job.run(lambda _: not event.is_set())
