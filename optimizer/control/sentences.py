"""Sentences: causes put into words, made only when somebody reads them.

One table, code to sentence. Figures are formatted by the unit at the end of their name (`_w`, `_a`, `_percent`).
The rules' own causes (`rule.…`) have their sentences beside the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from optimizer.model.decision import BatteryAction, BatteryOrder, Cause, Decision, EvOrder
from optimizer.rules.book.sentences import RULE_SENTENCES

SENTENCES: Mapping[str, str] = {
    **RULE_SENTENCES,
    "ev.blocked": "Charger {name} refuses our commands: {detail}",
    "ev.disconnected": "No car is connected to {name}.",
    "ev.error": "Charger {name} reports an error: {detail}.",
    "ev.fast": "Car on {name} charges fast with {current_a} on {phases}{by}.",
    "ev.fast_wait": "Car on {name} would charge fast, but limits leave it less than 6 A{by}.",
    "ev.idle": "Car on {name} draws nothing although it is offered {current_a}: full, asleep, or refusing.",
    "ev.rest": "Car on {name} drew nothing when it was last offered current; the next try is in {rest_s}.",
    "ev.phases_refused": (
        "Charger {name} does not switch its phases; it stays on {phases} until the car is plugged in anew."
    ),
    "limit.rest": "Car on {name} was paused by a limit; it goes on when there has been room for {rest_s}.",
    "ev.off": "Car on {name} is paused: mode off{by}.",
    "ev.unknown": "Car on {name} is paused: the charger's status is unknown ({detail}).",
    "follow.run": "Car on {name} follows the sun with {current_a} on {phases}: {surplus_w} of surplus{by}.",
    "follow.wait": (
        "Car on {name} is paused: the surplus of {surplus_w} is not lasting enough yet above the {needed_w} from "
        "which charging pays{by}."
    ),
    "follow.low": (
        "Car on {name} is paused: the surplus of {surplus_w} is below the {needed_w} from which charging pays{by}."
    ),
    "follow.turn": "Car on {name} waits until another car has made room for it{by}.",
    "surplus.unknown": "Car on {name} is paused: the surplus is unknown ({detail}).",
    "surplus.unknown_min": "Car on {name} gets its minimum: the surplus is unknown ({detail}).",
    "surplus.battery_first": "{kept_w} of the surplus is kept for the battery{by}.",
    "budget.start": (
        "Car on {name} waits: it has been started often enough ({per_hour} times an hour and {per_day} a day are "
        "allowed)."
    ),
    "limit.current": "The current of {name} is limited to {limit_a}{by}.",
    "limit.power": "The power of {name} is limited to {limit_w}{by}.",
    "limit.import": "Grid import is limited to {limit_w}{by}; that leaves {room_w} for cars.",
    "grid.dimmed": "The grid operator has dimmed the house: cars together get at most {limit_w}.",
    "grid.island": "Car on {name} is paused: the house is off the grid.",
    "guard.current": "The guard lowers {name} from {wanted_a} to {allowed_a}: fuse of {fuse_a}, rating and all else.",
    "guard.pause": "The guard pauses {name}: {wanted_a} do not fit under the fuse of {fuse_a} beside all else.",
    "guard.soc_unknown": "Battery {name} is not discharged: its state of charge is unknown ({detail}).",
    "guard.floor": "Battery {name} is not discharged: at {soc_percent} it has reached its floor of {floor_percent}.",
    "guard.battery_power": "The guard limits battery {name} from {wanted_w} to {allowed_w}.",
    "guard.battery_fuse": "The guard charges battery {name} with {allowed_w} instead of {wanted_w}: beside house and "
    "cars the fuse of {fuse_a} bears no more.",
    "guard.battery_export": "The guard discharges battery {name} with {allowed_w} instead of {wanted_w}: beside what "
    "the house feeds in, the fuse of {fuse_a} allows no more.",
    "guard.not_a_number": "Battery {name} is left to itself: the rules ask for a power that is not a number.",
    "battery.power": "Battery {name} discharges with {power_w}{by}.",
    "battery.charge": "Battery {name} charges with {charge_w}{by}.",
    "battery.rest": "Battery {name} neither charges nor discharges{by}.",
    "battery.import": "Battery {name} charges with {allowed_w} instead of {wanted_w}: the grid import is limited{by}.",
    "battery.dimmed": "Battery {name} charges with {allowed_w} instead of {wanted_w}: the house is dimmed.",
    "battery.island": "Battery {name} runs on its own: the house is off the grid.",
    "battery.unmetered": "Battery {name} is on its own when its lease ends: the grid power is unknown ({detail}).",
    "battery.limit": "Battery {name} runs on its own within limits{by}{bounds}.",
    "battery.home_only": "Battery {name} covers the home only, not the car{bounds}.",
    "battery.auto": "Battery {name} runs on its own.",
    "override.holds": "You hold {subject} by hand ({detail}), for another {left_s}.",
    "override.beats": "The override on {subject} stands above {detail}{by}.",
}

ANSWERS = (
    "guard.pause",
    "guard.current",
    "budget.start",
    "limit.rest",
    "grid.island",
    "ev.",
    "surplus.unknown",
    "follow.",
    "guard.",
    "battery.unmetered",
    "battery.island",
    "battery.dimmed",
    "battery.import",
    "battery.",
)
"""Which cause answers "why" for a device, the first that is there."""


def sentence(cause: Cause) -> str:
    """The cause in words."""
    cause = _directed(cause)
    template = SENTENCES.get(cause.code)
    if template is None:
        figures = ", ".join(f"{name} {_figure(name, value)}" for name, value in cause.numbers)
        return f"{cause.subject}: {cause.code} {figures} {cause.detail}".rstrip() + "."
    if cause.code == "follow.wait" and _number(cause, "surplus_w") < _number(cause, "needed_w"):
        template = SENTENCES["follow.low"]
    words = {name: _figure(name, value) for name, value in cause.numbers}
    bounds = "".join(
        f", at most {words[key]} {verb}"
        for key, verb in (("max_discharge_w", "discharge"), ("max_charge_w", "charge"))
        if key in words
    )
    by = f" (rule `{cause.rule}`)" if cause.rule else ""
    return template.format_map(
        {
            "subject": cause.subject,
            "name": _device(cause.subject),
            "rule": cause.rule,
            "detail": cause.detail,
            "by": by,
            "bounds": bounds,
            **words,
        }
    )


def answering(decision: Decision, device: str) -> Cause | None:
    """The cause that answers why `device` (`ev.carport`, `battery.cellar`) does what it does, or None."""
    own = [cause for cause in decision.causes if cause.subject.startswith(f"{device}.")]
    for prefix in ANSWERS:
        for cause in own:
            if cause.code.startswith(prefix):
                return cause
    return Cause("battery.auto", f"{device}.power_w") if device.startswith("battery.") else None


def answer(decision: Decision, device: str) -> str:
    """One sentence that says why `device` (`ev.carport`, `battery.cellar`) does what it does."""
    cause = answering(decision, device)
    return sentence(cause) if cause is not None else f"{device} is not under control."


def unfollowed(device: str, order: EvOrder | BatteryOrder, failing: str) -> str:
    """What `device` should do while its orders do not arrive, and why they do not: no order is told as a fact then."""
    kind, _, name = device.partition(".")
    return (
        f"{'Charger' if kind == 'ev' else 'Battery'} {name} should {_infinitive(order)}, but the order does not "
        f"arrive: {failing}."
    )


def _infinitive(order: EvOrder | BatteryOrder) -> str:
    if isinstance(order, EvOrder):
        if order.current_a <= 0.0:
            return "pause"
        return f"offer {_figure('current_a', order.current_a)} on {_figure('phases', order.phases)}"
    if order.action is BatteryAction.AUTO:
        return "run on its own"
    if order.action is BatteryAction.POWER:
        verb = "discharge" if order.power_w > 0.0 else "charge"
        return f"{verb} with {_figure('power_w', abs(order.power_w))}" if order.power_w else "rest at 0 W"
    bounds = [
        f"{verb} with at most {_figure('power_w', limit_w)}"
        for verb, limit_w in (("charge", order.max_charge_w), ("discharge", order.max_discharge_w))
        if limit_w is not None
    ]
    return " and ".join(bounds) or "run on its own"


def _directed(cause: Cause) -> Cause:
    """A power asked of a battery as what it does: people do not think in signs."""
    if cause.code != "battery.power":
        return cause
    power_w = _number(cause, "power_w")
    if power_w < 0.0:
        return replace(cause, code="battery.charge", numbers=(("charge_w", -power_w),))
    return cause if power_w > 0.0 else replace(cause, code="battery.rest")


def _device(subject: str) -> str:
    parts = subject.split(".")
    return parts[1] if len(parts) > 2 else parts[0]


def _number(cause: Cause, name: str) -> float:
    return next((value for key, value in cause.numbers if key == name), 0.0)


def _figure(name: str, value: float) -> str:
    if name.endswith("_s"):
        return _span(value)
    if name == "phases":
        return "1 phase" if value == 1.0 else f"{value:g} phases"
    if name.endswith("_w"):
        return f"{value / 1000.0:.1f} kW" if abs(value) >= 1000.0 else f"{value:.0f} W"
    if name.endswith("_wh"):
        return f"{value / 1000.0:.1f} kWh"
    if name.endswith("_a"):
        return f"{value:.1f} A"
    if name.endswith("_percent"):
        return f"{value:.0f} %"
    return f"{value:g}"


def _span(seconds: float) -> str:
    if seconds >= 7200.0:
        return f"{seconds / 3600.0:.1f}".removesuffix(".0") + " h"
    return f"{seconds / 60.0:.0f} min" if seconds >= 120.0 else f"{seconds:.0f} s"
