"""The relays of a Shelly or a Tasmota: their numbers, names, and state after a power cut. Reads only.

Sources: shelly-api-docs.shelly.cloud (gen1 `/settings`, gen2 `Shelly.GetConfig`), tasmota.github.io/docs/Commands
(`Status`, `PowerOnState`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from optimizer.devices.http import HttpDevice, JsonAnswer, refusal
from optimizer.devices.http_config import HttpConfig
from optimizer.devices.port import DeviceError
from optimizer.devices.words import printable
from optimizer.model.clock import Clock
from optimizer.words.text import Text

OFF = "off"
"""The state after a power cut in which nothing runs without a decision."""
MOST = 32
LONGEST = 40
POWER_ON_STATE: Mapping[object, str] = {0: OFF, 1: "on", 2: "toggled", 3: "as before", 4: "on", 5: "on"}
"""The PowerOnState of a Tasmota."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One relay."""

    number: int
    """As in the settings: `channel` of a Shelly from 0, `relay` of a Tasmota from 1."""
    name: str = ""
    """As its owner calls it."""
    after_power_cut: str = ""
    """`off`, or another word of the device. Empty: it does not tell."""


async def shelly_relays(http: HttpConfig, clock: Clock) -> tuple[Outline, ...] | None:
    """The relays of a Shelly of any generation. None: no Shelly answers. Raises DeviceError, such as unauthorized."""
    device = HttpDevice(http, clock)
    try:
        about = await device.get_json("/shelly")
        body = about.body if about.ok else None
        if not isinstance(body, Mapping) or not ("gen" in body or ("type" in body and "mac" in body)):
            return None
        if "gen" in body:
            return tuple(_second(_object(await device.get_json("/rpc/Shelly.GetConfig"))))
        return tuple(_first(_object(await device.get_json("/settings"))))
    finally:
        await device.close()


async def tasmota_relays(http: HttpConfig, clock: Clock, user: str, password: str) -> tuple[Outline, ...] | None:
    """The relays of a Tasmota. None: no Tasmota answers. Raises DeviceError, such as unauthorized."""
    device = HttpDevice(replace(http, user="", password="", raise_unauthorized=False), clock)
    login = f"&user={quote(user or 'admin', safe='')}&password={quote(password, safe='')}" if password else ""
    try:
        answer = await device.get_json(f"/cm?cmnd=Status{login}")
    finally:
        await device.close()
    body = answer.body
    if isinstance(body, Mapping) and "password" in str(body.get("WARNING", "")):
        raise DeviceError("unauthorized", Text("{where}: user or password is missing or wrong", where=answer.where))
    status = body.get("Status") if answer.ok and isinstance(body, Mapping) else None
    names = status.get("FriendlyName") if isinstance(status, Mapping) else None
    if not isinstance(status, Mapping) or not isinstance(names, list) or "PowerOnState" not in status:
        return None
    after = POWER_ON_STATE.get(status["PowerOnState"], "")
    return tuple(Outline(number, _name(name), after) for number, name in enumerate(names[:MOST], start=1))


def _object(answer: JsonAnswer) -> Mapping[str, Any]:
    if not answer.ok or not isinstance(answer.body, Mapping):
        raise refusal(answer)
    return answer.body


def _second(body: Mapping[str, Any]) -> Iterator[Outline]:
    """From generation 2 on. A Shelly that drives shutters has no `switch:0`."""
    for number in range(MOST):
        part = body.get(f"switch:{number}")
        if isinstance(part, Mapping):
            yield Outline(number, _name(part.get("name")), _name(part.get("initial_state")))


def _first(body: Mapping[str, Any]) -> Iterator[Outline]:
    """Generation 1. One that drives shutters names its relays too, and refuses commands to them."""
    relays = body.get("relays")
    for number, part in enumerate(relays[:MOST] if isinstance(relays, list) and body.get("mode") != "roller" else ()):
        if isinstance(part, Mapping):
            yield Outline(number, _name(part.get("name")), _name(part.get("default_state")))


def _name(value: object) -> str:
    return printable(value, LONGEST) if isinstance(value, str) else ""
