"""Entities: everything that is published over MQTT, each with its topic, its value, and its form in Home Assistant.

Pure. The topics are readable without Home Assistant too: one value a topic, in the unit of its name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from optimizer.control.report import TickReport
from optimizer.control.sentences import answer, answering, sentence, unfollowed
from optimizer.devices.words import printable
from optimizer.model.decision import EvMode, EvOrder
from optimizer.model.inputs import InputSpec, reading_of
from optimizer.model.kinds import GUEST, SWITCH_STATE
from optimizer.model.site import Site
from optimizer.model.state import EvStatus
from optimizer.serve.energy import Books, home_power
from optimizer.serve.outputs.payloads import KWH, Payload, clock_text
from optimizer.serve.troubles import Trouble
from optimizer.sources.inputs.port import InputPlan

GOAL = "goal"
"""The key of the goal of a charger."""
NO_GOAL = "none"
"""The goal of a charger without one."""
AUTO = "auto"
"""The mode of a charger without an override: the rules decide."""
NOT_SET = "not_set"
VEHICLE = "vehicle"
"""The key of the car that is set by hand."""
UNCLAIMED = "none"
"""The active state of a load that no rule claims. Its relay is left as it is."""
MODES = (*(mode.value for mode in EvMode), AUTO)
COUNTER = {"device_class": "energy", "state_class": "total_increasing", "unit_of_measurement": "kWh"}
HOUSE = ""
MOST_CAUSES = 20
POWER_BAND_W = 10.0
"""A power that changes by less is not published before the next complete round."""
CLOCK_PATTERN = r"^(|([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?)$"


@dataclass(frozen=True, slots=True)
class View:
    """The source of the values: the last tick and the energy counters."""

    report: TickReport
    books: Books
    troubles: tuple[Trouble, ...] = ()
    """What a person must act on."""


@dataclass(frozen=True, slots=True)
class Entity:
    """One value."""

    part: str
    """`ev.carport`, `battery.cellar`, `switch.boiler`, or empty for the house."""
    key: str
    """The last part of its topic. It never changes for a device, so that histories continue."""
    platform: str
    """`sensor`, `binary_sensor`, `select`, `switch`, `number`, or `text` of Home Assistant."""
    name: str
    read: Callable[[View], Payload]
    config: Mapping[str, Any] = field(default_factory=dict)
    """Further keys of its discovery message."""
    decimals: int = 0
    band: float = 0.0
    """A number that changes by less than this is not published at once."""
    command: bool = False
    """Whether it can be set."""
    attributes: Callable[[View], Any] | None = None
    """Further values as JSON on a topic of their own, published with the value."""
    occasion: Callable[[View], object] | None = None
    """The value is published at once only if this changes: a sentence whose figures change is not news."""

    @property
    def topic(self) -> str:
        """Its topic below the first part: `house/grid_power_w`, `ev/carport/mode`."""
        return f"{self.part.replace('.', '/') or 'house'}/{self.key}"


def entities(
    site: Site,
    inputs: tuple[InputPlan, ...],
    *,
    pvs: tuple[str, ...],
    currency: str,
    commands: bool,
    vehicles: tuple[str, ...] = (),
) -> tuple[Entity, ...]:
    """All values of a house. `commands`: whether they can be set over MQTT. `vehicles`: the cars of the settings."""
    return (
        *_house(currency),
        *(entity for name in pvs if len(pvs) > 1 for entity in _pv(name)),
        *(entity for name in site.chargers for entity in _charger(name, commands)),
        *(entity for name in site.chargers if vehicles for entity in _vehicle(name, vehicles, commands)),
        *(entity for name in site.batteries for entity in _battery(name)),
        *(entity for name in site.switches for entity in _load(name, commands)),
        *(_input(plan, commands) for plan in inputs),
    )


def _power(part: str, key: str, name: str, read: Callable[[View], Payload]) -> Entity:
    config = {"device_class": "power", "state_class": "measurement", "unit_of_measurement": "W"}
    return Entity(part, key, "sensor", name, read, {**config, "suggested_display_precision": 0}, band=POWER_BAND_W)


def _energy(part: str, key: str, name: str, read_wh: Callable[[View], float | None]) -> Entity:
    """A counter that never falls, as the energy dashboard needs it."""
    return Entity(part, key, "sensor", name, lambda view: _kwh(read_wh(view)), COUNTER, decimals=3, band=0.01)


def _choice(
    part: str,
    key: str,
    name: str,
    words: Iterable[str],
    read: Callable[[View], Payload],
    *,
    settable: bool = False,
) -> Entity:
    """One of some words."""
    platform, config = _choice_form(words, settable)
    return Entity(part, key, platform, name, read, config, command=settable)


def _choice_form(words: Iterable[str], settable: bool) -> tuple[str, dict[str, Any]]:
    """The platform of a choice and its further keys."""
    options = {"options": list(words)}
    return ("select", options) if settable else ("sensor", {"device_class": "enum", **options})


def _percent(part: str, key: str, name: str, read: Callable[[View], Payload]) -> Entity:
    config = {"device_class": "battery", "state_class": "measurement", "unit_of_measurement": "%"}
    return Entity(part, key, "sensor", name, read, config, decimals=1, band=0.5)


def _house(currency: str) -> Iterator[Entity]:
    yield _power(HOUSE, "grid_power_w", "Grid power", lambda view: view.report.shown.grid.power_w.value)
    yield _power(HOUSE, "home_power_w", "Home power", lambda view: home_power(view.report.shown).value)
    yield _power(HOUSE, "pv_power_w", "PV power", _pv_total)
    yield _energy(HOUSE, "grid_import_kwh", "Grid import", lambda view: view.books.import_wh)
    yield _energy(HOUSE, "grid_export_kwh", "Grid export", lambda view: view.books.export_wh)
    yield _energy(HOUSE, "pv_energy_kwh", "PV energy", lambda view: view.books.pv_wh)
    yield _energy(HOUSE, "battery_charged_kwh", "Battery charged", lambda view: view.books.charged_wh)
    yield _energy(HOUSE, "battery_discharged_kwh", "Battery discharged", lambda view: view.books.discharged_wh)
    price = {"state_class": "measurement", "unit_of_measurement": f"{currency}/kWh"}
    yield Entity(HOUSE, "import_price", "sensor", "Import price", _price, price, decimals=4)
    yield Entity(HOUSE, "dimmed", "binary_sensor", "Dimmed by the grid operator", _dimmed)
    yield Entity(
        HOUSE,
        "problem",
        "binary_sensor",
        "Problem",
        lambda view: bool(view.troubles),
        {"device_class": "problem", "entity_category": "diagnostic"},
        attributes=lambda view: {"problems": [printable(one.text) for one in view.troubles]},
        occasion=lambda view: tuple(one.key for one in view.troubles),
    )


def _pv_total(view: View) -> Payload:
    powers = [pv.power_w.value for pv in view.report.shown.pvs.values()]
    return None if not powers or None in powers else sum(power for power in powers if power is not None)


def _price(view: View) -> Payload:
    ct = view.report.shown.prices.import_ct.value
    return None if ct is None else ct / 100.0


def _dimmed(view: View) -> Payload:
    return view.report.shown.grid.dimmed.value


def _pv(name: str) -> Iterator[Entity]:
    yield _power(f"pv.{name}", "power_w", f"PV {name} power", lambda view: view.report.shown.pvs[name].power_w.value)


def _charger(name: str, commands: bool) -> Iterator[Entity]:
    part = f"ev.{name}"
    yield _power(part, "power_w", "Power", lambda view: view.report.shown.evs[name].power_w.value)
    yield _energy(part, "energy_kwh", "Energy", lambda view: _consumed(view, part))
    statuses, modes = [status.value for status in EvStatus], [mode.value for mode in EvMode]
    yield _choice(part, "status", "Status", statuses, lambda view: _word(view.report.shown.evs[name].status.value))
    yield _choice(part, "mode", "Mode", MODES, lambda view: _override(view, f"{part}.mode"), settable=commands)
    claimed = f"{part}.mode"
    yield _choice(part, "active_mode", "Active mode", modes, lambda view: _claimed(view, claimed, EvMode.OFF.value))
    yield Entity(
        part,
        GOAL,
        "text" if commands else "sensor",
        "Goal",
        lambda view: _goal(view, name),
        {"max": 40} if commands else {},
        command=commands,
        attributes=lambda view: _goal_details(view, name),
    )
    current = {"device_class": "current", "state_class": "measurement", "unit_of_measurement": "A"}
    yield Entity(part, "setpoint_a", "sensor", "Setpoint", lambda view: _offer_a(view, part), current, decimals=1)
    yield Entity(
        part,
        "session_kwh",
        "sensor",
        "Energy of the session",
        lambda view: _kwh(view.report.shown.evs[name].session_energy_wh.value),
        COUNTER,
        decimals=2,
        band=0.05,
    )
    yield _percent(part, "soc_percent", "State of charge", lambda view: view.report.shown.evs[name].soc_percent.value)
    distance = {"device_class": "distance", "state_class": "measurement", "unit_of_measurement": "km"}
    yield Entity(
        part,
        "range_km",
        "sensor",
        "Range",
        lambda view: view.report.shown.evs[name].range_km.value,
        distance,
        decimals=0,
        band=1.0,
    )
    yield _why(part)


def _vehicle(charger: str, vehicles: tuple[str, ...], commands: bool) -> Iterator[Entity]:
    """The car at a charger: what is set by hand, and what holds."""
    part = f"ev.{charger}"
    target, words, none = f"{part}.{VEHICLE}", list(dict.fromkeys((*vehicles, GUEST))), released_by(VEHICLE, vehicles)
    yield _choice(
        part, VEHICLE, "Vehicle", [*words, none], lambda view: _override(view, target, none), settable=commands
    )
    yield _choice(
        part, "active_vehicle", "Active vehicle", words, lambda view: view.report.shown.evs[charger].vehicle or None
    )


def _battery(name: str) -> Iterator[Entity]:
    part = f"battery.{name}"
    yield _power(part, "power_w", "Power", lambda view: view.report.shown.batteries[name].power_w.value)
    yield _percent(
        part, "soc_percent", "State of charge", lambda view: view.report.shown.batteries[name].soc_percent.value
    )
    yield _why(part)


def _load(name: str, commands: bool) -> Iterator[Entity]:
    part = f"switch.{name}"
    target, states = f"{part}.state", [*map(str, SWITCH_STATE.words)]
    yield Entity(part, "on", "binary_sensor", "On", lambda view: view.report.shown.switches[name].on.value)
    yield _power(part, "power_w", "Power", lambda view: view.report.shown.switches[name].power_w.value)
    yield _energy(part, "energy_kwh", "Energy", lambda view: view.report.shown.switches[name].energy_total_wh.value)
    yield _choice(part, "state", "State", [*states, AUTO], lambda view: _override(view, target), settable=commands)
    active = [*states, UNCLAIMED]
    yield _choice(part, "active_state", "Active state", active, lambda view: _claimed(view, target, UNCLAIMED))
    yield _why(part)


def _why(part: str) -> Entity:
    """The answer in a sentence. The causes are attributes."""
    config = {"entity_category": "diagnostic", "icon": "mdi:help-circle-outline"}
    return Entity(
        part,
        "why",
        "sensor",
        "Why",
        lambda view: _answer(view, part),
        config,
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


def _consumed(view: View, consumer: str) -> float:
    found = view.books.consumed.get(consumer)
    return 0.0 if found is None else found.total


def _word(status: EvStatus | None) -> Payload:
    return None if status is None else status.value


def _kwh(energy_wh: float | None) -> Payload:
    return None if energy_wh is None else energy_wh / KWH


def released_by(key: str, vehicles: Collection[str]) -> str:
    """The word of a choice that ends what is set by hand. A vehicle may have the name `auto`."""
    return NOT_SET if key == VEHICLE and AUTO in vehicles else AUTO


def _override(view: View, target: str, without: str = AUTO) -> Payload:
    memory = view.report.memory
    held = next((one.value for one in (memory.overrides if memory else ()) if one.target == target), without)
    return str(held)


def _claimed(view: View, target: str, without: str) -> Payload:
    """The value that a rule or an override claims, or the word for a target without a claim."""
    claimed = view.report.verdict.claims.get(target)
    return without if claimed is None else str(claimed.value)


def _goal(view: View, charger: str) -> Payload:
    """`80% 2026-12-24 06:30`, as a command writes it."""
    state = view.report.state
    goal = state.goals.get(charger)
    if goal is None or goal.ready_s.value is None:
        return NO_GOAL
    soc, energy_wh = goal.target_soc_percent.value, goal.target_energy_wh.value
    aim = f"{(energy_wh or 0.0) / KWH:g}kWh" if soc is None else f"{soc:g}%"
    return f"{aim} {datetime.fromtimestamp(goal.ready_s.value, state.local.tzinfo):%Y-%m-%d %H:%M}"


def _goal_details(view: View, charger: str) -> dict[str, Any]:
    goal = view.report.state.goals.get(charger)
    if goal is None:
        return {}
    needs_wh = goal.needs_wh.value
    return {"needs_kwh": None if needs_wh is None else round(needs_wh / KWH, 1), "overdue": goal.overdue.value}


def _offer_a(view: View, part: str) -> Payload:
    command = view.report.decision.commands.get(part)
    return command.order.current_a if command is not None and isinstance(command.order, EvOrder) else None


def _input(plan: InputPlan, commands: bool) -> Entity:
    spec, settable = plan.spec, commands and plan.by_hand
    platform, config = _input_form(spec, settable)
    return Entity(
        "input",
        spec.name,
        platform,
        spec.meaning or f"Input {spec.name}",
        lambda view: _input_value(view, spec),
        config,
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
        return _choice_form(spec.options, settable)
    if spec.kind == "time":
        template = "{{ '' if value == 'None' else value }}"
        text = {"pattern": CLOCK_PATTERN, "max": 8, "value_template": template}
        return ("text", text) if settable else ("sensor", {})
    unit = {"unit_of_measurement": spec.value_kind.unit} if spec.value_kind.unit else {}
    if not settable:
        return "sensor", {**unit, "state_class": "measurement"}
    low, high = -1e6 if spec.low is None else spec.low, 1e6 if spec.high is None else spec.high
    return "number", {**unit, "min": low, "max": high, "step": 0.1, "mode": "box"}


def attributes_text(value: Any) -> str:
    """Attributes as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
