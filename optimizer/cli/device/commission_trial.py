"""The trial: a minute of charging at 6 A. The settings of charger and batteries are restored in every case."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from optimizer.cli.device.commission_readings import house_of, sampled, sampled_all
from optimizer.cli.device.commission_verdict import DRAWS_W, Look, Trial
from optimizer.devices.port import Charger, DeviceError
from optimizer.model.clock import Clock
from optimizer.model.decision import BatteryAction, BatteryOrder
from optimizer.model.site import MIN_CURRENT_A, ChargerSite
from optimizer.model.state import Ev, EvStatus
from optimizer.runtime.parts import Device
from optimizer.runtime.record.handback import by_key, hand_back_all
from optimizer.runtime.record.ownership import Ownership
from optimizer.words.text import Text

log = logging.getLogger(__name__)

LOOK_S = 2.0
WAIT_S = 10.0
BEFORE_S = 12.0
CHARGE_S = 60.0
LATE_METER_S = 60.0
"""Longest extension of the charge for a meter that has not shown the car yet, s."""
STOPPED_W = 100.0
STOP_S = 60.0
"""Longest wait until a car stops, s."""
QUICK_S = 60.0
"""Batteries with slower writes are not held at 0 W."""
STAND_BY = BatteryOrder(BatteryAction.POWER, 0.0)
ATTEMPTS = 3
SAME_A = 0.05

Tell = Callable[[str], None]


class CannotTry(Exception):
    """The trial has not started. The message gives the reason."""


@dataclass(frozen=True, slots=True)
class Before:
    """The setting of the charger before the trial."""

    current_a: float
    paused: bool


class Trials:
    """The trial of one charger."""

    def __init__(
        self,
        devices: Sequence[Device],
        charger: Device,
        site: ChargerSite,
        clock: Clock,
        ownership: Ownership,
        tell: Tell,
    ) -> None:
        self._devices = devices
        self._device = charger
        self._site = site
        self._clock = clock
        self._ownership = ownership
        self._tell = tell
        self._batteries = tuple(one for one in devices if one.battery is not None and one.write_deadline_s <= QUICK_S)
        self._ordered_s: dict[str, float] = {}
        self._left_over = False
        """Whether the charger was on the record before. Then its hand-back is due in any case."""

    async def check(self) -> Before:
        """The setting of the charger. Raises CannotTry or DeviceError if the trial is not possible."""
        ev = await self._ev()
        if ev.blocked:
            raise CannotTry(Text("{name} refuses commands: {blocked}", name=self._device.name, blocked=ev.blocked))
        if ev.status.value not in (EvStatus.CONNECTED, EvStatus.CHARGING):
            seen = ev.status.value.value if ev.status.value is not None else Text("unknown ({why})", why=ev.status.why)
            raise CannotTry(
                Text(
                    "no car is connected to {name} (its status is {seen}): plug it in",
                    name=self._device.name,
                    seen=seen,
                )
            )
        if ev.offered_a.value is None or ev.paused.value is None:
            raise CannotTry(
                Text("{name} does not report its setting, so the setting could not be restored", name=self._device.name)
            )
        return Before(ev.offered_a.value, ev.paused.value)

    async def run(self, before: Before) -> Trial:
        """Run the trial and restore all settings, also if it is canceled. Raises DeviceError."""
        charger = self._device.charger
        assert charger is not None  # the command has looked
        keys = [self._device.controlled[0], *(key for one in self._batteries for key in one.controlled)]
        self._left_over = keys[0] in self._ownership.held
        for key in keys:
            self._ownership.require(key, by_key(self._devices)[key].brand, self._clock.now())
        try:
            return await self._tried(charger)
        finally:
            await self._restore(charger, before, keys[1:])

    async def _tried(self, charger: Charger) -> Trial:
        self._tell(Text("pausing and waiting for the car to stop. Batteries are at 0 W"))
        await self._write(charger.set_pause(True))
        await self._write(charger.set_current(MIN_CURRENT_A))
        stopping = []
        stop_s = self._clock.monotonic_s() + STOP_S
        while self._clock.monotonic_s() < stop_s:
            stopping.append(await self._look(0.0))
            if (stopping[-1].ev_w or 0.0) < STOPPED_W:
                break
            await self._clock.sleep(LOOK_S)
        before = await self._watch(BEFORE_S, self._clock.monotonic_s() + BEFORE_S)
        charge_s = max(CHARGE_S, 1.5 * self._site.settle_s)
        self._tell(
            Text("charging with {min_current} A for {charge_0d} s", min_current=MIN_CURRENT_A, charge_0d=charge_s)
        )
        released_s = self._clock.monotonic_s()
        await self._write(charger.set_pause(False))
        during = await self._watch(charge_s, released_s)
        stopped = tuple(replace(look, t_s=look.t_s - released_s) for look in stopping)
        trial = Trial(before=before, during=during, step=(), step_to_a=MIN_CURRENT_A, stopping=stopped)
        late_s = self._clock.monotonic_s() + LATE_METER_S
        while self._has_drawn(during) and trial.meter_delay_s is None and self._clock.monotonic_s() < late_s:
            if trial.during is during:
                self._tell(Text("waiting for the grid meter to show the car"))
            trial = replace(trial, during=trial.during + await self._watch(WAIT_S, released_s))
        step_to_a = MIN_CURRENT_A + self._site.current_step_a
        self._tell(Text("raising the current by one step to {step_to} A", step_to=step_to_a))
        await self._write(charger.set_current(step_to_a))
        step = await self._watch(self._device.lag_s[1] + LOOK_S, released_s)
        return replace(trial, step=step, step_to_a=step_to_a)

    @staticmethod
    def _has_drawn(looks: Sequence[Look]) -> bool:
        """Whether the car charges at the end, and the grid meter is read."""
        return bool(looks) and (looks[-1].ev_w or 0.0) > DRAWS_W and looks[-1].grid_w is not None

    async def _watch(self, seconds: float, zero_s: float) -> tuple[Look, ...]:
        end_s = self._clock.monotonic_s() + seconds
        looks = []
        while self._clock.monotonic_s() < end_s:
            await self._hold_batteries()
            looks.append(await self._look(zero_s))
            await self._clock.sleep(LOOK_S)
        return tuple(looks)

    async def _hold_batteries(self) -> None:
        """Hold the batteries at 0 W, because the grid meter would not show a car that a battery supplies."""
        for one in self._batteries:
            control, now_s = one.battery, self._clock.monotonic_s()
            if control is None or now_s - self._ordered_s.get(one.name, -1e9) < control.refresh_s:
                continue
            self._ordered_s[one.name] = now_s
            try:
                async with self._clock.timeout(one.write_deadline_s):
                    for battery in one.batteries:
                        await control.order(battery, STAND_BY)
            except (DeviceError, TimeoutError) as error:
                log.warning("%s cannot be held at 0 W: %s", one.name, error)

    async def _look(self, zero_s: float) -> Look:
        samples = await sampled_all(self._devices, self._clock)
        house = house_of(self._devices, samples)
        own = next(sample for one, sample in zip(self._devices, samples, strict=True) if one.name == self._device.name)
        ev = own.evs[0] if own.evs else None
        return Look(
            t_s=self._clock.monotonic_s() - zero_s,
            ev_w=ev.power_w.value if ev else None,
            ev_a=tuple(reading.value for reading in ev.phase_current_a) if ev else (),
            offered_a=ev.offered_a.value if ev else None,
            grid_w=house.grid_w,
            house_a=house.house_a,
            battery_w=house.battery_w,
            pv_w=house.pv_w,
        )

    async def _ev(self) -> Ev:
        sample = await sampled(self._device, self._clock)
        if not sample.evs:
            raise CannotTry(Text("{name} cannot be read", name=self._device.name))
        return sample.evs[0]

    async def _write(self, write: Awaitable[None]) -> None:
        try:
            async with self._clock.timeout(self._device.write_deadline_s):
                await write
        except TimeoutError:
            raise DeviceError(
                "timeout", Text("{name}: a write was not confirmed in time", name=self._device.name)
            ) from None

    async def _restore(self, charger: Charger, before: Before, batteries: Sequence[str]) -> None:
        """Restore the charger first. A device that cannot be restored stays on the record."""
        self._tell(Text("restoring all settings"))
        key = self._device.controlled[0]
        for attempt in range(ATTEMPTS):
            try:
                # The safer value first: a pause before the current, a current before a release.
                if before.paused:
                    await self._write(charger.set_pause(True))
                await self._write(charger.set_current(before.current_a))
                if not before.paused:
                    await self._write(charger.set_pause(False))
                if await self._is_back(before):
                    if not self._left_over:
                        self._ownership.clear(key)
                    break
            except (DeviceError, CannotTry) as error:
                log.warning("%s, attempt %d of %d: %s", self._device.name, attempt + 1, ATTEMPTS, error)
        await hand_back_all(batteries, by_key(self._devices), self._clock, self._ownership)

    async def _is_back(self, before: Before) -> bool:
        for wait_s in (self._device.lag_s[0], self._device.lag_s[1] - self._device.lag_s[0]):
            await self._clock.sleep(wait_s)
            ev = await self._ev()
            offered_a = ev.offered_a.value
            if (
                ev.paused.value == before.paused
                and offered_a is not None
                and abs(offered_a - before.current_a) <= SAME_A
            ):
                return True
        return False
