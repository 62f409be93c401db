"""The start of studies: the house of the settings (or a typical one), its rules, and its input."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.moments import asked_moment
from optimizer.cli.run.books import device_names, shipped_rules
from optimizer.cli.study.options import StudyInput
from optimizer.control.params import Params
from optimizer.model.fields import DeviceNames
from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.rules.book.files import book_from_texts, read_texts
from optimizer.rules.language.errors import RuleErrors
from optimizer.study.house.prices import PUBLISHED_S, Tariff
from optimizer.study.input.series import StudyError
from optimizer.words.text import Text, joined

if TYPE_CHECKING:
    from optimizer.schedule.from_state import SchedulePlan
    from optimizer.schedule.goals import GoalPlan
    from optimizer.sources.forecast.table import ForecastPlan
    from optimizer.sources.prices.contract import FeedInContract, ImportContract
    from optimizer.study.house.car import Car, Trip
    from optimizer.study.house.forecasts import Forecasting
    from optimizer.study.house.house import World
    from optimizer.study.input.series import Series
    from optimizer.study.jobs import Job
    from optimizer.study.planning import Planning
    from optimizer.study.recorded import Stored
    from optimizer.twin.battery import BatterySpec
    from optimizer.twin.sun import Place

log = logging.getLogger(__name__)

ASSUMED = Tariff(30.0, 8.0, 19.0)
"""Prices that are not set. With these, a kWh bought for the car costs as much as a kWh of surplus saves."""


@dataclass(frozen=True, slots=True)
class Household:
    """The house as its settings describe it."""

    site: Site
    names: DeviceNames
    params: Params
    tariff: Tariff
    rules: Path
    place: Place
    journal: Path | None
    """None without a journal or without settings."""
    imports: ImportContract | None = None
    """The contract of an import price that changes with the time. None: `tariff` has it."""
    feed_in: FeedInContract | None = None
    """The contract of a payment that changes with the time. None: `tariff` has it."""
    forecast: ForecastPlan | None = None
    """How forecasts are made. None: by persistence."""
    goals: GoalPlan | None = None
    """None without settings."""
    schedule: SchedulePlan | None = None
    """None: the schedule is off."""


def household(config: Path | None) -> Household:
    """The house of the settings; a typical house without settings and without a site.yaml."""
    from optimizer.twin.sun import Place

    if config is None and Path("site.yaml").exists():
        config = Path("site.yaml")
    if config is None:
        log.warning("no site.yaml found: using a typical house with one charger and a battery")
        zone = ZoneInfo("Europe/Berlin")
        charger = ChargerSite("carport", can_switch_phases=True)
        site = Site(zone=zone, chargers={"carport": charger}, batteries={"house": BatterySite("house")})
        names = DeviceNames(("carport",), ("house",), ("house",))
        return Household(
            site=site, names=names, params=Params(), tariff=Tariff(), rules=shipped_rules(), place=Place(), journal=None
        )
    from optimizer.cli.load import settings_of, state_folder
    from optimizer.cli.run.assemble import JOURNAL_FILE
    from optimizer.cli.study.contract_prices import constant_feed_in, constant_import
    from optimizer.settings.forecast_mapping import to_forecast_plan
    from optimizer.settings.goal_mapping import to_goal_plan
    from optimizer.settings.mapping import to_params, to_site
    from optimizer.settings.price_mapping import feed_plans, to_tariff
    from optimizer.settings.schedule_mapping import to_schedule_plan

    settings = settings_of(config)
    here = Place()
    contracts = to_tariff(settings)
    import_ct, feed_in_ct = constant_import(contracts), constant_feed_in(contracts)
    published_s = [max(PUBLISHED_S, plan.feed.published_s) for plan in feed_plans(settings)]
    return Household(
        site=to_site(settings),
        names=device_names(settings),
        params=to_params(settings),
        tariff=Tariff(import_ct, feed_in_ct, contracts.alternative_ct, max(published_s, default=None)),
        rules=settings.rules,
        place=Place(
            here.latitude if settings.site.latitude is None else settings.site.latitude,
            here.longitude if settings.site.longitude is None else settings.site.longitude,
            settings.site.time_zone,
        ),
        journal=state_folder(settings) / JOURNAL_FILE,
        imports=contracts.imports if import_ct is None else None,
        feed_in=contracts.feed_in if feed_in_ct is None else None,
        forecast=None if settings.forecast is None else to_forecast_plan(settings, settings.forecast),
        goals=to_goal_plan(settings),
        schedule=to_schedule_plan(settings) if settings.schedule.enabled else None,
    )


def rule_texts(house: Household, path: Path | None) -> Mapping[str, str]:
    """Rule files that fit this house; ends the command with every mistake in them."""
    try:
        texts = read_texts(path or house.rules)
        book_from_texts(texts, house.names, house.site.zone)
    except RuleErrors as errors:
        fail(errors.render(), ExitCode.MISTAKE)
    return texts


def job_for(
    house: Household, texts: Mapping[str, str], world: World, label: str, planning: Planning | None = None
) -> Job:
    """One simulation of this house."""
    from optimizer.study.jobs import Job

    return Job(
        label=label,
        texts=texts,
        site=house.site,
        names=house.names,
        params=house.params,
        world=world,
        planning=planning,
    )


def planning_for(house: Household, chosen: StudyInput, world: World) -> Planning | None:
    """Goals and the schedule, if the house has a goal, or a schedule by prices that change."""
    from optimizer.study.planning import Planning

    if house.goals is None or not chosen.schedule:
        return None
    priced = world.series.price_ct is not None or world.series.feed_in_ct is not None
    if not house.goals.repeating and (house.schedule is None or not priced):
        return None
    return Planning(house.goals, house.schedule)


def world_for(house: Household, chosen: StudyInput) -> World:
    """The input of the study. Raises StudyError and JournalError."""
    from optimizer.study.house.car import parse_trip, trips_of
    from optimizer.study.house.house import World
    from optimizer.study.report.terminal import bars

    batteries: dict[str, Stored] = {}
    trips = tuple(parse_trip(text) for text in chosen.trip) or trips_of(chosen.car)
    cars: dict[str, Car] = {name: _car(house, name, trips, chosen) for name in house.site.chargers}
    source = _source(house, chosen)
    with bars("input") as bar:
        if chosen.trace is not None:
            series = _part(_trace(chosen.trace), house, chosen)
        elif source is Source.JOURNAL:
            series, cars, batteries = _journal(house, chosen, cars, lambda part: bar([part]))
        else:
            series = _weather(house, chosen, lambda part: bar([part]))
            if source is Source.WEATHER_INSTEAD:
                series = replace(series, notes=(*series.notes, INSTEAD))
    series, tariff = _priced(house, chosen, _by_contracts(house, chosen, series))
    return World(
        series=series,
        cars=cars,
        batteries=_batteries(house, chosen, batteries),
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
    from optimizer.cli.study.contract_prices import by_contracts, read_market
    from optimizer.sources.prices.table import Tariff as Contracts

    contracts = Contracts(
        house.imports if series.price_ct is None and chosen.import_ct is None else None,
        house.feed_in if chosen.feed_in_ct is None else None,
    )
    market = None if chosen.prices is None else read_market(chosen.prices)
    return by_contracts(contracts, series, house.site.zone, market)


def _forecasting(house: Household, chosen: StudyInput) -> Forecasting:
    from optimizer.study.house.forecasts import Forecasting
    from optimizer.study.input.forecast import read_forecast

    if chosen.forecast is None:
        return Forecasting(house.forecast)
    return Forecasting(house.forecast, read_forecast(chosen.forecast))


class Source(Enum):
    """Where PV and home load come from."""

    TRACE = "trace"
    JOURNAL = "journal"
    WEATHER = "weather"
    WEATHER_INSTEAD = Text("weather, because the journal has no record of these days")


INSTEAD = Text(
    "The journal has no record of these days, so weather and home load are generated. --journal insists on it."
)


def _source(house: Household, chosen: StudyInput) -> Source:
    """The source that the options name, else the journal if it has records of the days. Raises StudyError and
    JournalError."""
    named = [
        name
        for name, given in (
            ("--trace", chosen.trace is not None),
            ("--journal", chosen.journal),
            ("--weather", chosen.weather),
        )
        if given
    ]
    if len(named) > 1:
        raise StudyError(Text("{names} are two sources. Choose one", names=joined(list(named), "{first} and {then}")))
    if named:
        return {"--trace": Source.TRACE, "--journal": Source.JOURNAL, "--weather": Source.WEATHER}[named[0]]
    if house.journal is None or not house.journal.exists():
        return Source.WEATHER
    from optimizer.journal.reader import JournalReader

    span = JournalReader(house.journal).span()
    if span is None:
        return Source.WEATHER
    if chosen.start is None:
        return Source.JOURNAL
    start = _from(chosen.start, house)
    overlaps = start < span[1] and start + _length(chosen) > span[0]
    return Source.JOURNAL if overlaps else Source.WEATHER_INSTEAD


def _length(chosen: StudyInput) -> timedelta:
    return timedelta(days=30.0 if chosen.days is None else chosen.days)


def _trace(path: Path) -> Series:
    from optimizer.study.input.trace import read_trace

    return read_trace(path)


def _part(series: Series, house: Household, chosen: StudyInput) -> Series:
    start = series.start if chosen.start is None else _from(chosen.start, house)
    end = series.end if chosen.days is None else start + timedelta(days=chosen.days)
    return series.part(max(start, series.start), min(end, series.end))


def _weather(house: Household, chosen: StudyInput, progress: Callable[[float], object]) -> Series:
    from optimizer.study.input.generate import generate
    from optimizer.twin.sun import Roof

    start = _from(chosen.start or "2025-06-01", house)
    roof = Roof(peak_w=1000.0 * chosen.roof_kw, max_ac_w=1000.0 * chosen.roof_kw * 1.05)
    days = 30.0 if chosen.days is None else chosen.days
    scale = chosen.home_kwh / GENERATED_KWH
    return generate(house.place, roof, start, days, seed=chosen.seed, home_scale=scale, progress=progress)


GENERATED_KWH = 9.0
"""Daily consumption of a generated household at scale 1."""


def _journal(
    house: Household, chosen: StudyInput, cars: dict[str, Car], progress: Callable[[float], object]
) -> tuple[Series, dict[str, Car], dict[str, Stored]]:
    from optimizer.journal.reader import JournalReader
    from optimizer.study.recorded import Stored, recorded_batteries, recorded_cars, recorded_series

    if house.journal is None:
        raise StudyError(Text("without settings there is no journal. Name the settings with --config"))
    reader = JournalReader(house.journal)
    span = reader.span()
    if span is None:
        raise StudyError(Text("{journal} contains no records yet", journal=str(house.journal)))
    days = _length(chosen)
    start = max(span[0], span[1] - days) if chosen.start is None else _from(chosen.start, house)
    end = min(span[1], start + days)
    series = recorded_series(reader, start, end)
    found, notes = recorded_cars(reader, series, cars, progress)
    stored = recorded_batteries(reader, series)
    count = len(house.site.batteries)
    notes = [
        *_covered(max(start, span[0]), end, days, chosen),
        Text("The recorded behavior of car and battery is removed from the journal data. The study simulates both."),
        *notes,
        *(_begins(name, chosen, count, stored.get(name, Stored())) for name in house.site.batteries),
    ]
    return replace(series, notes=(*series.notes, *notes)), found, stored


def _covered(first: datetime, last: datetime, days: timedelta, chosen: StudyInput) -> list[str]:
    """A note if the journal has only a part of the days that were asked for."""
    covered = last - first
    if covered >= 0.9 * days or (chosen.days is None and chosen.start is None):
        return []
    hours = covered.total_seconds() / 3600.0
    part = (
        Text("{hours_1d} days", hours_1d=hours / 24.0)
        if hours >= 48.0
        else Text("{hours_1d} hours", hours_1d=hours)
        if hours >= 2.0
        else Text("{hours_0d} minutes", hours_0d=hours * 60.0)
    )
    return [
        Text(
            "The journal covers {part} of the {days} days. --weather generates all of them.",
            part=part,
            days=days.total_seconds() / 86400.0,
        )
    ]


def _begins(name: str, chosen: StudyInput, count: int, stored: Stored) -> str:
    capacity_wh, whence_capacity, soc, whence_soc = _filled(chosen, count, stored)
    return Text(
        "Battery {name} has {capacity_1d} kWh, {whence_capacity}, and begins with {soc_0d} %, {whence_soc}.",
        name=name,
        capacity_1d=capacity_wh / 1e3,
        whence_capacity=whence_capacity,
        soc_0d=soc,
        whence_soc=whence_soc,
    )


def _priced(house: Household, chosen: StudyInput, series: Series) -> tuple[Series, Tariff]:
    """The prices: from the options, else from the settings, else assumed with a note.

    Raises StudyError if a price in the options has no effect.
    """
    given = house.tariff
    in_trace = series.price_ct is not None and house.imports is None
    tariff = Tariff(
        given.import_ct if chosen.import_ct is None else chosen.import_ct,
        given.feed_in_ct if chosen.feed_in_ct is None else chosen.feed_in_ct,
        given.alternative_ct if chosen.elsewhere_ct is None else chosen.elsewhere_ct,
        PUBLISHED_S if in_trace else given.published_s,
    )
    assumed: list[str] = []
    if series.price_ct is not None:
        if chosen.import_ct is not None:
            raise StudyError(
                Text(
                    "{name} has its own prices (price_ct), so --import-ct has no effect. Remove one of them",
                    name=series.name,
                )
            )
    elif tariff.import_ct is None:
        tariff = replace(tariff, import_ct=ASSUMED.import_ct)
        assumed.append(Text("{price} ct for import", price=ASSUMED.import_ct or 0.0))
    if tariff.feed_in_ct is None and series.feed_in_ct is None:
        tariff = replace(tariff, feed_in_ct=ASSUMED.feed_in_ct)
        assumed.append(Text("{price} ct for feed-in", price=ASSUMED.feed_in_ct or 0.0))
    if tariff.alternative_ct is None:
        tariff = replace(tariff, alternative_ct=ASSUMED.alternative_ct)
        assumed.append(Text("{price} ct for a kWh for the car elsewhere", price=ASSUMED.alternative_ct or 0.0))
    if assumed:
        note = Text("Not set, and therefore assumed: {names}.", names=joined(assumed, "{first}, {then}"))
        series = replace(series, notes=(*series.notes, note))
    return series, tariff


ASSUMED_KWH = 10.0
"""Of all batteries together."""
ASSUMED_SOC = 30.0


def _filled(chosen: StudyInput, count: int, stored: Stored) -> tuple[float, str, float, str]:
    """Capacity in Wh and state of charge in % of one of `count` batteries, with the source of each."""
    asked, recorded, assumed = Text("as asked for"), Text("as recorded"), Text("which is assumed")
    if chosen.battery_kwh is not None:
        capacity = 1000.0 * chosen.battery_kwh / count, asked
    elif stored.capacity_wh:
        capacity = stored.capacity_wh, recorded
    else:
        capacity = 1000.0 * ASSUMED_KWH / count, assumed
    if chosen.battery_soc is not None:
        soc = chosen.battery_soc, asked
    elif stored.soc_percent is not None:
        soc = stored.soc_percent, recorded
    else:
        soc = ASSUMED_SOC, assumed
    return *capacity, *soc


def _batteries(house: Household, chosen: StudyInput, stored: Mapping[str, Stored]) -> dict[str, BatterySpec]:
    from optimizer.study.recorded import Stored
    from optimizer.twin.battery import BatterySpec

    found: dict[str, BatterySpec] = {}
    for name, battery in house.site.batteries.items():
        capacity_wh, _, soc, _ = _filled(chosen, len(house.site.batteries), stored.get(name, Stored()))
        found[name] = BatterySpec(
            name,
            capacity_wh,
            battery.max_charge_w,
            battery.max_discharge_w,
            initial_soc_percent=soc,
            floor_soc_percent=min(battery.floor_soc_percent, soc),
        )
    return found


def _from(start: str, house: Household) -> datetime:
    return asked_moment("--from", start, datetime.now(UTC), house.site.zone)
