"""`optimizer init` searches the home network and offers what it found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from optimizer.devices.scan import Place
from optimizer.settings import load_settings
from optimizer.twin.house import HOUSES
from tests.cli.setup.person import CAR, asked
from tests.cli.village import Village, village


@pytest.fixture(scope="module")
def running() -> Iterator[Village]:
    with village(HOUSES["full"](None, 1), speed=20.0) as house:
        yield house


@pytest.fixture
def network(running: Village, monkeypatch: pytest.MonkeyPatch) -> Village:
    """The twins at the places of a home network: the charger announces itself, the others have open ports."""
    ends = running.house.endpoints

    async def announced(clock: object) -> list[str]:
        return [ends["carport"]]

    def places(network: object) -> list[Place]:
        urls = (ends[name] for name in ("carport", "fems", "sonnen_v1", "givtcp_rest"))
        open_ones = [(parts.hostname or "", parts.port or 80) for parts in map(urlsplit, urls)]
        return [("127.0.0.1", 9), *open_ones]

    monkeypatch.setattr("optimizer.cli.setup.search.announced", announced)
    monkeypatch.setattr("optimizer.cli.setup.search.places", places)
    return running


def test_what_answers_is_offered_with_its_address(network: Village, tmp_path: Path) -> None:
    folder, ends = tmp_path, network.house.endpoints
    charger = ("y", "", "", "n", "", "16", "n")
    edge = ("", "", "", "y")
    no = ("n", "n", "n")
    code, text = asked(folder, (*charger, *edge, *no), search="", cars=CAR)
    assert code == 0, text
    assert "Search by mDNS only?" in text
    assert f"Use NRGkick, NRGkick Gen2, serial number T2400000000000000T1W0 at {ends['carport']}?" in text, text
    for brand in ("FEMS/OpenEMS", "sonnen", "GivEnergy", "GivEnergy EV charger behind GivTCP"):
        assert text.count(f"Use {brand}") >= 1, text
    devices = load_settings(folder / "site.yaml", {}).model_dump()["devices"]
    assert {name: (one["type"], one["url"]) for name, one in devices.items()} == {
        "carport": ("nrgkick", ends["carport"]),
        "house": ("fems", ends["fems"]),
    }


def test_without_consent_nobody_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def forbidden(*_: object) -> None:
        raise AssertionError("nobody agreed")

    monkeypatch.setattr("optimizer.cli.setup.search.announced", forbidden)
    monkeypatch.setattr("optimizer.cli.setup.search.places", forbidden)
    code, text = asked(tmp_path, ("givtcp", "giv", "", ""), search="n")
    assert code == 0, text


def test_where_nothing_is_found_it_says_so_and_goes_on(tmp_path: Path) -> None:
    code, text = asked(tmp_path, ("givtcp", "giv", "", ""), search="y")
    assert code == 0, text
    assert "Nothing was found." in text
