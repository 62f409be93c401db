"""The settings of notifications: where messages go, and how many."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from optimizer.settings.devices import Name
from optimizer.settings.secret import AppriseUrl
from optimizer.settings.site import Section
from optimizer.words.text import Text

KindName = Literal[
    "service",
    "hand_back",
    "refuses",
    "disobeys",
    "silent",
    "fault",
    "reading",
    "budget",
    "rules",
    "update",
    "goal",
    "departure",
    "schedule",
    "journal",
    "output",
]
ClockTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class TargetSettings(Section):
    """One place that messages go to."""

    apprise_url: AppriseUrl
    """URL of Apprise, such as `ntfy://my-topic`. It is a secret. Put it in a file (`apprise_url_file`), a credential,
    or the environment."""


class NotifySettings(Section):
    """Messages to people about troubles that they must act on. It needs Apprise (docs/how-to/notifications.md)."""

    targets: dict[Name, TargetSettings] = Field(min_length=1, max_length=10)
    """Where messages go, by names of your choice. Each message goes to all of them."""
    without: tuple[KindName, ...] = ()
    """Kinds of troubles that are not sent."""
    repeat_h: float = Field(default=24.0, ge=0, le=720)
    """A trouble that lasts is sent again after this time in h. 0: never."""
    per_day: int = Field(default=20, ge=1, le=200)
    """Most messages in a day."""
    plug_in_h: float = Field(default=2.0, ge=0, le=48)
    """A car that is not plugged in is reported this time in h before its charging must begin at the latest."""
    quiet_from: ClockTime | None = None
    """Beginning of the quiet hours, such as `22:00`. Only urgent troubles are sent in them."""
    quiet_to: ClockTime | None = None
    """End of the quiet hours, such as `07:00`."""

    @model_validator(mode="after")
    def _quiet_hours_are_complete(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_to is None):
            raise ValueError(Text("give both `quiet_from` and `quiet_to`, or none of them"))
        return self
