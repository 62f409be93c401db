"""Why: the commands of a decision with their causes, in words and in figures, as documents of the JSON API. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from optimizer.control.report import LeaseStatus
from optimizer.control.sentences import answer, answering, order_text, sentence, unfollowed
from optimizer.model.decision import BatteryAction, Cause, Command, Decision, EvOrder, SwitchOrder
from optimizer.model.state import State
from optimizer.serve.web import documents as doc
from optimizer.words.text import Text, joined


def decision_document(state: State, decision: Decision) -> doc.DecisionDocument:
    """The command of each device in figures, and every cause."""
    return {
        "at": decision.now.isoformat(),
        "commands": {device: _command(command) for device, command in decision.commands.items()},
        "causes": [cause_document(cause, state) for cause in decision.causes],
    }


def why_document(state: State, decision: Decision, leases: Iterable[LeaseStatus] = ()) -> list[doc.Why]:
    """For each controlled device one sentence and its causes. `leases` tell whether its orders arrive."""
    failing = {lease.device: lease.failing for lease in leases if lease.failing}
    document: list[doc.Why] = []
    for device, command in decision.commands.items():
        kind = device.partition(".")[0]
        own = [c for c in decision.causes if c.subject.startswith(f"{device}.") or c.subject == device]
        shared = [c for c in decision.causes if _concerns_all(c, kind, decision)]
        main = answering(decision, device)
        document.append(
            {
                "device": device,
                "answer": _answer(state, decision, device, failing.get(device, "")),
                "rule": main.rule if main is not None else "",
                "wanted": order_text(command.order),
                "causes": [cause_document(cause, state) for cause in dict.fromkeys([*own, *shared])],
            }
        )
    return document


def cause_document(cause: Cause, state: State) -> doc.Cause:
    """A cause in words and in figures."""
    return {
        "code": cause.code,
        "subject": cause.subject,
        "rule": cause.rule,
        "numbers": dict(cause.numbers),
        "detail": cause.detail,
        "text": cause_text(cause, state),
    }


def cause_text(cause: Cause, state: State) -> str:
    """The cause in words. The monotonic times of a rule's timers become times of day."""
    text, numbers = sentence(cause), dict(cause.numbers)
    if not cause.code.startswith("rule."):
        return text
    if "since_s" not in numbers:
        return text
    since = _time_of_day(state, numbers["since_s"])
    if "due_s" not in numbers:
        return Text("{said} Since {since}.", said=text, since=since)
    return Text(
        "{said} Since {since}, next at {next}.", said=text, since=since, next=_time_of_day(state, numbers["due_s"])
    )


def _time_of_day(state: State, mono_s: float) -> str:
    return (state.local + timedelta(seconds=mono_s - state.mono_s)).strftime("%H:%M:%S")


def _answer(state: State, decision: Decision, device: str, failing: str) -> str:
    """The answer in one sentence. For a car that no rule allows to charge, also the rules that wait to do so."""
    text, cause = answer(decision, device), answering(decision, device)
    if failing:
        return unfollowed(device, decision.commands[device].order, failing)
    if cause is None or cause.code != "ev.off":
        return text
    return joined([text, *(cause_text(c, state) for c in decision.causes if c.code == "rule.pending")])


def _concerns_all(cause: Cause, kind: str, decision: Decision) -> bool:
    """Causes of the whole house (surplus, grid, `ev` in general), shown with every device of the kind."""
    first = cause.subject.partition(".")[0]
    if first in ("grid", "surplus"):
        return kind == "ev"
    named = any(cause.subject == d or cause.subject.startswith(f"{d}.") for d in decision.commands)
    return first == kind and not named


def _command(command: Command) -> doc.WantedOrder:
    order, wanted, lease_s = command.order, order_text(command.order), command.expires_s - command.issued_s
    if isinstance(order, EvOrder):
        return {
            "wanted": wanted,
            "current_a": order.current_a,
            "phases": order.phases,
            "energy_limit_wh": order.energy_limit_wh,
            "urgent": order.urgent,
            "lease_s": lease_s,
        }
    if isinstance(order, SwitchOrder):
        return {"wanted": wanted, "state": order.action.value, "urgent": order.urgent, "lease_s": lease_s}
    return {
        "wanted": wanted,
        "action": order.action.value,
        "power_w": order.power_w if order.action is BatteryAction.POWER else None,
        "max_charge_w": order.max_charge_w,
        "max_discharge_w": order.max_discharge_w,
        "lease_s": lease_s,
    }
