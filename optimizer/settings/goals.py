"""The settings of goals: when a car leaves, and the state of charge or the energy that it needs."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from optimizer.model.goal_text import aim_of, days_and_clock
from optimizer.settings.devices import Name
from optimizer.settings.site import Section
from optimizer.words.text import Text


def _percent_text(value: Any) -> Any:
    """A plain number is a percentage."""
    return f"{value:g}%" if isinstance(value, int | float) and not isinstance(value, bool) else value


def _soc(text: str | None) -> str | None:
    if text is not None and aim_of(text).soc_percent is None:
        raise ValueError(
            Text("“{text}” is an energy. Write `energy: {text}`, or a state of charge such as 80%", text=text)
        )
    return text


def _energy(text: str | None) -> str | None:
    if text is not None and aim_of(text).energy_wh is None:
        raise ValueError(
            Text("“{text}” is a state of charge. Write `soc: {text}`, or an energy such as 12kWh", text=text)
        )
    return text


def _ready(text: str) -> str:
    days_and_clock(text)
    return text


class GoalSettings(Section):
    """A goal that repeats: the car leaves on these weekdays at this time. Give `soc` or `energy`."""

    charger: Name | None = None
    """Charger of the goal, for any car. Give this or `vehicle`."""
    vehicle: Name | None = None
    """Vehicle of the goal, at the charger at which it is."""
    ready: Annotated[str, StringConstraints(max_length=60), AfterValidator(_ready)] = Field(
        examples=["mon-fri 07:00", "sat,sun 09:00", "07:00"]
    )
    """Weekdays and the time of the local clock at which the car leaves, such as `mon-fri 07:00`."""
    soc: Annotated[str | None, BeforeValidator(_percent_text), AfterValidator(_soc)] = None
    """State of charge of the car at that time, such as `80%`. It needs a vehicle with `capacity_wh`."""
    energy: Annotated[str | None, AfterValidator(_energy)] = None
    """Energy that the car gets from the charger until then, such as `12kWh`, since it was plugged in."""

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if (self.charger is None) == (self.vehicle is None):
            raise ValueError(Text("give `charger` or `vehicle`, and not both"))
        if (self.soc is None) == (self.energy is None):
            raise ValueError(Text("give `soc` (such as 80%) or `energy` (such as 12kWh), and not both"))
        return self

    @property
    def aim_text(self) -> str:
        """The given aim."""
        return self.soc or self.energy or ""
