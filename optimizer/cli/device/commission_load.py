"""The trial of a switchable load: it is switched on for a minute. It is off at the end, in every case."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.cli.device.commission_load_verdict import LoadLook, LoadTrial
from optimizer.cli.device.commission_readings import house_of, sampled, sampled_all
from optimizer.cli.device.commission_trial import BEFORE_S, LOOK_S, CannotTry, Tell
from optimizer.model.clock import Clock
from optimizer.model.site import SwitchSite
from optimizer.runtime.deadline import deadline
from optimizer.runtime.parts import Device
from optimizer.runtime.record.handback import by_key, hand_back_all
from optimizer.runtime.record.ownership import Ownership
from optimizer.words.text import Text

TRIES = 3
"""Number of readings of the grid meter before it counts as silent."""
ON_S = 60.0
REPEATED_AFTER = 0.4
"""`on` is repeated after this part of the timer of the relay."""


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
        sample, in_house_a = await sampled(self._device, self._clock), await self._house_a()
        if not sample.switches or sample.switches[0].on.value is None:
            why = sample.switches[0].on.why if sample.switches else Text("no answer")
            raise CannotTry(Text("{name} does not report its state: {why}", name=self._device.name, why=why))
        if sample.switches[0].blocked:
            raise CannotTry(
                Text("{name} refuses commands: {blocked}", name=self._device.name, blocked=sample.switches[0].blocked)
            )
        if sample.switches[0].on.value:
            raise CannotTry(
                Text("{name} is on already. Switch it off, and try again in some minutes", name=self._device.name)
            )
        for phase, (house_a, load_a) in enumerate(zip(in_house_a, self._site.current_a, strict=False), start=1):
            if house_a is not None and load_a > 0.0 and house_a + load_a > self._fuse_a:
                raise CannotTry(
                    Text(
                        "L{phase} carries {house} A. With the load it would exceed the fuse",
                        phase=phase,
                        house=round(house_a),
                    )
                )

    async def _house_a(self) -> tuple[float | None, ...]:
        """The current of the house by phase. Raises CannotTry if its meter does not answer."""
        meters = [one for one in self._devices if one.grid]
        for _ in range(TRIES):
            samples = await sampled_all(meters, self._clock)
            if all(sample.grid is not None for sample in samples):
                return house_of(meters, samples).house_a
            await self._clock.sleep(LOOK_S)
        raise CannotTry(Text("the grid meter does not answer, so the current at the fuse is unknown"))

    async def run(self, _: None = None) -> LoadTrial:
        """Run the trial. Switches the load off in every case, and verifies it. Raises DeviceError."""
        control = self._device.switch
        assert control is not None  # the command has looked
        key = self._device.controlled[0]
        self._ownership.require(key, self._device.brand, self._clock.now())
        try:
            self._tell(Text("measuring without the load"))
            before = await self._watch(BEFORE_S, self._clock.monotonic_s() + BEFORE_S, None)
            self._tell(Text("switching it on for {on_0d} s", on_0d=ON_S))
            on_s = self._clock.monotonic_s()
            await self._switch_on()
            return LoadTrial(before, await self._watch(ON_S, on_s, control.timer_s))
        finally:
            self._tell(Text("switching it off"))
            await hand_back_all((key,), by_key(self._devices), self._clock, self._ownership)

    async def _switch_on(self) -> None:
        control = self._device.switch
        assert control is not None
        async with deadline(
            self._clock, self._device.write_deadline_s, Text("writing to {name}", name=self._device.name)
        ):
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
        samples = await sampled_all(self._devices, self._clock)
        house = house_of(self._devices, samples)
        switch = next(
            (sample.switches[0] for one, sample in zip(self._devices, samples, strict=True)
             if one.name == self._device.name and sample.switches),
            None,
        )  # fmt: skip
        return LoadLook(
            t_s=self._clock.monotonic_s() - zero_s,
            on=None if switch is None else switch.on.value,
            power_w=None if switch is None else switch.power_w.value,
            supply_w=house.supply_w,
            house_a=house.house_a,
            battery_w=house.battery_w,
        )
