"""Hand-back: returns every device that the service wrote to to its own control, and verifies it."""

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
from optimizer.words.text import Text

log = logging.getLogger(__name__)

ATTEMPTS = 3
"""Number of writes to a charger that does not report its final setting, before this counts as a failure."""
RETRY_S = 2.0
LONGEST_S = 3600.0
"""Longer than any device needs to confirm."""
NO_DOUBT: Mapping[str, float] = {}


def by_key(devices: Iterable[Device]) -> dict[str, Device]:
    """The devices by the keys of their writable parts."""
    return {key: device for device in devices for key in device.controlled}


async def hand_back_all(
    keys: Sequence[str],
    devices: Mapping[str, Device],
    clock: Clock,
    ownership: Ownership,
    doubtful_until_s: Mapping[str, float] = NO_DOUBT,
    within_s: float = LONGEST_S,
) -> dict[str, str]:
    """Hand back `keys` in parallel. A success removes the key from the record at once.

    Returns the keys that remain, with the reason. One attempt may take a device's `hand_back_deadline_s`. Attempts
    repeat until this time has passed. The first one waits until no abandoned write can take effect any more
    (`doubtful_until_s`, monotonic, by key), because such a write would stay in force. After `within_s` the remaining
    keys stay on the record for the next start or `optimizer release`.
    """
    for key in keys:
        _say_moved(key, ownership)

    async def one(key: str) -> str:
        if (wait_s := doubtful_until_s.get(key, 0.0) - clock.monotonic_s()) > 0.0:
            await clock.sleep(wait_s)
        return await _persist(key, devices.get(key), clock, ownership.address_then(key))

    async def one_in_time(key: str) -> str:
        try:
            async with clock.timeout(within_s):
                problem = await one(key)
        except TimeoutError:
            problem = Text("not confirmed within {within} s", within=within_s)
        if problem:
            log.error("%s is not handed back: %s", key, problem)
        else:
            ownership.clear(key)
            log.info("%s is handed back", key)
        return problem

    problems = await asyncio.gather(*(one_in_time(key) for key in keys))
    return {key: problem for key, problem in zip(keys, problems, strict=True) if problem}


def _say_moved(key: str, ownership: Ownership) -> None:
    """Say that a device is handed back at another address than the one at which it was written to.

    Nothing is written to the former address. The settings mostly change because the device itself has a new address,
    and another device, which is not ours, may have the former one by now. It would also get our password.
    """
    former = ownership.moved_from(key)
    if former:
        log.warning(
            "%s was written to at another address (%s) than the settings have now (%s), and is handed back only at "
            "that of the settings. If another device is at the former address, set it by hand: it may keep its "
            "last command",
            key,
            former,
            ownership.address_now(key),
        )


async def _persist(key: str, device: Device | None, clock: Clock, address: str) -> str:
    if device is None:
        what = Text(
            "the settings no longer name this device, or forbid writing to it (`control: "
            "false`); add the device again if it is missing, then run `optimizer release`"
        )
        return Text("{what} (it was at {address})", what=what, address=address) if address else what
    start_s = clock.monotonic_s()
    failures = 0
    while True:
        try:
            await hand_back(key, device, clock)
        except DeviceError as error:
            failures += 1
            if clock.monotonic_s() - start_s >= device.hand_back_deadline_s:
                return error.message
            await clock.sleep(backoff_s(failures, RETRY_S, key))
        else:
            return ""


async def hand_back(key: str, device: Device, clock: Clock, leave: OnExit | None = None) -> None:
    """Make one attempt for one key of `device`. It returns after the verification. Raises DeviceError.

    A charger gets the setting `leave`, or its `on_exit`. The settings of its owner are restored in any case.
    """
    async with deadline(clock, device.hand_back_deadline_s, f"handing back {key}", Text("not verified")):
        if device.battery is not None and key.startswith("battery."):
            await device.battery.hand_back(key.removeprefix("battery."))
        elif device.switch is not None:
            await device.switch.rest()
        elif device.charger is not None:
            await _leave_charger(device, device.charger, clock, leave or device.on_exit)
            if isinstance(device.charger, OwnersSettings):
                await device.charger.restore()


async def _leave_charger(device: Device, charger: Charger, clock: Clock, leave: OnExit) -> None:
    """Write the final setting of a charger. A charger that refuses under its own control is already handed back."""
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
    """Write the safer value first: a pause before the current, a current before a release."""
    if on_exit == "pause":
        await charger.set_pause(True)
        await charger.set_current(MIN_CURRENT_A)
    else:
        await charger.set_current(MIN_CURRENT_A)
        await charger.set_pause(False)


def _differs(ev: Ev, on_exit: OnExit) -> str:
    """The difference between the charger's report and its final setting. Empty without a difference."""
    offered_a, paused = ev.offered_a.value, ev.paused.value
    if paused is None or offered_a is None:
        return Text("it does not report its setting: {why}", why=ev.offered_a.why or ev.paused.why)
    if paused != (on_exit == "pause"):
        wanted = Text("a pause") if on_exit == "pause" else Text("to run")
        reported = Text("a pause") if paused else Text("running")
        return Text("commanded {wanted}, it reports {value}", wanted=wanted, value=reported)
    if abs(offered_a - MIN_CURRENT_A) > SAME_A:
        return Text(
            "commanded {current_a}, it reports {offered_a}",
            current_a=MIN_CURRENT_A,
            offered_a=offered_a,
        )
    return ""
