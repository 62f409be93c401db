"""The house of a study, from its settings or a typical one, with its rules."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.run.books import device_names, shipped_rules
from optimizer.cli.study.options import StudyInput
from optimizer.control.params import Params
from optimizer.model.fields import DeviceNames
from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.rules.book.files import book_from_texts, read_texts
from optimizer.rules.language.errors import RuleErrors
from optimizer.study.house.prices import PUBLISHED_S, Tariff
from optimizer.study.input.series import StudyError
from optimizer.words.text import Text

if TYPE_CHECKING:
    from datetime import datetime

    from optimizer.journal.reader import JournalReader
    from optimizer.schedule.from_state import SchedulePlan
    from optimizer.schedule.goals import GoalPlan
    from optimizer.sources.forecast.table import ForecastPlan
    from optimizer.sources.prices.contract import FeedInContract, ImportContract
    from optimizer.study.house.house import World
    from optimizer.study.jobs import Job
    from optimizer.study.planning import Planning
    from optimizer.twin.sun import Place


log = logging.getLogger(__name__)


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
    currency: str = "EUR"
    """The currency of the prices."""


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
        currency=settings.prices.currency,
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


def journal_of(house: Household) -> tuple[JournalReader, tuple[datetime, datetime]]:
    """The journal of the house, and the times of its first and last tick. Raises StudyError if there is none, or if it
    is empty, and JournalError."""
    from optimizer.journal.reader import JournalReader

    if house.journal is None:
        raise StudyError(Text("without settings there is no journal. Name the settings with --config"))
    reader = JournalReader(house.journal)
    span = reader.span()
    if span is None:
        raise StudyError(Text("{journal} contains no records yet", journal=str(house.journal)))
    return reader, span
