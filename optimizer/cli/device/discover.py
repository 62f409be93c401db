"""`optimizer discover`: finds the chargers and relays that announce themselves in the home network."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli.console import echo
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.logs import LogFormat, set_up
from optimizer.cli.table import table
from optimizer.words.text import Text

if TYPE_CHECKING:
    from optimizer.devices.discovery import Announcement
    from optimizer.model.clock import Clock

TIMEOUT_S = 5.0
NOTHING = (
    "nothing found. Only NRGkick chargers and Shelly relays announce themselves, and "
    "only in their own network (not to "
    "a guest Wi-Fi, another VLAN, or a container without the network of the host). `optimizer probe http://ADDRESS` "
    "reads any device by its address."
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("discover")(discover)


def discover(
    seconds: Annotated[float, typer.Option(min=0.2, max=60.0, help="Seconds to listen.")] = 4.0,
    interface: Annotated[
        list[str] | None, typer.Option(help="Own address to listen on. Repeatable. Default: all.")
    ] = None,
) -> None:
    """Find NRGkick chargers and Shelly relays by mDNS and identify each."""
    set_up(LogFormat.TEXT)
    from optimizer.model.clock import SystemClock

    try:
        rows = asyncio.run(_discover(seconds, tuple(interface or ()), SystemClock()))
    except (OSError, RuntimeError, ValueError) as error:
        fail(Text("mDNS does not work in this network: {error}", error=str(error)), ExitCode.BROKEN)
    if not rows:
        fail(NOTHING, ExitCode.BROKEN)
    head = (Text("serial number"), Text("name"), Text("model"), Text("firmware"), Text("address"), Text("local API"))
    echo(table(head, rows))


async def _discover(seconds: float, interfaces: tuple[str, ...], clock: Clock) -> list[tuple[str, ...]]:
    from optimizer.devices.discovery import browse

    found = await browse(seconds, clock, interfaces)
    return list(await asyncio.gather(*(_confirmed(one, clock) for one in found)))


async def _confirmed(one: Announcement, clock: Clock) -> tuple[str, ...]:
    return await (_relay if one.type == "shelly" else _charger)(one, clock)


async def _relay(one: Announcement, clock: Clock) -> tuple[str, ...]:
    """A row of the table. Only the device itself tells whether it wants a password."""
    from optimizer.devices.http_config import HttpConfig
    from optimizer.devices.port import DeviceError, Identity
    from optimizer.devices.switches.config import ShellyConfig
    from optimizer.devices.switches.outline import shelly_relays
    from optimizer.devices.switches.shelly import Shelly

    http = HttpConfig(one.url, TIMEOUT_S)
    relay, who = Shelly(ShellyConfig("found", http), clock), Identity("Shelly")
    try:
        who = await relay.identify()
        relays = await shelly_relays(http, clock) or ()
        access = Text("open, relays: {count}", count=len(relays))
    except DeviceError as error:
        if error.fault != "unauthorized":
            return one.serial, "", one.model, "?", one.url, Text("does not answer ({why})", why=error.message)
        access = Text("requires a password")
    finally:
        await relay.close()
    return who.serial or one.serial, "", who.model or one.model, who.firmware, one.url, access


async def _charger(one: Announcement, clock: Clock) -> tuple[str, ...]:
    """A row of the table. Values of the device itself replace announced ones, which may be out of date."""
    from optimizer.devices.nrgkick.api import DISABLED
    from optimizer.devices.nrgkick.charger import Nrgkick
    from optimizer.devices.nrgkick.config import NrgkickConfig
    from optimizer.devices.nrgkick.json_api import JsonApi
    from optimizer.devices.port import DeviceError

    modbus = {True: Text("Modbus on"), False: Text("Modbus off"), None: Text("Modbus unknown")}[one.modbus_enabled]
    charger = Nrgkick("found", JsonApi(NrgkickConfig("found", one.url, timeout_s=TIMEOUT_S), clock), clock)
    try:
        who = await charger.identify()
    except DeviceError as error:
        off = error.fault == "refused" and DISABLED in str(error)
        if off:
            why = Text("JSON off: enable it in the app")
        elif error.fault == "unauthorized":
            why = Text("JSON on, requires user and password")
        else:
            why = Text("does not answer ({why})", why=error.message)
        return one.serial, one.name, one.model, "?", one.url, Text("{why}; {modbus}", why=why, modbus=modbus)
    finally:
        await charger.close()
    access = Text("JSON on; {modbus}", modbus=modbus)
    return who.serial or one.serial, one.name, who.model or one.model, who.firmware, one.url, access
