"""Sentences: the text for each cause and each order. Only readers call this module, never a decision.

One table maps a code to its sentence. A sentence keeps its template and figures, so that it can be read in another
language. The unit at the end of a figure's name (`_w`, `_a`, `_percent`) sets its format.
The sentences of the rules' own causes (`rule.…`) are in `rules/book/sentences.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from optimizer.model.decision import BatteryAction, Cause, Decision, EvOrder, Order, SwitchAction, SwitchOrder
from optimizer.rules.book.sentences import RULE_SENTENCES
from optimizer.words.figures import figure
from optimizer.words.language import ENGLISH
from optimizer.words.text import Text, joined

SENTENCES: Mapping[str, str] = {
    **RULE_SENTENCES,
    "ev.blocked": "Charger {name} refuses commands: {detail}",
    "ev.disconnected": "No car is connected to {name}.",
    "ev.error": "Charger {name} reports an error: {detail}.",
    "ev.fast": "Car on {name} charges fast with {current_a} on {phases}{by}.",
    "ev.fast_wait": "Car on {name} waits in mode fast: limits leave it less than 6 A{by}.",
    "ev.idle": "Car on {name} draws nothing although the charger offers {current_a}: it is full, asleep, or refuses.",
    "car.least": "The car on {name} needs at least {least_a} ({detail}).",
    "car.most": "The car on {name} draws at most {most_a} ({detail}).",
    "car.phases": "The car on {name} uses {phases} ({detail}).",
    "car.unknown_phases": (
        "Nobody knows yet how many phases the car on {name} uses. It may start with {current_a}, as if it used one."
    ),
    "car.tries": (
        "The car on {name} drew nothing at {silent_a}. If the surplus pays for it, the next offer is {trial_a}."
    ),
    "car.unpaid": (
        "The car on {name} drew nothing at {silent_a}, and the surplus does not pay for {trial_a} on these phases."
    ),
    "car.refuses": (
        "The car on {name} has stopped at a low current and does not start again by itself. A pause lets it start anew."
    ),
    "ev.rest": "Car on {name} drew nothing when the charger last offered current. The next try is in {rest_s}.",
    "ev.phases_refused": (
        "Charger {name} does not switch its phases. It stays on {phases} until the car is unplugged."
    ),
    "limit.rest": "Car on {name} was paused by a limit. It may start again in {rest_s}.",
    "ev.off": "Car on {name} is paused: mode off{by}.",
    "ev.unknown": "Car on {name} is paused: the status of the charger is unknown ({detail}).",
    "follow.start": (
        "Car on {name} starts with {current_a} on {phases}: this is expected to bring {gain_ct} in {lasts_s}, and a "
        "start must bring {cost_ct}{by}."
    ),
    "follow.switch": (
        "Car on {name} switches to {phases}: this is expected to bring {gain_ct} in {lasts_s}, and a switch must bring "
        "{cost_ct}{by}."
    ),
    "follow.stop": (
        "Car on {name} stops: this is expected to save {gain_ct} in {lasts_s}, and a stop must save {cost_ct}{by}."
    ),
    "follow.lack": (
        "Car on {name} stops: the surplus has been too small for some minutes. Charging starts at {needed_w}{by}."
    ),
    "follow.run": "Car on {name} follows the surplus of {surplus_w} with {current_a} on {phases}{by}.",
    "follow.wait": (
        "Car on {name} is paused: the surplus of {surplus_w} has not lasted long enough yet. Charging starts at "
        "{needed_w}{by}."
    ),
    "follow.low": (
        "Car on {name} is paused: the surplus of {surplus_w} is too small. Charging starts at {needed_w}{by}."
    ),
    "follow.none": "Car on {name} is paused: no surplus. Charging starts at {needed_w}{by}.",
    "follow.after_battery": (
        "Car on {name} is paused: the battery goes first and takes {kept_w} of the surplus{first_by}. Charging "
        "starts at {needed_w}{by}."
    ),
    "follow.turn": "Car on {name} waits until another car reduces its power{by}.",
    "surplus.unknown": "Car on {name} is paused: the surplus is unknown ({detail}).",
    "surplus.unknown_min": "Car on {name} gets the minimum current: the surplus is unknown ({detail}).",
    "surplus.battery_first": "{kept_w} of the surplus is reserved for the battery{by}.",
    "surplus.gap": (
        "Car on {name} gets the minimum current: the surplus is unknown for a short time ({detail}). If this lasts, "
        "the car is paused."
    ),
    "meter.holds": "Car on {name} stays at {current_a} until the grid meter confirms the last change.",
    "meter.test": "Car on {name} changes its current to test the grid meter, because its value does not change.",
    "battery.test": "Car on {name} changes its current to test a battery, because its reading does not change.",
    "meter.waits": "Car on {name} waits until the grid meter confirms the last change.",
    "budget.start": (
        "Car on {name} waits: it has used its starts ({per_hour} an hour and {per_day} a day are allowed). The next "
        "start is possible in {rest_s}."
    ),
    "start.spacing": (
        "Car on {name} waits {rest_s}: two starts are at least {spacing_s} apart (`control.starts.spacing_s`)."
    ),
    "limit.current": "The current of {name} is limited to {limit_a}{by}.",
    "limit.power": "The power of {name} is limited to {limit_w}{by}.",
    "limit.import": "Grid import is limited to {limit_w}{by}. Cars may draw {room_w}.",
    "grid.dimmed": "The grid operator has dimmed the house. All cars together may draw {limit_w}.",
    "grid.island": "Car on {name} is paused: the house is off the grid.",
    "guard.current": (
        "The guard lowers {name} from {wanted_a} to {allowed_a}. It counts the fuse of {fuse_a}, the rating, and all "
        "other loads."
    ),
    "guard.pause": ("The guard pauses {name}: the fuse of {fuse_a} has no room for {wanted_a} beside the other loads."),
    "guard.soc_unknown": "Battery {name} is not discharged: its state of charge is unknown ({detail}).",
    "guard.floor": "Battery {name} is not discharged: its state of charge is {soc_percent}, its floor {floor_percent}.",
    "guard.battery_power": "The guard limits battery {name} from {wanted_w} to {allowed_w}.",
    "guard.battery_fuse": (
        "The guard charges battery {name} with {allowed_w} instead of {wanted_w}: the fuse of {fuse_a} also carries "
        "the house and the cars."
    ),
    "guard.battery_export": (
        "The guard discharges battery {name} with {allowed_w} instead of {wanted_w}: the fuse of {fuse_a} also "
        "carries the export of the house."
    ),
    "guard.not_a_number": "Battery {name} keeps its own control: the rules claim a power that is not a number.",
    "battery.power": "Battery {name} discharges with {power_w}{by}.",
    "battery.charge": "Battery {name} charges with {charge_w}{by}.",
    "battery.rest": "Battery {name} holds 0 W{by}.",
    "battery.import": "Battery {name} charges with {allowed_w} instead of {wanted_w}: grid import is limited{by}.",
    "battery.dimmed": "Battery {name} charges with {allowed_w} instead of {wanted_w}: the house is dimmed.",
    "battery.island": "Battery {name} uses its own control: the house is off the grid.",
    "battery.unmetered": (
        "Battery {name} returns to its own control when its lease ends: the grid power is unknown ({detail})."
    ),
    "battery.counter_flow": "Battery {name} charges with {flow_w} from another battery.",
    "battery.limit": "Battery {name} uses its own control within limits{bounds}{by}.",
    "battery.home_only": "Battery {name} supplies the home only, not the car{bounds}.",
    "battery.auto": "Battery {name} uses its own control.",
    "switch.on": "{name} is on{by}.",
    "switch.released": "{name} is switched off: no rule claims its state any more.",
    "switch.off": "{name} is off{by}.",
    "switch.follows": "{name} is on: the surplus is {surplus_w}. Below {stop_w} it is switched off{by}.",
    "switch.lack": "{name} is switched off: the surplus of {surplus_w} is below {stop_w}{by}.",
    "switch.starts": "{name} is switched on: the surplus is {surplus_w}{by}.",
    "switch.wait": "{name} waits: the surplus of {surplus_w} has not lasted long enough yet{by}.",
    "switch.low": "{name} is off: the surplus is {surplus_w}. From {start_w} it is switched on{by}.",
    "switch.sun_unknown": "{name} cannot follow the surplus: it is unknown{by}.",
    "switch.unclaimed": "{name} is left as it is: no rule claims its state.",
    "switch.hand": "{name} was switched by hand. The service leaves it as it is for another {left_s}.",
    "switch.island": "{name} is off: the house is off the grid.",
    "switch.dimmed": "{name} is off: the house is dimmed, and {power_w} is more than the {room_w} that remain.",
    "switch.limit": "{name} stays off: limits leave {room_w}, and it needs {power_w}.",
    "switch.min_on": "{name} stays on for another {rest_s}: its least time on{by}.",
    "switch.min_off": "{name} stays off for another {rest_s}: its least time off.",
    "switch.budget": (
        "{name} stays off: it has been switched on as often as allowed ({per_hour} an hour and {per_day} a day). The "
        "next time is possible in {rest_s}."
    ),
    "switch.blocked": "{name} stays off: its relay refuses ({detail}).",
    "switch.unknown": "{name} is not switched on: the state of its relay is unknown ({detail}).",
    "guard.switch_off": (
        "The guard switches {name} off: the house exceeds the fuse of {fuse_a}, and {name} draws up to {power_w}."
    ),
    "guard.switch_room": "The guard keeps {name} off: the fuse of {fuse_a} has no room for {power_w}.",
    "override.holds": "You set {subject} by hand ({detail}). The override ends in {left_s}.",
    "override.to": (
        "You set {subject} by hand ({detail}). The override ends at {to_percent}, at the latest in {left_s}."
    ),
    "override.reserve": (
        "You set by hand that the battery keeps {reserve_percent} in reserve. The override ends in {left_s}."
    ),
    "override.beats": "The override on {subject} outranks {detail}{by}.",
}

SMALL_W = 50.0
"""A surplus below this reads as "no surplus"."""
OWN_CONTROL = "use its own control"
BY = " (rule `{rule}`)"
UNFOLLOWED_CHARGER = "Charger {name} should {order}, but the command does not arrive: {failing}."
UNFOLLOWED_BATTERY = "Battery {name} should {order}, but the command does not arrive: {failing}."
UNFOLLOWED_SWITCH = "Switch {name} should {order}, but the command does not arrive: {failing}."

ANSWERS = (
    "guard.pause",
    "guard.current",
    "budget.start",
    "start.spacing",
    "limit.rest",
    "grid.island",
    "ev.",
    "surplus.unknown",
    "surplus.gap",
    "meter.waits",
    "follow.",
    "guard.",
    "switch.min_",
    "switch.budget",
    "switch.blocked",
    "switch.unknown",
    "switch.limit",
    "switch.",
    "battery.unmetered",
    "battery.island",
    "battery.dimmed",
    "battery.import",
    "battery.",
)
"""Codes and prefixes of codes. The first one that a device's causes contain answers "why"."""


def sentence(cause: Cause) -> Text:
    """The sentence for a cause. A code without a sentence gives its subject, code, and figures."""
    cause = _directed(cause)
    template = SENTENCES.get(cause.code)
    if template is None:
        figures = ", ".join(f"{name} {figure(name, value, ENGLISH)}" for name, value in cause.numbers)
        return Text(f"{cause.subject}: {cause.code} {figures} {cause.detail}".rstrip() + ".")
    if cause.code == "follow.wait":
        template = SENTENCES[_waiting(_number(cause, "surplus_w"), _number(cause, "needed_w"))]
    limits = _limits(dict(cause.numbers))
    values: dict[str, str | float] = {
        "subject": cause.subject,
        "name": _device(cause.subject),
        "rule": cause.rule,
        "detail": Text.of(cause.detail),
        "by": Text(BY, rule=cause.rule) if cause.rule else "",
        "first_by": Text(BY, rule=cause.detail) if cause.detail else "",
        "bounds": Text(": {limits}", limits=limits) if limits else "",
    }
    return Text(template, **{**values, **dict(cause.numbers)})


def _waiting(surplus_w: float, needed_w: float) -> str:
    """The code of the sentence for a car that waits for surplus."""
    if surplus_w < SMALL_W:
        return "follow.none"
    return "follow.low" if surplus_w < needed_w else "follow.wait"


def answering(decision: Decision, device: str) -> Cause | None:
    """The cause that answers "why" for `device` (`ev.carport`, `battery.cellar`), or None."""
    own = [cause for cause in decision.causes if cause.subject.startswith(f"{device}.")]
    for prefix in ANSWERS:
        for cause in own:
            if cause.code.startswith(prefix):
                return cause
    return Cause("battery.auto", f"{device}.power_w") if device.startswith("battery.") else None


def answer(decision: Decision, device: str) -> Text:
    """The sentence that answers "why" for `device` (`ev.carport`, `battery.cellar`)."""
    cause = answering(decision, device)
    if cause is None:
        return Text("{device} is not under control.", device=device)
    return sentence(_after_battery(cause, decision) or cause)


def _after_battery(cause: Cause, decision: Decision) -> Cause | None:
    """A car that waits because the battery goes first: the cause with what the battery takes. None otherwise."""
    if cause.code != "follow.wait" or _number(cause, "surplus_w") >= _number(cause, "needed_w"):
        return None
    first = next((one for one in decision.causes if one.code == "surplus.battery_first"), None)
    kept_w = _number(first, "kept_w") if first is not None else 0.0
    if first is None or kept_w < SMALL_W:
        return None
    return replace(cause, code="follow.after_battery", numbers=(*cause.numbers, ("kept_w", kept_w)), detail=first.rule)


def unfollowed(device: str, order: Order, failing: str) -> Text:
    """The sentence for a device whose orders do not arrive: its order, and the reason `failing`. It must not read as if
    the device followed the order."""
    kind, _, name = device.partition(".")
    others = UNFOLLOWED_BATTERY if kind == "battery" else UNFOLLOWED_SWITCH
    template = UNFOLLOWED_CHARGER if kind == "ev" else others
    return Text(template, name=name, order=order_text(order), failing=Text.of(failing))


def order_text(order: Order) -> Text:
    """The order as an imperative: "pause", "offer 8.0 A on 1 phase", "charge with 3.0 kW"."""
    if isinstance(order, EvOrder):
        if order.current_a <= 0.0:
            return Text("pause")
        return Text("offer {current_a} on {phases}", current_a=order.current_a, phases=order.phases)
    if isinstance(order, SwitchOrder):
        if order.action is SwitchAction.LEAVE:
            return Text("stay as it is")
        return Text("be on") if order.action is SwitchAction.ON else Text("be off")
    if order.action is BatteryAction.AUTO:
        return Text(OWN_CONTROL)
    if order.action is BatteryAction.POWER:
        if not order.power_w:
            return Text("hold 0 W")
        verb = "discharge with {power_w}" if order.power_w > 0.0 else "charge with {power_w}"
        return Text(verb, power_w=abs(order.power_w))
    bounds = (("max_charge_w", order.max_charge_w), ("max_discharge_w", order.max_discharge_w))
    limits = _limits({name: limit_w for name, limit_w in bounds if limit_w is not None})
    return Text("use its own control, {limits}", limits=limits) if limits else Text(OWN_CONTROL)


def _limits(numbers: Mapping[str, float]) -> str:
    """The limits of a battery among the figures: "charge limit 2.0 kW, discharge limit 0 W". Empty without one."""
    limits: list[str] = []
    if "max_charge_w" in numbers:
        limits.append(Text("charge limit {power_w}", power_w=numbers["max_charge_w"]))
    if "max_discharge_w" in numbers:
        limits.append(Text("discharge limit {power_w}", power_w=numbers["max_discharge_w"]))
    return joined(limits, "{first}, {then}")


def _directed(cause: Cause) -> Cause:
    """The cause of a battery's power with a code for its direction. Readers need no sign then."""
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
