"""Goals that repeat for a vehicle of which nothing says that it is at a charger."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.rules.book.book import Book
from optimizer.settings.root import Settings
from optimizer.words.text import Text

TARGET = "ev.vehicle"


def goals_without_charger(settings: Settings, book: Book) -> Iterator[Text]:
    """A sentence for each vehicle with goals that the settings, the inputs, and the rules place at no charger."""
    placed = {name for name, vehicle in settings.vehicles.items() if vehicle.charger is not None}
    for word in settings.vehicle_at.values():
        placed.update(settings.inputs[word].options)
    claims = [s for rule in book.rules if rule.enabled == "true" for s in rule.claims]
    named = [s for s in (*claims, *book.defaults) if s.target.target.name == TARGET]
    if any(s.constant is None for s in named):
        return  # a rule names the car by a condition
    placed.update(str(s.constant) for s in named)
    for vehicle in dict.fromkeys(goal.vehicle for goal in settings.goals if goal.vehicle is not None):
        if vehicle not in placed:
            yield Text(
                "the goals of the vehicle “{vehicle}” never hold: neither the settings, nor an input under vehicle_at, "
                "nor a rule says that it is at a charger. Write `charger: CHARGER` under vehicles.{vehicle}, or see "
                "docs/how-to/use-vehicles.md",
                vehicle=vehicle,
            )
