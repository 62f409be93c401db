"""Looks: each brand is asked in its own words whether it answers at an address. They only read.

Every look is a request that the brand's document has, and an answer counts only when its own parts are in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from optimizer.devices.fems.config import EssConfig, FemsConfig, ids_of
from optimizer.devices.givtcp.config import GivEvcConfig, GivTcpConfig
from optimizer.devices.keep import MemoryKeep
from optimizer.devices.nrgkick.api import DISABLED
from optimizer.devices.nrgkick.config import NrgkickConfig
from optimizer.devices.port import DeviceError, Identified, Identity, Meter, Permission, Sample, SelfCheck
from optimizer.devices.registry import FACTORIES
from optimizer.devices.sonnen.config import SonnenConfig
from optimizer.model.clock import Clock
from optimizer.words.text import Text

if TYPE_CHECKING:
    from optimizer.devices.switches.outline import Outline

# ruff: noqa: PLC0415 - only the libraries of what is tried are loaded

NAME = "found"
FEMS_USER = "user"
"""The password of every Edge that may read."""
BRANDS = {
    "nrgkick": "NRGkick",
    "fems": "FEMS/OpenEMS",
    "sonnen": "sonnen",
    "givtcp": "GivEnergy",
    "shelly": "Shelly",
    "tasmota": "Tasmota",
}
RELAYS = ("shelly", "tasmota")
"""The types that stand under `switches` in site.yaml."""
WANTS_PASSWORD = "it wants its password"  # noqa: S105 - a message


@dataclass(frozen=True, slots=True)
class Access:
    """The inputs of the person beside the address. Empty: none."""

    user: str = ""
    password: str = ""
    token: str = ""
    timeout_s: float = 4.0


@dataclass(frozen=True, slots=True)
class Found:
    """One device that was recognized."""

    type: str
    """As in site.yaml."""
    how: str
    """Over which of its protocols."""
    settings: tuple[tuple[str, str], ...]
    """The settings of site.yaml for it, `type` first."""
    identity: Identity
    sample: Sample | None = None
    """None where it lets nothing be read."""
    problem: str = ""
    """Why nothing, or not all, can be read; what to do about it."""
    refuses: str | None = None
    """Why it would refuse writes; empty: nothing speaks against them; None: that was not to be told."""
    relays: tuple[Outline, ...] = ()
    """The relays of a relay box. Empty while it wants a password."""


Look = Callable[[], Awaitable[Found | None]]
"""Raises DeviceError if something else answers, or nothing. None: it is not this brand."""


class HttpLooks:
    """Looks over HTTP."""

    def __init__(self, access: Access, clock: Clock) -> None:
        self._access = access
        self._clock = clock

    def all(self, base: str, *, v1: bool) -> list[tuple[str, Look]]:
        """An Edge that is connected to ten times within 5 s lets everybody wait, so it is looked for early."""
        return [
            ("NRGkick", self.nrgkick(base)),
            ("FEMS/OpenEMS", self.fems(base)),
            ("Shelly", self.shelly(base)),
            ("Tasmota", self.tasmota(base)),
            ("sonnen v2", self.sonnen(base, "v2")),
            *([("sonnen v1", self.sonnen(base, "v1"))] if v1 else []),
            *self.givtcp(base),
        ]

    def nrgkick(self, base: str) -> Look:
        access = self._access
        settings = (("type", "nrgkick"), ("url", base))

        async def look() -> Found | None:
            from optimizer.devices.http import HttpDevice
            from optimizer.devices.http_config import HttpConfig

            plain = HttpDevice(HttpConfig(base, access.timeout_s), self._clock)
            try:
                root = await plain.request("GET", "/")
            finally:
                await plain.close()
            # Firmware that has no such page is recognized by /info alone.
            known = root.ok and '"json"' in root.text and '"modbus"' in root.text
            config = NrgkickConfig(NAME, base, user=access.user, password=access.password, timeout_s=access.timeout_s)
            try:
                one = await _described("nrgkick", "JSON", settings, config, self._clock)
            except DeviceError as error:
                if error.fault == "refused" and DISABLED in str(error):
                    return _silent("nrgkick", "JSON", settings, "the local JSON API is off; enable it in the app")
                if known and error.fault == "unauthorized":
                    return _silent("nrgkick", "JSON", settings, "it wants the user and password that its app shows")
                raise
            return one if one.identity.serial else None

        return look

    def fems(self, base: str) -> Look:
        access = self._access
        password = access.password or FEMS_USER
        settings = (("type", "fems"), ("url", base), ("password", "owner" if password == FEMS_USER else "…"))
        edge = FemsConfig(NAME, base, password=password, timeout_s=access.timeout_s)

        async def look() -> Found | None:
            from optimizer.devices.fems.fems import inventory_of
            from optimizer.devices.fems.wire import WRONG_PASSWORD

            try:
                inventory = await inventory_of(edge, self._clock)
            except DeviceError as error:
                if error.fault == "unauthorized" and WRONG_PASSWORD in str(error):
                    # No other brand speaks so: nothing else is looked for at this address.
                    return _silent("fems", "REST", settings, WRONG_PASSWORD)
                raise
            systems = tuple(EssConfig(NAME if i == 0 else one, one, hybrid)
                            for i, (one, hybrid) in enumerate(inventory.storages.items()))  # fmt: skip
            config = replace(edge, ess=systems, grid_meter=inventory.grid_meter)
            return await _described("fems", "REST", (*settings, *ids_of(config)), config, self._clock)

        return look

    def sonnen(self, base: str, api: str) -> Look:
        access = self._access

        async def look() -> Found | None:
            settings = (
                ("type", "sonnen"),
                ("url", base),
                ("api", api),
                *((("token_file", "…"),) if api == "v2" else ()),
            )
            config = SonnenConfig(
                NAME, base, "v1" if api == "v1" else "v2", token=access.token, timeout_s=access.timeout_s
            )
            return await _described("sonnen", f"REST {api}", settings, config, self._clock)

        return look

    def shelly(self, base: str) -> Look:
        """The first of its relays is read."""
        access = self._access
        user = access.user or "admin" if access.password else ""
        settings = (("type", "shelly"), ("url", base), *_for_relay(access))

        async def look() -> Found | None:
            from optimizer.devices.http_config import HttpConfig
            from optimizer.devices.switches.config import ShellyConfig
            from optimizer.devices.switches.outline import shelly_relays

            http = HttpConfig(base, access.timeout_s, user=user, password=access.password)
            try:
                relays = await shelly_relays(http, self._clock)
            except DeviceError as error:
                if error.fault == "unauthorized":
                    return _silent("shelly", "HTTP", settings, WANTS_PASSWORD)
                raise
            if relays is None:
                return None
            if not relays:
                raise DeviceError("refused", Text("a Shelly without a relay"))
            config = ShellyConfig(NAME, http, channel=relays[0].number)
            own = (*settings, ("channel", str(relays[0].number)))
            return replace(await _described("shelly", "HTTP", own, config, self._clock), relays=relays)

        return look

    def tasmota(self, base: str) -> Look:
        """The first of its relays is read."""
        access = self._access
        settings = (("type", "tasmota"), ("url", base), *_for_relay(access))

        async def look() -> Found | None:
            from optimizer.devices.http_config import HttpConfig
            from optimizer.devices.switches.config import TasmotaConfig
            from optimizer.devices.switches.outline import tasmota_relays

            http = HttpConfig(base, access.timeout_s)
            try:
                relays = await tasmota_relays(http, self._clock, access.user, access.password)
            except DeviceError as error:
                if error.fault == "unauthorized":
                    return _silent("tasmota", "HTTP", settings, WANTS_PASSWORD)
                raise
            if not relays:
                return None
            config = TasmotaConfig(NAME, http, user=access.user, password=access.password)
            return replace(await _described("tasmota", "HTTP", settings, config, self._clock), relays=relays)

        return look

    def givtcp(self, base: str) -> list[tuple[str, Look]]:
        """Each inverter has a path of its own, or a port of its own."""
        own = not urlsplit(base).path.strip("/")
        return [
            (f"GivTCP{path}", self._one_givtcp(base + path))
            for path in (("", "/REST1", "/REST2", "/REST3", "/REST4", "/REST5") if own else ("",))
        ]

    def _one_givtcp(self, base: str) -> Look:
        timeout_s = self._access.timeout_s
        settings = (("type", "givtcp"), ("url", base))

        async def look() -> Found | None:
            from optimizer.devices.givtcp.cache import NoData

            config = GivTcpConfig(NAME, base, timeout_s=timeout_s)
            try:
                one = await _described("givtcp", "REST", settings, config, self._clock)
            except NoData as no_data:
                return Found("givtcp", "REST", settings, Identity(BRANDS["givtcp"]), problem=str(no_data))
            evc = FACTORIES["givtcp_evc"](GivEvcConfig(NAME, base, timeout_s), self._clock, MemoryKeep())
            try:
                charger = await evc.read()
            except DeviceError:
                return one
            finally:
                await evc.close()
            assert one.sample is not None  # a GivTCP without a cache is not recognized
            both = Sample(one.sample.grid, one.sample.pvs, one.sample.batteries, charger.evs)
            return Found(
                one.type, "REST, with an EV charger (type: givtcp_evc)",
                settings=one.settings, identity=one.identity, sample=both, problem=one.problem, refuses=one.refuses,
            )  # fmt: skip

        return look


class ModbusLook:
    """The look over Modbus; only NRGkick chargers are known by it."""

    def __init__(self, host: str, port: int, access: Access, clock: Clock) -> None:
        self.port = port
        self._host = host
        self._access = access
        self._clock = clock

    async def look(self) -> Found | None:
        config = NrgkickConfig(
            NAME, protocol="modbus", modbus_host=self._host, modbus_port=self.port, timeout_s=self._access.timeout_s
        )
        settings = (
            ("type", "nrgkick"),
            ("url", f"http://{self._host}"),
            ("protocol", "modbus"),
            ("modbus_port", str(self.port)),
        )
        one = await _described("nrgkick", "Modbus", settings, config, self._clock)
        return one if "kick" in one.identity.model.lower() else None


async def _described(
    type_: str, how: str, settings: tuple[tuple[str, str], ...], config: object, clock: Clock
) -> Found:
    """The device as the adapter of this type reads it. Raises DeviceError if another device answers."""
    adapter: Meter = FACTORIES[type_](config, clock, MemoryKeep())
    try:
        sample = await adapter.read()
        problem = ""
        identity = Identity(BRANDS[type_])
        if isinstance(adapter, Identified):
            try:
                identity = await adapter.identify()
            except DeviceError as error:
                problem = error.message
        if isinstance(adapter, SelfCheck):
            problem = "; ".join((*adapter.contradictions, *([problem] if problem else [])))
        refuses = await adapter.may_write() if isinstance(adapter, Permission) else ""
        return Found(type_, how, settings=settings, identity=identity, sample=sample, problem=problem, refuses=refuses)
    finally:
        await asyncio.shield(adapter.close())


def _for_relay(access: Access) -> tuple[tuple[str, str], ...]:
    """The settings of a load beside its address."""
    return (*((("password_file", "…"),) if access.password else ()), ("power_w", "…"))


def _silent(type_: str, how: str, settings: tuple[tuple[str, str], ...], problem: str) -> Found:
    return Found(
        type_, how, settings=settings, identity=Identity(BRANDS[type_]), sample=None, problem=problem, refuses=problem
    )
