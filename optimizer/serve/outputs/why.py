"""The entity that says why a part of the house does what it does. Pure."""

from __future__ import annotations

from typing import Any

from optimizer.control.sentences import answer, answering, sentence, unfollowed
from optimizer.serve.outputs.entity import Entity, View
from optimizer.serve.outputs.payloads import Payload

MOST_CAUSES = 20


def why(part: str) -> Entity:
    """The answer in a sentence. The causes are attributes."""
    config = {"entity_category": "diagnostic", "icon": "mdi:help-circle-outline"}
    return Entity(
        part=part,
        key="why",
        platform="sensor",
        name="Why",
        read=lambda view: _answer(view, part),
        config=config,
        attributes=lambda view: _causes(view, part),
        occasion=lambda view: _reason(view, part),
    )


def _causes(view: View, part: str) -> dict[str, Any]:
    decision = view.report.decision
    own = (cause for cause in decision.causes if cause.subject == part or cause.subject.startswith(f"{part}."))
    sentences = list(dict.fromkeys(sentence(cause) for cause in own))
    return {"rule": _reason(view, part)[1], "causes": sentences[:MOST_CAUSES]}


def _reason(view: View, part: str) -> tuple[str, str, bool]:
    """The code and the rule of the answer, and whether the command does not arrive."""
    cause = answering(view.report.decision, part)
    fails = any(lease.device == part and lease.failing for lease in view.report.leases)
    return ("", "", fails) if cause is None else (cause.code, cause.rule, fails)


def _answer(view: View, part: str) -> Payload:
    command = view.report.decision.commands.get(part)
    if command is None:
        return None
    failing = next((lease.failing for lease in view.report.leases if lease.device == part and lease.failing), "")
    return unfollowed(part, command.order, failing) if failing else answer(view.report.decision, part)
