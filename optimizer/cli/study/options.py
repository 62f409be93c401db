"""The options that say what a study simulates: the time, PV and load, cars, batteries, and prices."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from optimizer.cli.moments import FORMS

StartOption = Annotated[str | None, typer.Option("--from", help=f"First moment: {FORMS}.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyInput:
    """The options for the input of a study, beside the settings."""

    trace: Annotated[
        Path | None, typer.Option(help="CSV file with timestamp,pv_w,load_w[,price_ct], plain or gzip.")
    ] = None
    journal: Annotated[
        bool,
        typer.Option("--journal", help="PV and home load of the journal. Default if it has records of these days."),
    ] = False
    weather: Annotated[
        bool, typer.Option("--weather", help="Generated weather and home load. Default without such records.")
    ] = False
    start: StartOption = None
    days: Annotated[float | None, typer.Option(min=0.05, max=4000.0, help="Length in days. Default: all, or 30.")] = (
        None
    )
    """At most as long as a journal can be kept (`journal.keep_days`), and as rows of a minute still fit a trace."""
    seed: Annotated[int, typer.Option(help="Seed of the generated weather.")] = 1
    roof_kw: Annotated[float, typer.Option(min=0.1, help="Peak power of a generated roof, kW.")] = 9.8
    home_kwh: Annotated[float, typer.Option(min=0.0, help="Daily consumption of a generated household, kWh.")] = 9.0
    car: Annotated[str, typer.Option(help="When the car is at home: always, commuter, or homeoffice.")] = "always"
    trip: Annotated[
        list[str],
        typer.Option("--trip", help="A trip such as “mon-fri 07:30-17:15 8kWh”. Repeatable. Replaces --car."),
    ] = field(default_factory=list)
    car_soc: Annotated[bool, typer.Option("--car-soc", help="Let rules see the car's state of charge.")] = False
    battery_kwh: Annotated[
        float | None, typer.Option(min=0.1, help="Capacity of all batteries, kWh. Default: from the journal, or 10.")
    ] = None
    battery_soc: Annotated[
        float | None,
        typer.Option(min=0.0, max=100.0, help="State of charge at the start, %. Default: from the journal, or 30."),
    ] = None
    prices: Annotated[
        Path | None,
        typer.Option("--prices", help="Market prices of a contract with a source: JSON of energy-charts, or CSV."),
    ] = None
    forecast: Annotated[
        Path | None,
        typer.Option("--forecast", help="Past PV forecasts: CSV file with timestamp,pv_w. Default: persistence."),
    ] = None
    import_ct: Annotated[float | None, typer.Option(help="Price of import, ct/kWh.")] = None
    feed_in_ct: Annotated[float | None, typer.Option(help="Payment for feed-in, ct/kWh.")] = None
    elsewhere_ct: Annotated[float | None, typer.Option(help="Price of charging the car elsewhere, ct/kWh.")] = None
    schedule: Annotated[
        bool, typer.Option("--schedule/--no-schedule", help="Goals and the schedule of the settings.")
    ] = True
    tick_s: Annotated[float, typer.Option("--tick", help="Seconds between decisions.")] = 10.0
