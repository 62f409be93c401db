"""The inputs of the house in the JSON API: their documents, and the body that sets one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from optimizer.serve.access.access import Refused
from optimizer.serve.web import by_hand_documents as hand_doc
from optimizer.sources.inputs.decode import shown
from optimizer.sources.inputs.port import InputError, InputReport, InputSink
from optimizer.words.text import message_of
from optimizer.words.who import api_record, who_text

FORM = 'the body of an input is {"value": true}, {"value": "1.4 kW"}, or {"value": null}'


class NewInput(BaseModel):
    """A value for an input. 422 answers a value that it cannot have, and an input that is read from a source."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    value: Annotated[
        bool | int | float | Annotated[str, Field(max_length=200)] | None,
        Field(description="A JSON value, or a text as in rules; null restores the default", examples=[True, "1.4 kW"]),
    ]
    by: Annotated[str, Field(max_length=60, description="The person or program that sets it")] = ""


def inputs_document(inputs: InputSink | None, now_s: float) -> list[hand_doc.Input]:
    """All inputs at monotonic `now_s`."""
    return [] if inputs is None else [input_document(report, now_s) for report in inputs.reports()]


def input_document(report: InputReport, now_s: float) -> hand_doc.Input:
    """One input, with its value in its base unit and in words."""
    spec, reading = report.plan.spec, report.reading
    return {
        "name": spec.name,
        "type": spec.kind,
        "about": spec.meaning,
        "unit": spec.value_kind.unit,
        "low": spec.low,
        "high": spec.high,
        "options": list(spec.options),
        "source": report.plan.source,
        "settable": report.plan.by_hand,
        "value": reading.value,
        "text": shown(spec, reading.value),
        "why": reading.why,
        "age_s": round(reading.age_s(now_s), 1),
        "by": who_text(report.by),
        "at": None if report.at is None else report.at.isoformat(),
    }


def set_input(inputs: InputSink | None, name: str, body: Mapping[str, Any], client: str) -> InputReport:
    """Set an input as a body asks. Raises Refused."""
    try:
        asked = NewInput.model_validate(body)
    except ValidationError:
        raise Refused(422, FORM) from None
    if inputs is None:
        raise Refused(404, "this house has no inputs; define them under inputs in site.yaml")
    try:
        return inputs.set(name, asked.value, api_record(asked.by, client))
    except InputError as error:
        known = any(report.plan.spec.name == name for report in inputs.reports())
        raise Refused(422 if known else 404, message_of(error)) from None
