"""Answers in the formats of the services, with made-up values."""

from __future__ import annotations

import json

from optimizer.sources.port import Answer

FIRST = 1_782_018_000
"""2026-06-21 05:00 UTC, which is 7:00 in Berlin."""


def open_meteo(**changes: list[object]) -> Answer:
    """Three quarter hours that end at 5:00, 5:15, and 5:30 UTC. The last one has a null."""
    columns: dict[str, list[object]] = {
        "time": [FIRST, FIRST + 900, FIRST + 1800],
        "shortwave_radiation": [210.0, 240.0, 270.0],
        "direct_normal_irradiance": [300.0, 330.0, None],
        "diffuse_radiation": [95.0, 100.0, 104.0],
        "temperature_2m": [15.4, 15.7, 15.9],
        "wind_speed_10m": [1.2, 1.3, 1.1],
    }
    units = dict(zip(columns, ("unixtime", "W/m²", "W/m²", "W/m²", "°C", "m/s"), strict=True))
    return Answer(200, json.dumps({"minutely_15_units": units, "minutely_15": {**columns, **changes}}))


def forecast_solar(offset: str = "+00:00", zone: str = "Europe/Paris") -> Answer:
    """A morning with an odd first interval from sunrise at 7:12, and the sunrise of the next day."""
    day = "2026-10-24 " if not offset else "2026-10-24T"
    periods = {"07:12:00": 0, "08:00:00": 280, "09:00:00": 910, "10:00:00": 1400}
    stamps = {f"{day}{time}{offset}": energy for time, energy in periods.items()}
    stamps[f"2026-10-25{day[-1]}07:14:00{offset}"] = 0
    return Answer(
        200,
        json.dumps(
            {
                "result": {"watts": {}, "watt_hours_period": stamps},
                "message": {"code": 0, "type": "success", "text": "", "info": {"timezone": zone}},
            }
        ),
    )


def solcast() -> Answer:
    """Three half hours, the second with nulls."""
    rows = [(0.0123, 0.003, 0.1, "08:30"), (None, None, None, "09:00"), (1.5, 0.6, 2.25, "09:30")]
    return Answer(
        200,
        json.dumps(
            {
                "forecasts": [
                    {
                        "pv_estimate": middle,
                        "pv_estimate10": low,
                        "pv_estimate90": high,
                        "period_end": f"2026-12-27T{end}:00.0000000Z",
                        "period": "PT30M",
                    }
                    for middle, low, high, end in rows
                ]
            }
        ),
    )
