"""`surplus_order`: who gets the surplus first, as one list of chargers, loads, and the word `battery`."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.rules.book.assemble import DEFAULTS
from optimizer.rules.book.book import Book
from optimizer.rules.book.document import problem
from optimizer.rules.language.errors import Problem
from optimizer.settings.document import KeyPath
from optimizer.settings.errors import did_you_mean, hinted
from optimizer.settings.root import Settings
from optimizer.words.text import Text

Finding = tuple[KeyPath, str, str]
"""The setting, the mistake, and a valid value."""
KEY = "surplus_order"
BATTERY = "battery"
PRIORITY = "surplus.priority"
FIRST = 100
"""The priority of the first one. Those that the list does not name come after it, by their own `priority`."""


def priority_of(settings: Settings, name: str, own: int) -> int:
    """The priority of a charger or load: by its place in the list, or its own."""
    order = settings.surplus_order
    return FIRST - order.index(name) if name in order else own


def before_battery(settings: Settings, name: str, own: bool) -> bool:
    """Whether a load comes before the battery: by its place in the list, or as its own setting says."""
    order = settings.surplus_order
    return order.index(name) < order.index(BATTERY) if {name, BATTERY} <= set(order) else own


def after_battery(settings: Settings, name: str) -> bool:
    """Whether a charger or load comes after the battery in the list. Those that it does not name come last."""
    order = settings.surplus_order
    return BATTERY in order and (name not in order or order.index(name) > order.index(BATTERY))


def cars_first(settings: Settings) -> bool:
    """Whether the list puts a car before the battery. A rule that claims `surplus.priority` decides otherwise."""
    order = settings.surplus_order
    places = [order.index(name) for name in _chargers(settings) if name in order]
    return BATTERY in order and bool(places) and min(places) < order.index(BATTERY)


def order_findings(settings: Settings) -> Iterator[Finding]:
    """Names that do not exist, or twice, and a place that another setting gives too."""
    order, chargers = settings.surplus_order, _chargers(settings)
    known = (*chargers, *settings.switches, BATTERY)
    for index, name in enumerate(order):
        if name not in known:
            what: str = hinted(Text("there is no charger and no load “{name}”", name=name), did_you_mean(name, known))
            yield (KEY, index), what, ", ".join(known)
        elif name in order[:index]:
            yield (KEY, index), Text("“{name}” is named twice", name=name), Text("each name once")
    for path, name in _with_priority(settings):
        if name in order:
            yield (
                path,
                Text("“{name}” has its place in surplus_order already", name=name),
                Text("remove this line, or the name from surplus_order"),
            )


def beside_rules(settings: Settings, book: Book) -> Iterator[Problem]:
    """A warning if rules decide about battery and cars, so that their places in the list do not count."""
    order = settings.surplus_order
    claims = [s for rule in book.rules if rule.enabled == "true" for s in rule.claims]
    found = [s for s in (*claims, *book.defaults) if s.target.name == PRIORITY]
    if found and BATTERY in order and any(name in order for name in _chargers(settings)):
        rules = {rule.id: None for rule in book.rules for s in rule.claims if any(s is one for one in found)}
        by = [*rules, *(DEFAULTS for s in book.defaults if s.target.name == PRIORITY)]
        yield problem(
            found[0].span,
            Text(
                "surplus_order places the battery among the cars, but {rules} claim {target} and decide it instead",
                rules=", ".join(by),
                target=PRIORITY,
            ),
            Text("remove these claims if the list should decide. It decides the order of cars and loads in any case"),
            warning=True,
        )


def _chargers(settings: Settings) -> tuple[str, ...]:
    return tuple(key for name, device in settings.devices.items() for key in device.chargers(name))


def _with_priority(settings: Settings) -> Iterator[tuple[KeyPath, str]]:
    """The places where a priority is set beside the list."""
    for name, device in settings.devices.items():
        for key, charger in device.chargers(name).items():
            if "priority" in charger.model_fields_set:
                yield ("devices", name, "charger", "priority"), key
    for name, one in settings.switches.items():
        for key in ("priority", "before_battery"):
            if key in one.model_fields_set:
                yield ("switches", name, key), name
