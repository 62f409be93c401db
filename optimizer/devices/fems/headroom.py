"""How far above its DC PV a hybrid's setpoint stands while its battery takes no charge. Pure.

A hold is a setpoint of the DC PV. While the battery is full that setpoint must not equal the PV, for two reasons. An
inverter that limits its AC power to the setpoint can never show more PV than the setpoint lets through: each cloud
would lower it for good. And OpenEMS gives a GoodWe back to its own automatic mode where the setpoint equals the
surplus of a full battery. So the setpoint stands above the PV by a headroom. It grows while PV fills it, and falls
back to its least once the battery fills it instead. Without any PV it is zero, but for a short look now and then.
"""

from __future__ import annotations

from typing import NamedTuple

LEAST_W = 50.0
MOST_W = 800.0
"""Largest headroom in W: what the battery may give for the few seconds until the next look."""
ROOM_W = 300.0
"""A battery that may charge with less than this takes no more PV that is worth mentioning."""
CHARGING_W = -100.0
"""A battery with this power or less is charging, whatever it says it may."""
FULL_PERCENT = 99.0
"""Stands in where the Edge does not tell what the battery allows."""
DARK_W = 20.0
LOOK_EVERY_S = 300.0
"""In the dark a look for PV is made so often …"""
LOOK_S = 8.0
"""… and lasts this long: two writes and the cycles until they show."""
FILLED = 0.5
"""Share of the headroom from which PV, or the battery, counts as filling it."""
NEAR_W = 15.0
"""A setpoint nearer to the PV than this is written again at once."""
SETTLES_S = 3.0
"""A setpoint is in force, and its effect is in the readings, after this long."""
MOVED_W = 200.0
"""So is one whose DC PV has moved by more than this since."""


class Seen(NamedTuple):
    """What a headroom is judged by."""

    dc_pv_w: float
    battery_w: float | None
    """+ discharge."""
    may_charge_w: float | None
    """What the battery may take, in W (>= 0)."""
    soc_percent: float | None
    at_s: float


class Headroom(NamedTuple):
    """The state of one battery's headroom."""

    watts: float = 0.0
    base_w: float = 0.0
    """DC PV for which the setpoint was last written."""
    at_s: float = float("-inf")
    """When that was."""
    look_at_s: float = float("-inf")
    """When the last look for PV in the dark began."""

    @property
    def top_w(self) -> float:
        """DC PV with the headroom: what the setpoint is made of."""
        return self.base_w + self.watts


def takes_no_charge(seen: Seen) -> bool:
    """Whether PV that does not leave by AC has nowhere to go."""
    if seen.battery_w is not None and seen.battery_w <= CHARGING_W:
        return False
    if seen.may_charge_w is not None:
        return seen.may_charge_w < ROOM_W
    return seen.soc_percent is not None and seen.soc_percent >= FULL_PERCENT


def next_headroom(before: Headroom | None, seen: Seen) -> Headroom:
    """The headroom to write now."""
    base_w = seen.dc_pv_w
    look_at_s = before.look_at_s if before is not None else float("-inf")
    if not takes_no_charge(seen):
        return Headroom(0.0, base_w, seen.at_s, look_at_s)
    watts = LEAST_W
    if before is not None and before.watts > 0.0 and _pv_fills(before, seen):
        watts = min(MOST_W, 2.0 * before.watts)
    if base_w < DARK_W:
        # PV may be there and held down, or it may be night: the battery then gives what the look asks for.
        if seen.at_s - look_at_s >= LOOK_EVERY_S:
            look_at_s = seen.at_s
        if seen.at_s - look_at_s > LOOK_S:
            watts = 0.0
    return Headroom(watts, base_w, seen.at_s, look_at_s)


def is_stale(written: Headroom, seen: Seen) -> bool:
    """Whether a setpoint that was made with `written` is to be written again at once."""
    if abs(seen.dc_pv_w - written.base_w) > MOVED_W:
        return True
    if not takes_no_charge(seen):
        return written.watts > 0.0
    if seen.at_s - written.at_s < SETTLES_S:
        return seen.dc_pv_w >= written.top_w - NEAR_W and written.watts <= LEAST_W
    if seen.dc_pv_w < DARK_W:
        looking = seen.at_s - written.look_at_s <= LOOK_S
        return seen.at_s - written.look_at_s >= LOOK_EVERY_S or (written.watts > 0.0) != looking
    return (written.watts <= LEAST_W and _pv_fills(written, seen)) or written.watts > LEAST_W


def _pv_fills(written: Headroom, seen: Seen) -> bool:
    """Whether the PV has come up to what the setpoint lets through."""
    return seen.dc_pv_w >= written.base_w + FILLED * written.watts
