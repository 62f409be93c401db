"""The distance of a hybrid's setpoint from its DC PV while its battery takes no charge. Pure.

A hold is a setpoint of the DC PV. While the battery is full that setpoint must not equal the PV, for two reasons. An
inverter that limits its AC power to the setpoint can never show more PV than the setpoint lets through: each cloud
would lower it for good. And OpenEMS gives a GoodWe back to its own automatic mode where the setpoint equals the
surplus of a full battery.

So the setpoint stands above the PV by a headroom. It grows while PV fills it, and falls back to its least once the
battery fills it instead. Now and then a trial sets it below the PV. If the PV stays above such a setpoint, the
inverter does not limit PV. The setpoint then remains below the PV, and the battery gives nothing.

Without any PV the headroom is zero, but for a short look now and then. Looks are frequent while another roof has sun.
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
LOOK_IN_DAYLIGHT_EVERY_S = 30.0
"""… or so often while another roof has at least DAYLIGHT_W …"""
DAYLIGHT_W = 100.0
LOOK_S = 8.0
"""… and lasts this long: two writes and the cycles until they show."""
FILLED = 0.5
"""Share of the headroom from which PV, or the battery, counts as filling it."""
NEAR_W = 15.0
"""A setpoint nearer to the PV than this is written again at once."""
TRIAL_EVERY_S = 120.0
"""Least time from one trial below the PV to the next."""
TRIAL_LEAST_PV_W = 200.0
"""No trial with less PV: it could put out all of it."""
SETTLES_S = 3.0
"""A setpoint is in force, and its effect is in the readings, after this long."""
MOVED_W = 200.0
"""So is one whose DC PV has moved by more than this since."""


class HeadroomInputs(NamedTuple):
    """The readings that a headroom follows from."""

    dc_pv_w: float
    battery_w: float | None
    """+ discharge."""
    may_charge_w: float | None
    """The power that the battery may take, W ≥ 0."""
    soc_percent: float | None
    at_s: float
    other_pv_w: float | None = None
    """PV of all other roofs."""


class Headroom(NamedTuple):
    """The state of one battery's headroom."""

    watts: float = 0.0
    """Setpoint above the DC PV in W; negative: below it."""
    base_w: float = 0.0
    """DC PV in W for which the setpoint was last written."""
    at_s: float = float("-inf")
    """When that was."""
    look_at_s: float = float("-inf")
    """When the last look for PV in the dark began."""
    trial_at_s: float = float("-inf")
    """When the last trial below the PV began, or the last one was contradicted."""
    lets_pv_pass: bool = False
    """Whether PV was seen above a setpoint: the inverter does not limit its PV to the setpoint."""

    @property
    def top_w(self) -> float:
        """DC PV with the headroom: what the setpoint is made of."""
        return self.base_w + self.watts


def takes_no_charge(seen: HeadroomInputs) -> bool:
    """Whether PV that does not leave by AC has nowhere to go."""
    if seen.battery_w is not None and seen.battery_w <= CHARGING_W:
        return False
    if seen.may_charge_w is not None:
        return seen.may_charge_w < ROOM_W
    return seen.soc_percent is not None and seen.soc_percent >= FULL_PERCENT


def next_headroom(before: Headroom | None, seen: HeadroomInputs) -> Headroom:
    """The headroom to write now."""
    now = _learned(before or Headroom(), seen)._replace(base_w=seen.dc_pv_w, at_s=seen.at_s)
    if not takes_no_charge(seen):
        return now._replace(watts=0.0)
    if before is not None and _may_be_held_down(before, seen):
        return before
    if seen.dc_pv_w < DARK_W:
        return _in_the_dark(now, seen)
    if before is not None and before.watts < 0.0 and _stays(before, now, seen):
        return before._replace(lets_pv_pass=now.lets_pv_pass)
    if now.lets_pv_pass:
        return now._replace(watts=_below_w(seen))
    if before is not None and _may_try(before, seen):
        return now._replace(watts=_below_w(seen), trial_at_s=seen.at_s)
    if before is not None and before.watts > 0.0 and _pv_fills(before, seen):
        return now._replace(watts=min(MOST_W, 2.0 * before.watts))
    return now._replace(watts=LEAST_W)


def without_trial(before: Headroom, seen: HeadroomInputs) -> Headroom:
    """For a setpoint far from the PV, which tells nothing of the inverter: no trial for TRIAL_EVERY_S."""
    return before._replace(watts=0.0, trial_at_s=seen.at_s)


def is_stale(written: Headroom, seen: HeadroomInputs) -> bool:
    """Whether a setpoint that was made with `written` is to be written again at once."""
    if abs(seen.dc_pv_w - written.base_w) > MOVED_W:
        return not _may_be_held_down(written, seen)
    if not takes_no_charge(seen):
        return written.watts != 0.0
    if written.watts < 0.0:
        if written.lets_pv_pass:
            return seen.dc_pv_w < written.top_w + NEAR_W
        return _has_settled(written, seen)
    if not _has_settled(written, seen):
        return seen.dc_pv_w >= written.top_w - NEAR_W and written.watts <= LEAST_W
    if seen.dc_pv_w < DARK_W:
        looking = not written.lets_pv_pass and seen.at_s - written.look_at_s <= LOOK_S
        return _may_look(written, seen) or (written.watts > 0.0) != looking
    return written.watts == 0.0 or written.watts > LEAST_W or _pv_fills(written, seen) or _may_try(written, seen)


def _learned(before: Headroom, seen: HeadroomInputs) -> Headroom:
    """With what the PV beside a setpoint below it tells of the inverter."""
    if before.watts >= 0.0:
        return before
    if seen.dc_pv_w > before.top_w + NEAR_W:
        # Before it has settled, the PV is still that of the earlier setpoint.
        return before._replace(lets_pv_pass=before.lets_pv_pass or _has_settled(before, seen))
    if seen.dc_pv_w >= before.top_w - NEAR_W and before.top_w > 0.0:
        return before._replace(lets_pv_pass=False, trial_at_s=seen.at_s)
    return before  # the sun gives less than the setpoint, which tells nothing


def _may_be_held_down(written: Headroom, seen: HeadroomInputs) -> bool:
    """Whether less PV may be the effect of an earlier, lower setpoint that was still in force.

    A setpoint that followed it would alternate with the higher one for as long as the hold lasts.
    """
    return (
        written.watts > 0.0
        and not written.lets_pv_pass
        and seen.dc_pv_w < written.base_w
        and takes_no_charge(seen)
        and not _has_settled(written, seen)
    )


def _below_w(seen: HeadroomInputs) -> float:
    """Never so far below that power from the grid would charge the battery."""
    return -min(LEAST_W, seen.dc_pv_w)


def _stays(before: Headroom, now: Headroom, seen: HeadroomInputs) -> bool:
    """Whether a setpoint below the PV remains as it is. A new one each second could pull the PV down with it."""
    is_in_use = now.lets_pv_pass or not _has_settled(before, seen)
    return is_in_use and seen.dc_pv_w > before.top_w + NEAR_W and abs(seen.dc_pv_w - before.base_w) <= MOVED_W


def _in_the_dark(now: Headroom, seen: HeadroomInputs) -> Headroom:
    """PV may be there and held down, or it may be night: the battery then gives what the look asks for."""
    if now.lets_pv_pass:
        return now._replace(watts=0.0)
    if _may_look(now, seen):
        now = now._replace(look_at_s=seen.at_s)
    if seen.at_s - now.look_at_s > LOOK_S:
        return now._replace(watts=0.0)
    return now._replace(watts=LEAST_W)


def _may_look(written: Headroom, seen: HeadroomInputs) -> bool:
    if written.lets_pv_pass:
        return False
    is_daylight = seen.other_pv_w is not None and seen.other_pv_w >= DAYLIGHT_W
    return seen.at_s - written.look_at_s >= (LOOK_IN_DAYLIGHT_EVERY_S if is_daylight else LOOK_EVERY_S)


def _may_try(written: Headroom, seen: HeadroomInputs) -> bool:
    """Whether a trial below the PV may begin: the setpoint has settled, and the battery fills its headroom."""
    return (
        written.watts > 0.0
        and seen.dc_pv_w >= TRIAL_LEAST_PV_W
        and seen.at_s - written.trial_at_s >= TRIAL_EVERY_S
        and _has_settled(written, seen)
        and not _pv_fills(written, seen)
    )


def _has_settled(written: Headroom | None, seen: HeadroomInputs) -> bool:
    return written is not None and seen.at_s - written.at_s >= SETTLES_S


def _pv_fills(written: Headroom, seen: HeadroomInputs) -> bool:
    """Whether the PV has come up to what the setpoint lets through."""
    return seen.dc_pv_w >= written.base_w + FILLED * written.watts
