"""The documents of the API about recorded days: visits of cars, and the energies and the money of days.

Figures are in the unit of their name, and null while unknown.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from optimizer.journal.sessions import GoalResult
from optimizer.serve.web.document_time import Time


class SessionDocument(TypedDict):
    """The visit of one car. Energies by the accounts of the service, or of the program that recorded it."""

    charger: str
    vehicle: str
    start: Time
    end: Time | None
    """Null while the car is there."""
    source: Annotated[str, Field(description="Empty: this service. Else the program that it is imported from")]
    energy_wh: float
    surplus_wh: Annotated[float | None, Field(description="Null if it is imported")]
    battery_wh: Annotated[float | None, Field(description="Null if it is imported")]
    sun_wh: Annotated[float | None, Field(description="Surplus and battery together; null if the origin is not known")]
    grid_wh: Annotated[float | None, Field(description="Null if the origin of the energy is not known")]
    unknown_wh: Annotated[float, Field(description="Energy of which the origin is not known")]
    sun_percent: float | None
    grid_cost_ct: Annotated[float | None, Field(description="Null if it is imported")]
    lost_feed_in_ct: Annotated[float | None, Field(description="Null if it is imported")]
    cost_ct: Annotated[float | None, Field(description="Null if it is imported without a price")]
    unpriced_wh: float
    """Energy without a known price. It is in no cost."""
    unaccounted_s: Annotated[float | None, Field(description="Null if it is imported")]
    meter_start_wh: float | None
    meter_end_wh: float | None
    mode_s: dict[str, float]
    saved_ct: Annotated[
        float | None, Field(description="How much more charging at once would have cost; null while it is open")
    ]
    goal: Annotated[str, Field(description="The last goal of the visit, or empty")]
    goal_met: bool | None
    goal_result: Annotated[
        GoalResult,
        Field(description="Empty if an older version recorded the visit; open if the car left before the time"),
    ]
    goal_missing_wh: Annotated[float | None, Field(description="Energy at the charger that was missing")]
    goal_missing_percent: Annotated[float | None, Field(description="The same as state of charge")]


class SessionMonth(TypedDict):
    """The sums of the visits that began in one local month."""

    month: Annotated[str, Field(examples=["2026-05"])]
    sessions: int
    own_sessions: Annotated[int, Field(description="The sessions that are not imported")]
    energy_wh: float
    surplus_wh: Annotated[float, Field(description="Of the sessions that are not imported, like battery_wh")]
    battery_wh: float
    sun_wh: Annotated[float, Field(description="Surplus and battery together, of all sessions")]
    grid_wh: float
    unknown_wh: Annotated[float, Field(description="Energy of which the origin is not known")]
    sun_percent: Annotated[float | None, Field(description="Of the energy with a known origin")]
    cost_ct: float
    unpriced_wh: Annotated[float, Field(description="Energy without a known price. It is in no cost")]
    saved_ct: Annotated[float | None, Field(description="How much more charging at once would have cost")]
    saved_sessions: Annotated[int, Field(description="The sessions for which this is known")]


class UsedDocument(TypedDict):
    """An energy in Wh, or its cost in ct, by where it comes from."""

    surplus: float
    battery: float
    grid: float


class Period(TypedDict):
    """The energies and the money of a day, a month, or a year."""

    period: Annotated[str, Field(examples=["2026-05-02", "2026-05", "2026"])]
    days: Annotated[int, Field(description="Days with a record")]
    days_total: Annotated[int, Field(description="Days of the period until today")]
    hours: Annotated[float, Field(description="Time in which every power was known. The energies are of this time")]
    pv_wh: float
    import_wh: float
    export_wh: float
    home_wh: UsedDocument
    cars_wh: UsedDocument
    home_ct: UsedDocument
    cars_ct: UsedDocument
    import_ct: Annotated[float | None, Field(description="Null if no import price was known")]
    export_ct: Annotated[float | None, Field(description="Null if no payment for export was known")]
    unpriced_wh: Annotated[float, Field(description="Energy used without a known price. It is in no cost")]


class EnergyDocument(TypedDict):
    """The recorded periods, oldest first. A period without a record is not in the list."""

    by: Literal["day", "month", "year"]
    of: Annotated[str, Field(description="The month of the days, the year of the months, or empty for years")]
    today: str
    currency: Annotated[str, Field(description="The currency of which ct is the hundredth")]
    periods: list[Period]
