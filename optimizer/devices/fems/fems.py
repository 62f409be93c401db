"""An Edge as the service sees it: Meter and BatteryControl."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.devices.fems.channels import ACTIVE, EQUALS, GREATER, LESS, REACTIVE, WRITABLE, number
from optimizer.devices.fems.config import EssConfig, FemsConfig
from optimizer.devices.fems.decode import dc_pv_w, sample_from
from optimizer.devices.fems.setpoint import MOST_W, needs_dc_pv, targets
from optimizer.devices.fems.wire import FemsWire
from optimizer.devices.http import printable
from optimizer.devices.port import DeviceError, Identity, Sample
from optimizer.model.clock import Clock
from optimizer.model.decision import BatteryAction, BatteryOrder

REFRESH_SHARE = 1 / 3
"""Of the Edge's own timeout: two writes may be lost without the setpoint."""
HYBRID_REFRESH_S = 5.0
"""On a hybrid setpoints contain the DC PV, and follow it."""
NO_TIMEOUT_REFRESH_S = 20.0
"""Where the Edge never drops values by itself."""
CYCLE_S = 1.0
"""The Edge applies what was written after one or two of these."""
VERIFY_CYCLES = 5
AGAINST = {EQUALS: (LESS, GREATER), LESS: (EQUALS,), GREATER: (EQUALS,)}
"""Channels that must not hold a value while the key does."""


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
        """Channels that may hold a value: at first all, for we may have been here before."""
        self._equals_w: dict[str, int] = {}
        """The last Equals written, by battery, while it may hold."""

    @property
    def refresh_s(self) -> float:
        """How often a standing order is to be repeated."""
        timeout_s = self._config.api_timeout_s
        refresh_s = timeout_s * REFRESH_SHARE if timeout_s > 0 else NO_TIMEOUT_REFRESH_S
        return min(refresh_s, HYBRID_REFRESH_S) if any(ess.hybrid for ess in self._config.ess) else refresh_s

    async def read(self) -> Sample:
        """One poll, by one request."""
        found = await self._wire.poll()
        return sample_from(self._config, found.channels, found.at_s)

    async def channels(self) -> Mapping[str, object]:
        """All that one poll reads, by address, as the Edge gives it."""
        return (await self._wire.poll()).channels

    async def identify(self) -> Identity:
        """That it is an Edge, and its version where it has a channel for that."""
        found = await self._wire.read(("_sum", "_meta"), ("State", "Version"))
        version = found.channels.get("_meta/Version")
        return Identity("FEMS/OpenEMS", firmware=printable(version) if isinstance(version, str) else "")

    async def order(self, battery: str, order: BatteryOrder) -> None:
        """Write (or repeat) the order: first withdraw by null what must not stand beside it, then set."""
        ess = self._known(battery)
        if order.action is BatteryAction.AUTO:
            # Once is enough: each further write would only restart the timer of all values.
            if self._may_hold[battery]:
                await self.hand_back(battery)
            return
        wanted = targets(order, await self._dc_pv_w(ess) if ess.hybrid and needs_dc_pv(order) else 0.0)
        await self._withdraw(battery, [name for name in self._withdrawable if name not in wanted])
        for channel, watts in wanted.items():
            await self._set(battery, channel, watts)

    async def hand_back(self, battery: str) -> None:
        """Withdraw everything by null; returns once the Edge no longer follows what we had set.

        The channels themselves cannot be read, so the setpoint in force is: it must leave the value that we held,
        except where that is 0 or an end of the allowed range, at which its own control may well be too.
        """
        ess = self._known(battery)
        held_w = self._equals_w.get(battery)
        self._may_hold[battery] |= set(self._withdrawable)
        await self._withdraw(battery, self._withdrawable)
        for _ in range(VERIFY_CYCLES):
            if not await self._still_follows(ess, held_w):
                return
            await self._clock.sleep(CYCLE_S)
        if held_w is not None and await self._still_follows(ess, held_w):
            self._may_hold[battery].add(EQUALS)
            self._equals_w[battery] = held_w
            raise DeviceError(
                "refused", f"{ess.component} still follows {held_w} W after its withdrawal; somebody else may set it"
            )

    async def write_channel(self, battery: str, channel: str, value: int | None) -> None:
        """Set one of the six writable channels (W or var), or withdraw it by None.

        Equals and the bounds exclude each other: the other side is withdrawn first. The reactive three must be
        switched on in the configuration.
        """
        self._known(battery)
        if channel not in WRITABLE:
            raise DeviceError("refused", f"{channel} is not writable; these are: {', '.join(WRITABLE)}")
        if channel in REACTIVE and not self._config.reactive:
            raise DeviceError("refused", f"{channel} is off: reactive power is not usable on home systems")
        if value is None:
            self._may_hold[battery].add(channel)
            await self._withdraw(battery, (channel,))
            return
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MOST_W:
            raise DeviceError("refused", f"{value!r} is no setpoint: integers only")
        await self._withdraw(battery, AGAINST.get(channel, ()))
        await self._set(battery, channel, value)

    async def close(self) -> None:
        """Release the connection; never raises."""
        await self._wire.close()

    def _known(self, battery: str) -> EssConfig:
        ess = self._ess.get(battery)
        if ess is None:
            raise DeviceError("refused", f"this FEMS has no battery {battery!r}")
        return ess

    async def _dc_pv_w(self, ess: EssConfig) -> float:
        """Fresh, because a hybrid's setpoint is only as good as the DC PV in it."""
        found = await self._wire.poll()
        reading = dc_pv_w(self._config, ess, found.channels, found.at_s)
        if reading.value is None:
            raise DeviceError("refused", f"no setpoint for {ess.component}: its DC PV is unknown ({reading.why})")
        return reading.value

    async def _set(self, battery: str, channel: str, value: int) -> None:
        self._may_hold[battery].add(channel)
        if channel == EQUALS:
            self._equals_w[battery] = value
        await self._wire.write(self._ess[battery].component, channel, value)

    async def _withdraw(self, battery: str, channels: tuple[str, ...] | list[str]) -> None:
        for channel in channels:
            if channel in self._may_hold[battery]:
                await self._wire.write(self._ess[battery].component, channel, None)
                self._may_hold[battery].discard(channel)
                if channel == EQUALS:
                    self._equals_w.pop(battery, None)

    async def _still_follows(self, ess: EssConfig, held_w: int | None) -> bool:
        """Reads the setpoint in force; also when there is nothing to compare, to see that the Edge answers."""
        found = await self._wire.poll()
        at = [
            number(found.channels, f"{ess.component}/{name}", found.at_s, -MOST_W, MOST_W).value
            for name in ("DebugSetActivePower", "AllowedChargePower", "AllowedDischargePower", "MaxApparentPower")
        ]
        in_force_w, lowest_w, highest_w, apparent_w = at
        if not held_w or in_force_w is None or in_force_w != held_w:
            return False
        inside_low = lowest_w is None or in_force_w > max(lowest_w, -(apparent_w or MOST_W))
        inside_high = highest_w is None or in_force_w < min(highest_w, apparent_w or MOST_W)
        return inside_low and inside_high
