"""A GivEnergy inverter as a meter and as a battery that follows orders, minute by minute."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import time
from functools import partial

import httpx

from optimizer.devices.givtcp.cache import Cache
from optimizer.devices.givtcp.call import TABLE, call
from optimizer.devices.givtcp.config import GivTcpConfig
from optimizer.devices.givtcp.documented import documented
from optimizer.devices.givtcp.gateway import COMMAND_S, GIVE_UP_S, OPTIONAL, Command, Fresh, Gateway, MissingRoute
from optimizer.devices.givtcp.plan import needs_rates, restored, wanted, without_leases
from optimizer.devices.givtcp.settings import (
    ECO_FLAGS,
    MODE,
    RATES,
    Rank,
    WantedSettings,
    Write,
    before,
    in_one_go,
    same,
    snapshot,
    writes,
)
from optimizer.devices.givtcp.stuck import Stuck, advice
from optimizer.devices.givtcp.wear import Wear
from optimizer.devices.keep import Keep
from optimizer.devices.port import DeviceError, Identity, Sample, Value
from optimizer.devices.raw import UNHEARD, Outcome, Progress, RawCommand
from optimizer.model.clock import Clock
from optimizer.model.decision import BatteryAction, BatteryOrder
from optimizer.words.text import Text

REFRESH_S = 60.0
LATE_REFRESH_S = 10.0
"""The same while a command that was given up may still take effect."""
RATE_PAUSE_S = {True: 60.0, False: 300.0}
"""Least time before a rate is raised again, with and without real-time control."""
QUIET_LOOK_S = 10.0
STALE_S = 180.0
"""Nothing is written on an older cache: the inverter behind it does not answer."""
MOST_WRITES = 30
"""One order or hand-back needs far fewer; more would be two that undo each other."""

NO_RATES = Text(
    "GivTCP cannot set the rates of this inverter: it shows a largest rate of 0 W and "
    "would set the full rate for any order. Only a pause is possible; set `control: "
    "false` for this battery"
)

Plan = Callable[[Cache, time], WantedSettings]
"""From a cache and the inverter's local time to all that is wanted."""


class GivTcp:
    """One inverter: Meter, BatteryControl, Identified, Permission, Documented and RawCommands.

    It follows plans, in minutes.
    """

    def __init__(
        self, config: GivTcpConfig, clock: Clock, keep: Keep, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Opens nothing yet. Raises ValueError for a URL that cannot be used; `transport` is for tests."""
        self.gateway = Gateway(
            config.url,
            config.timeout_s,
            clock,
            wear=Wear(config.name, config.flash_writes_a_day, clock, keep),
            transport=transport,
        )
        self._config = config
        self._clock = clock
        self._keep = keep
        self._turn = asyncio.Lock()
        self._rate_at_s: dict[str, float] = {}
        self._stuck = Stuck(clock)
        self._born_s = clock.monotonic_s()
        if keep.load(config.name) is not None:
            self.gateway.quiet_until_s = self._born_s + COMMAND_S
        self._ours = False
        """Whether all commands since the snapshot were sent in this life of the program."""

    @property
    def refresh_s(self) -> float:
        """The interval at which an order in force is repeated, s. A repetition writes differences and extends slots."""
        return LATE_REFRESH_S if self._clock.monotonic_s() < self.gateway.late_s else REFRESH_S

    async def read(self) -> Sample:
        """The cache, with the time at which GivTCP last asked the inverter."""
        fresh = await self.gateway.read()
        return fresh.cache.sample(self._config.name, fresh.at_s)

    async def close(self) -> None:
        """Release the connection; never raises."""
        await self.gateway.http.close()

    async def identify(self) -> Identity:
        """Model, serial and firmware of the inverter."""
        cache = (await self.gateway.read()).cache
        return Identity("GivEnergy", cache.plate.model, cache.plate.serial, cache.plate.firmware)

    async def may_write(self) -> str:
        """The reason why orders with a rate would be refused. Empty if they would be taken."""
        cache = (await self.gateway.read()).cache
        return "" if cache.plate.rates_settable else NO_RATES

    @property
    def commands(self) -> Mapping[str, RawCommand]:
        """Every command of GivTCP's document, those of the charger too."""
        return TABLE

    async def call(self, name: str, body: Mapping[str, object], progress: Progress = UNHEARD) -> Outcome:
        """Send a command as it is, alone in flight, and watch the cache for what it changes."""
        return await call(self.gateway, self._clock, name, body, progress)

    async def documented(self) -> tuple[Value, ...]:
        """All that the cache names, but its raw registers."""
        fresh = await self.gateway.read()
        return documented((await self.gateway.http.get_json("/getCache")).body, fresh.at_s)

    async def order(self, battery: str, order: BatteryOrder) -> None:
        """Write what differs, one command after another, each verified; takes minutes where the cache is slow.

        Safe to cut off at any moment: the next call goes on from what the cache then shows.
        """
        if order.action is BatteryAction.AUTO:
            await self.hand_back(battery)
            return
        async with self._turn:
            fresh = await self._fresh()
            limits_w = (self._config.max_charge_w, self._config.max_discharge_w)
            missing = self.gateway.missing
            if not fresh.cache.plate.rates_settable and needs_rates(
                order, fresh.cache, self._local(fresh), limits_w, missing
            ):
                raise DeviceError("refused", Text("{name}: {no_rates}", name=self.gateway.http.name, no_rates=NO_RATES))
            kept = self._keep.load(self._config.name)
            if not kept:
                self._ours = kept is None
                kept = self._snapshot(fresh, lost=kept is not None)
            owners = before(kept)

            def plan(cache: Cache, now: time) -> WantedSettings:
                return wanted(order, cache, now, owners, limits_w, missing)

            await self._converge(plan, fresh)

    async def hand_back(self, battery: str) -> None:
        """Eco, then all settings as they were; returns once newer caches show each of them.

        Those of a rank are written in one go: a wait for each of them would outlast the time that an end has. It goes
        on looking for as long as a command of ours that does not put back what the owner had, or any of a program that
        died, may still have its effect. A setting that GivTCP does not put back is soon left alone; DeviceError refused
        says what the owner has to do, and the record stays.
        """
        async with self._turn:
            kept = self._keep.load(self._config.name)
            if kept is None:
                # Nothing is written before the snapshot is on disk, so nothing of ours is in there.
                return
            if not kept:
                kept = without_leases(snapshot((await self._fresh()).cache))
                with suppress(DeviceError):  # a broken disk must not keep what is ours in force
                    self._keep.save(self._config.name, kept)
            owners = before(kept)
            while True:
                fresh = await self._fresh()
                if not all(same(fresh.cache, name, value) for name, value in self._back(fresh.cache, owners).items()):
                    fresh = await self._to_eco(fresh, owners)
                    await self._converge(lambda cache, _now: self._back(cache, owners), fresh, back=True)
                wait_s = self._quiet_s() - self._clock.monotonic_s()
                if wait_s <= 0.0:
                    break
                await self._clock.sleep(min(wait_s, QUIET_LOOK_S))
            self._keep.save(self._config.name, None)
            self._stuck.clear()
            self._ours = False

    def _back(self, cache: Cache, owners: WantedSettings) -> WantedSettings:
        return restored(owners, cache, self.gateway.missing)

    def _snapshot(self, fresh: Fresh, *, lost: bool) -> WantedSettings:
        """The settings to put back in the end, on disk. Without our leases if the first record of them is lost."""
        kept = without_leases(snapshot(fresh.cache)) if lost else snapshot(fresh.cache)
        self._keep.save(self._config.name, kept)
        return kept

    def _quiet_s(self) -> float:
        """From when on a cache shows all that was ever sent."""
        unknown_s = 0.0 if self._ours else max(self._born_s, self.gateway.moved_s) + GIVE_UP_S
        return max(self.gateway.late_s, unknown_s)

    async def _to_eco(self, fresh: Fresh, owners: WantedSettings) -> Fresh:
        """Out of a mode of ours first, so that nothing is forced while the rest is put back."""
        if same(fresh.cache, MODE, "Eco") or all(same(fresh.cache, flag, owners.get(flag, "")) for flag in ECO_FLAGS):
            return fresh
        # Late, it would undo a mode of the owner that is another one.
        restores = all(owners.get(flag) == value for flag, value in ECO_FLAGS.items())
        to_eco = Write(setting=MODE, value="Eco", command="setBatteryMode", body={"mode": "Eco"}, rank=Rank.ENDS)
        if not self._stuck.without([to_eco]):
            raise DeviceError("refused", advice([to_eco], self.gateway.http.name))
        await self._write(to_eco, cache=fresh.cache, back=True, restores=restores)
        return await self._fresh()

    async def _converge(self, plan: Plan, fresh: Fresh, *, back: bool = False) -> None:
        """Write what differs from the plan until nothing does.

        An order sends at once what ends and restricts. Each write that raises or starts waits for the one before it,
        so that nothing is switched on before its rate and its slot are seen. `back` to the owner's settings, each rank
        goes at once, and exactly. In either case a forced charge is seen to have ended before its rate is raised or a
        discharge may start, and the other way round.
        """
        for _ in range(MOST_WRITES):
            now = self._local(fresh)
            due = writes(fresh.cache, plan(fresh.cache, now), now, dead_band=not back)
            if not back and all(write.setting in RATES for write in due):
                due = [write for write in due if self._may(write, fresh.cache)]
            if not due:
                return
            possible = self._stuck.without(due) if back else due
            if not possible:
                raise DeviceError("refused", advice(due, self.gateway.http.name))
            try:
                await self._write(*in_one_go(possible, back=back), cache=fresh.cache, back=back, restores=back)
            except MissingRoute as missing:
                for write in due:
                    if back and write.command == missing.command:
                        self._stuck.refused(write.setting)
                if missing.command not in OPTIONAL and not back:
                    raise
            fresh = await self._fresh()
        raise DeviceError(
            "refused",
            Text(
                "{name}: settings do not stay as written: {setting}",
                name=self.gateway.http.name,
                setting=due[0].setting,
            ),
        )

    async def _write(self, *due: Write, cache: Cache, back: bool, restores: bool) -> None:
        await self.gateway.carry_out(
            *(
                Command(
                    write.command,
                    write.body,
                    done=partial(same, name=write.setting, value=write.value),
                    # With real-time control all that is written here is volatile.
                    wears=0 if cache.real_time else write.registers,
                    restores=restores,
                    back=back,
                    answered=partial(self._stuck.tried, write.setting) if back else nothing,
                )
                for write in due
            )
        )
        # One that had no effect does not count: what comes after it in an order must not run at the rate from before.
        self._rate_at_s |= {write.setting: self._clock.monotonic_s() for write in due if write.setting in RATES}

    def _may(self, write: Write, cache: Cache) -> bool:
        """Raising a rate waits for its turn; the next repetition of the order brings it. Lowering it never waits."""
        if write.rank < Rank.RAISES:
            return True
        at_s = self._rate_at_s.get(write.setting)
        return at_s is None or self._clock.monotonic_s() - at_s >= RATE_PAUSE_S[cache.real_time]

    def _local(self, fresh: Fresh) -> time:
        return fresh.cache.clock(self._clock.monotonic_s() - fresh.at_s)

    async def _fresh(self) -> Fresh:
        """A cache to plan on: after all that is still in flight, and not too old."""
        await self.gateway.settled()
        fresh = await self.gateway.read()
        await self.gateway.learn(fresh.cache.version)
        age_s = self._clock.monotonic_s() - fresh.at_s
        if age_s > STALE_S:
            raise DeviceError(
                "unreachable",
                Text(
                    "{name}: the last news of the inverter is {age} s old, whatever GivTCP's status "
                    "says; nothing is written (or is its clock wrong?)",
                    name=self.gateway.http.name,
                    age=round(age_s),
                ),
            )
        return fresh


def nothing() -> None:
    """Called after GivTCP has taken the command of an order."""
