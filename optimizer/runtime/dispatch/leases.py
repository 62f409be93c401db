"""What is due on a battery's lease: pure, so that every case can be tested without a device.

A setpoint is repeated only while a decision stands behind it. When the lease has run out nothing repeats it: a
device with a timeout of its own drops it by itself, any other is handed back.
"""

from __future__ import annotations

import math
from enum import Enum
from typing import NamedTuple

from optimizer.control.estimate.battery_commanded import charge_w
from optimizer.model.decision import BatteryAction, BatteryOrder, Command


class Due(Enum):
    """What is to be done now."""

    NOTHING = "nothing"
    WRITE = "setpoint"
    HAND_BACK = "hand_back"


class Written(NamedTuple):
    """The order that the device has."""

    order: BatteryOrder
    changed_s: float
    """Monotonic s at which it got this order."""
    at_s: float
    """Monotonic s of its last repetition."""


class Terms(NamedTuple):
    """How a battery wants to be written to."""

    refresh_s: float
    """How often a standing order is repeated."""
    min_interval_s: float
    """Least time between two changes, but for a forced charge that is lowered."""
    own_timeout_s: float | None
    """When it drops an order that nobody repeats; None: never."""


def battery_due(
    command: Command | None, written: Written | None, held: bool, terms: Terms, now_s: float
) -> tuple[Due, float]:
    """What is due, and when to look again (monotonic s) if nothing is.

    `held`: whether the device is on the record of those we have written to.
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
        # A fuse may depend on it.
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
    # Its own timeout takes over. Somebody else's writes may have kept our value alive, so look after it then.
    gone_s = written.at_s + terms.own_timeout_s
    return (Due.HAND_BACK, now_s) if now_s >= gone_s else (Due.NOTHING, gone_s)


class Gaps(NamedTuple):
    """The longest time between two writes while a setpoint was wanted."""

    last_s: float | None = None
    longest_s: float = 0.0

    def written(self, now_s: float) -> Gaps:
        """After a successful write."""
        gap_s = 0.0 if self.last_s is None else now_s - self.last_s
        return Gaps(now_s, max(self.longest_s, gap_s))

    def ended(self) -> Gaps:
        """No setpoint is wanted any more."""
        return Gaps(None, self.longest_s)
