"""docs/reference/rules.md, generated from the tables of fields, targets and units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from optimizer.model.fields import TABLE
from optimizer.model.kinds import BOOL, CLOCK, ENUMS, UNITS, VEHICLE, Kind
from optimizer.model.targets import CLAIMS, LIMITS, Target

MOST_WORDS = 12
"""A kind with more words than this lists them only in their own section."""


def reference_text() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Rules: reference"
    yield ""
    yield "<!-- Generated from optimizer/model by `python -m optimizer.rules.tools.reference`; not edited by hand. -->"
    yield ""
    yield "[The rule language](rule-language.md) explains how to write rules. This page lists names, words, and units."
    yield ""
    yield "## What rules see"
    yield ""
    yield (
        "Plain `ev` is the only or the first charger. `battery` and `pv` are the sums of all of them. With several "
        "devices, insert the name: `ev.carport.power_w`, `battery.cellar.soc`, `pv.roof.power_w`."
    )
    yield ""
    yield "| name | type | meaning | unknown when |"
    yield "|---|---|---|---|"
    for entry in TABLE:
        yield f"| `{entry.name}` | {_type(entry.kind)} | {entry.meaning} | {_capital(entry.unknown_when)} |"
    yield ""
    yield (
        "`input.<name>` is an input of your own: a switch, a number with its unit, a word, or a time. It is unknown "
        "until it has a value, while its source is silent, and when its value is too old. [Use "
        "inputs](../how-to/use-inputs.md)."
    )
    yield ""
    yield "## What rules claim"
    yield ""
    yield "The active rule with the highest `priority` wins a target. Without an active rule, `defaults` apply."
    yield ""
    yield from _targets(CLAIMS, "not claimed")
    yield ""
    yield "## What rules limit"
    yield ""
    yield (
        "The smallest active limit of a target applies, regardless of priority. A limit whose value is unknown is 0."
    )
    yield ""
    yield from _targets(LIMITS, "no limit is active")
    yield ""
    yield "## Words"
    yield ""
    for kind in ENUMS:
        yield f"- {kind.name}: {', '.join(f'`{word}`' for word in kind.words)}"
    yield ""
    yield "## Units"
    yield ""
    units: dict[str, list[str]] = {}
    for unit, (kind, _) in UNITS.items():
        units.setdefault(kind.name, []).append(unit)
    for name, listed in units.items():
        yield f"- {name}: {', '.join(f'`{unit}`' for unit in listed)}"


def _targets(table: Mapping[str, Target], absent: str) -> Iterator[str]:
    yield f"| target | value | meaning | while {absent} |"
    yield "|---|---|---|---|"
    for target in table.values():
        show = target.kind.show
        span = "" if target.kind.is_enum else f", {show(target.low)} to {show(target.high)}"
        yield f"| `{target.name}` | {_type(target.kind)}{span} | {target.meaning} | {target.unclaimed} |"


def _type(kind: Kind) -> str:
    if kind is VEHICLE:
        return "name of a vehicle, or `guest`"
    if len(kind.words) > MOST_WORDS:
        return f"{kind.name}, see [Words](#words)"
    if kind.is_enum:
        return ", ".join(f"`{word}`" for word in kind.words)
    if kind is BOOL:
        return "true or false"
    if kind is CLOCK:
        return "time, `22:00`"
    return f"{kind.name}, {kind.unit}" if kind.unit else kind.name


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


if __name__ == "__main__":
    print(reference_text(), end="")
