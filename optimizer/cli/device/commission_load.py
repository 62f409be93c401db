"""The trial of a switchable load: it is switched on for a minute, and its power is measured. It is off at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from optimizer.cli.device.commission_trial import CannotTry, Tell
from optimizer.cli.device.commission_verdict import Check
from optimizer.devices.port import DeviceError, Sample
from optimizer.model.clock import Clock
from optimizer.model.reading import Reading
from optimizer.model.site import NOMINAL_VOLTAGE_V, SwitchSite
from optimizer.model.state import Switch
from optimizer.runtime.deadline import deadline
from optimizer.runtime.parts import Device
from optimizer.runtime.record.handback import by_key, hand_back_all
from optimizer.runtime.record.ownership import Ownership

log = logging.getLogger(__name__)

LOOK_S = 2.0
BEFORE_S = 12.0
ON_S = 60.0
SETTLED_S = 20.0
"""The power of the last seconds counts. A meter may be late, and a motor needs time to start."""
REPEATED_AFTER = 0.4
"""`on` is repeated after this part of the timer of the relay."""
DRAWS_W = 20.0
"""Below this power the load does not run."""
ROOM = 0.15
"""Part by which the measured power may differ from the settings, or from the grid meter."""
LEAST_W = 50.0
"""A smaller difference is none: the load of the house changes too."""
CARRIES = 0.4
"""Part of its current from which a phase of the house carries the load."""


@dataclass(frozen=True, slots=True)
class LoadLook:
    """All readings at one moment. None if unknown."""

    t_s: float
    """Time since the relay was switched on. Negative before."""
    on: bool | None = None
    power_w: float | None = None
    """By the meter of the relay."""
    supply_w: float | None = None
    """Grid, battery, and PV together: what the house consumes."""
    house_a: tuple[float | None, ...] = ()
    battery_w: float | None = None


@dataclass(frozen=True, slots=True)
class LoadTrial:
    """The observations of a trial."""

    before: tuple[LoadLook, ...]
    during: tuple[LoadLook, ...]


class LoadTrials:
    """The trial of one load."""

    def __init__(
        self,
        devices: Sequence[Device],
        load: Device,
        site: SwitchSite,
        fuse_a: float,
        clock: Clock,
        ownership: Ownership,
        tell: Tell,
    ) -> None:
        self._devices = devices
        self._device = load
        self._site = site
        self._fuse_a = fuse_a
        self._clock = clock
        self._ownership = ownership
        self._tell = tell

    async def check(self) -> None:
        """Raises CannotTry if the trial is not possible."""
        sample, look = await self._sample(self._device), await self._look(0.0)
        if not sample.switches or sample.switches[0].on.value is None:
            why = sample.switches[0].on.why if sample.switches else "no answer"
            raise CannotTry(f"{self._device.name} does not report its state: {why}")
        if sample.switches[0].blocked:
            raise CannotTry(f"{self._device.name} refuses commands: {sample.switches[0].blocked}")
        if sample.switches[0].on.value:
            raise CannotTry(f"{self._device.name} is on already. Switch it off, and try again in some minutes")
        for phase, (house_a, load_a) in enumerate(zip(look.house_a, self._site.current_a, strict=False), start=1):
            if house_a is not None and load_a > 0.0 and house_a + load_a > self._fuse_a:
                raise CannotTry(f"L{phase} carries {house_a:.0f} A. With the load it would exceed the fuse")

    async def run(self, _: None = None) -> LoadTrial:
        """Run the trial. Switches the load off in every case, and verifies it. Raises DeviceError."""
        control = self._device.switch
        assert control is not None  # the command has looked
        key = self._device.controlled[0]
        self._ownership.require(key, self._device.brand, self._clock.now())
        try:
            self._tell("measuring without the load")
            before = await self._watch(BEFORE_S, self._clock.monotonic_s() + BEFORE_S, None)
            self._tell(f"switching it on for {ON_S:.0f} s")
            on_s = self._clock.monotonic_s()
            await self._switch_on()
            return LoadTrial(before, await self._watch(ON_S, on_s, control.timer_s))
        finally:
            self._tell("switching it off")
            await hand_back_all((key,), by_key(self._devices), self._clock, self._ownership)

    async def _switch_on(self) -> None:
        control = self._device.switch
        assert control is not None
        async with deadline(self._clock, self._device.write_deadline_s, f"writing to {self._device.name}"):
            await control.switch(True)

    async def _watch(self, seconds: float, zero_s: float, timer_s: float | None) -> tuple[LoadLook, ...]:
        begun_s = repeated_s = self._clock.monotonic_s()
        looks = []
        while self._clock.monotonic_s() < begun_s + seconds:
            if timer_s is not None and self._clock.monotonic_s() > repeated_s + REPEATED_AFTER * timer_s:
                repeated_s = self._clock.monotonic_s()
                await self._switch_on()
            looks.append(await self._look(zero_s))
            await self._clock.sleep(LOOK_S)
        return tuple(looks)

    async def _look(self, zero_s: float) -> LoadLook:
        """Read all devices at the same time. Readings of a device without an answer are unknown."""
        samples = await asyncio.gather(*(self._sample(one) for one in self._devices))
        look = LoadLook(self._clock.monotonic_s() - zero_s)
        parts: list[Reading[float]] = []
        batteries: list[Reading[float]] = []
        for one, sample in zip(self._devices, samples, strict=True):
            if one.name == self._device.name and sample.switches:
                switch: Switch = sample.switches[0]
                look = replace(look, on=switch.on.value, power_w=switch.power_w.value)
            if one.grid:
                parts += [] if sample.grid is None else [sample.grid.power_w]
                amps = () if sample.grid is None else sample.grid.phase_current_a
                look = replace(look, house_a=tuple(reading.value for reading in amps))
            batteries += [battery.power_w for battery in sample.batteries if battery.name in one.batteries]
            parts += [pv.power_w for pv in sample.pvs if pv.name in one.pvs]
        measured = any(one.grid for one in self._devices)
        values = [reading.value for reading in (*parts, *batteries)]
        known = [value for value in values if value is not None]
        battery = [reading.value or 0.0 for reading in batteries]
        supply_w = sum(known) if measured and known and len(known) == len(values) else None
        return replace(look, supply_w=supply_w, battery_w=sum(battery))

    async def _sample(self, one: Device) -> Sample:
        try:
            async with self._clock.timeout(one.deadline_s):
                return await one.meter.read()
        except (DeviceError, TimeoutError) as error:
            log.warning("%s cannot be read: %s", one.name, error)
            return Sample()


def judge_load(trial: LoadTrial, site: SwitchSite) -> tuple[Check, ...]:
    """All checks, in the order of the report. Pure."""
    own_w = _last(trial, lambda look: look.power_w)
    rise_w = _rise(trial, lambda look: look.supply_w)
    measured_w = rise_w if own_w is None else own_w
    return _follows(trial), _power(measured_w, site, own=own_w is not None), _meter(own_w, rise_w), _phases(trial, site)


def _follows(trial: LoadTrial) -> Check:
    what = "the relay follows"
    seen_s = next((look.t_s for look in trial.during if look.on), None)
    if seen_s is None:
        advice = "check its channel in the settings, and whether its app or a schedule switches it"
        return Check(what, "differs", "commanded on, it reports off", advice)
    return Check(what, "as configured", f"it reported on after {seen_s:.0f} s")


def _power(measured_w: float | None, site: SwitchSite, *, own: bool) -> Check:
    what = "its power"
    if measured_w is None:
        return Check(what, "no result", "neither the relay nor the grid meter measures it")
    by = "the relay" if own else "the grid meter"
    if measured_w < DRAWS_W:
        return Check(what, "no result", f"{measured_w:z.0f} W by {by}", "its thermostat may be open. Try again later")
    seen = f"{measured_w:.0f} W by {by} (power_w: {site.power_w:g})"
    if abs(measured_w - site.power_w) <= max(LEAST_W, ROOM * site.power_w):
        return Check(what, "as configured", seen)
    why = ", because the fuses count it" if measured_w > site.power_w else ", unless it can draw more at other times"
    return Check(what, "differs", seen, f"set `power_w: {10 * round(measured_w / 10.0)}`{why}")


def _meter(own_w: float | None, rise_w: float | None) -> Check:
    what = "the grid meter"
    if rise_w is None or own_w is None or own_w < DRAWS_W:
        return Check(what, "no result", "the relay or the grid meter did not measure the load")
    seen = f"the relay measures {own_w:.0f} W, the consumption of the house rose by {rise_w:z.0f} W"
    room_w = max(LEAST_W, 2.0 * ROOM * own_w)
    if abs(rise_w - own_w) <= room_w:
        return Check(what, "as configured", seen)
    if abs(rise_w + own_w) <= room_w:
        return Check(what, "differs", seen, "the meter has the opposite sign. Import must be + (set `inverted: true`)")
    return Check(what, "no result", seen, "another load changed at the same time, or the load is behind another meter")


def _phases(trial: LoadTrial, site: SwitchSite) -> Check:
    what = "phases"
    rises = [_rise(trial, _at(phase)) for phase in range(3)]
    known = [rise for rise in rises if rise is not None]
    if len(known) < 3:
        return Check(what, "no result", "the grid meter does not measure single phases")
    own_w = _last(trial, lambda look: look.power_w)
    power_w = site.power_w if own_w is None else own_w
    battery_w = _rise(trial, lambda look: look.battery_w)
    if power_w < DRAWS_W or (battery_w is not None and abs(battery_w) > ROOM * power_w):
        why = "a battery supplied the load, or it drew nothing"
        return Check(what, "no result", why, "try again with a battery at rest")
    share_a = power_w / NOMINAL_VOLTAGE_V
    moved = tuple(at + 1 for at, rise in enumerate(known) if abs(rise) >= CARRIES * share_a / 3.0)
    if len([rise for rise in known if abs(rise) >= CARRIES * share_a]) == 1:
        moved = (max(range(3), key=lambda at: abs(known[at])) + 1,)
    if len(moved) not in (1, 3):
        return Check(what, "no result", "another load changed at the same time", "try again")
    names = ", ".join(f"L{phase}" for phase in moved)
    seen = f"the current rose on {names}"
    if not site.phase_map:
        return Check(what, "as configured", seen, f"set `phases: [{names}]`. Without it, it counts on each phase")
    if set(moved) == set(site.phase_map):
        return Check(what, "as configured", seen)
    return Check(what, "differs", seen, f"set `phases: [{names}]`")


def _at(phase: int) -> Callable[[LoadLook], float | None]:
    return lambda look: look.house_a[phase] if phase < len(look.house_a) else None


def _last(trial: LoadTrial, pick: Callable[[LoadLook], float | None]) -> float | None:
    """The mean of the last seconds. None without a value."""
    if not trial.during:
        return None
    return _mean(trial.during, pick, trial.during[-1].t_s - SETTLED_S)


def _rise(trial: LoadTrial, pick: Callable[[LoadLook], float | None]) -> float | None:
    before, during = _mean(trial.before, pick), _last(trial, pick)
    return None if before is None or during is None else during - before


def _mean(
    looks: Sequence[LoadLook], pick: Callable[[LoadLook], float | None], from_s: float = float("-inf")
) -> float | None:
    values = [value for look in looks if look.t_s >= from_s and (value := pick(look)) is not None]
    return sum(values) / len(values) if values else None
