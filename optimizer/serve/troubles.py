"""Troubles: everything that a person must act on, each with a key, a kind, and a sentence. Pure.

This is the only list. MQTT publishes it, and notifications send it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from optimizer.control.report import DeviceHealth, TickReport
from optimizer.control.sentences import sentence
from optimizer.control.troubles import implausible, lockouts
from optimizer.model.faults import ERRORS, NONE, RCD_FAULTS
from optimizer.model.goals import GoalReport
from optimizer.model.state import Ev
from optimizer.serve.panel import Panel
from optimizer.words.text import Text

PLUG_IN_S = 7200.0
"""A missing car is a trouble from this time on before its charging must begin at the latest, s."""


class Trouble(NamedTuple):
    """One thing that a person must act on."""

    key: str
    """Its identity: the kind, and the device, reading, or departure."""
    kind: str
    """One of KINDS."""
    text: str
    """What is wrong and why, as a sentence. Empty: nothing is wrong."""


def troubles(report: TickReport, panel: Panel, plug_in_s: float = PLUG_IN_S) -> tuple[Trouble, ...]:
    """Everything that a person must act on now, each key once."""
    return tuple({one.key: one for one in _found(report, panel, plug_in_s) if one.text}.values())


def _found(report: TickReport, panel: Panel, plug_in_s: float) -> Iterator[Trouble]:
    yield Trouble("service", "service", panel.ill())
    yield Trouble("rules", "rules", _because("The changed rules contain a mistake: {why}", report.book_error))
    for device in report.devices:
        yield from _device(device)
    for what, why in implausible(report.shown).items():
        yield Trouble(f"reading.{what}", "reading", Text("{what} is unknown: {why}", what=what, why=Text.of(why)))
    for lockout in lockouts(report.decision):
        yield Trouble(f"budget.{lockout.name}", "budget", sentence(lockout.cause))
    for ev in report.shown.evs.values():
        yield from _faults(ev)
    for goal in panel.goals.reports() if panel.goals is not None else ():
        yield from _departure(goal, panel.clock.now().timestamp(), plug_in_s)
    schedule = panel.schedule.report() if panel.schedule is not None else None
    if schedule is not None and schedule.alarm:
        yield Trouble("schedule", "schedule", _because("No schedule can be made: {why}", schedule.problem))
    yield Trouble("journal", "journal", _because("Nothing is being recorded: {why}", panel.journal_failed))
    for name, problem in panel.outputs.items():
        yield Trouble(f"output.{name}", "output", _because("{name} cannot send: {why}", problem(), name))


def _because(template: str, why: str, name: str = "") -> str:
    """The sentence with its reason. Empty without a reason."""
    return Text(template, name=name, why=Text.of(why)) if why else ""


def _device(device: DeviceHealth) -> Iterator[Trouble]:
    name = device.name
    if not device.up:
        yield Trouble(f"silent.{name}", "silent", _because("{name} does not answer: {why}", device.message, name))
    yield Trouble(f"disobeys.{name}", "disobeys", _because("{name} does not follow: {why}", device.disobeys, name))
    yield Trouble(f"refuses.{name}", "refuses", _because("{name} refuses writes: {why}", device.refuses, name))


def _faults(ev: Ev) -> Iterator[Trouble]:
    """The faults that a charger reports itself."""
    reported = (("error", ev.condition.error.value, ERRORS), ("rcd", ev.condition.rcd.value, RCD_FAULTS))
    for key, word, meanings in reported:
        if word is not None and word != NONE:
            text = Text("{name} reports a fault: {meaning}", name=ev.name, meaning=Text(meanings.get(word, word)))
            yield Trouble(f"fault.{ev.name}.{key}", "fault", text)


def _departure(goal: GoalReport, now_s: float, plug_in_s: float) -> Iterator[Trouble]:
    """A goal that cannot be reached, and a car that is missing shortly before its charging must begin."""
    if goal.occurrence is None:
        return
    which = f"{goal.charger}.{goal.occurrence.ready_s:.0f}"
    text = Text("{name}: {what}", name=goal.charger, what=Text.of(goal.text))
    if goal.state == "impossible":
        yield Trouble(f"goal.{which}", "goal", text)
    latest_s = goal.occurrence.ready_s if goal.latest_s is None else goal.latest_s
    if goal.state == "away" and latest_s - now_s <= plug_in_s:
        yield Trouble(f"departure.{which}", "departure", text)
