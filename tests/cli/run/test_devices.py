"""The description of each device for the runtime."""

from __future__ import annotations

import pytest

from optimizer.cli.run.devices import build_devices
from optimizer.runtime.record.ownership import Ownership
from optimizer.settings import Settings
from tests.virtual_time import VirtualClock


@pytest.mark.parametrize(
    "given", [{"type": "nrgkick", "url": "http://x"}, {"type": "givtcp_evc", "url": "http://x/REST1"}]
)
def test_a_charger_that_a_late_command_started_again_can_be_stopped_once_more_in_time(given: dict[str, str]) -> None:
    """Handing back looks for the last time after the whole lag; only then is it known that it has to be repeated."""
    (device,) = build_devices(Settings.model_validate({"devices": {"yard": given}}), VirtualClock(), Ownership(None))
    assert device.hand_back_deadline_s > 2.0 * device.lag_s[1] + 10.0
