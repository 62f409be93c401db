"""The goals of the cars in the JSON API: their documents, and the body that sets one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, cast
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from optimizer.model.calendar import local_time
from optimizer.model.goal_text import aim_of, ready_of, until_of
from optimizer.model.goals import GoalError, GoalReport, GoalSink
from optimizer.serve.access.access import Refused
from optimizer.serve.web import by_hand_documents as hand_doc
from optimizer.words.text import message_of
from optimizer.words.who import api_record, who_text

PAUSE_FORM = 'a pause is {"until": "2027-01-03"}'
FORM = 'a goal is {"charger": "carport", "goal": "80%", "ready": "tomorrow 06:30"}'
NO_CHARGER = "this house has no charger, so there are no goals"


class NewGoal(BaseModel):
    """A goal for one departure. 422 answers a goal or time that is not possible."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    charger: Annotated[str, Field(max_length=60, description="A charger, or a vehicle of the settings")]
    goal: Annotated[str, Field(max_length=40, description="A state of charge or an energy", examples=["80%", "12kWh"])]
    ready: Annotated[
        str,
        Field(
            max_length=60,
            description="When the car leaves, in the local clock or in ISO 8601, within 7 days",
            examples=["07:00", "tomorrow 06:30", "sat 09:00", "2026-12-24T06:30:00+01:00"],
        ),
    ]
    by: Annotated[str, Field(max_length=60, description="The person or program that sets it")] = ""


class NewPause(BaseModel):
    """A pause of repeating goals. 422 answers a day or time that is not possible."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    until: Annotated[
        str,
        Field(
            max_length=60,
            description="The first day on which they hold again, or a time, in the local clock or in ISO 8601",
            examples=["2027-01-03", "sunday", "sun 18:00"],
        ),
    ]
    by: Annotated[str, Field(max_length=60, description="The person or program that sets it")] = ""


def goals_document(goals: GoalSink | None, zone: ZoneInfo) -> list[hand_doc.Goal]:
    """The goal of every charger."""
    return [] if goals is None else [goal_document(report, zone) for report in goals.reports()]


def goal_document(report: GoalReport, zone: ZoneInfo) -> hand_doc.Goal:
    """One goal. Times are local."""
    current = report.occurrence

    def time(at_s: float | None) -> str | None:
        return None if at_s is None else local_time(at_s, zone).isoformat(timespec="seconds")

    return {
        "charger": report.charger,
        "vehicle": "" if current is None else current.vehicle,
        "goal": "" if current is None else current.aim.text,
        "soc_percent": None if current is None else current.aim.soc_percent,
        "energy_wh": None if current is None else current.aim.energy_wh,
        "ready": time(None if current is None else current.ready_s),
        "once": current is not None and current.once,
        "by": "" if current is None else who_text(current.by),
        "at": None if report.set_at is None else report.set_at.isoformat(timespec="seconds"),
        "replaces": time(report.replaces_s),
        "repeats": report.repeats,
        "paused_until": time(None if report.pause is None else report.pause.until_s),
        "paused_by": "" if report.pause is None else who_text(report.pause.by),
        "state": cast(Any, report.state),
        "needs_wh": _rounded(report.needs_wh),
        "lacks_wh": _rounded(report.lacks_wh),
        "text": report.text,
    }


def set_goal(goals: GoalSink | None, body: Mapping[str, Any], client: str, now: datetime, zone: ZoneInfo) -> GoalReport:
    """Set a goal as a body asks. Raises Refused."""
    try:
        asked = NewGoal.model_validate(body)
    except ValidationError:
        raise Refused(422, FORM) from None
    if goals is None:
        raise Refused(404, NO_CHARGER)
    try:
        aim, ready_s = aim_of(asked.goal), ready_of(asked.ready, now.astimezone(UTC).timestamp(), zone)
        return goals.set(asked.charger, aim, ready_s, api_record(asked.by, client))
    except GoalError as error:
        raise Refused(422, message_of(error)) from None


def pause_goals(
    goals: GoalSink | None, name: str, body: Mapping[str, Any], client: str, now: datetime, zone: ZoneInfo
) -> GoalReport:
    """Pause the repeating goals of a charger as a body asks. Raises Refused."""
    try:
        asked = NewPause.model_validate(body)
    except ValidationError:
        raise Refused(422, PAUSE_FORM) from None
    if goals is None:
        raise Refused(404, NO_CHARGER)
    try:
        until_s = until_of(asked.until, now.astimezone(UTC).timestamp(), zone)
        return goals.pause(name, until_s, api_record(asked.by, client))
    except GoalError as error:
        raise Refused(422, message_of(error)) from None


def resume_goals(goals: GoalSink | None, name: str, client: str) -> None:
    """End the pause of the repeating goals. Raises Refused."""
    if goals is None:
        raise Refused(404, NO_CHARGER)
    _ended(goals.resume, name, client)


def end_goal(goals: GoalSink | None, name: str, client: str) -> None:
    """End the goal that was set by hand. Raises Refused."""
    if goals is None:
        raise Refused(404, NO_CHARGER)
    _ended(goals.end, name, client)


def _ended(end: Callable[[str, str], GoalReport], name: str, client: str) -> None:
    try:
        end(name, api_record("", client))
    except GoalError as error:
        raise Refused(404, message_of(error)) from None


def _rounded(energy_wh: float | None) -> float | None:
    return None if energy_wh is None else round(energy_wh, 1)
