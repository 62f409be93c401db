"""The log of the REST controller tells what stands, so that a hand-back is exact."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.devices.fems.channels import ACTIVE, EQUALS, GREATER, LESS
from optimizer.devices.fems.worker_log import standing
from optimizer.devices.port import DeviceError
from tests.devices.fems.fake import FakeEdge

LOG = "ctrlApiRest0/ApiWorkerLog"
NULLS = [(EQUALS, None), (LESS, None), (GREATER, None)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("ess0/SetActivePowerEquals:1000", {"ess0/SetActivePowerEquals": "1000"}),
        (
            "ess0/SetActivePowerLessOrEquals:300|ess0/SetActivePowerEquals:500",
            {"ess0/SetActivePowerLessOrEquals": "300", "ess0/SetActivePowerEquals": "500"},
        ),
        ("ess0/SetActivePowerEquals:[I@38832e22", {"ess0/SetActivePowerEquals": "[I@38832e22"}),
        ("ess0/SetActivePowerEquals:abc-ERROR:no number", {"ess0/SetActivePowerEquals": "abc-ERROR:no number"}),
    ],
)
def test_what_a_real_log_means(text: str, found: dict[str, str]) -> None:
    assert standing({LOG: text}) == found


@pytest.mark.parametrize("channels", [{}, {LOG: None}, {LOG: 7}, {"ess0/Soc": 50}])
def test_an_edge_that_does_not_tell(channels: dict[str, object]) -> None:
    assert standing(channels) is None


def test_the_logs_of_two_controllers_are_taken_together() -> None:
    assert standing({LOG: "ess0/A:1", "ctrlApiRest1/ApiWorkerLog": "ess1/B:2"}) == {"ess0/A": "1", "ess1/B": "2"}


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    found = standing({LOG: text})
    assert found is not None
    assert all("/" in address for address in found)


def held_by_another(log: str, cycles: int) -> FakeEdge:
    """Another controller holds -1200 W while the house imports; the log empties after some cycles."""
    edge = FakeEdge()
    edge.channels |= {"ess0/DebugSetActivePower": -1200, "_sum/GridActivePower": 1700, LOG: log}

    def passing(request: httpx.Request) -> None:
        if len(edge.clock.slept) >= cycles:
            edge.channels[LOG] = ""

    edge.answer = passing
    return edge


async def test_beside_a_controller_that_holds_a_constant_a_hand_back_takes_two_cycles() -> None:
    """A real Edge had dropped the value a second after the null; by its setpoint alone that took over a minute."""
    edge = held_by_another("ess0/SetActivePowerEquals:-1500", 2)
    await edge.fems().hand_back("cellar")
    assert edge.sent() == NULLS
    assert edge.clock.slept == [1.0, 1.0]


async def test_what_another_client_holds_elsewhere_does_not_matter() -> None:
    edge = held_by_another("ess1/SetActivePowerEquals:5|ess0/SetReactivePowerEquals:3", 99)
    await edge.fems().hand_back("cellar")
    assert edge.clock.slept == []


async def test_a_log_that_stands_still_is_not_believed_for_ever() -> None:
    """Somebody's value that is no number freezes it; then the setpoint in force decides, as without a log."""
    edge = held_by_another("ess0/SetActivePowerEquals:1000.0", 999)
    with pytest.raises(DeviceError, match="still follows -1200 W"):
        await edge.fems().hand_back("cellar")
    edge.channels["ess0/DebugSetActivePower"] = 0
    await edge.fems().hand_back("cellar")


async def test_a_call_shows_what_stands() -> None:
    edge = FakeEdge()
    edge.channels[LOG] = ""

    def taken(request: httpx.Request) -> None:
        if request.method == "POST":
            edge.channels[LOG] = "ess0/SetActivePowerEquals:500"

    edge.answer = taken
    outcome = await edge.fems().call(EQUALS, {"value": 500})
    assert outcome.changed == {LOG: ("", "ess0/SetActivePowerEquals:500")}


async def test_an_edge_without_the_log_is_handed_back_as_before() -> None:
    edge = FakeEdge()
    edge.channels["ess0/DebugSetActivePower"] = 0
    await edge.fems().hand_back("cellar")
    assert [name for name, _ in edge.sent()] == list(ACTIVE)
