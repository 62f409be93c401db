"""The only place that makes a console for printing, so that printed text is never markup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


def plain_console(**options: Any) -> Console:
    """A rich console that prints texts unchanged: `[red]` and `:sun:` in a device's name have no effect."""
    from rich.console import Console  # noqa: PLC0415 - only commands that print tables need it

    return Console(markup=False, emoji=False, **options)
