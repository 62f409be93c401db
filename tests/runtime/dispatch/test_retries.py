"""Failed writes: waits by kind, and the time in which an abandoned write may still take effect."""

from __future__ import annotations

import pytest

from optimizer.devices.port import LATE_S, DeviceError, Fault
from optimizer.runtime.dispatch.retries import Retries


@pytest.mark.parametrize(
    ("fault", "doubtful_s"),
    [("refused", 0.0), ("unauthorized", 0.0), ("timeout", LATE_S), ("unreachable", LATE_S), ("garbled", LATE_S)],
)
def test_only_a_device_that_said_no_has_done_nothing(fault: Fault, doubtful_s: float) -> None:
    retries = Retries()
    assert retries.failed("setpoint", DeviceError(fault, "x"), 100.0) == 1
    assert retries.doubtful_until_s == (100.0 + doubtful_s if doubtful_s else 0.0)


def test_each_kind_waits_and_counts_by_itself() -> None:
    retries, error = Retries(), DeviceError("refused", "x")
    assert [retries.failed(kind, error, 0.0) for kind in ("current", "current", "phases")] == [1, 2, 1]
    retries.wait("current", 30.0)
    assert (retries.not_before_s("current"), retries.not_before_s("phases")) == (30.0, 0.0)
    assert (retries.succeeded("phases"), retries.succeeded("current")) == (False, True)
    assert retries.not_before_s("current") == 0.0
    assert retries.failed("current", error, 60.0) == 1
