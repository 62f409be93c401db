"""The explanation of the running service, for `optimizer explain`."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer.settings import Settings


def live_explanation(settings: Settings, *, as_json: bool) -> str | None:
    """The explanation of this moment as text or JSON; None if the service does not answer."""
    import json

    from optimizer.cli.run.page_client import Page, Unreachable, address_of

    address = address_of(settings)
    if address is None:
        return None
    page = Page(address)
    try:
        return json.dumps(page.get("explain"), indent=1) if as_json else page.text("explain", {"form": "text"})
    except Unreachable:
        return None
