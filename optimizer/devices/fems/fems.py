"""An Edge as the service sees it: Meter and BatteryControl."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

from optimizer.devices.fems.channels import ACTIVE, EQUALS, GREATER, LESS, REACTIVE, WRITABLE, number
from optimizer.devices.fems.config import EssConfig, FemsConfig
from optimizer.devices.fems.decode import dc_pv_w, sample_from, seen_of
from optimizer.devices.fems.documented import documented
from optimizer.devices.fems.headroom import Headroom, is_stale, next_headroom, takes_no_charge, without_trial
from optimizer.devices.fems.inventory import Inventory, contradictions
from optimizer.devices.fems.setpoint import MOST_W, NO_DC_SIDE, DcSide, follows_pv, needs_dc_side, targets
from optimizer.devices.fems.wire import FemsWire, Found
from optimizer.devices.fems.worker_log import standing
from optimizer.devices.http import printable
from optimizer.devices.port import LATE_S, DeviceError, Identity, Sample, Value
from optimizer.devices.raw import UNHEARD, Outcome, Progress, RawCommand
from optimizer.model.clock import Clock
from optimizer.model.decision import BatteryAction, BatteryOrder

REFRESH_SHARE = 1 / 3
"""Of the Edge's own timeout: two writes may be lost without the setpoint."""
NO_TIMEOUT_REFRESH_S = 20.0
"""Where the Edge never drops values by itself."""
FRESH_S = 1.5
"""A reading of the DC PV that is no older is used for a setpoint; otherwise it is read again."""
INVENTORY_EVERY_S = 600.0
"""How often the Edge is asked for its components while the settings do not fit it."""
CYCLE_S = 1.0
"""The Edge applies what was written after one or two of these."""
VERIFY_CYCLES = 5
BALANCED_W = 100.0
"""Self-consumption keeps the grid this near to zero."""
REACTIVE_OFF = "off: home systems do not use reactive power (`reactive: true` in the settings allows it)"
NOBODY = "nobody0"
"""No Edge has a component of this name."""
AGAINST = {EQUALS: (LESS, GREATER), LESS: (EQUALS,), GREATER: (EQUALS,)}
"""Channels that must not hold a value while the key does."""


async def inventory_of(config: FemsConfig, clock: Clock) -> Inventory:
    """The storage systems and meters of an Edge. Raises DeviceError where that is not what answers."""
    wire = FemsWire(config, clock)
    try:
        if "_sum/State" not in (await wire.poll()).channels:
            raise DeviceError("garbled", f"{config.url}: what answers is not FEMS/OpenEMS")
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
        withdrawable = ACTIVE + REACTIVE if config.reactive else ACTIVE
        self._withdrawable = withdrawable
        self._may_hold = {ess.name: set(withdrawable) for ess in config.ess}
        """Channels that may hold a value: at first all, because an earlier process may have written them."""
        self._equals_w: dict[str, int] = {}
        """The last Equals written, by battery, while it may hold."""
        self._headroom: dict[str, Headroom] = {}
        """What the standing setpoint of a hybrid was made with, by battery."""
        self._doubted_w: dict[str, float] = {}
        """Setpoints that stayed after a withdrawal, by battery; whether they are ours, nobody knows."""
        self._late_until_s: dict[tuple[str, str], float] = {}
        """Until when a value that was sent without an answer may still be taken, by battery and channel."""
        self._wrote_s = 0.0
        """When anything was last written: that restarts the Edge's one timer."""
        self._read_s = float("-inf")
        self._inventory = Inventory()
        self._listed_s = float("-inf")
        self._contradictions: tuple[str, ...] = ()

    @property
    def refresh_s(self) -> float:
        """How often a standing order is to be repeated."""
        timeout_s = self._config.api_timeout_s
        return timeout_s * REFRESH_SHARE if timeout_s > 0 else NO_TIMEOUT_REFRESH_S

    @property
    def contradictions(self) -> tuple[str, ...]:
        """What the last complete reading says against the settings: ids that the Edge does not have, a wrong flag."""
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
                against = (*against, f"the components of the Edge could not be listed: {error}")
            else:
                against = contradictions(self._config, found.channels, self._inventory)
        self._contradictions = against

    def is_outdated(self, battery: str) -> bool:
        """Whether the DC PV has moved away from what the standing setpoint of a hybrid was made with."""
        written, ess = self._headroom.get(battery), self._ess.get(battery)
        if written is None or ess is None:
            return False
        seen = seen_of(self._config, ess, self._wire.last)
        return seen is not None and is_stale(written, seen)

    async def channels(self) -> Mapping[str, object]:
        """All that polls read, by address, as the Edge gives it."""
        return (await self._wire.poll(complete=True)).channels

    async def documented(self) -> tuple[Value, ...]:
        """All that the Edge's documents name."""
        return await documented(self._config, self._wire)

    async def may_write(self) -> str:
        """Why nothing can be written, or empty. Writes to a component that no Edge has, which changes nothing.

        The Edge looks at the password before it looks for the component.
        """
        try:
            await self._wire.write(NOBODY, EQUALS, None)
        except DeviceError as error:
            if error.fault == "unauthorized":
                return str(error)
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
            # Once is enough: each further write would only restart the timer of all values.
            if self._may_hold[battery] or battery in self._doubted_w:
                await self.hand_back(battery)
            return
        headroom, dc_side = None, NO_DC_SIDE
        if ess.hybrid and needs_dc_side(order):
            headroom, dc_side = await self._dc_side(battery, ess, order)
        wanted = targets(order, dc_side)
        await self._withdraw(battery, [name for name in self._withdrawable if name not in wanted])
        self._refuse_late(battery, [against for channel in wanted for against in AGAINST.get(channel, ())])
        for channel, watts in wanted.items():
            await self._set(battery, channel, watts)
        if headroom is not None:
            self._headroom[battery] = headroom

    async def hand_back(self, battery: str) -> None:
        """Withdraw everything by null; returns once the Edge no longer follows what we had set.

        The REST controller's log tells what stands: when nothing of this battery does, it is handed back. An Edge
        whose log is absent, or still shows a value after all the cycles that a withdrawal may take (it stands still
        while somebody else's value is no number), is judged by the setpoint in force instead: that must leave the
        value that we held, except where it is 0 or an end of the allowed range, which its own control may want too.

        Where we do not know what we held (a new process, bounds), it is the setpoint seen first that must be left,
        except where the grid is near zero with it, as self-consumption has it. An Edge that shows no setpoint or no
        grid power cannot be asked more; it is believed. One that stays at a value by itself (another controller,
        another client) looks the same as one that has kept ours: that is refused until the Edge's own timeout,
        without a further write of ours, has dropped whatever we set; without such a timeout, for as long as it lasts.
        """
        ess = self._known(battery)
        held_w = self._equals_w.get(battery)
        self._headroom.pop(battery, None)
        if not self._left_to_its_timeout(battery):
            self._may_hold[battery] |= set(self._withdrawable)
        await self._withdraw(battery, self._withdrawable)
        if not self._may_hold[battery] and await self._nothing_stands(ess):
            self._doubted_w.pop(battery, None)
            return
        follows_w = await self._follows_on(battery, held_w)
        if follows_w is None or (battery in self._doubted_w and self._has_dropped_all()):
            self._doubted_w.pop(battery, None)
            return
        if held_w is None:
            self._doubted_w[battery] = follows_w
        else:
            self._may_hold[battery].add(EQUALS)
            self._equals_w[battery] = held_w
        raise DeviceError(
            "refused", f"{ess.component} still follows {follows_w:g} W after its withdrawal; somebody else may set it"
        )

    async def _nothing_stands(self, ess: EssConfig) -> bool:
        """Whether the Edge's log shows none of our values any more; False too where it does not tell."""
        ours = {f"{ess.component}/{channel}" for channel in self._withdrawable}
        for cycle in range(VERIFY_CYCLES + 1):
            if cycle:
                await self._clock.sleep(CYCLE_S)
            stands = standing(await self._wire.log())
            if stands is None:
                return False
            if not ours & stands.keys():
                return True
        return False

    async def write_channel(self, battery: str, channel: str, value: int | None) -> None:
        """Set one of the six writable channels (W or var), or withdraw it by None.

        Equals and the bounds exclude each other: the other side is withdrawn first. The reactive three must be
        switched on in the configuration.
        """
        self._known(battery)
        if channel not in WRITABLE:
            raise DeviceError("refused", f"{channel} is not writable; these are: {', '.join(WRITABLE)}")
        if channel in REACTIVE and not self._config.reactive:
            raise DeviceError(
                "refused",
                f"{channel} is {REACTIVE_OFF}",
            )
        if value is None:
            self._may_hold[battery].add(channel)
            await self._withdraw(battery, (channel,))
            return
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MOST_W:
            raise DeviceError("refused", f"{value!r} is no setpoint: integers only")
        await self._withdraw(battery, AGAINST.get(channel, ()))
        self._refuse_late(battery, AGAINST.get(channel, ()))
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
            raise DeviceError("refused", f"{name} needs a whole number as its value, or null to withdraw it")
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
        """What follows from all setpoints together, and what stands of them; the channels themselves cannot be read."""
        found = await self._wire.poll()
        name = f"{ess.component}/DebugSetActivePower"
        return {name: found.channels.get(name), **await self._wire.log()}

    async def close(self) -> None:
        """Release the connection; never raises."""
        await self._wire.close()

    def _known(self, battery: str) -> EssConfig:
        ess = self._ess.get(battery)
        if ess is None:
            raise DeviceError("refused", f"this FEMS has no battery {battery!r}")
        return ess

    async def _dc_side(self, battery: str, ess: EssConfig, order: BatteryOrder) -> tuple[Headroom, DcSide]:
        """Of a fresh reading, because a hybrid's setpoint is only as good as the DC PV in it."""
        found = self._wire.last
        if found.at_s != self._read_s or self._clock.monotonic_s() - found.at_s > FRESH_S:
            found = await self._wire.poll()
        seen = seen_of(self._config, ess, found)
        if seen is None:
            why = dc_pv_w(self._config, ess, found.channels, found.at_s).why
            raise DeviceError("refused", f"no setpoint for {ess.component}: its DC PV is unknown ({why})")
        before = self._headroom.get(battery)
        if before is not None and not follows_pv(order):
            before = without_trial(before, seen)
        headroom = next_headroom(before, seen)
        return headroom, DcSide(seen.dc_pv_w, headroom.watts, takes_no_charge(seen))

    async def _set(self, battery: str, channel: str, value: int) -> None:
        self._may_hold[battery].add(channel)
        self._doubted_w.pop(battery, None)
        if channel == EQUALS:
            self._equals_w[battery] = value
        await self._write(battery, channel, value)

    async def _write(self, battery: str, channel: str, value: int | None) -> None:
        answered = False
        try:
            await self._wire.write(self._ess[battery].component, channel, value)
            answered = True
        except DeviceError as error:
            answered = error.said_no
            raise
        finally:
            self._wrote_s = self._clock.monotonic_s()
            if value is not None and not answered:
                self._late_until_s[battery, channel] = self._wrote_s + LATE_S

    def _refuse_late(self, battery: str, channels: Collection[str]) -> None:
        late = [channel for channel in channels if self._is_late(battery, channel)]
        if late:
            raise DeviceError("timeout", f"an earlier {late[0]} got no answer and may still arrive: waiting for that")

    def _is_late(self, battery: str, channel: str) -> bool:
        return self._clock.monotonic_s() < self._late_until_s.get((battery, channel), 0.0)

    async def _withdraw(self, battery: str, channels: tuple[str, ...] | list[str]) -> None:
        for channel in channels:
            if channel in self._may_hold[battery]:
                await self._write(battery, channel, None)
                if self._is_late(battery, channel):
                    continue
                self._may_hold[battery].discard(channel)
                if channel == EQUALS:
                    self._equals_w.pop(battery, None)

    def _left_to_its_timeout(self, battery: str) -> bool:
        """Whether all was withdrawn before, in vain as it seemed: a further write would only restart the timer."""
        return self._config.api_timeout_s > 0 and battery in self._doubted_w

    def _has_dropped_all(self) -> bool:
        """Whether the Edge has by now dropped by itself whatever we set."""
        return 0 < self._config.api_timeout_s <= self._clock.monotonic_s() - self._wrote_s

    async def _follows_on(self, battery: str, held_w: int | None) -> float | None:
        """The setpoint in W that stays in force for all the cycles that a withdrawal may take, if one does.

        Asks once at least, to see that the Edge answers.
        """
        from_w = self._doubted_w.get(battery) if held_w is None else held_w
        for cycle in range(VERIFY_CYCLES + 1):
            if cycle:
                await self._clock.sleep(CYCLE_S)
            found = await self._wire.poll()
            in_force_w, at_end = _setpoint(self._ess[battery], found)
            if from_w is None:
                from_w = in_force_w
            if not from_w or in_force_w != from_w or at_end:
                return None
            if held_w is None and _balanced(found):
                return None
        return from_w


def _setpoint(ess: EssConfig, found: Found) -> tuple[float | None, bool]:
    """The setpoint in force in W, and whether it is at an end of what is allowed, where own control may be too."""
    in_force_w, lowest_w, highest_w, apparent_w = (
        number(found.channels, f"{ess.component}/{name}", found.at_s, -MOST_W, MOST_W).value
        for name in ("DebugSetActivePower", "AllowedChargePower", "AllowedDischargePower", "MaxApparentPower")
    )
    if in_force_w is None:
        return None, False
    inside_low = lowest_w is None or in_force_w > max(lowest_w, -(apparent_w or MOST_W))
    inside_high = highest_w is None or in_force_w < min(highest_w, apparent_w or MOST_W)
    return in_force_w, not (inside_low and inside_high)


def _balanced(found: Found) -> bool:
    """Whether self-consumption would be content; also where nobody knows."""
    grid_w = number(found.channels, "_sum/GridActivePower", found.at_s, -MOST_W, MOST_W).value
    return grid_w is None or abs(grid_w) <= BALANCED_W
