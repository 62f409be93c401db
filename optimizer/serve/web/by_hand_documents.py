"""Values and states that a person sets by hand, and the right to do so, as documents of the JSON API."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from optimizer.serve.web.document_time import Time


class NotKept(TypedDict):
    """The part of an answer to a change by hand that says whether a restart keeps it."""

    not_kept: Annotated[
        list[str], Field(description="Changes by hand that the disk did not take yet: a restart before loses them")
    ]


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
    repeats: Annotated[bool, Field(description="Whether the settings have goals that repeat for it")]
    paused_until: Annotated[Time | None, Field(description="Repeating goals pause until then; null: they hold")]
    paused_by: Annotated[str, Field(description="Who paused them, or empty")]
    state: Literal["none", "away", "open", "reached", "overdue", "impossible", "unknown"]
    needs_wh: Annotated[float | None, Field(description="Energy from the charger until it is reached")]
    lacks_wh: Annotated[
        float | None, Field(description="Energy that will be missing, also with full power from now on")
    ]
    text: Annotated[str, Field(description="The state in a sentence")]
