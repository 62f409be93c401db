"""The documents of the JSON API as types. `view` builds them, mypy checks it, and OpenAPI is generated from them.

Figures are in the unit of their name, and null while unknown. Grid: + import. Battery: + discharge.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""ISO 8601 with offset."""


class Error(TypedDict):
    """The reason why a request is refused."""

    error: str


class Cause(TypedDict):
    """A cause in words and in figures."""

    code: str
    subject: str
    rule: str
    numbers: dict[str, float | None]
    detail: str
    text: str


class Why(TypedDict):
    """The reasons for the order of a device."""

    device: str
    answer: str
    rule: str
    wanted: str
    causes: list[Cause]


class WhyAt(TypedDict):
    """The same for all devices at one moment."""

    at: Time
    why: list[Why]


class PvPower(TypedDict):
    """One PV system."""

    name: str
    power_w: float | None


class BatteryPower(TypedDict):
    """One battery."""

    name: str
    power_w: float | None
    soc_percent: float | None


class Condition(TypedDict):
    """The condition that a charger reports. Lists are empty if it does not measure."""

    error: Annotated[str | None, Field(description="`none` without an error")]
    warning: Annotated[str | None, Field(description="`none` without a warning")]
    residual_current: Annotated[str | None, Field(description="`none` without a residual current")]
    faults: Annotated[list[str], Field(description="The faults in words, empty without a fault")]
    relays: Annotated[str | None, Field(description="The conductors that are connected, or `none`")]
    housing_temp_c: float | None
    connector_temp_c: Annotated[list[float | None], Field(description="L1 to L3")]
    plug_temp_c: Annotated[list[float | None], Field(description="Pins 1 and 2 of a domestic plug")]
    voltage_v: Annotated[list[float | None], Field(description="L1 to L3")]
    neutral_current_a: float | None
    signal_dbm: float | None


class Car(TypedDict):
    """One charger and the car on it."""

    name: str
    status: str | None
    power_w: float | None
    offered_a: Annotated[float | None, Field(description="A per phase, 0 while paused")]
    phases: int | None
    session_wh: float | None
    vehicle: Annotated[str, Field(description="The car of the settings, or empty")]
    soc_percent: float | None
    soc_estimated: Annotated[bool | None, Field(description="Whether the state of charge is an estimate")]
    limit_soc_percent: Annotated[float | None, Field(description="The car's own charging limit")]
    range_km: Annotated[float | None, Field(description="The range that the car last reported")]
    blocked: Annotated[str, Field(description="Why the charger refuses writes, or empty")]
    condition: Condition


class Load(TypedDict):
    """One switchable load."""

    name: str
    on: Annotated[bool | None, Field(description="Whether its relay is closed")]
    power_w: Annotated[float | None, Field(description="Null if the relay does not measure")]
    energy_wh: Annotated[float | None, Field(description="The energy counter of the relay")]
    blocked: Annotated[str, Field(description="Why the relay refuses to switch on, or empty")]


class House(TypedDict):
    """The powers of the house."""

    grid_w: float | None
    home_w: float | None
    dimmed: bool | None
    pvs: list[PvPower]
    batteries: list[BatteryPower]
    evs: list[Car]
    switches: list[Load]


class Unknown(TypedDict):
    """A reading that is unknown, and the reason."""

    what: str
    why: str


class Meter(TypedDict):
    """The delay of the grid meter."""

    delay_s: Annotated[float | None, Field(description="As set or as learnt; null until it is known")]
    late: Annotated[bool, Field(description="Whether the control waits for it after each change of a car")]
    text: Annotated[str, Field(description="A sentence about a late meter, or empty")]


class LockedOut(TypedDict):
    """A car that cannot start because its budget of starts is used up."""

    ev: str
    rest_s: Annotated[float, Field(description="Time until the next start is possible")]
    text: str


class Target(TypedDict):
    """The winner of a target, or a limit."""

    target: str
    kind: Literal["claim", "limit"]
    value: str | float | None
    rule: str


class Device(TypedDict):
    """The health of a device."""

    name: str
    brand: str
    up: bool
    age_s: Annotated[float | None, Field(description="Since the last good answer")]
    latency_s: float | None
    reads: int
    errors: Annotated[dict[str, int], Field(description="Failed reads by kind")]
    writes: Annotated[dict[str, int], Field(description="Writes by kind")]
    message: Annotated[str, Field(description="Why it does not answer, or empty")]
    disobeys: Annotated[str, Field(description="How it does not follow its setpoint, or empty")]
    refuses: Annotated[str, Field(description="Why it refuses writes, or empty")]


class Lease(TypedDict):
    """A setpoint with its expiry."""

    device: str
    order: str
    remaining_s: float
    written_age_s: Annotated[float | None, Field(description="Since the last write; null before it")]
    longest_gap_s: Annotated[float | None, Field(description="Longest time between two writes")]


class Rule(TypedDict):
    """The state of a rule."""

    rule: str
    state: Annotated[str, Field(examples=["pending"])]
    in_force: bool
    said: list[str]
    for_s: NotRequired[Annotated[float | None, Field(description="How long it has been in this state")]]
    due_in_s: NotRequired[Annotated[float | None, Field(description="When it goes on by itself")]]


class RuleByHand(TypedDict):
    """A rule that is switched by hand, above what its file says."""

    rule: Annotated[str, Field(examples=["night-tariff"])]
    enabled: Annotated[Literal["true", "false", "dry-run"], Field(description="What holds instead")]


class Override(TypedDict):
    """A target that is held by hand."""

    target: Annotated[str, Field(examples=["ev.carport.mode"])]
    value: Annotated[str | float, Field(examples=["fast"])]
    until: Time
    session: bool
    to_percent: Annotated[float | None, Field(description="State of charge at which it ends; null: only with its time")]


class ChargerControl(TypedDict):
    """The settings that one charger takes by hand."""

    name: str
    max_current_a: float
    can_switch_phases: bool


class BatteryControl(TypedDict):
    """The settings that one battery takes by hand."""

    name: str
    max_charge_w: float
    max_discharge_w: float
    can_bound_discharge: bool


class LoadControl(TypedDict):
    """A load that can be switched."""

    name: str
    power_w: Annotated[float, Field(description="Largest power of the load")]


class Controls(TypedDict):
    """The devices that accept commands, with the ranges of their targets."""

    chargers: list[ChargerControl]
    batteries: list[BatteryControl]
    switches: list[LoadControl]
    vehicles: Annotated[list[str], Field(description="The cars that can be set as the one at a charger")]


class Access(TypedDict):
    """The rights of this browser."""

    token_set: Annotated[bool, Field(description="Without a token in the settings nobody can change anything")]
    may_change: Annotated[bool, Field(description="Whether this browser is logged in")]
    until: Annotated[Time | None, Field(description="When the login ends")]


class LoginDocument(TypedDict):
    """A browser that is logged in."""

    id: Annotated[str, Field(description="A name for commands. It opens nothing")]
    device: Annotated[str, Field(examples=["Firefox on Android"])]
    since: Time
    until: Time
    this_browser: bool


class RuleBook(TypedDict):
    """The rule book in force."""

    version: str
    error: Annotated[str, Field(description="Why a changed book cannot be used, or empty")]
    failures: int


class Input(TypedDict):
    """A value of the owner that rules read as `input.<name>`."""

    name: str
    type: Literal["number", "switch", "choice", "time"]
    about: str
    unit: Annotated[str, Field(description="Unit of `value`, `low`, and `high`; empty for a plain value")]
    low: float | None
    high: float | None
    options: Annotated[list[str], Field(description="The words of a choice")]
    source: Annotated[str, Field(description="Where it is read from; empty if it is set by hand")]
    settable: bool
    value: Annotated[
        float | bool | str | None, Field(description="Null while unknown. A time of day is in s since midnight")
    ]
    text: Annotated[str, Field(description="The value in words", examples=["on", "1.4kW", "07:00", "unknown"])]
    why: Annotated[str, Field(description="Why it is unknown, or empty")]
    age_s: Annotated[float, Field(description="Since it was measured or set, or since it is unknown")]
    by: Annotated[str, Field(description="Who set it; empty for a default and for a source")]
    at: Annotated[Time | None, Field(description="When it was set")]


class Goal(TypedDict):
    """The goal of a charger: what its car needs until it leaves."""

    charger: str
    vehicle: Annotated[str, Field(description="The vehicle that the goal is for; empty for any car")]
    goal: Annotated[str, Field(description="What it asks for; empty without a goal", examples=["80%", "12kWh"])]
    soc_percent: float | None
    energy_wh: float | None
    ready: Annotated[Time | None, Field(description="When the car leaves; null without a goal")]
    once: Annotated[bool, Field(description="Whether it was set by hand for one departure")]
    by: Annotated[str, Field(description="Who set it; empty for a goal of the settings")]
    at: Annotated[Time | None, Field(description="When it was set by hand")]
    replaces: Annotated[Time | None, Field(description="The departure of a repeating goal that it replaces")]
    state: Literal["none", "away", "open", "reached", "overdue", "impossible", "unknown"]
    needs_wh: Annotated[float | None, Field(description="Energy from the charger until it is reached")]
    lacks_wh: Annotated[
        float | None, Field(description="Energy that will be missing, also with full power from now on")
    ]
    text: Annotated[str, Field(description="The state in a sentence")]


class Energy(TypedDict):
    """The energy of a consumer by source, in Wh."""

    surplus_wh: float
    battery_wh: float
    grid_wh: float


class Today(TypedDict):
    """Energies since midnight."""

    consumed: Annotated[dict[str, Energy], Field(description="By consumer: `home` and `ev.<name>`")]
    import_wh: float
    export_wh: float
    pv_wh: float
    charged_wh: float
    discharged_wh: float
    self_consumption: Annotated[float | None, Field(description="0 to 1")]
    autarky: Annotated[float | None, Field(description="0 to 1")]


class TickStatus(TypedDict):
    """The state of the house in one tick."""

    at: Time
    local: Time
    time_zone: Annotated[str, Field(description="The house's, as IANA names it", examples=["Europe/Berlin"])]
    tick: int
    observe_only: bool
    house: House
    unknown: list[Unknown]
    meter: Meter
    locked_out: list[LockedOut]
    why: list[Why]
    targets: list[Target]
    devices: list[Device]
    leases: list[Lease]
    rules: list[Rule]
    rules_by_hand: list[RuleByHand]
    overrides: list[Override]
    book: RuleBook
    today: Today


class Output(TypedDict):
    """An output of values or messages: MQTT, or notifications."""

    name: str
    problem: Annotated[str, Field(description="Why it cannot send, or empty")]


class Status(TickStatus):
    """All that the status page shows."""

    name: Annotated[str, Field(description="The name of the house")]
    controls: Controls
    healthy: Annotated[str, Field(description="Empty while healthy, otherwise the reason")]
    record: Annotated[str, Field(description="Why the record of devices cannot be kept, or empty")]
    journal: Annotated[str, Field(description="Why nothing is recorded, or empty")]
    outputs: list[Output]
    reminders: Annotated[list[str], Field(description="What the owner still has to do after the first settings")]
    can_override: bool
    inputs: list[Input]
    goals: list[Goal]


class History(TypedDict):
    """Means over a step: one row a step, times in ms since 1970."""

    columns: list[str]
    step_s: Annotated[int, Field(description="Length of a step: 60 s up to 12 hours, longer for more hours")]
    rows: list[list[float | None]]


class Change(TypedDict):
    """One line of the log."""

    at: Time
    kind: Annotated[str, Field(json_schema_extra={"enum": ["why", "write", "device", "rules"]})]
    subject: str
    text: str


class WantedOrder(TypedDict):
    """The order for a device. Chargers, batteries, and switches have different figures."""

    wanted: str
    lease_s: float
    current_a: NotRequired[float]
    phases: NotRequired[int]
    energy_limit_wh: NotRequired[float | None]
    urgent: NotRequired[bool]
    action: NotRequired[str]
    power_w: NotRequired[float | None]
    max_charge_w: NotRequired[float | None]
    max_discharge_w: NotRequired[float | None]
    state: NotRequired[str]


class DecisionDocument(TypedDict):
    """The last decision with its causes."""

    at: Time
    commands: dict[str, WantedOrder]
    causes: list[Cause]


Json = dict[str, Any]
"""A document whose form is not fixed: the recorded state."""
