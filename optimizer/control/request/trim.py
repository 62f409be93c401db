"""The PID of the current, by simple-pid. Pure.

The feed-forward brings the current to the surplus, and the ramp of the PV power says where the surplus goes. The PID
corrects what remains, the *error*: the power that the car will lack when a write of now takes effect. So its dead time
is part of the error, and the gain can be large.

- P: the car follows with a lag. The offer goes beyond the surplus while the car is on its way.
- I: what the model of the car does not know, such as a charger that shows another power than the grid meter. It
  learns only while the car has followed the last write.
- D: none. The slope of the error is the noise of the PV power. The ramp does its work, because it follows only what
  came true.
"""

from __future__ import annotations

import threading

from simple_pid import PID

from optimizer.control.params import FollowParams

QUIET_W = 150.0
"""P does not answer a smaller error. Otherwise the steps of the current and the noise of a meter would cause writes."""
MOST_PIDS = 16
"""Largest number of stored controllers. A sweep of parameters needs a few, not thousands."""


class _Pids(threading.local):
    """The controllers of simple-pid by their tunings, made once per thread, because one is slow to make."""

    def __init__(self) -> None:
        self.made: dict[tuple[float, float, float], PID] = {}

    def of(self, gain: float, per_s: float, limit_w: float) -> PID:
        """A controller without a clock."""
        pid = self.made.get((gain, per_s, limit_w))
        if pid is None:
            if len(self.made) >= MOST_PIDS:
                self.made.clear()
            limits = (-limit_w, limit_w)
            pid = PID(gain, per_s, 0.0, sample_time=None, output_limits=limits, time_fn=_no_clock)
            self.made[gain, per_s, limit_w] = pid
        return pid


_pids = _Pids()


def corrected(
    integral_w: float, error_w: float, dt_s: float, params: FollowParams, *, learns: bool
) -> tuple[float, float]:
    """The proportional term, and the integral after this tick, W. `learns`: whether the integral takes the error in.
    The controller has no state of its own. It continues from `integral_w`. Its limits hold for the integral."""
    pid = _pids.of(params.lag_gain, 1.0 / params.trim_ti_s if learns else 0.0, params.trim_limit_w)
    if pid.components[1] != integral_w:  # it last served another charger, or another run
        pid.set_auto_mode(False)
        pid.set_auto_mode(True, integral_w)
    pid(-error_w, dt_s)
    proportional_w, integral_w, _ = pid.components
    return 0.0 if -QUIET_W < error_w < QUIET_W else proportional_w, integral_w


def _no_clock() -> float:
    """simple-pid reads the time even if it gets dt. A pure function has no time."""
    return 0.0
