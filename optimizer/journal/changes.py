"""Describes the changes between two ticks, for the log on the status page. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from optimizer.control.report import DeviceHealth, TickReport
from optimizer.control.sentences import answer, answering, order_text, unfollowed
from optimizer.control.troubles import implausible
from optimizer.model.decision import BatteryAction, BatteryOrder, EvOrder
from optimizer.model.faults import ERRORS, NONE, RCD_FAULTS, WARNINGS
from optimizer.words.text import Text


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the log."""

    at: datetime
    kind: str
    """`why` (the reason changed), `write`, `device`, or `rules`."""
    subject: str
    """A device key (`ev.carport`), a device name, or `rules`."""
    text: str
    """English. A Text, so that readers can have it in their language."""


SWITCHED = {
    "true": "Rule {rule} is switched on by hand.",
    "false": "Rule {rule} is switched off by hand.",
    "dry-run": "Rule {rule} is in a dry run by hand: it shows what it would do and changes nothing.",
    "": "Rule {rule} is again as its file says.",
}
"""By what holds for the rule; empty: nothing is set by hand."""
COMMAND = "Command to {name}: {order}."
FAULTS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("error", "an error", ERRORS),
    ("warning", "a warning", WARNINGS),
    ("rcd", "a residual current", RCD_FAULTS),
)
"""Reading of a charger's condition, its name in a sentence, and the meanings of its words."""


def changes(before: TickReport | None, after: TickReport) -> Iterator[Change]:
    """The new lines of the log after a tick. The first tick describes every device."""
    at = after.state.now
    for device in after.decision.commands:
        if before is None or _reason(before, device) != _reason(after, device):
            yield Change(at, "why", device, _answer(after, device))
    known = {health.name: health for health in before.devices} if before is not None else {}
    for health in after.devices:
        for kind, text in _device(known.get(health.name), health):
            yield Change(at, kind, health.name, text)
    for subject, text in _implausible(before, after):
        yield Change(at, "device", subject, text)
    for device, text in _faults(before, after):
        yield Change(at, "device", device, text)
    for device, text in _writes(before, after):
        yield Change(at, "write", device, text)
    yield from (Change(at, "rules", f"rule.{rule}", text) for rule, text in _switched(before, after))
    if before is None or before.book_version != after.book_version:
        yield Change(at, "rules", "rules", Text("Rule book {version} is in force.", version=after.book_version[:12]))
    if after.book_error and (before is None or before.book_error != after.book_error):
        text = "The changed rules contain errors. The last good rules stay in force: {error}"
        yield Change(at, "rules", "rules", Text(text, error=after.book_error))


def _switched(before: TickReport | None, after: TickReport) -> Iterator[tuple[str, str]]:
    """Lines for rules that are switched by hand, and for those that are again as their files say."""
    held = after.rules_by_hand
    held_before = before.rules_by_hand if before is not None else {}
    for rule in sorted({*held, *held_before}):
        if held.get(rule) == held_before.get(rule):
            continue
        yield rule, Text(SWITCHED[held.get(rule, "")], rule=rule)


def _answer(report: TickReport, device: str) -> str:
    failing = _failing(report, device)
    if failing:
        return unfollowed(device, report.decision.commands[device].order, failing)
    return answer(report.decision, device)


def _failing(report: TickReport, device: str) -> str:
    return next((lease.failing for lease in report.leases if lease.device == device), "")


def _reason(report: TickReport, device: str) -> tuple[str, str, bool]:
    """The reason, its rule, and whether orders fail to arrive. The log gets a new line if one of them changes."""
    cause, fails = answering(report.decision, device), bool(_failing(report, device))
    return ("", "", fails) if cause is None else (cause.code, cause.rule, fails)


def _device(before: DeviceHealth | None, after: DeviceHealth) -> Iterator[tuple[str, str]]:
    if before is None or before.up != after.up:
        if not after.up:
            why = Text.of(after.message or "no answer yet")
            yield "device", Text("{name} does not answer: {why}", name=after.name, why=why)
        elif before is not None:
            yield "device", Text("{name} answers again.", name=after.name)
    if after.disobeys and (before is None or before.disobeys != after.disobeys):
        yield "device", Text("{name} does not follow: {why}", name=after.name, why=Text.of(after.disobeys))
    handed_back = after.writes.get("hand_back", 0)
    if before is not None and handed_back > before.writes.get("hand_back", 0):
        yield "write", Text("The service handed {name} back to its own control.", name=after.name)


def _implausible(before: TickReport | None, after: TickReport) -> Iterator[tuple[str, str]]:
    """Lines for readings that become implausible, and for those that count again."""
    doubted = implausible(before.shown) if before is not None else {}
    doubted_now = implausible(after.shown)
    for subject, why in doubted_now.items():
        if subject not in doubted:
            yield subject, Text("{subject} is unknown: {why}.", subject=subject, why=Text.of(why))
    for subject in doubted:
        if subject not in doubted_now:
            yield subject, Text("{subject} is no longer implausible.", subject=subject)


def _faults(before: TickReport | None, after: TickReport) -> Iterator[tuple[str, str]]:
    """Lines for errors, warnings, and residual currents that a charger starts or stops to report.

    A reading that becomes unknown has no line. A fault that is still there afterwards has a line again.
    """
    for name, ev in after.state.evs.items():
        old = before.state.evs.get(name) if before is not None else None
        for quantity, what, meanings in FAULTS:
            word = getattr(ev.condition, quantity).value
            word_before = getattr(old.condition, quantity).value if old is not None else NONE
            if word is None or word == word_before or (word_before is None and word == NONE):
                continue
            if word == NONE:
                yield f"ev.{name}", Text("{name} no longer reports {what}.", name=name, what=Text(what))
            else:
                meaning = Text(meanings.get(word, word))
                yield (
                    f"ev.{name}",
                    Text(
                        "{name} reports {what}: {meaning} ({word}).",
                        name=name,
                        what=Text(what),
                        meaning=meaning,
                        word=word,
                    ),
                )


def _writes(before: TickReport | None, after: TickReport) -> Iterator[tuple[str, str]]:
    """Lines for starts, pauses, phases, and new kinds of setpoint, but not for each current step or refresh."""
    for name, ev in after.state.evs.items():
        old = before.state.evs.get(name) if before is not None else None
        commanded, commanded_before = ev.commanded, old.commanded if old is not None else None
        if commanded is None or commanded_before is None:
            continue
        if commanded.paused != commanded_before.paused or commanded.phases != commanded_before.phases:
            order_now = order_text(EvOrder(commanded.offer_a, commanded.phases))
            yield f"ev.{name}", Text(COMMAND, name=name, order=order_now)
    before_by_device = {lease.device: lease.order for lease in before.leases} if before is not None else {}
    for lease in after.leases:
        order, old_order = lease.order, before_by_device.get(lease.device)
        if not isinstance(order, BatteryOrder) or lease.written_s is None or order.action is BatteryAction.AUTO:
            continue  # a hand-back has its own line
        if not isinstance(old_order, BatteryOrder) or order.action is not old_order.action:
            name = lease.device.partition(".")[2]
            yield lease.device, Text(COMMAND, name=name, order=order_text(order))
