"""The slow integral that corrects the error of the car model, by simple-pid. Pure."""

from __future__ import annotations

import threading

from simple_pid import PID

from optimizer.control.params import FollowParams

MOST_PIDS = 16
"""Largest number of stored controllers. A sweep of parameters needs a few, not thousands."""


class _Pids(threading.local):
    """The controllers of simple-pid by integral time and limit, made once per thread, because one is slow to make."""

    def __init__(self) -> None:
        self.made: dict[tuple[float, float], PID] = {}

    def of(self, ti_s: float, limit_w: float) -> PID:
        """A purely integral controller without a clock."""
        pid = self.made.get((ti_s, limit_w))
        if pid is None:
            if len(self.made) >= MOST_PIDS:
                self.made.clear()
            limits = (-limit_w, limit_w)
            pid = PID(0.0, 1.0 / ti_s, 0.0, sample_time=None, output_limits=limits, time_fn=_no_clock)
            self.made[ti_s, limit_w] = pid
        return pid


_pids = _Pids()


def trimmed_w(trim_w: float, residual_w: float, dt_s: float, params: FollowParams) -> float:
    """The integral after this tick. The controller has no state of its own. It continues from `trim_w`."""
    pid = _pids.of(params.trim_ti_s, params.trim_limit_w)
    pid.set_auto_mode(False)
    pid.set_auto_mode(True, trim_w)
    return pid(residual_w, dt_s) or 0.0


def _no_clock() -> float:
    """simple-pid reads the time even if it gets dt. A pure function has no time."""
    return 0.0
