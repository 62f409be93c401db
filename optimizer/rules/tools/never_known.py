"""Fields without a source in this house, and the rules that can never act because of them."""

from __future__ import annotations

from collections.abc import Container, Iterator
from itertools import product

from optimizer.model.calls import FORECASTS
from optimizer.model.fields import FAMILIES, HOLIDAY, SUN, FieldRef
from optimizer.model.house_fields import CHEAPEST
from optimizer.model.kinds import BOOL
from optimizer.rules.book.book import Book, IfUnknown, Rule
from optimizer.rules.book.vehicles import target_of
from optimizer.rules.language.tree import Node
from optimizer.words.text import Text, joined

OF_VEHICLES = frozenset({"ev.vehicle", "ev.soc", "ev.soc_estimated", "ev.limit_soc", "ev.range_km", "ev.capacity_wh"})
"""The fields that a vehicle of the settings gives."""
Truths = frozenset[bool | None]
"""The values that a condition can have. None: unknown."""
ANY: Truths = frozenset({True, False, None})
UNKNOWN: Truths = frozenset({None})


def why_never_known(ref: FieldRef, book: Book, unreported: Container[str] = ()) -> str:
    """The reason why a field is never known in the house of the book. Empty if it can be known.

    `unreported` holds the fields that the devices of the house never report: `ev.yard.soc`, `battery.capacity_wh`.
    """
    family = ref.field.family
    if family is not None and not book.names.of(family):
        return Text("no {family} is configured", family=FAMILIES[family])
    name = ref.field.name if family is None and ref.device else ref.name
    if name not in unreported:
        return ""
    if family is None and (ref.field is CHEAPEST or ref.name.startswith("price.")):
        return Text("the settings have no such price (docs/how-to/use-prices.md)")
    if ref.field.name.startswith("schedule.battery.") and not book.names.of("battery"):
        return Text("no {family} is configured", family=FAMILIES["battery"])
    if ref.field.name.startswith("schedule."):
        return Text("the settings have no schedule for it (docs/how-to/charge-until-departure.md)")
    if ref.name in SUN:
        return Text("the settings have no place: set `latitude` and `longitude` under `site`")
    if ref.name == HOLIDAY:
        return Text("the settings have no public holidays: set `holidays` under `site`")
    if ref.field.name in FORECASTS:
        return Text("the settings have no forecast (docs/how-to/use-forecasts.md)")
    if ref.name == "grid.dimmed":
        return Text("no device reports it, and site.dimmed_by names no input (docs/how-to/dim-the-house.md)")
    if family is None:
        return Text("no device of this house reports it")
    if ref.field.name in OF_VEHICLES and any(target == target_of(ref.device) for target, _, _ in book.claims):
        return ""
    if ref.field.name in OF_VEHICLES:
        return Text(
            "the charger {device} does not report it, and no vehicle gives it (docs/how-to/use-vehicles.md)",
            device=ref.device,
        )
    if ref.device:
        return Text("the {family} {device} does not report it", family=FAMILIES[family], device=ref.device)
    return Text("not every {family} of this house reports it", family=FAMILIES[family])


def rules_that_never_act(book: Book, unreported: Container[str] = ()) -> Iterator[tuple[str, str]]:
    """The enabled rules that can never act for want of a source or of a device: the id, and the reason."""
    for rule in book.rules:
        if rule.enabled == "false":
            continue
        if absent := nothing_to_set(rule, book):
            yield rule.id, absent
            continue
        if rule.when is None or can_act(rule, book, unreported):
            continue
        reasons = {
            Text("{name} is never known here: {why}", name=ref.name, why=why)
            for ref in rule.when.tree.fields()
            if (why := why_never_known(ref, book, unreported))
        }
        if reasons:
            yield rule.id, joined(sorted(reasons), "{first}; {then}")


def nothing_to_set(rule: Rule, book: Book) -> str:
    """The reason why a rule has no target in this house (it has none of the devices). Empty if there is one."""
    families = [setting.target.target.family for setting in (*rule.claims, *rule.limits)]
    if not families or any(family is None or book.names.of(family) for family in families):
        return ""
    return joined(
        sorted({Text("no {family} is configured", family=FAMILIES[family]) for family in families if family}),
        "{first}; {then}",
    )


def can_act(rule: Rule, book: Book, unreported: Container[str]) -> bool:
    """Whether the condition of a rule can be true, or unknown where that is enough."""
    if rule.when is None:
        return True
    found = truths(rule.when.tree, book, unreported)
    # Without `if_unknown`, limits apply while their condition is unknown, and claims do not.
    unknown = rule.if_unknown or (IfUnknown.APPLY if rule.limits else IfUnknown.RELEASE)
    return True in found or (None in found and unknown is IfUnknown.APPLY)


def truths(node: Node, book: Book, unreported: Container[str]) -> Truths:
    """The values that a condition can have if some fields are never known. Other fields can have any value."""
    if node.op == "const" and node.kind is BOOL:
        return frozenset({bool(node.value)})
    if node.op == "not":
        return frozenset(None if one is None else not one for one in truths(node.args[0], book, unreported))
    if node.op in ("and", "or"):
        parts = [truths(arg, book, unreported) for arg in node.args]
        return frozenset(_joined(node.op, one) for one in product(*parts))
    never = any(why_never_known(ref, book, unreported) for ref in node.fields())
    return UNKNOWN if never else ANY


def _joined(op: str, values: tuple[bool | None, ...]) -> bool | None:
    """Three-valued `and` or `or`."""
    deciding = op == "or"
    if deciding in values:
        return deciding
    return None if None in values else not deciding
