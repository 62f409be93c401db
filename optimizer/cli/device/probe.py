"""`optimizer probe`: what is this device, what does it say, and would it let us write? Changes nothing."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from optimizer.cli.console import echo, said
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.logs import LogFormat, set_up
from optimizer.cli.plural import plural
from optimizer.cli.table import table
from optimizer.words.text import Text, joined, stacked

if TYPE_CHECKING:
    from optimizer.devices.recognition import Access, Found
    from optimizer.model.clock import Clock
    from optimizer.runtime.parts import Device
    from optimizer.settings import Settings

AS_FAR = Text("yes, as far as this can be found out without a write")
PV_MODE = Text(". A PV mode in its app shows only at the first write")
ANSWERED = ("refused", "garbled")
"""The faults of an answer that no device of the type gives. Another device may be at the address."""
QUIET_S = 2.0
"""After this time the command says that it is still asking."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("probe")(probe)


def probe(
    address: Annotated[
        str | None,
        typer.Argument(help="A host, http://host:port/path, or modbus://host:port. Port and path are optional."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Probe every device of these settings instead.")
    ] = None,
    user: Annotated[str, typer.Option(help="User of an NRGkick or a relay, if one is set.")] = "",
    password: Annotated[
        str, typer.Option(help="Password of an NRGkick, a FEMS, or a relay.", envvar="PROBE_PASSWORD")
    ] = "",
    token: Annotated[str, typer.Option(help="Token of a sonnen (v2).", envvar="PROBE_TOKEN")] = "",
    timeout: Annotated[float, typer.Option(min=0.2, max=30.0, help="Deadline of one request in s.")] = 4.0,
) -> None:
    """Identify the device at ADDRESS, or check each device of the settings. Reads only."""
    set_up(LogFormat.TEXT, level=logging.ERROR)
    from optimizer.devices.recognition import Access
    from optimizer.model.clock import SystemClock

    if (address is None) == (config is None):
        fail("give an address, or --config with the settings of a site", ExitCode.MISTAKE)
    if config is not None:
        from optimizer.cli.load import settings_of

        well = asyncio.run(probe_settings(settings_of(config), SystemClock()))
        raise typer.Exit(0 if well else int(ExitCode.BROKEN))
    assert address is not None
    asyncio.run(_address(address, Access(user, password, token, timeout), SystemClock()))


async def _address(address: str, access: Access, clock: Clock) -> None:
    from optimizer.devices.recognition import recognize

    asking = asyncio.ensure_future(recognize(address, access, clock))
    try:
        done, _ = await asyncio.wait({asking}, timeout=QUIET_S)
        if not done:
            echo(
                said(Text("asking for every known device at {address}; silent ports take time", address=address)),
                err=True,
            )
        found, tried = await asking
    except ValueError as error:
        fail(error.args[0], ExitCode.MISTAKE)
    if not found:
        lines = stacked([Text("  {what}: {why}", what=one.what, why=one.why) for one in tried])
        fail(
            Text("no known device answers at {address}. Tried:\n{lines}", address=address, lines=lines), ExitCode.BROKEN
        )
    for one in found:
        echo(_described(one, clock.monotonic_s()))
    if all(one.sample is None for one in found):
        raise typer.Exit(int(ExitCode.BROKEN))


def _described(one: Found, now_s: float) -> str:
    from optimizer.cli.device.readings import HEAD, sample_rows
    from optimizer.devices.recognition import RELAYS

    who = one.identity
    facts = [
        (Text("model {value}", value=who.model), who.model),
        (Text("serial number {value}", value=who.serial), who.serial),
        (Text("firmware {value}", value=who.firmware), who.firmware),
    ]
    lines = [
        ", ".join([said(Text("{brand} over {how}", brand=who.brand, how=one.how)), *(said(t) for t, v in facts if v)]),
        *([said(Text("  but: {problem}", problem=one.problem))] if one.problem else []),
        said(Text("  accepts writes: {answer}", answer=_writable(one.type, one.refuses))),
    ]
    if one.sample is not None:
        rows = table(HEAD, sample_rows(one.sample, now_s))
        lines += ["", *(f"  {line}" for line in rows.splitlines())]
    settings = ", ".join(f"{key}: {value}" for key, value in one.settings)
    section = "switches" if one.type in RELAYS else "devices"
    if len(one.relays) > 1:
        key = "channel" if one.type == "shelly" else "relay"
        numbers = ", ".join(f"{relay.number}{relay.name and f' ({relay.name})'}" for relay in one.relays)
        lines.append(said(Text("  its relays, which `{key}` names: {numbers}", key=key, numbers=numbers)))
    place = Text("  for site.yaml, under {section}:  a_name: {settings}", section=section, settings=f"{{{settings}}}")
    return "\n".join([*lines, "", said(place), ""])


def _writable(type_: str, refuses: str | None) -> str:
    if refuses:
        return Text("no: {refuses}", refuses=refuses)
    if refuses is None:
        return Text("not to be told")
    return Text("{first}{then}", first=AS_FAR, then=PV_MODE) if type_ == "nrgkick" else AS_FAR


async def probe_settings(settings: Settings, clock: Clock) -> bool:
    """Whether every device answers, fits its settings, and takes what they want written.

    The hosts are asked at the same time, and the devices of one host one after another. The answers are printed in
    configured order.
    """
    from optimizer.cli.run.devices import build_devices
    from optimizer.devices.keep import MemoryKeep
    from optimizer.devices.pace import paced

    with paced(clock):
        devices = build_devices(settings, clock, MemoryKeep())
    if not devices:
        fail("the settings contain no devices", ExitCode.MISTAKE)
    hosts: dict[str, list[Device]] = {}
    urls: dict[str, str] = {}
    for device in devices:
        url = str(getattr(settings.devices.get(device.name) or settings.switches[device.name], "url", ""))
        urls[device.name] = url
        hosts.setdefault(urlsplit(url).hostname or device.name, []).append(device)
    told: dict[str, tuple[str, Said]] = {}

    async def one_host(of_host: list[Device]) -> None:
        for device in of_host:
            try:
                told[device.name] = await _one(device, urls[device.name], clock)
            finally:
                await device.meter.close()

    await asyncio.gather(*(one_host(of_host) for of_host in hosts.values()))
    for device in devices:
        echo(told[device.name][0])
    by_answer = {one: [device.name for device in devices if told[device.name][1] is one] for one in Said}
    echo(said(_closing(len(devices), by_answer)))
    return len(by_answer[Said.YES]) == len(devices)


def _closing(number: int, by_answer: Mapping[Said, list[str]]) -> str:
    if len(by_answer[Said.YES]) == number:
        return Text("all is well: {devices} answered, and none refuses writes", devices=plural(number, "device"))
    names = {answer: ", ".join(devices) for answer, devices in by_answer.items()}
    unknown = "{names}: readings that decisions need are unknown; correct the path, register, or topic"
    texts = {
        Said.MISFIT: Text("the settings do not fit {names}", names=names[Said.MISFIT]),
        Said.NOTHING: Text("no answer from {names}", names=names[Said.NOTHING]),
        Said.ERROR: Text("no answer from {names} that fits its type; the reason is above", names=names[Said.ERROR]),
        Said.OTHER: Text("the url of {names} leads to something else; correct it", names=names[Said.OTHER]),
        Said.LOCKED: Text("credentials refused by {names}", names=names[Said.LOCKED]),
        Said.UNKNOWN: Text(unknown, names=names[Said.UNKNOWN]),
        Said.NO: Text(
            "writes refused by {names}. The reason is above. If it is only to be read, set `control: false`",
            names=names[Said.NO],
        ),
    }
    return joined([text for answer, text in texts.items() if names[answer]], "{first}; {then}")


class Said(Enum):
    """The answer of a device of the settings to both questions."""

    NOTHING = auto()
    ERROR = auto()
    """It answers, but only with an error, or not as such a device does."""
    OTHER = auto()
    """Something answers at its address that is not such a device."""
    LOCKED = auto()
    """It answers, and refuses the credentials."""
    UNKNOWN = auto()
    """It answers, and does not bring what decisions need."""
    NO = auto()
    """It answers, and refuses our writes."""
    MISFIT = auto()
    """It answers, and contradicts the settings."""
    YES = auto()
    """It answers, and nothing speaks against writing where that is wanted."""


async def _who_else(device: Device, url: str, clock: Clock) -> str:
    """A sentence about another device at the address of `device`, or at that address without its path. Empty if none is
    recognized."""
    from optimizer.devices.port import DeviceError
    from optimizer.devices.recognition import BRANDS, Access, recognize

    if device.brand not in BRANDS:  # a meter of any brand
        return ""
    host = url.partition("://")[0] + "://" + urlsplit(url).netloc
    for address in dict.fromkeys((url.rstrip("/"), host)):
        try:
            found, _ = await recognize(address, Access(), clock, only_there=True)
        except (ValueError, DeviceError):
            continue
        if found and (address == host != url.rstrip("/") or all(one.type != device.brand for one in found)):
            brand = BRANDS.get(found[0].type, found[0].identity.brand)
            return Text(
                "at {address} answers: {brand} (type: {type})", address=address, brand=brand, type=found[0].type
            )
    return ""


async def _one(device: Device, url: str, clock: Clock) -> tuple[str, Said]:
    from optimizer.cli.device.once import read_once
    from optimizer.cli.device.readings import HEAD, sample_rows, unknown_that_count
    from optimizer.devices.port import DeviceError, Identified, Permission, SelfCheck

    head = f"{device.name} ({device.brand})"
    refuses: str | None = ""
    who = ""
    try:
        sample = await read_once(device, clock)
    except DeviceError as error:
        why = Text("{device}: {why} ({fault})", device=head, why=error.message, fault=error.fault)
        if error.fault == "unauthorized":
            return f"{said(why)}\n", Said.LOCKED
        if error.fault not in ANSWERED:
            return f"{said(why)}\n", Said.NOTHING
        other = await _who_else(device, url, clock)
        if other:
            return f"{said(why)}\n  {said(other)}\n", Said.OTHER
        return f"{said(why)}\n", Said.ERROR
    try:
        async with clock.timeout(device.write_deadline_s):
            if isinstance(device.meter, Identified):
                identity = await device.meter.identify()
                firmware = said(Text("firmware {value}", value=identity.firmware)) if identity.firmware else ""
                facts = (identity.model, identity.serial, firmware)
                who = ", ".join(fact for fact in facts if fact)
            if isinstance(device.meter, Permission) and device.controlled:
                refuses = await device.meter.may_write()
    except (DeviceError, TimeoutError) as error:
        refuses = error.message if isinstance(error, DeviceError) else Text("no answer in time")
    against = device.meter.contradictions if isinstance(device.meter, SelfCheck) else ()
    may = _writable(device.brand, refuses) if device.controlled else Text("it is only read")
    rows = table(HEAD, sample_rows(sample, clock.monotonic_s()))
    unknown = unknown_that_count(device, sample)
    lines = [
        f"{head}{who and f': {who}'}",
        *(said(Text("  mistake in the settings: {text}", text=text)) for text in against),
        *(said(Text("  unknown, and decisions need it: {text}", text=text)) for text in unknown),
        said(Text("  accepts writes: {answer}", answer=may)),
        "",
        *(f"  {line}" for line in rows.splitlines()),
    ]
    if against:
        answer = Said.MISFIT
    elif unknown:
        answer = Said.UNKNOWN
    else:
        answer = Said.NO if device.controlled and refuses else Said.YES
    return "\n".join([*lines, ""]), answer
