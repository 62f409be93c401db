"""The one place where a console for printing is made, so that no printed text is ever markup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


def plain_console(**options: Any) -> Console:
    """A rich console that prints texts as they are: neither `[red]` nor `:sun:` in a device's name means anything."""
    from rich.console import Console  # noqa: PLC0415 - only commands that print tables need it

    return Console(markup=False, emoji=False, **options)
