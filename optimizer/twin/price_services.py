"""Simulated price services: aWATTar, energy-charts, Tibber, Octopus, ENTSO-E, and Home Assistant, on one server.

All of them sell the prices of one market, each in its own format, with its own traps.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from optimizer.model.clock import Clock
from optimizer.twin.http import HttpServer, Request, Response, json_response
from optimizer.twin.listener import Mischief
from optimizer.twin.market import BRUSSELS, Market, midnight_s

TIBBER_TOKEN, ENTSOE_TOKEN, HOME_TOKEN = "tibber-demo", "entsoe-demo", "home-demo"
TIBBER_TAX_EUR = 0.2157
PAGE = Response(200, b"<html><body>Maintenance</body></html>", "text/html")


class PriceServices:
    """The services. `requests` counts what each was asked."""

    def __init__(self, market: Market, clock: Clock) -> None:
        self.market = market
        self._clock = clock
        self.requests: Counter[str] = Counter()
        self.asked_at_s: defaultdict[str, list[float]] = defaultdict(list)
        """The Unix times of the requests, by service."""
        self.down: Response | None = None
        """The answer to every request while a service fails, such as 429 or a page in HTML."""
        self.homes = 1
        """Number of homes with a contract at Tibber."""

    def server(self, mischief: Mischief | None = None) -> HttpServer:
        """A server for all of them."""
        return HttpServer(self.answer, self._clock, mischief=mischief)

    async def answer(self, request: Request) -> Response:
        """The answer of the service that the path belongs to."""
        name, handler = next(
            ((name, handler) for prefix, name, handler in self._routes if request.path.startswith(prefix)), ("", None)
        )
        if handler is None:
            return Response(404, b"not found", "text/plain")
        self.requests[name] += 1
        self.asked_at_s[name].append(self._clock.now().timestamp())
        if self.down is not None:
            return self.down
        query = {key: values[-1] for key, values in parse_qs(request.query).items()}
        answered: Response = handler(request, query)
        return answered

    @property
    def _routes(self) -> list[tuple[str, str, Any]]:
        return [
            ("/v1/marketdata", "awattar", self._awattar),
            ("/price", "energy-charts", self._energy_charts),
            ("/v1-beta/gql", "tibber", self._tibber),
            ("/v1/products/", "octopus", self._octopus),
            ("/api/states/", "home", self._home),
            ("/api", "entsoe", self._entsoe),
        ]

    def _slots(self, start_s: float, end_s: float) -> list[tuple[int, int, float | None]]:
        return self.market.slots(start_s, end_s, self._clock.now())

    def _awattar(self, _request: Request, query: Mapping[str, str]) -> Response:
        now_s = self._clock.now().timestamp()
        start_s = float(query.get("start", now_s * 1000.0)) / 1000.0
        end_s = float(query.get("end", (now_s + 86_400.0) * 1000.0)) / 1000.0
        data = [
            {"start_timestamp": start * 1000, "end_timestamp": end * 1000, "marketprice": price, "unit": "Eur/MWh"}
            for start, end, price in self._slots(start_s, end_s)
        ]
        return json_response({"object": "list", "data": data, "url": "/at/v1/marketdata"})

    def _energy_charts(self, _request: Request, query: Mapping[str, str]) -> Response:
        start_s, end_s = midnight_s(_day(query["start"])), midnight_s(_day(query["end"]), 1)
        slots = self._slots(start_s, end_s)
        return json_response(
            {
                "license_info": "CC BY 4.0",
                "unix_seconds": [start for start, _, _ in slots],
                "price": [price for _, _, price in slots],
                "unit": "EUR / MWh",
                "deprecated": False,
            }
        )

    def _tibber(self, request: Request, _query: Mapping[str, str]) -> Response:
        if request.headers.get("authorization") != f"Bearer {TIBBER_TOKEN}":
            error = {"message": "No valid access token in request", "extensions": {"code": "UNAUTHENTICATED"}}
            return json_response({"errors": [error], "data": None})
        asked = json.loads(request.body)
        now = self._clock.now()
        today, tomorrow, after = (midnight_s(now, days) for days in (0, 1, 2))
        quarters = "QUARTER_HOURLY" in asked["query"]
        info = {
            "today": self._tibber_entries(today, tomorrow, quarters),
            "tomorrow": self._tibber_entries(tomorrow, after, quarters),
        }
        homes: list[dict[str, Any]] = [
            {"id": f"home-{n}", "currentSubscription": {"priceInfo": info}} for n in range(self.homes)
        ]
        homes.append({"id": "holiday", "currentSubscription": None})  # a home without a contract
        if "homeId" not in asked.get("variables", {}):
            return json_response({"data": {"viewer": {"homes": homes}}})
        home = next((home for home in homes if home["id"] == asked["variables"]["homeId"]), None)
        return json_response({"data": {"viewer": {"home": home}}})

    def _tibber_entries(self, start_s: float, end_s: float, quarters: bool) -> list[dict[str, object]]:
        market = Market(**{name: getattr(self.market, name) for name in self.market.__slots__})
        market.step_s = self.market.step_s if quarters else 3600
        return [
            {
                "total": round(price / 1000.0 + TIBBER_TAX_EUR, 4),
                "energy": round(price / 1000.0, 4),
                "tax": TIBBER_TAX_EUR,
                "startsAt": _utc(start).astimezone(BRUSSELS).isoformat(timespec="milliseconds"),
                "currency": "EUR",
            }
            for start, _, price in market.slots(start_s, end_s, self._clock.now())
            if price is not None
        ]

    def _octopus(self, _request: Request, query: Mapping[str, str]) -> Response:
        start_s, end_s = (datetime.fromisoformat(query[name]).timestamp() for name in ("period_from", "period_to"))
        results = [
            {
                "value_exc_vat": round(price / 10.0, 4),
                "value_inc_vat": round(price / 10.0 * 1.05, 4),
                "valid_from": f"{_utc(start):%Y-%m-%dT%H:%M:%SZ}",
                "valid_to": f"{_utc(end):%Y-%m-%dT%H:%M:%SZ}",
                "payment_method": None,
            }
            for start, end, price in reversed(self._slots(start_s, end_s))
            if price is not None
        ]
        return json_response({"count": len(results), "next": None, "previous": None, "results": results})

    def _home(self, request: Request, _query: Mapping[str, str]) -> Response:
        if request.headers.get("authorization") != f"Bearer {HOME_TOKEN}":
            return Response(401, b"401: Unauthorized", "text/plain")
        now = self._clock.now()
        today, tomorrow, after = (midnight_s(now, days) for days in (0, 1, 2))
        current = next(
            (price for start, end, price in self._slots(today, after) if start <= now.timestamp() < end), None
        )
        return json_response(
            {
                "entity_id": request.segments()[-1],
                "state": "unavailable" if current is None else str(round(current / 1000.0, 5)),
                "attributes": {
                    "unit_of_measurement": "EUR/kWh",
                    "raw_today": self._home_rows(today, tomorrow),
                    "raw_tomorrow": self._home_rows(tomorrow, after),
                },
                "last_updated": now.isoformat(),
            }
        )

    def _home_rows(self, start_s: float, end_s: float) -> list[dict[str, object]]:
        return [
            {
                "start": _utc(start).astimezone(BRUSSELS).isoformat(),
                "end": _utc(end).astimezone(BRUSSELS).isoformat(),
                "value": None if price is None else round(price / 1000.0, 5),
            }
            for start, end, price in self._slots(start_s, end_s)
        ]

    def _entsoe(self, _request: Request, query: Mapping[str, str]) -> Response:
        if query.get("securityToken") != ENTSOE_TOKEN:
            return _xml(_acknowledgement("999", "Unauthorized. Missing or invalid security token"), 401)
        start_s, end_s = (
            datetime.strptime(query[name], "%Y%m%d%H%M").replace(tzinfo=UTC).timestamp()
            for name in ("periodStart", "periodEnd")
        )
        slots = self._slots(start_s, end_s)
        if not slots:
            return _xml(_acknowledgement("999", "No matching data found"))
        return _xml(_publication(slots, self.market.step_s))


def _publication(slots: list[tuple[int, int, float | None]], step_s: int) -> str:
    """A document of curve type A03: a point that equals the one before is left out."""
    points: list[str] = []
    before: float | None = None
    for position, (_, _, price) in enumerate(slots, start=1):
        if price is not None and price != before:
            points.append(f"<Point><position>{position}</position><price.amount>{price}</price.amount></Point>")
        before = price if price is not None else before
    start, end = (f"{_utc(at_s):%Y-%m-%dT%H:%MZ}" for at_s in (slots[0][0], slots[-1][1]))
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<Publication_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3">'
        "<mRID>1</mRID><type>A44</type><TimeSeries><mRID>1</mRID>"
        "<classificationSequence_AttributeInstanceComponent.position>1"
        "</classificationSequence_AttributeInstanceComponent.position>"
        "<currency_Unit.name>EUR</currency_Unit.name><price_Measure_Unit.name>MWH</price_Measure_Unit.name>"
        f"<curveType>A03</curveType><Period><timeInterval><start>{start}</start><end>{end}</end></timeInterval>"
        f"<resolution>PT{step_s // 60}M</resolution>{''.join(points)}</Period></TimeSeries>"
        "</Publication_MarketDocument>"
    )


def _acknowledgement(code: str, text: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Acknowledgement_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-1:acknowledgementdocument:7:0">'
        f"<mRID>1</mRID><Reason><code>{code}</code><text>{text}</text></Reason></Acknowledgement_MarketDocument>"
    )


def _xml(text: str, status: int = 200) -> Response:
    return Response(status, text.encode(), "text/xml")


def _day(text: str) -> datetime:
    """Noon of a day, so that its date is the same in UTC and in Brussels."""
    return datetime.fromisoformat(f"{text}T12:00:00+00:00")


def _utc(at_s: float) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)
