"""The prices and forecasts that the rules of a book use: the arguments of their calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from optimizer.model.calls import EXTREMES, FORECASTS
from optimizer.model.cheapest import NAME, CheapestHours, cheapest_hours
from optimizer.model.upcoming import Upcoming, upcoming
from optimizer.rules.book.book import Book


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything that a book asks."""

    cheapest: tuple[CheapestHours, ...] = ()
    prices: tuple[Upcoming, ...] = ()
    """Times of the lowest, highest, or spread of prices."""
    forecasts: tuple[Upcoming, ...] = ()
    """Times of the forecast energies."""


def asked_by(book: Book) -> Asked:
    """Everything that the rules of a book ask. Disabled rules ask nothing."""
    book = replace(book, rules=tuple(rule for rule in book.rules if rule.enabled != "false"))
    return Asked(cheapest_of(book), price_times_of(book), forecast_times_of(book))


def cheapest_of(book: Book) -> tuple[CheapestHours, ...]:
    """The cheapest hours that the rules ask for, each once."""
    return tuple(cheapest_hours(f"{NAME}({argument})") for argument in _arguments(book, (NAME,)))


def price_times_of(book: Book) -> tuple[Upcoming, ...]:
    """The times whose lowest, highest, or spread of prices the rules ask for, each once."""
    return tuple(upcoming(argument) for argument in _arguments(book, EXTREMES))


def forecast_times_of(book: Book) -> tuple[Upcoming, ...]:
    """The times whose forecast energy the rules ask for, each once."""
    return tuple(upcoming(argument) for argument in _arguments(book, FORECASTS))


def _arguments(book: Book, names: Iterable[str]) -> Iterable[str]:
    trees = [tree for rule in book.rules for tree, _ in rule.expressions()]
    trees += [setting.expression for setting in book.defaults]
    wanted = frozenset(names)
    refs = (ref for tree in trees for ref in tree.fields())
    return dict.fromkeys(ref.device for ref in refs if ref.field.name in wanted and ref.device)
