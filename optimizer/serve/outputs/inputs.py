"""Entities of the inputs, each in the form of its type. Pure."""

from __future__ import annotations

from typing import Any

from optimizer.model.inputs import InputSpec, reading_of
from optimizer.serve.outputs.entity import Entity, View, choice_form
from optimizer.serve.outputs.payloads import Payload, clock_text
from optimizer.sources.inputs.port import InputPlan

CLOCK_PATTERN = r"^(|([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?)$"


def input_entity(plan: InputPlan, commands: bool) -> Entity:
    """The value of an input. It can be set if it has no source."""
    spec, settable = plan.spec, commands and plan.by_hand
    platform, config = _input_form(spec, settable)
    return Entity(
        part="input",
        key=spec.name,
        platform=platform,
        name=spec.meaning or f"Input {spec.name}",
        read=lambda view: _input_value(view, spec),
        config=config,
        decimals=3 if spec.kind == "number" else 0,
        command=settable,
    )


def _input_value(view: View, spec: InputSpec) -> Payload:
    value = reading_of(view.report.state, spec.name).value
    if value is None or isinstance(value, bool | str):
        return value
    return clock_text(value) if spec.kind == "time" else value


def _input_form(spec: InputSpec, settable: bool) -> tuple[str, dict[str, Any]]:
    """The platform of an input and its further keys."""
    if spec.kind == "switch":
        return ("switch" if settable else "binary_sensor"), {}
    if spec.kind == "choice":
        return choice_form(spec.options, settable)
    if spec.kind == "time":
        template = "{{ '' if value == 'None' else value }}"
        text = {"pattern": CLOCK_PATTERN, "max": 8, "value_template": template}
        return ("text", text) if settable else ("sensor", {})
    unit = {"unit_of_measurement": spec.value_kind.unit} if spec.value_kind.unit else {}
    if not settable:
        return "sensor", {**unit, "state_class": "measurement"}
    low, high = -1e6 if spec.low is None else spec.low, 1e6 if spec.high is None else spec.high
    return "number", {**unit, "min": low, "max": high, "step": 0.1, "mode": "box"}
