"""The record of how a device has been answering."""

from __future__ import annotations

from optimizer.devices.port import DeviceError
from optimizer.runtime.health import Monitor

REFUSED = DeviceError("unauthorized", "PUT /api/v2/configurations at 10.0.0.2: 401")


def test_a_refused_write_is_told_until_one_of_its_kind_is_taken_however_well_it_reads() -> None:
    monitor = Monitor("cellar", "sonnen")
    monitor.write_failed("setpoint", REFUSED)
    monitor.read_ok(10.0, 0.1)
    assert monitor.report().message == ""
    assert monitor.report().refuses == f"setpoint failed: {REFUSED}"
    monitor.wrote("hand_back")
    assert monitor.report().refuses
    monitor.wrote("setpoint")
    assert monitor.report().refuses == ""
    assert monitor.report().errors == {"unauthorized": 1}
