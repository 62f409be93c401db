"""The record of how a device has been answering."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.devices.port import DeviceError
from optimizer.runtime.health import Monitor

REFUSED = DeviceError("unauthorized", "PUT /api/v2/configurations at 10.0.0.2: 401")


def test_a_refused_write_is_told_until_one_of_its_kind_is_taken_however_well_it_reads() -> None:
    monitor = Monitor("cellar", "sonnen")
    monitor.write_failed("battery.cellar", "setpoint", REFUSED)
    monitor.read_ok(10.0, 0.1)
    assert monitor.report().message == ""
    assert monitor.report().refuses == f"setpoint failed: {REFUSED}"
    monitor.wrote("battery.cellar", "hand_back")
    assert monitor.report().refuses
    monitor.wrote("battery.cellar", "setpoint")
    assert monitor.report().refuses == ""
    assert monitor.report().errors == {"unauthorized": 1}


def test_what_a_device_says_against_its_settings_is_logged_once_and_stands_until_it_fits(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    monitor = Monitor("house", "fems")
    for _ in range(3):
        monitor.contradicts(("FEMS has no storage system “ess9”; it has ess0",))
    assert monitor.report().refuses == "FEMS has no storage system “ess9”; it has ess0"
    monitor.write_failed("battery.cellar", "setpoint", REFUSED)
    assert monitor.report().refuses == f"setpoint failed: {REFUSED}; FEMS has no storage system “ess9”; it has ess0"
    monitor.contradicts(())
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert monitor.report().refuses == f"setpoint failed: {REFUSED}"


def test_orders_fail_while_the_device_is_silent_or_refuses() -> None:
    monitor = Monitor("carport", "nrgkick")
    monitor.read_ok(0.0, 0.1)
    assert monitor.failing("ev.carport") == ""
    monitor.write_failed("ev.carport", "current", DeviceError("refused", "the API is off"))
    assert monitor.failing("ev.carport") == "current failed: the API is off"
    monitor.wrote("ev.carport", "current")
    assert monitor.failing("ev.carport") == ""
    for _ in range(20):
        monitor.read_failed(DeviceError("timeout", "no answer"))
    assert monitor.failing("ev.carport") == "it does not answer"


def test_a_device_that_refuses_the_password_is_not_said_to_be_silent() -> None:
    monitor = Monitor("house", "fems")
    for _ in range(10):
        monitor.read_failed(REFUSED)
    assert monitor.failing("ev.carport") == "it refuses the credentials"
    monitor.read_failed(DeviceError("timeout", "no answer"))
    assert monitor.failing("ev.carport") == "it does not answer"
    monitor.read_ok(10.0, 0.1)
    assert monitor.failing("ev.carport") == ""


KEYS, KINDS = ("battery.attic", "battery.cellar"), ("setpoint", "hand_back")
EVENTS = st.tuples(st.sampled_from(KEYS), st.sampled_from(KINDS), st.sampled_from(["wrote", "failed", "wanted"]))


@given(st.lists(EVENTS, max_size=20))
def test_each_part_of_a_device_has_its_own_failures_of_the_writes_that_are_wanted(
    events: list[tuple[str, str, str]],
) -> None:
    monitor, failed = Monitor("house", "fems"), set[tuple[str, str]]()
    for key, kind, event in events:
        if event == "wrote":
            monitor.wrote(key, kind)
            failed.discard((key, kind))
        elif event == "failed":
            monitor.write_failed(key, kind, DeviceError("refused", key))
            failed.add((key, kind))
        else:
            monitor.wants(key, (kind,))
            failed -= {(one, other) for one, other in failed if one == key and other != kind}
        for one in KEYS:
            said = monitor.failing(one)
            assert {kind for kind in KINDS if f"{kind} failed: {one}" in said} == {k for o, k in failed if o == one}
            assert bool(said) == any(o == one for o, _ in failed)
