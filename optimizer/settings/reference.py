"""Generates the tables of docs/reference/configuration.md from the settings.

`python -m optimizer.settings.reference docs/reference/configuration.md` updates the page.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from optimizer.devices.generic.quantity import KINDS
from optimizer.settings.root import Settings
from optimizer.settings.schema import Heading, Reference, Row

BEGIN = "<!-- generated from optimizer/settings: begin -->"
END = "<!-- generated: end -->"


def tables() -> str:
    """One heading and table for each section of the file and each type of device, as Markdown."""
    return "\n".join([*_lines(Reference(Settings.model_json_schema())), *_quantities()])


def brought_up_to_date(page: str) -> str:
    """The page with its new generated part. Raises ValueError if the marks are missing."""
    before, found, rest = page.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise ValueError(f"the page lacks the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


def _lines(reference: Reference) -> Iterator[str]:
    for heading in reference.sections():
        if heading.rows:
            yield f"\n### {_title(heading)}\n"
            yield f"{heading.meaning}\n"
            yield "| setting | allowed | default | meaning |\n|---|---|---|---|"
            yield from (_row(row) for row in heading.rows)


def _quantities() -> Iterator[str]:
    yield "\n### Quantities of a generic meter (`readings`)\n"
    yield "| quantity | units (default first) | meaning |\n|---|---|---|"
    yield from (f"| `{name}` | {', '.join(kind.units)} | {kind.help} |" for name, kind in KINDS.items())


def _title(heading: Heading) -> str:
    key = f"`{heading.key}`" if heading.key else "Top level"
    return f"{key} with `type: {heading.variant}`" if heading.variant else key


def _row(row: Row) -> str:
    default = f"`{row.default}`" if row.default not in ("", "required") else row.default
    return (
        "| "
        + " | ".join(cell.replace("|", "\\|") for cell in (f"`{row.key}`", row.allowed, default, row.meaning))
        + " |"
    )


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(brought_up_to_date(target.read_text(encoding="utf-8")), encoding="utf-8")
