"""The documents of the JSON API about what is expected: prices, forecasts, and the schedule.

They are types, as in `documents`. A figure is null while it is unknown.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from optimizer.serve.web.document_time import Time


class PriceSlot(TypedDict):
    """A price in ct/kWh, from `start` until just before `end`."""

    start: Time
    end: Time
    ct: float
    parts: dict[str, float]
    """What it is made of. The parts add up to the price."""


class PriceFeed(TypedDict):
    """One source of prices."""

    name: str
    service: str
    fetched: Time | None
    known_until: Time | None
    """Null while the price of now is unknown."""
    problem: str


Prices = TypedDict(
    "Prices",
    {"now": Time, "import": list[PriceSlot], "feed_in": list[PriceSlot], "sources": list[PriceFeed]},
)
"""Prices of yesterday, today, and tomorrow. The lists are empty if prices do not change."""


class ForecastSlot(TypedDict):
    """Forecast powers in W from `start` until just before `end`. Null: unknown."""

    start: Time
    end: Time
    pv_w: float | None
    pv_low_w: float | None
    """Nine of ten days exceed it."""
    pv_high_w: float | None
    """One of ten days exceeds it."""
    home_w: float | None
    """Consumption without the cars."""
    surplus_w: float | None
    """PV beyond the consumption, never negative."""
    pv_measured_w: float | None
    """What came, for a past quarter hour."""


class ForecastDay(TypedDict):
    """Forecast energies of one local day in Wh. Null: not all of the day is known."""

    date: str
    pv_wh: float | None
    pv_low_wh: float | None
    pv_high_wh: float | None
    home_wh: float | None
    surplus_wh: float | None


class ForecastCorrection(TypedDict):
    """The correction of the service, learned from the past of these roofs."""

    factors: dict[str, float]
    """By part of the day, 0.5 to 1.5. A missing one is 1."""
    service_part: float
    """Part of the service in the forecast, 0 to 1. The rest is the mean of the last seven days."""
    low: float | None
    high: float | None
    """Parts of the forecast that nine of ten days, and one of ten days, exceeded."""
    error: float
    """Usual error of a quarter hour as a part of the forecast, 0 to 1."""
    day_error: float
    """The same for the energy of a day."""
    days: int
    problem: str
    """Why the PV system may not work as expected."""


class Forecast(TypedDict):
    """The forecast from the beginning of today on. The lists are empty without a forecast."""

    now: Time
    slots: list[ForecastSlot]
    days: list[ForecastDay]
    correction: ForecastCorrection | None
    sources: list[PriceFeed]


class ScheduledCar(TypedDict):
    """One car in one slot of the schedule."""

    charger: str
    mode: Literal["off", "surplus", "fast"]
    power_w: Annotated[float, Field(description="Expected mean power")]
    phases: Annotated[int, Field(description="Number of phases for `fast`; 0: the control chooses")]
    charged_wh: Annotated[float, Field(description="Energy in the car at the end of the slot since the first slot")]
    worth_ct: Annotated[float, Field(description="Worth of a kWh in the car")]
    text: Annotated[str, Field(description="The reason")]


class ScheduledBattery(TypedDict):
    """The house battery in one slot of the schedule."""

    mode: Literal["auto", "hold", "charge", "no_charge", "discharge"]
    power_w: Annotated[float, Field(description="Expected mean power: + discharge, − charge")]
    energy_wh: Annotated[float, Field(description="Stored energy at the end of the slot")]
    worth_ct: Annotated[float, Field(description="Worth of a stored kWh")]
    text: Annotated[str, Field(description="The reason")]


class ScheduledSlot(TypedDict):
    """The modes of the house in one slot."""

    start: Time
    end: Time
    import_ct: float
    feed_in_ct: float
    known: Annotated[bool, Field(description="Whether the prices are published; otherwise they are a guess")]
    pv_w: float
    home_w: Annotated[float, Field(description="Expected consumption without the cars")]
    grid_w: Annotated[float, Field(description="Expected grid power: + import")]
    best_ct: Annotated[float, Field(description="Expected cost from this slot on")]
    second_ct: Annotated[float | None, Field(description="The same with the best other action in this slot")]
    second: Annotated[str, Field(description="That action")]
    cars: list[ScheduledCar]
    battery: ScheduledBattery | None


class ScheduledGoal(TypedDict):
    """The outcome of a goal by the schedule."""

    charger: str
    ready: Annotated[Time, Field(description="When the car leaves")]
    need_wh: Annotated[float, Field(description="Energy that its battery needs")]
    reached: Annotated[Time | None, Field(description="When it is reached; null: not before the car leaves")]
    lack_wh: Annotated[float, Field(description="Energy that will be missing in its battery")]
    text: str


class ScheduledCosts(TypedDict):
    """The parts of the cost of a schedule: import − feed-in + wear + changes is its cost."""

    import_ct: float
    feed_in_ct: Annotated[float, Field(description="What feed-in brings")]
    wear_ct: Annotated[float, Field(description="Wear of the battery")]
    changes_ct: Annotated[
        float,
        Field(description="What starts, interruptions, switches of phases, and commands count. Nobody bills them"),
    ]


class ScheduleDocument(TypedDict):
    """The schedule in force, with the reason of each slot."""

    now: Time
    made: Annotated[Time | None, Field(description="Null while there is no schedule; `why` says why")]
    good_until: Time | None
    reason: Annotated[str, Field(description="The event for which it was made")]
    why: Annotated[str, Field(description="Why there is no schedule, or empty")]
    problem: Annotated[str, Field(description="Why the last attempt has failed, or empty")]
    next_try: Annotated[
        Time | None,
        Field(description="When a failed attempt is repeated without another event; null: none has failed"),
    ]
    alarm: Annotated[bool, Field(description="Whether several attempts in a row have failed")]
    solver: Annotated[str, Field(description="`modes`, or `cheapest` for the cheapest slots; empty without a schedule")]
    cost_ct: Annotated[float | None, Field(description="Expected cost of all slots")]
    costs: Annotated[ScheduledCosts | None, Field(description="Its parts; null for a schedule of an older version")]
    prices_known_until: Annotated[Time | None, Field(description="Null if no price from now on is known")]
    assumed: Annotated[
        list[Literal["import_price", "feed_in_price", "pv", "home"]],
        Field(description="Of these nothing is known, so a fixed value is assumed"),
    ]
    slots: list[ScheduledSlot]
    goals: list[ScheduledGoal]
    notes: list[str]
    changes: Annotated[list[str], Field(description="What is different from the schedule before")]
