"""The kinds of troubles, and what a message of each kind needs."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of trouble."""

    about: str
    lasts_s: float
    """A trouble that ends earlier is not sent, s."""
    ends: bool = True
    """Whether its end is worth a message."""
    urgent: bool = False
    """Whether it is sent in quiet hours too."""


KINDS = {
    "service": Kind("the service makes no decisions, or cannot keep its record of devices", 60.0, urgent=True),
    "hand_back": Kind("a device is not handed back", 0.0, urgent=True),
    "refuses": Kind("a device refuses writes, or does not fit its settings", 120.0, urgent=True),
    "disobeys": Kind("a device does not follow its command", 120.0, urgent=True),
    "silent": Kind("a device does not answer", 300.0),
    "fault": Kind("a charger reports a fault", 60.0),
    "reading": Kind("a reading is implausible", 120.0),
    "budget": Kind("a car has used its starts", 60.0),
    "rules": Kind("the changed rules contain a mistake", 60.0),
    "update": Kind("changed rules are in force", 60.0, ends=False),
    "goal": Kind("the goal of a car cannot be reached", 60.0, ends=False),
    "departure": Kind("a car is not plugged in before its departure", 0.0, ends=False),
    "schedule": Kind("no schedule can be made", 600.0),
    "journal": Kind("nothing is recorded", 600.0),
    "output": Kind("values or messages cannot be sent", 600.0),
}
"""The kinds by the names that the settings use."""
