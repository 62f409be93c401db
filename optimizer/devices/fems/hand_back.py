"""Withdraw all values of a battery, and see that the Edge no longer follows any of them."""

from __future__ import annotations

from optimizer.devices.fems.channels import EQUALS, number
from optimizer.devices.fems.config import EssConfig, FemsConfig
from optimizer.devices.fems.setpoint import MOST_W
from optimizer.devices.fems.wire import FemsWire, Found
from optimizer.devices.fems.worker_log import standing
from optimizer.devices.fems.written import Written
from optimizer.devices.port import DeviceError
from optimizer.model.clock import Clock
from optimizer.words.text import Text

CYCLE_S = 1.0
"""The Edge applies what was written after one or two of these."""
VERIFY_CYCLES = 5
BALANCED_W = 100.0
"""Self-consumption keeps the grid this near to zero."""


class HandBack:
    """The hand-backs of one Edge's batteries."""

    def __init__(self, config: FemsConfig, wire: FemsWire, clock: Clock, written: Written) -> None:
        self._timeout_s = config.api_timeout_s
        self._wire = wire
        self._clock = clock
        self._written = written
        self._doubted_w: dict[str, float] = {}
        """Setpoints that stayed after a withdrawal, by battery; whether they are ours, nobody knows."""

    def is_due(self, battery: str) -> bool:
        """Whether anything of ours may stand. Once withdrawn is enough: each write restarts the timer of all values."""
        return self._written.may_hold(battery) or battery in self._doubted_w

    def begin_anew(self, battery: str) -> None:
        """A new value is being set: forget the doubt about an earlier one."""
        self._doubted_w.pop(battery, None)

    async def run(self, ess: EssConfig) -> None:
        """Withdraw everything by null. Returns when the Edge no longer follows what we set; raises DeviceError.

        The log of the REST controller shows which values stand. If none of this battery stands, it is handed back.
        Some Edges have no such log. It also stops while another client's value is no number. In both cases the
        setpoint in force decides. It must leave the value that we held, unless that is 0 or an end of the allowed
        range, which the Edge's own control may want too.

        After a restart, or after bounds, we do not know what we held. The setpoint that is seen first must then be
        left, unless the grid is near zero with it, as self-consumption has it. An Edge that reports no setpoint or no
        grid power is believed.

        A setpoint that another controller or client holds looks the same as ours. It is refused until the Edge's own
        timeout has dropped all that we set, without a further write of ours. Without a timeout it is always refused.
        """
        battery, written = ess.name, self._written
        held_w = written.equals_w(battery)
        if not self._left_to_its_timeout(battery):
            written.expect(battery, written.withdrawable)
        await written.withdraw(battery, written.withdrawable)
        if not written.may_hold(battery) and await self._nothing_stands(ess):
            self._doubted_w.pop(battery, None)
            return
        follows_w = await self._follows_on(ess, held_w)
        if follows_w is None or (battery in self._doubted_w and self._has_dropped_all()):
            self._doubted_w.pop(battery, None)
            return
        if held_w is None:
            self._doubted_w[battery] = follows_w
        else:
            written.expect(battery, (EQUALS,), held_w)
        raise DeviceError(
            "refused",
            Text(
                "{component} still follows {follows} W after its withdrawal; somebody else may set it",
                component=ess.component,
                follows=follows_w,
            ),
        )

    async def _nothing_stands(self, ess: EssConfig) -> bool:
        """Whether the Edge's log shows none of our values any more; False too where it does not tell."""
        ours = {f"{ess.component}/{channel}" for channel in self._written.withdrawable}
        for cycle in range(VERIFY_CYCLES + 1):
            if cycle:
                await self._clock.sleep(CYCLE_S)
            stands = standing(await self._wire.log())
            if stands is None:
                return False
            if not ours & stands.keys():
                return True
        return False

    def _left_to_its_timeout(self, battery: str) -> bool:
        """Whether all was withdrawn before without a visible effect. A further write would only restart the timer."""
        return self._timeout_s > 0 and battery in self._doubted_w

    def _has_dropped_all(self) -> bool:
        """Whether the Edge has by now dropped by itself whatever we set."""
        return 0 < self._timeout_s <= self._clock.monotonic_s() - self._written.at_s

    async def _follows_on(self, ess: EssConfig, held_w: int | None) -> float | None:
        """The setpoint in W that stays in force for all the cycles that a withdrawal may take, if one does.

        Asks once at least, to see that the Edge answers.
        """
        from_w = self._doubted_w.get(ess.name) if held_w is None else held_w
        for cycle in range(VERIFY_CYCLES + 1):
            if cycle:
                await self._clock.sleep(CYCLE_S)
            found = await self._wire.poll()
            in_force_w, at_end = _setpoint(ess, found)
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
