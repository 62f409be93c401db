"""`init` asks the network of the house; a test has none."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody(clock: object) -> list[str]:
        return []

    monkeypatch.setattr("optimizer.cli.setup.edge.edge_at", lambda url, password="": f"{url}: no answer")
    monkeypatch.setattr("optimizer.cli.setup.sonnen_mode.gives_mode", lambda url: f"{url}: no answer")
    monkeypatch.setattr("optimizer.cli.setup.relays.relays_at", lambda *_: "no answer")
    monkeypatch.setattr("optimizer.cli.setup.search.own_network", lambda: None)
    monkeypatch.setattr("optimizer.cli.setup.search.announced", nobody)
