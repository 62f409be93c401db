"""The input of a study: series, cars, batteries, prices, and forecasts."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from optimizer.cli.study.assumed import batteries_of, with_prices
from optimizer.cli.study.house import Household
from optimizer.cli.study.options import StudyInput
from optimizer.cli.study.source import Source, of_journal, of_trace, of_weather, part_of, source_of
from optimizer.words.text import Text

if TYPE_CHECKING:
    from optimizer.study.house.car import Car, Trip
    from optimizer.study.house.forecasts import Forecasting
    from optimizer.study.house.house import World
    from optimizer.study.input.series import Series
    from optimizer.study.recorded import Stored

INSTEAD = Text(
    "The journal has no record of these days, so weather and home load are generated. --journal insists on it."
)


def world_for(house: Household, chosen: StudyInput) -> World:
    """The input of the study. Raises StudyError and JournalError."""
    from optimizer.study.house.car import parse_trip, trips_of
    from optimizer.study.house.house import World
    from optimizer.study.report.terminal import bars

    batteries: dict[str, Stored] = {}
    trips = tuple(parse_trip(text) for text in chosen.trip) or trips_of(chosen.car)
    cars: dict[str, Car] = {name: _car(house, name, trips, chosen) for name in house.site.chargers}
    source = source_of(house, chosen)
    with bars("input") as bar:
        if chosen.trace is not None:
            series = part_of(of_trace(chosen.trace), house, chosen)
        elif source is Source.JOURNAL:
            series, cars, batteries = of_journal(house, chosen, cars, lambda part: bar([part]))
        else:
            series = of_weather(house, chosen, lambda part: bar([part]))
            if source is Source.WEATHER_INSTEAD:
                series = replace(series, notes=(*series.notes, INSTEAD))
    series, tariff = with_prices(house, chosen, _by_contracts(house, chosen, series))
    return World(
        series=series,
        cars=cars,
        batteries=batteries_of(house, chosen, batteries),
        tariff=tariff,
        pvs=house.names.pvs or ("pv",),
        tick_s=chosen.tick_s,
        forecasting=_forecasting(house, chosen),
    )


def _car(house: Household, charger: str, trips: tuple[Trip, ...], chosen: StudyInput) -> Car:
    """The car at a charger, with the capacity of the vehicle that the settings have there."""
    from optimizer.study.house.car import Car

    vehicles = () if house.goals is None else house.goals.vehicles.values()
    facts = next((one for one in vehicles if one.charger == charger), None)
    car = Car(trips=trips, reports_soc=chosen.car_soc)
    if facts is None or facts.capacity_wh is None:
        return car
    return replace(car, capacity_wh=facts.capacity_wh, efficiency=facts.efficiency)


def _by_contracts(house: Household, chosen: StudyInput, series: Series) -> Series:
    """The series with the prices of the contracts that change, as far as neither an option nor the trace has them."""
    from optimizer.cli.study.contract_prices import by_contracts, read_prices
    from optimizer.sources.prices.table import Tariff as Contracts

    contracts = Contracts(
        house.imports if series.price_ct is None and chosen.import_ct is None else None,
        house.feed_in if chosen.feed_in_ct is None else None,
    )
    if chosen.prices is None:
        return by_contracts(contracts, series, house.site.zone)
    market, doubt = read_prices(chosen.prices, house.currency)
    priced = by_contracts(contracts, series, house.site.zone, market)
    return replace(priced, notes=(*priced.notes, doubt)) if doubt else priced


def _forecasting(house: Household, chosen: StudyInput) -> Forecasting:
    from optimizer.study.house.forecasts import Forecasting
    from optimizer.study.input.forecast import read_forecast

    if chosen.forecast is None:
        return Forecasting(house.forecast)
    return Forecasting(house.forecast, read_forecast(chosen.forecast))
