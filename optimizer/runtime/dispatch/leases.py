"""The action that is due on a battery's lease. Pure, so that every case can be tested without a device.

A setpoint is repeated only during the lease of a decision. After the lease it is not repeated. A device with its own
timeout then drops it. Any other device is handed back.
"""

from __future__ import annotations

import math
from enum import Enum
from typing import NamedTuple

from optimizer.control.estimate.battery_commanded import charge_w
from optimizer.model.decision import BatteryAction, BatteryOrder, Command


class Due(Enum):
    """The action that is due."""

    NOTHING = "nothing"
    WRITE = "setpoint"
    HAND_BACK = "hand_back"


class Written(NamedTuple):
    """The last order that was written to the device."""

    order: BatteryOrder
    changed_s: float
    """Monotonic s of the first write of this order."""
    at_s: float
    """Monotonic s of its last write."""


class Terms(NamedTuple):
    """The write intervals of a battery."""

    refresh_s: float
    """Interval at which an order in force is repeated."""
    min_interval_s: float
    """Shortest time between two changes, except for a lower forced charge."""
    own_timeout_s: float | None
    """Time after which it drops an order without a repetition. None: never."""


def battery_due(
    command: Command | None, written: Written | None, held: bool, terms: Terms, now_s: float
) -> tuple[Due, float]:
    """The action that is due, and the monotonic s of the next check if none is.

    `held`: whether the device is on the record of devices written to.
    """
    if command is None or not isinstance(command.order, BatteryOrder):
        return Due.NOTHING, math.inf
    if now_s >= command.expires_s:
        return _lapsed(written, held, terms, now_s)
    if command.order.action is BatteryAction.AUTO:
        return (Due.HAND_BACK, now_s) if held else (Due.NOTHING, math.inf)
    if written is None:
        return Due.WRITE, now_s
    if command.order == written.order:
        due_s = written.at_s + terms.refresh_s
    elif charge_w(command.order) < charge_w(written.order):
        # A fuse may need the lower power.
        due_s = now_s
    else:
        due_s = written.changed_s + terms.min_interval_s
    if now_s >= due_s:
        return Due.WRITE, now_s
    return Due.NOTHING, min(due_s, command.expires_s)


def _lapsed(written: Written | None, held: bool, terms: Terms, now_s: float) -> tuple[Due, float]:
    if not held:
        return Due.NOTHING, math.inf
    if terms.own_timeout_s is None or written is None:
        return Due.HAND_BACK, now_s
    # Its own timeout ends the setpoint. Writes of another program may have kept it in force, so check after it.
    gone_s = written.at_s + terms.own_timeout_s
    return (Due.HAND_BACK, now_s) if now_s >= gone_s else (Due.NOTHING, gone_s)


class Gaps(NamedTuple):
    """The longest time between two writes while a setpoint was in force."""

    last_s: float | None = None
    longest_s: float = 0.0

    def written(self, now_s: float) -> Gaps:
        """The gaps after a successful write."""
        gap_s = 0.0 if self.last_s is None else now_s - self.last_s
        return Gaps(now_s, max(self.longest_s, gap_s))

    def ended(self) -> Gaps:
        """The gaps after the end of a setpoint."""
        return Gaps(None, self.longest_s)
