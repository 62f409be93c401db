"""An Edge as the service sees it: Meter and BatteryControl."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from optimizer.devices.fems.channels import EQUALS, REACTIVE, WRITABLE
from optimizer.devices.fems.config import EssConfig, FemsConfig
from optimizer.devices.fems.decode import dc_pv_w, headroom_inputs, sample_from
from optimizer.devices.fems.documented import documented
from optimizer.devices.fems.hand_back import CYCLE_S, VERIFY_CYCLES, HandBack
from optimizer.devices.fems.headroom import Headroom, is_stale, next_headroom, takes_no_charge, without_trial
from optimizer.devices.fems.inventory import Inventory, contradictions
from optimizer.devices.fems.setpoint import MOST_W, NO_DC_SIDE, DcSide, follows_pv, needs_dc_side, targets
from optimizer.devices.fems.wire import FemsWire, Found
from optimizer.devices.fems.written import AGAINST, Written
from optimizer.devices.port import DeviceError, Identity, Sample, Value
from optimizer.devices.raw import UNHEARD, Outcome, Progress, RawCommand
from optimizer.devices.words import printable
from optimizer.model.clock import Clock
from optimizer.model.decision import BatteryAction, BatteryOrder
from optimizer.words.text import Text

REFRESH_SHARE = 1 / 3
"""Of the Edge's own timeout: two writes may be lost without the setpoint."""
NO_TIMEOUT_REFRESH_S = 20.0
"""Interval for an Edge that never drops values by itself, s."""
FRESH_S = 1.5
"""A reading of the DC PV that is no older is used for a setpoint; otherwise it is read again."""
INVENTORY_EVERY_S = 600.0
"""How often the Edge is asked for its components while the settings do not fit it."""
REACTIVE_OFF = "off: home systems do not use reactive power (`reactive: true` in the settings allows it)"
NOBODY = "nobody0"
"""No Edge has a component of this name."""


async def inventory_of(config: FemsConfig, clock: Clock) -> Inventory:
    """The storage systems and meters of an Edge. Raises DeviceError where that is not what answers."""
    wire = FemsWire(config, clock)
    try:
        if "_sum/State" not in (await wire.poll()).channels:
            raise DeviceError("garbled", Text("{url}: what answers is not FEMS/OpenEMS", url=config.url))
        return await wire.inventory()
    finally:
        await asyncio.shield(wire.close())


class Fems:
    """One Edge with its grid meter, PV and storage systems."""

    def __init__(self, config: FemsConfig, wire: FemsWire, clock: Clock) -> None:
        self._config = config
        self._wire = wire
        self._clock = clock
        self._ess = {ess.name: ess for ess in config.ess}
        self._written = Written(config, wire, clock)
        self._back = HandBack(config, wire, clock, self._written)
        self._headroom: dict[str, Headroom] = {}
        """The headroom in the setpoint in force of a hybrid, by battery."""
        self._read_s = float("-inf")
        self._inventory = Inventory()
        self._listed_s = float("-inf")
        self._contradictions: tuple[str, ...] = ()

    @property
    def refresh_s(self) -> float:
        """The interval at which an order in force is repeated, s."""
        timeout_s = self._config.api_timeout_s
        return timeout_s * REFRESH_SHARE if timeout_s > 0 else NO_TIMEOUT_REFRESH_S

    @property
    def contradictions(self) -> tuple[str, ...]:
        """Contradictions of the last complete reading to the settings: ids that the Edge lacks, a wrong flag."""
        return self._contradictions

    async def read(self) -> Sample:
        """One poll, by one request; two where the settings do not fit the Edge."""
        found = await self._wire.poll()
        self._read_s = found.at_s
        if found.slow_at_s == found.at_s:
            await self._compare(found)
        return sample_from(self._config, found, self._inventory)

    async def _compare(self, found: Found) -> None:
        """Compare a complete reading with the settings; ask for the Edge's components where they do not fit."""
        against = contradictions(self._config, found.channels, self._inventory)
        if against and self._clock.monotonic_s() - self._listed_s >= INVENTORY_EVERY_S:
            self._listed_s = self._clock.monotonic_s()
            try:
                self._inventory = await self._wire.inventory()
            except DeviceError as error:
                why = Text("the components of the Edge could not be listed: {error}", error=error.message)
                against = (*against, why)
            else:
                against = contradictions(self._config, found.channels, self._inventory)
        self._contradictions = against

    def is_outdated(self, battery: str) -> bool:
        """Whether the DC PV has moved away from what the standing setpoint of a hybrid was made with."""
        written, ess = self._headroom.get(battery), self._ess.get(battery)
        if written is None or ess is None:
            return False
        seen = headroom_inputs(self._config, ess, self._wire.last)
        return seen is not None and is_stale(written, seen)

    async def channels(self) -> Mapping[str, object]:
        """All that polls read, by address, as the Edge gives it."""
        return (await self._wire.poll(complete=True)).channels

    async def documented(self) -> tuple[Value, ...]:
        """All that the Edge's documents name."""
        return await documented(self._config, self._wire)

    async def may_write(self) -> str:
        """The reason why nothing can be written, or empty. It writes to a component that does not exist.

        The Edge looks at the password before it looks for the component.
        """
        try:
            await self._wire.write(NOBODY, EQUALS, None)
        except DeviceError as error:
            if error.fault == "unauthorized":
                return error.message
            if error.fault != "refused":
                raise
        return ""

    async def identify(self) -> Identity:
        """That it is an Edge, and its version where it has a channel for that."""
        found = await self._wire.read(("_sum", "_meta"), ("State", "Version"))
        version = found.channels.get("_meta/Version")
        return Identity("FEMS/OpenEMS", firmware=printable(version) if isinstance(version, str) else "")

    async def order(self, battery: str, order: BatteryOrder) -> None:
        """Write (or repeat) the order: first withdraw by null what must not stand beside it, then set.

        While a value that must not stand beside it may still arrive (LATE_S after its write was given up), nothing is
        set: it would hold for as long as the order is repeated, since every write restarts the one timer.
        """
        ess = self._known(battery)
        if order.action is BatteryAction.AUTO:
            if self._back.is_due(battery):
                await self.hand_back(battery)
            return
        headroom, dc_side = None, NO_DC_SIDE
        if ess.hybrid and needs_dc_side(order):
            headroom, dc_side = await self._dc_side(battery, ess, order)
        wanted = targets(order, dc_side)
        written = self._written
        await written.withdraw(battery, [name for name in written.withdrawable if name not in wanted])
        written.refuse_late(battery, [against for channel in wanted for against in AGAINST.get(channel, ())])
        for channel, watts in wanted.items():
            await self._set(battery, channel, watts)
        if headroom is not None:
            self._headroom[battery] = headroom

    async def hand_back(self, battery: str) -> None:
        """Withdraw everything by null; returns once the Edge no longer follows what we had set (see HandBack.run)."""
        ess = self._known(battery)
        self._headroom.pop(battery, None)
        await self._back.run(ess)

    async def write_channel(self, battery: str, channel: str, value: int | None) -> None:
        """Set one of the six writable channels (W or var), or withdraw it by None.

        Equals and the bounds exclude each other: the other side is withdrawn first. The reactive three must be
        switched on in the configuration.
        """
        self._known(battery)
        if channel not in WRITABLE:
            raise DeviceError(
                "refused",
                Text("{channel} is not writable; these are: {names}", channel=channel, names=", ".join(WRITABLE)),
            )
        if channel in REACTIVE and not self._config.reactive:
            raise DeviceError(
                "refused",
                Text("{channel} is {reactive_off}", channel=channel, reactive_off=REACTIVE_OFF),
            )
        if value is None:
            self._written.expect(battery, (channel,))
            await self._written.withdraw(battery, (channel,))
            return
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MOST_W:
            raise DeviceError("refused", Text("{value} is no setpoint: integers only", value=repr(value)))
        await self._written.withdraw(battery, AGAINST.get(channel, ()))
        self._written.refuse_late(battery, AGAINST.get(channel, ()))
        await self._set(battery, channel, value)

    @property
    def commands(self) -> Mapping[str, RawCommand]:
        """The writable channels, also the reactive ones that are off."""
        return {
            name: RawCommand(
                meaning, {"value": 0}, writes=True,
                broken="" if name not in REACTIVE or self._config.reactive else REACTIVE_OFF,
            )
            for name, meaning in WRITABLE.items()
        }  # fmt: skip

    async def call(self, name: str, body: Mapping[str, object], progress: Progress = UNHEARD) -> Outcome:
        """Write one channel (`value`: W or var, None withdraws; `battery` where there are several) and look on.

        What is written holds until the Edge's own timeout, unless it is repeated.
        """
        battery = str(body.get("battery", next(iter(self._ess), "")))
        ess, value = self._known(battery), body.get("value")
        if "value" not in body or not (value is None or isinstance(value, int)):
            raise DeviceError(
                "refused", Text("{name} needs a whole number as its value, or null to withdraw it", name=name)
            )
        earlier = await self._in_force(ess)
        await self.write_channel(battery, name, value)
        progress.answered(200, "queued")
        start_s = self._clock.monotonic_s()
        changed: dict[str, tuple[object, object]] = {}
        while not changed and self._clock.monotonic_s() - start_s < VERIFY_CYCLES * CYCLE_S:
            progress.watches(self._clock.monotonic_s() - start_s, VERIFY_CYCLES * CYCLE_S)
            await self._clock.sleep(CYCLE_S)
            later = await self._in_force(ess)
            changed = {key: (earlier[key], later[key]) for key in earlier if earlier[key] != later[key]}
        return Outcome(
            status=200, answer="queued", changed=changed, waited_s=self._clock.monotonic_s() - start_s, note=""
        )

    async def _in_force(self, ess: EssConfig) -> dict[str, object]:
        """The result of all setpoints together. The channels of the setpoints themselves cannot be read."""
        found = await self._wire.poll()
        name = f"{ess.component}/DebugSetActivePower"
        return {name: found.channels.get(name), **await self._wire.log()}

    async def close(self) -> None:
        """Release the connection; never raises."""
        await self._wire.close()

    def _known(self, battery: str) -> EssConfig:
        ess = self._ess.get(battery)
        if ess is None:
            raise DeviceError("refused", Text("this FEMS has no battery {battery}", battery=repr(battery)))
        return ess

    async def _dc_side(self, battery: str, ess: EssConfig, order: BatteryOrder) -> tuple[Headroom, DcSide]:
        """Of a fresh reading, because a hybrid's setpoint is only as good as the DC PV in it."""
        found = self._wire.last
        if found.at_s != self._read_s or self._clock.monotonic_s() - found.at_s > FRESH_S:
            found = await self._wire.poll()
        seen = headroom_inputs(self._config, ess, found)
        if seen is None:
            why = dc_pv_w(self._config, ess, found.channels, found.at_s).why
            raise DeviceError(
                "refused",
                Text("no setpoint for {component}: its DC PV is unknown ({why})", component=ess.component, why=why),
            )
        before = self._headroom.get(battery)
        if before is not None and not follows_pv(order):
            before = without_trial(before, seen)
        headroom = next_headroom(before, seen)
        return headroom, DcSide(seen.dc_pv_w, headroom.watts, takes_no_charge(seen))

    async def _set(self, battery: str, channel: str, value: int) -> None:
        self._back.begin_anew(battery)
        await self._written.set(battery, channel, value)
