"""The body with which an override is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from optimizer.model.state import State
from optimizer.rules.book.overrides import LONGEST, Override
from optimizer.serve.access.access import Refused
from optimizer.serve.web.moment import aware_time

LONGEST_MINUTES = LONGEST.total_seconds() / 60.0
HOW_LONG = "how long? give until (a time), minutes, midnight: true or session: true"
FORM = 'an override is {"target": "ev.carport.mode", "value": "fast", "minutes": 60}'


def _one_duration(schema: dict[str, Any]) -> None:
    """Add to the schema that one of the four durations is needed, which pydantic does not say by itself."""
    schema["anyOf"] = [
        {"required": ["until"]},
        {"required": ["minutes"]},
        {"required": ["midnight"], "properties": {"midnight": {"const": True}}},
        {"required": ["session"], "properties": {"session": {"const": True}}},
    ]


class NewOverride(BaseModel):
    """An override. Its duration is one of until, minutes, midnight, session. 422 answers a target or value that this
    house does not have, and a time that is past or too far away."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False, json_schema_extra=_one_duration)

    target: Annotated[str, Field(examples=["ev.carport.mode"])]
    value: Annotated[str | int | float, Field(examples=["fast"])]
    until: Annotated[str | None, Field(json_schema_extra={"format": "date-time"})] = None
    minutes: Annotated[float | None, Field(gt=0, le=LONGEST_MINUTES)] = None
    midnight: bool = False
    session: bool = False
    to_percent: Annotated[
        float | None, Field(ge=0, le=100, description="State of charge at which a battery stops to charge or discharge")
    ] = None


def override_of(document: Mapping[str, Any], state: State) -> Override:
    """The override that a body asks for. Raises Refused."""
    try:
        asked = NewOverride.model_validate(document)
    except ValidationError as error:
        about_target = any(one["loc"][:1] in (("target",), ("value",), ("to_percent",)) for one in error.errors())
        raise Refused(422, FORM if about_target else HOW_LONG) from None
    if not asked.target.isprintable():
        raise Refused(422, FORM)
    value = asked.value
    try:
        return Override(
            target=asked.target,
            value=value if isinstance(value, str) else float(value),
            until=_until(asked, state),
            session=asked.session,
            to_percent=None if asked.to_percent is None else float(asked.to_percent),
        )
    except OverflowError:
        raise Refused(422, "the value is a number that no device knows") from None


def _until(asked: NewOverride, state: State) -> datetime:
    if asked.midnight:
        tomorrow = state.local.date() + timedelta(days=1)
        return datetime.combine(tomorrow, time(), state.local.tzinfo).astimezone(UTC)
    if asked.until is not None:
        return aware_time(asked.until)
    if asked.minutes is not None:
        return state.now + timedelta(minutes=asked.minutes)
    if asked.session:
        return state.now + timedelta(days=1)
    raise Refused(422, HOW_LONG)
