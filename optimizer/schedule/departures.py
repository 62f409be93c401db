"""Departures: which goal of a car holds now, the energy that it needs, and its state in a sentence. Pure.

A goal whose time has passed holds until it is reached or the car is unplugged. Then the next departure holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

from optimizer.model.goal_text import time_text
from optimizer.model.goals import Aim, GoalReport, Occurrence, OnceGoal, Pause, RepeatingGoal, next_occurrence
from optimizer.words.text import Text, joined

REACHED_WH = 50.0
"""A smaller need counts as reached: charger and car agree no better."""
NEW_SESSION_WH = 50.0
"""A counter of the session that falls by more is a new session."""
ASSUMED_SOC_PERCENT = 20.0
"""State of charge at plug-in while nothing is known. It is low, so that rather too much is charged."""
BEFORE_END_S = 129_600.0
"""So long before the end of a pause the first goal after it holds, so that the schedule has its 36 h for it. Earlier,
a car that stands at home while its owner is away buys nothing for it."""
FORGOTTEN_S = 86_400.0
"""A goal that was missed by more, while the service did not run, is over."""


class Car(NamedTuple):
    """The known values of the car at one charger. None: unknown."""

    charger: str
    connected: bool | None = None
    session_wh: float | None = None
    """Energy since it was plugged in."""
    soc_percent: float | None = None
    capacity_wh: float | None = None
    limit_soc_percent: float | None = None
    """Charging limit of the car itself."""
    vehicle: str = ""
    efficiency: float = 0.9
    """Part of the energy of the charger that reaches the battery of the car."""
    most_w: float = 11_000.0
    """Largest power of charger and car."""


class Departure(NamedTuple):
    """The goal of one charger from tick to tick."""

    once: OnceGoal | None = None
    current: Occurrence | None = None
    """The departure that holds now."""
    base_wh: float = 0.0
    """Energy of the session at which the present repeating goal began."""
    session_wh: float = 0.0
    """The last known energy of the session."""
    skipped_s: float | None = None
    """Unix time of an occurrence of a repeating goal that a goal for one departure has replaced."""
    pause: Pause | None = None
    """The pause of the repeating goals."""


def followed(
    departure: Departure, repeating: Iterable[RepeatingGoal], car: Car, now_s: float, zone: ZoneInfo
) -> Departure:
    """The departure of the next tick, at Unix time `now_s`. `repeating` are the goals of this charger and this car."""
    departure = _in_session(departure, car)
    if departure.pause is not None and departure.pause.until_s <= now_s:
        departure = departure._replace(pause=None)
    current = departure.current
    if current is not None and current.ready_s <= now_s:
        if not _is_over(departure, current, car, now_s):
            return departure
        base_wh = departure.session_wh if car.connected is not False else 0.0
        departure = departure._replace(current=None, base_wh=base_wh)
    if departure.once is not None and departure.once.ready_s <= now_s:
        departure = departure._replace(once=None)
    pause = departure.pause
    if pause is not None and now_s < pause.until_s - BEFORE_END_S:
        repeating = ()
    found = next_occurrence(repeating, departure.once, now_s, zone, departure.skipped_s, pause)
    return departure if found == departure.current else departure._replace(current=found)


def _in_session(departure: Departure, car: Car) -> Departure:
    """The departure with the session of now. A new session counts its energy from 0 Wh."""
    session_wh = 0.0 if car.connected is False else car.session_wh
    if session_wh is None or session_wh == departure.session_wh:
        return departure
    most_wh = max(departure.session_wh, departure.base_wh, departure.once.base_wh if departure.once else 0.0)
    if car.connected is not False and session_wh >= most_wh - NEW_SESSION_WH:
        return departure._replace(session_wh=session_wh)
    once = departure.once
    if once is not None and once.base_wh:
        once = OnceGoal(
            charger=once.charger,
            aim=once.aim,
            ready_s=once.ready_s,
            by=once.by,
            at=once.at,
            replaces_s=once.replaces_s,
        )
    return departure._replace(once=once, base_wh=0.0, session_wh=session_wh)


def _is_over(departure: Departure, current: Occurrence, car: Car, now_s: float) -> bool:
    """Whether a departure whose time has passed holds no longer."""
    if car.connected is False or current.ready_s < now_s - FORGOTTEN_S:
        return True
    if current.vehicle and car.vehicle and current.vehicle != car.vehicle:
        return True
    needs_wh = need_wh(departure, current, car)
    return needs_wh is not None and needs_wh <= REACHED_WH


def need_wh(departure: Departure, occurrence: Occurrence, car: Car) -> float | None:
    """Energy at the charger until the aim is reached, Wh ≥ 0. None: unknown."""
    charged_wh = _charged_wh(departure, occurrence, car)
    aim = occurrence.aim
    if aim.energy_wh is not None:
        return None if charged_wh is None else max(0.0, aim.energy_wh - charged_wh)
    target = target_percent(occurrence, car)
    if target is None:
        return None
    if car.soc_percent is not None and car.soc_percent >= target:
        return 0.0
    if car.capacity_wh is None:
        return None
    if car.soc_percent is not None:
        return (target - car.soc_percent) / 100.0 * car.capacity_wh / car.efficiency
    whole_wh = max(0.0, target - ASSUMED_SOC_PERCENT) / 100.0 * car.capacity_wh / car.efficiency
    session_wh = 0.0 if car.connected is False else car.session_wh
    return None if session_wh is None else max(0.0, whole_wh - session_wh)


def target_percent(occurrence: Occurrence, car: Car) -> float | None:
    """The state of charge that can be reached: that of the aim, or the limit of the car if that is lower."""
    aim = occurrence.aim.soc_percent
    if aim is None or car.limit_soc_percent is None:
        return aim
    return min(aim, car.limit_soc_percent)


def _charged_wh(departure: Departure, occurrence: Occurrence, car: Car) -> float | None:
    """Energy that counts for an aim in energy."""
    if car.connected is False:
        return 0.0
    if car.session_wh is None:
        return None
    base_wh = departure.once.base_wh if occurrence.once and departure.once is not None else departure.base_wh
    return max(0.0, car.session_wh - base_wh)


def state_of(departure: Departure, car: Car, now_s: float) -> str:
    """The state of the goal at Unix time `now_s`, one of model.goals.STATES."""
    current = departure.current
    if current is None:
        return "none"
    if car.connected is False:
        return "away"
    needs_wh = need_wh(departure, current, car)
    if needs_wh is None:
        return "unknown"
    if needs_wh <= REACHED_WH:
        return "reached"
    if current.ready_s <= now_s:
        return "overdue"
    return "impossible" if _lack_wh(needs_wh, current, car, now_s) > REACHED_WH else "open"


def _lack_wh(needs_wh: float, current: Occurrence, car: Car, now_s: float) -> float:
    """Energy that will be missing at the departure, also with full power from now on."""
    return max(0.0, needs_wh - car.most_w * max(0.0, current.ready_s - now_s) / 3600.0)


def _latest_s(needs_wh: float, current: Occurrence, car: Car) -> float:
    """Unix time at which full power must begin at the latest."""
    return current.ready_s - needs_wh / car.most_w * 3600.0


def reported(departure: Departure, car: Car, now_s: float, zone: ZoneInfo, *, repeats: bool = False) -> GoalReport:
    """The goal at Unix time `now_s`, with its state in a sentence. `repeats`: whether the settings have some for it."""
    current, pause = departure.current, departure.pause
    paused = list(_paused(pause, now_s, zone))
    if current is None:
        text = joined(paused or [Text("There is no goal.")])
        return GoalReport(charger=car.charger, occurrence=None, state="none", text=text, pause=pause, repeats=repeats)
    needs_wh = need_wh(departure, current, car)
    lacks_wh = None if needs_wh is None else _lack_wh(needs_wh, current, car, now_s)
    state = state_of(departure, car, now_s)
    return GoalReport(
        charger=car.charger,
        occurrence=current,
        state=state,
        text=joined(
            [
                _sentence(current, car, state, needs_wh, lacks_wh, now_s, zone),
                *_notes(current, car),
                *_later(departure, current, now_s, zone),
                *paused,
            ]
        ),
        needs_wh=needs_wh,
        lacks_wh=lacks_wh,
        latest_s=None if needs_wh is None else _latest_s(needs_wh, current, car),
        replaces_s=departure.once.replaces_s if departure.once is not None and current.once else None,
        set_at=departure.once.at if departure.once is not None and current.once else None,
        pause=pause,
        repeats=repeats,
    )


def _paused(pause: Pause | None, now_s: float, zone: ZoneInfo) -> Iterator[str]:
    """The sentence about the pause of the repeating goals."""
    if pause is not None:
        time = time_text(pause.until_s, now_s, zone)
        yield Text("Repeating goals pause until {time} (set by {by}).", time=time, by=pause.by)


def _sentence(
    current: Occurrence,
    car: Car,
    state: str,
    needs_wh: float | None,
    lacks_wh: float | None,
    now_s: float,
    zone: ZoneInfo,
) -> str:
    goal = _goal(current.aim, current.ready_s, now_s, zone)
    if state == "away":
        if not needs_wh:
            return Text("{goal}: no car is connected.", goal=goal)
        text = "{goal}: no car is connected. It needs {need_wh}: plug it in by {time} at the latest."
        return Text(text, goal=goal, need_wh=needs_wh, time=time_text(_latest_s(needs_wh, current, car), now_s, zone))
    if state == "unknown":
        return Text("{goal}: the need is not known, because {reason}.", goal=goal, reason=_unknown(current, car))
    if state == "reached":
        soc, target = car.soc_percent, target_percent(current, car)
        if soc is not None and target is not None and soc > target + 1.0:
            text = "{goal}: nothing to do, the state of charge is {soc_percent} already."
            return Text(text, goal=goal, soc_percent=soc)
        return Text("{goal}: reached.", goal=goal)
    if state == "overdue":
        text = "{goal} has passed, and {need_wh} are missing. Charging goes on until the goal is reached."
        return Text(text, goal=goal, need_wh=needs_wh or 0.0)
    if state == "impossible":
        text = "{goal} cannot be reached: {lack_wh} will be missing, also with full power from now on."
        return Text(text, goal=goal, lack_wh=lacks_wh or 0.0)
    return Text("{goal}: the car still needs {need_wh}.", goal=goal, need_wh=needs_wh or 0.0)


def _goal(aim: Aim, ready_s: float, now_s: float, zone: ZoneInfo) -> Text:
    return Text("{aim} by {time}", aim=aim.text, time=time_text(ready_s, now_s, zone))


def _unknown(current: Occurrence, car: Car) -> Text:
    if car.connected is None and car.session_wh is None and car.soc_percent is None:  # no service runs, or no answer
        return Text("no reading of the charger is known now")
    if current.aim.energy_wh is not None:
        return Text("the charger does not report the energy of the session")
    if car.capacity_wh is None:
        return Text("the settings have no capacity for this car (vehicles). Give an energy instead, such as 12kWh")
    return Text("neither the state of charge nor the energy of the session is known")


def _notes(current: Occurrence, car: Car) -> Iterator[str]:
    """Sentences about assumptions and limits."""
    aim = current.aim.soc_percent
    if aim is None:
        return
    if car.limit_soc_percent is not None and car.limit_soc_percent < aim:
        yield Text("The car itself stops at {soc_percent}.", soc_percent=car.limit_soc_percent)
    if car.soc_percent is None and car.capacity_wh is not None and car.connected is not False:
        text = "The state of charge is not known; {soc_percent} at plug-in is assumed."
        yield Text(text, soc_percent=ASSUMED_SOC_PERCENT)


def _later(departure: Departure, current: Occurrence, now_s: float, zone: ZoneInfo) -> Iterator[str]:
    """The goal for one departure that comes after a repeating one."""
    once = departure.once
    if once is not None and not current.once:
        goal = _goal(once.aim, once.ready_s, now_s, zone)
        yield Text("After that: {goal} (set by {by}).", goal=goal, by=once.by)
