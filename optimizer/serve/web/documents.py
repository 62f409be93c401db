"""The documents of the JSON API as types. `view` builds them, mypy checks it, and OpenAPI is generated from them.

Figures are in the unit of their name, and null while unknown. Grid: + import. Battery: + discharge.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from optimizer.serve.web.by_hand_documents import Controls, Goal, Input, Override, RuleByHand
from optimizer.serve.web.document_time import Time
from optimizer.serve.web.house_documents import House


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


class Unknown(TypedDict):
    """A reading that is unknown, and the reason."""

    what: str
    why: str


class Meter(TypedDict):
    """The delay of the grid meter."""

    delay_s: Annotated[float | None, Field(description="As set or as learned; null until it is known")]
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


class RuleBook(TypedDict):
    """The rule book in force."""

    version: str
    error: Annotated[str, Field(description="Why a changed book cannot be used, or empty")]
    failures: int


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
    not_kept: Annotated[
        list[str], Field(description="Changes by hand that the disk did not take yet: a restart before loses them")
    ]
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
