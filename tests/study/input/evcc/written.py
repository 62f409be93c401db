"""Sessions in the forms in which the versions of evcc give them."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
CAPTIONS = {
    "en": (
        *("Created", "Finished", "Charging point", "Identifier", "Vehicle", "Mileage (km)", "Meter start (kWh)"),
        *("Meter stop (kWh)", "Energy (kWh)", "Duration", "Solar (%)", "Cost", "Price/kWh", "CO₂/kWh"),
    ),
    "de": (
        *("Startzeit", "Endzeit", "Ladepunkt", "Kennung", "Fahrzeug", "Kilometerstand (km)"),
        *("Anfangszählerstand (kWh)", "Endzählerstand (kWh)", "Energie (kWh)", "Ladedauer", "Sonne (%)", "Kosten"),
        *("Preis/kWh", "CO₂/kWh"),
    ),
}
UNSET = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Charged:
    """A session as evcc knows it. Energies in kWh, the price in the currency."""

    created: datetime
    finished: datetime | None
    loadpoint: str = "Carport"
    vehicle: str = ""
    energy: float = 10.0
    meter_start: float | None = None
    meter_stop: float | None = None
    solar: float | None = None
    price: float | None = None


def as_csv(sessions: Sequence[Charged], language: str = "en", *, old: bool = False, zone: ZoneInfo = BERLIN) -> bytes:
    """The CSV of 2026, or of the versions before (`old`), whose decimal sign and separator are of the language."""
    comma = old and language == "de"
    digits = 3 if old else 4

    def number(value: float | None) -> str:
        if value is None:
            return ""
        text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
        return text.replace(".", ",") if comma else text

    def time(value: datetime | None) -> str:
        return "" if value is None else f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S}"

    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if comma else ",", lineterminator="\n")
    writer.writerow(CAPTIONS[language])
    for one in sessions:
        writer.writerow(
            (
                *(time(one.created), time(one.finished), one.loadpoint, "", one.vehicle, ""),
                *(number(one.meter_start), number(one.meter_stop), number(one.energy), "1h2m3.5s"),
                *(number(one.solar), number(one.price), "", ""),
            )
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_json(sessions: Sequence[Charged], *, wrapped: bool = False, zone: ZoneInfo = BERLIN) -> bytes:
    """The JSON, in versions before August 2025 below `result`."""
    found = [
        {
            "id": number,
            "created": one.created.astimezone(zone).isoformat() if one.created is not UNSET else "0001-01-01T00:00:00Z",
            "finished": one.finished.astimezone(zone).isoformat() if one.finished else "0001-01-01T00:00:00Z",
            "loadpoint": one.loadpoint,
            "identifier": "",
            "vehicle": one.vehicle,
            "odometer": None,
            "meterStart": one.meter_start,
            "meterStop": one.meter_stop,
            "chargedEnergy": one.energy,
            "chargeDuration": 3_723_500_000_000,
            "solarPercentage": one.solar,
            "price": one.price,
            "pricePerKWh": None,
        }
        for number, one in enumerate(sessions, 1)
    ]
    return json.dumps({"result": found} if wrapped else found).encode()


def as_database(path: Path, sessions: Sequence[Charged], *, zone: ZoneInfo = BERLIN) -> Path:
    """The file evcc.db, with the one table that matters."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "CREATE TABLE sessions (id integer PRIMARY KEY AUTOINCREMENT, created datetime, finished datetime,"
            " loadpoint text, identifier text, vehicle text, odometer real, meter_start_kwh real, meter_end_kwh real,"
            " charged_kwh real, charge_duration integer, solar_percentage real, price real, price_per_kwh real)"
        )
        db.executemany(
            "INSERT INTO sessions (created, finished, loadpoint, vehicle, meter_start_kwh, meter_end_kwh, charged_kwh,"
            " solar_percentage, price) VALUES (?,?,?,?,?,?,?,?,?)",
            [
                (
                    one.created.astimezone(zone).isoformat(" "),
                    one.finished.astimezone(zone).isoformat(" ") if one.finished else "0001-01-01 00:00:00+00:00",
                    *(one.loadpoint, one.vehicle, one.meter_start, one.meter_stop, one.energy, one.solar, one.price),
                )
                for one in sessions
            ],
        )
    return path
