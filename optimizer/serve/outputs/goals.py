"""Entities of the goals of a charger: the present goal, and the pause of those that repeat. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from optimizer.model.goals import Pause
from optimizer.serve.outputs.entity import Entity, View
from optimizer.serve.outputs.payloads import KWH, Payload

GOAL = "goal"
"""The key of the goal of a charger."""
PAUSE = "goals_paused_until"
"""The key of the pause of its repeating goals."""
NONE = "none"
"""The goal of a charger without one, and the pause of goals that do not pause."""


def goal_entity(charger: str, commands: bool) -> Entity:
    """The present goal of a charger."""
    return Entity(
        part=f"ev.{charger}",
        key=GOAL,
        platform="text" if commands else "sensor",
        name="Goal",
        read=lambda view: _goal(view, charger),
        config={"max": 40} if commands else {},
        command=commands,
        attributes=lambda view: _goal_details(view, charger),
    )


def pause_entity(charger: str, commands: bool) -> Entity:
    """The local time until which the repeating goals of a charger pause."""
    return Entity(
        part=f"ev.{charger}",
        key=PAUSE,
        platform="text" if commands else "sensor",
        name="Goals paused until",
        read=lambda view: _pause_text(view, charger),
        config={"icon": "mdi:pause-circle-outline", **({"max": 40} if commands else {})},
        command=commands,
        attributes=lambda view: {"paused_by": "" if (pause := _pause(view, charger)) is None else pause.by},
    )


def _goal(view: View, charger: str) -> Payload:
    """`80% 2026-12-24 06:30`, as a command writes it."""
    state = view.report.state
    goal = state.goals.get(charger)
    if goal is None or goal.ready_s.value is None:
        return NONE
    soc, energy_wh = goal.target_soc_percent.value, goal.target_energy_wh.value
    aim = f"{(energy_wh or 0.0) / KWH:g}kWh" if soc is None else f"{soc:g}%"
    return f"{aim} {_time_text(view, goal.ready_s.value)}"


def _goal_details(view: View, charger: str) -> dict[str, Any]:
    goal = view.report.state.goals.get(charger)
    if goal is None:
        return {}
    needs_wh = goal.needs_wh.value
    return {"needs_kwh": None if needs_wh is None else round(needs_wh / KWH, 1), "overdue": goal.overdue.value}


def _pause(view: View, charger: str) -> Pause | None:
    return next((one.pause for one in view.goals if one.charger == charger), None)


def _pause_text(view: View, charger: str) -> Payload:
    """`2027-01-03 00:00`, as a command writes it."""
    pause = _pause(view, charger)
    return NONE if pause is None else _time_text(view, pause.until_s)


def _time_text(view: View, at_s: float) -> str:
    """A Unix time in the local clock, in the form that a command takes too."""
    return f"{datetime.fromtimestamp(at_s, view.report.state.local.tzinfo):%Y-%m-%d %H:%M}"
