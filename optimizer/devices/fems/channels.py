"""The channels of an Edge that are read and written, and how one request names them all.

A real Edge writes some 200 bytes of its own log for each channel of each request while the debug mode of its REST
controller is on, as it is by default. So each poll reads what decisions need at once, and the rest is read seldom.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from optimizer.devices.fems.config import FemsConfig
from optimizer.devices.port import DeviceError
from optimizer.devices.values import bounded
from optimizer.model.reading import Reading, unknown
from optimizer.model.text_numbers import as_number
from optimizer.words.text import Text

LINES = ("L1", "L2", "L3")

SUM_CHANNELS: Mapping[str, str] = {
    "State": "0 Ok, 1 Info, 2 Warning, 3 Fault",
    "GridMode": "-1 undefined, 1 on grid, 2 off grid",
    "GridActivePower": "W, + import",
    "GridActivePowerL1": "W",
    "GridActivePowerL2": "W",
    "GridActivePowerL3": "W",
    "ProductionActivePower": "W, all PV",
    "ProductionDcActualPower": "W, PV on the batteries' own inverters",
    "ProductionActiveEnergy": "Wh, null for some time after a start",
    "EssDischargePower": "W, + discharge, the batteries alone",
    "EssSoc": "%",
    "EssCapacity": "Wh",
}
"""The channels of `_sum` that are read, with their meaning."""

ESS_CHANNELS: Mapping[str, str] = {
    "Soc": "%",
    "Capacity": "Wh",
    "MaxApparentPower": "VA",
    "ActivePower": "W on the AC side, + discharge",
    "DcDischargePower": "W, + discharge, the battery alone; hybrids only",
    "AllowedChargePower": "W on the AC side, usually <= 0",
    "AllowedDischargePower": "W on the AC side, usually >= 0",
    "DebugSetActivePower": "W on the AC side: the setpoint in force, whoever set it",
}
"""The channels of each storage system that are read."""

METER_CHANNELS: Mapping[str, str] = {"CurrentL1": "mA", "CurrentL2": "mA", "CurrentL3": "mA"}
"""The channels of the grid meter that are read if its id is configured."""

SLOW = frozenset(
    {
        "ProductionActiveEnergy", "EssSoc", "EssCapacity", "Soc", "Capacity", "MaxApparentPower",
        "AllowedChargePower", "AllowedDischargePower",
    }
)  # fmt: skip
"""Channels that change slowly."""

LOG = "ApiWorkerLog"
REST_CONTROLLERS = "ctrlApiRest.*"
"""Expression for the ids of the REST controllers; the one that may write has the channel LOG. A slash in an expression
would be refused: the Edge's web server takes no encoded one."""

EQUALS = "SetActivePowerEquals"
LESS = "SetActivePowerLessOrEquals"
GREATER = "SetActivePowerGreaterOrEquals"
ACTIVE = (EQUALS, LESS, GREATER)
REACTIVE = ("SetReactivePowerEquals", "SetReactivePowerLessOrEquals", "SetReactivePowerGreaterOrEquals")

WRITABLE: Mapping[str, str] = {
    EQUALS: "W, + discharge: exactly this power",
    LESS: "W: discharge at most this (negative: charge at least)",
    GREATER: "W: charge at most this (negative), or discharge at least (positive)",
    "SetReactivePowerEquals": "var",
    "SetReactivePowerLessOrEquals": "var",
    "SetReactivePowerGreaterOrEquals": "var",
}
"""The six channels that the vendor's paper offers for writing; all are write-only."""

Channels = Mapping[str, object]
"""Values by address (`_sum/GridActivePower`); None where the Edge says null."""


def channel_path(components: Iterable[str], channels: Iterable[str]) -> str:
    """The path of one request for all of `channels` of all of `components`, percent-encoded."""
    return f"/rest/channel/{_any_of(components)}/{_any_of(channels)}"


def poll_path(config: FemsConfig, *, slow: bool = True) -> str:
    """The path of one poll; `slow`: with the channels that are read seldom."""
    components, channels = ["_sum"], list(SUM_CHANNELS)
    if config.ess:
        components += [ess.component for ess in config.ess]
        channels += ESS_CHANNELS
    if config.grid_meter:
        components.append(config.grid_meter)
        channels += METER_CHANNELS
    if not slow:
        later = seldom(config)
        channels = [name for name in channels if name not in later]
    return channel_path(components, channels)


def seldom(config: FemsConfig) -> frozenset[str]:
    """The names of the channels that are read seldom with these settings."""
    return SLOW | _unused(config)


def _unused(config: FemsConfig) -> frozenset[str]:
    """The channels that a poll leaves out, because nothing here needs them."""
    hybrid = any(ess.hybrid for ess in config.ess)
    unused = set() if hybrid else {"ProductionDcActualPower", "DcDischargePower"}
    if not hybrid or len(config.ess) > 1:
        unused.add("EssDischargePower")
    if not config.grid:
        unused.update(f"GridActivePower{line}" for line in LINES)
    if not config.pv:
        unused.add("ProductionActivePower")
    return frozenset(unused)


def parse_channels(body: object, where: str) -> dict[str, object]:
    """Values by address from one object or an array of them; write-only channels are left out.

    Raises DeviceError garbled when the body is neither.
    """
    found: dict[str, object] = {}
    entries: list[object] = body if isinstance(body, list) else [body]
    for entry in entries:
        address = entry.get("address") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(address, str):
            raise DeviceError("garbled", Text("{where}: the answer is no list of channels", where=where))
        if "value" in entry:
            found[address] = entry["value"]
    return found


def number(channels: Channels, address: str, at_s: float, low: float, high: float) -> Reading[float]:
    """The number of a channel, or unknown when it is null, absent or none within [low, high]."""
    value = channels.get(address)
    if value is None:
        why = (
            Text("FEMS reports no value for {address}", address=address)
            if address in channels
            else Text("FEMS has no channel {address}", address=address)
        )
        return unknown(why, at_s)
    return bounded(value, f"FEMS's {address}", at_s, low, high)


def whole(channels: Channels, address: str) -> int | None:
    """An enum or a state; None when it is null, absent or no integer."""
    value = channels.get(address)
    number = as_number(value)
    return int(number) if number is not None and number == int(number) else None


def has_component(channels: Channels, component: str) -> bool:
    """Whether any channel of the component was in the answer."""
    return any(address.startswith(f"{component}/") for address in channels)


def _any_of(names: Iterable[str]) -> str:
    unique = list(dict.fromkeys(names))
    return quote(unique[0] if len(unique) == 1 else f"({'|'.join(unique)})", safe="()")
