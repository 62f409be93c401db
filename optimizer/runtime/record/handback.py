"""Handing back: every device that we wrote to goes back to its own control, and that is verified."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence

from optimizer.control.limiter import SAME_A
from optimizer.devices.port import Charger, DeviceError, OwnersSettings
from optimizer.model.clock import Clock
from optimizer.model.site import MIN_CURRENT_A
from optimizer.model.state import Ev
from optimizer.runtime.deadline import deadline
from optimizer.runtime.pacing import backoff_s
from optimizer.runtime.parts import Device, OnExit
from optimizer.runtime.record.ownership import Ownership

log = logging.getLogger(__name__)

ATTEMPTS = 3
"""How often a charger that does not report what it was left with is written to before that counts as a failure."""
RETRY_S = 2.0
LONGEST_S = 3600.0
"""More than any device needs to confirm."""
NO_DOUBT: Mapping[str, float] = {}


def by_key(devices: Iterable[Device]) -> dict[str, Device]:
    """The devices by the keys of what may be written on them."""
    return {key: device for device in devices for key in device.controlled}


async def hand_back_all(
    keys: Sequence[str],
    devices: Mapping[str, Device],
    clock: Clock,
    ownership: Ownership,
    doubtful_until_s: Mapping[str, float] = NO_DOUBT,
    within_s: float = LONGEST_S,
) -> dict[str, str]:
    """Hand back `keys`, all at once; each that succeeds is struck off the record at once.

    Returns what is left: key to the reason. One attempt may take a device's `hand_back_deadline_s`; attempts
    are repeated until that much time has passed. It begins only when no write that was given up can still take
    effect (`doubtful_until_s`, monotonic, by key): with nobody there any more, that one would stay in force.
    After `within_s` it leaves the rest to whoever reads the record next.
    """

    async def one(key: str) -> str:
        if (wait_s := doubtful_until_s.get(key, 0.0) - clock.monotonic_s()) > 0.0:
            await clock.sleep(wait_s)
        return await _persist(key, devices.get(key), clock)

    async def one_in_time(key: str) -> str:
        try:
            async with clock.timeout(within_s):
                problem = await one(key)
        except TimeoutError:
            problem = f"not confirmed within {within_s:g} s"
        if problem:
            log.error("%s is not handed back: %s", key, problem)
        else:
            ownership.clear(key)
            log.info("%s is handed back", key)
        return problem

    problems = await asyncio.gather(*(one_in_time(key) for key in keys))
    return {key: problem for key, problem in zip(keys, problems, strict=True) if problem}


async def _persist(key: str, device: Device | None, clock: Clock) -> str:
    if device is None:
        return (
            "the settings no longer name this device, or forbid writing to it (`control: false`); in the second case "
            "`optimizer release` hands it back, in the first one put it back for one `optimizer release`"
        )
    start_s = clock.monotonic_s()
    failures = 0
    while True:
        try:
            await hand_back(key, device, clock)
        except DeviceError as error:
            failures += 1
            if clock.monotonic_s() - start_s >= device.hand_back_deadline_s:
                return str(error)
            await clock.sleep(backoff_s(failures, RETRY_S, key))
        else:
            return ""


async def hand_back(key: str, device: Device, clock: Clock, leave: OnExit | None = None) -> None:
    """One attempt for one key of `device`; returns once verified, raises DeviceError.

    A charger is left as `leave` says, otherwise as its `on_exit` does. Its owner's settings are put back in any case.
    """
    async with deadline(clock, device.hand_back_deadline_s, f"handing back {key}", "not verified"):
        if device.battery is not None and key.startswith("battery."):
            await device.battery.hand_back(key.removeprefix("battery."))
        elif device.charger is not None:
            await _leave_charger(device, device.charger, clock, leave or device.on_exit)
            if isinstance(device.charger, OwnersSettings):
                await device.charger.restore()


async def _leave_charger(device: Device, charger: Charger, clock: Clock, leave: OnExit) -> None:
    """A charger that refuses because it is under its own control has what a hand-back is for."""
    if leave == "keep":
        return
    seen = ""
    for _ in range(ATTEMPTS):
        try:
            await _write(charger, leave)
        except DeviceError as error:
            if error.fault == "refused" and (await device.meter.read()).evs[0].blocked:
                return
            raise
        for wait_s in (device.lag_s[0], device.lag_s[1] - device.lag_s[0]):
            await clock.sleep(wait_s)
            ev = (await device.meter.read()).evs[0]
            if ev.blocked or not (seen := _differs(ev, leave)):
                return
    raise DeviceError("refused", seen)


async def _write(charger: Charger, on_exit: OnExit) -> None:
    """The safer value first: a pause before the current, a current before a release."""
    if on_exit == "pause":
        await charger.set_pause(True)
        await charger.set_current(MIN_CURRENT_A)
    else:
        await charger.set_current(MIN_CURRENT_A)
        await charger.set_pause(False)


def _differs(ev: Ev, on_exit: OnExit) -> str:
    """What of the charger's report is not as it was left; empty when all is."""
    offered_a, paused = ev.offered_a.value, ev.paused.value
    if paused is None or offered_a is None:
        return f"it does not say how it is set: {ev.offered_a.why or ev.paused.why}"
    if paused != (on_exit == "pause"):
        return f"told to {on_exit}, it reports {'a pause' if paused else 'running'}"
    if abs(offered_a - MIN_CURRENT_A) > SAME_A:
        return f"told {MIN_CURRENT_A} A, it reports {offered_a:.1f} A"
    return ""
