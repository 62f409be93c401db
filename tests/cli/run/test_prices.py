"""The exchange of price feeds over a network, and prices in an assembled service."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.cli.run.assemble import assemble
from optimizer.cli.run.books import RuleFiles
from optimizer.cli.run.exchange import MAX_BYTES, HttpExchange
from optimizer.cli.run.prices import build_prices
from optimizer.journal.kept_file import KeptFiles
from optimizer.model.clock import SystemClock
from optimizer.settings import load_settings
from optimizer.sources.port import Request, SourceError
from optimizer.sources.prices.awattar import Awattar
from optimizer.sources.prices.tibber import Tibber
from optimizer.twin.faults import Fault
from optimizer.twin.http import Response
from optimizer.twin.market import Market
from optimizer.twin.price_services import TIBBER_TOKEN, PriceServices
from optimizer.twin.virtual_time import run_virtually
from tests.virtual_time import VirtualClock

SITE = """\
site: {time_zone: Europe/Berlin}
prices:
  sources: {epex: {type: awattar, url: 'URL'}}
  import: {source: epex, vat_percent: 19, fees: {fees: {ct: 10}}}
"""


def test_a_service_asks_over_the_network_and_prices_its_ticks(tmp_path: Path) -> None:
    async def main() -> None:
        clock = VirtualClock()
        services = PriceServices(Market(), clock)
        server = services.server()
        (tmp_path / "rules").mkdir()
        (tmp_path / "site.yaml").write_text(SITE.replace("URL", await server.start()))
        settings = load_settings(tmp_path / "site.yaml", {})
        board, (poller,) = build_prices(settings, clock, KeptFiles(tmp_path))
        assert board(clock.now(), 0.0).import_ct.why == "epex has no price for now"
        await poller.ask()
        spot = services.market.price(round(clock.now().timestamp()))
        assert spot is not None
        assert board(clock.now(), 0.0).import_ct.value == pytest.approx((spot / 10.0 + 10.0) * 1.19)
        assert services.requests == {"awattar": 1}
        again, _ = build_prices(settings, clock, KeptFiles(tmp_path))  # a restart
        assert again(clock.now(), 0.0).import_ct.known
        await server.stop()

    run_virtually(main(), network=True)


def test_tokens_are_sent_and_never_quoted() -> None:
    async def main() -> None:
        clock = VirtualClock()
        server = PriceServices(Market(), clock).server()
        feed = Tibber(TIBBER_TOKEN, url=await server.start())
        answer = await HttpExchange(feed.address, clock)(feed.request((0.0, 0.0)))  # type: ignore[arg-type]
        assert '"today"' in answer.text
        await server.stop()
        with pytest.raises(SourceError) as caught:
            await HttpExchange(feed.address, clock)(Request("/api?securityToken=hush", None))
        assert caught.value.fault == "unreachable"
        assert TIBBER_TOKEN not in str(caught.value)
        assert "hush" not in str(caught.value)

    run_virtually(main(), network=True)


@pytest.mark.parametrize(
    ("fault", "down", "kind"),
    [
        (Fault("hang"), None, "timeout"),
        (Fault("drop"), None, "unreachable"),
        (None, Response(200, b"x" * (MAX_BYTES + 1)), "garbled"),
    ],
)
def test_every_exchange_has_a_deadline_and_a_limit(fault: Fault | None, down: Response | None, kind: str) -> None:
    async def main() -> None:
        clock = VirtualClock()
        services = PriceServices(Market(), clock)
        services.down = down
        server = services.server(lambda: fault)
        feed = Awattar(url=await server.start())
        with pytest.raises(SourceError) as caught:
            await HttpExchange(feed.address, clock)(Request("/v1/marketdata"))
        assert caught.value.fault == kind
        assert clock.monotonic_s() <= 25.0
        await server.stop()

    run_virtually(main(), network=True)


def test_the_board_answers_what_the_rules_in_force_ask(tmp_path: Path) -> None:
    rules = "version: 1\nrules:\n  - {id: a, when: 'HOURS', claim: {ev.mode: fast}}\n"
    (tmp_path / "rules").mkdir()
    file = tmp_path / "rules" / "a.yaml"
    file.write_text(rules.replace("HOURS", "cheapest(3h, until 7:00) or cheapest(3h, until 07:00)"))
    device = "devices: {carport: {type: nrgkick, url: 'http://192.0.2.1'}}\n"
    (tmp_path / "site.yaml").write_text(f"{device}prices: {{import: {{ct: 30}}}}")
    settings = load_settings(tmp_path / "site.yaml", {})
    books = RuleFiles.load(settings)
    house = assemble(settings, books, SystemClock(), tmp_path / "state")
    parts = house.service.parts
    assert list(parts.prices(parts.clock.now(), 0.0).cheapest) == ["3h, until 07:00"]
    file.write_text(rules.replace("HOURS", "cheapest(24h)"))
    books.reload()
    assert parts.prices(parts.clock.now(), 0.0).cheapest["24h"].value is True
    house.close()
