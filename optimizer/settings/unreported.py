"""The fields of rules that the configured devices never report."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.model.calls import EXTREMES, FORECASTS
from optimizer.model.fields import FIELDS, HOLIDAY, SCHEDULED_CAR, SUN, qualified
from optimizer.model.house_fields import CHEAPEST
from optimizer.settings.adapters import DevicePlan, device_plans
from optimizer.settings.forecast_checks import has_place
from optimizer.settings.root import Settings
from optimizer.settings.vehicle_mapping import given_by_vehicles

GRID_FIELDS = frozenset({"grid.dimmed", "grid.on_grid"})
"""Fields of the grid that few brands report."""


COMPARED = tuple(
    name for name in FIELDS if name.startswith(("price.rank", "price.lowest", "price.highest", "price.mean"))
)
"""Fields that compare the import price with those around it."""


OF_A_CAR = ("vehicle", "soc_estimated", "limit_soc", "range_km", "capacity_wh")
"""Quantities of a car that no charger reports."""


def unreported(settings: Settings) -> frozenset[str]:
    """The names of fields as rules write them: `ev.yard.error`, `grid.dimmed`, `battery.capacity_wh`.

    A sum or mean over all batteries or PV systems is among them if one of the devices does not report its part.
    """
    reported = frozenset[str]().union(*(device.reports for device in settings.devices.values()))
    prices = set(_prices(settings))
    parts = {name for plan in device_plans(settings) for name in _of_device(plan, settings)}
    scheduled = frozenset(_schedule(settings))
    sun = frozenset[str]() if has_place(settings) else SUN
    holidays = frozenset[str]() if settings.site.holidays else {HOLIDAY}
    forecasts = frozenset(FORECASTS if settings.forecast is None else ())
    vehicles = {
        f"ev.{name}.{quantity}" for plan in device_plans(settings) for name in plan.evs for quantity in OF_A_CAR
    }
    if settings.site.dimmed_by is not None:
        reported |= {"grid.dimmed"}
    silent = GRID_FIELDS - reported | parts | vehicles
    return (silent | prices | sun | holidays | forecasts | scheduled) - given_by_vehicles(settings)


def _prices(settings: Settings) -> Iterator[str]:
    """The prices without a contract. Ranks and the market price come with the contracts under `prices` only."""
    prices, tariff = settings.prices, settings.tariff
    changing = prices.imports is not None or prices.feed_in is not None
    has_import = prices.imports is not None or tariff.import_ct is not None
    if not has_import:
        yield "price.import_ct"
    if prices.feed_in is None and tariff.feed_in_ct is None:
        yield "price.feed_in_ct"
    if tariff.alternative_ct is None:
        yield "price.alternative_ct"
    if all(contract is None or contract.source is None for contract in (prices.imports, prices.feed_in)):
        yield "price.market_ct"
    if not (changing and has_import):
        yield from COMPARED
        yield from (CHEAPEST.name, *EXTREMES)


def _schedule(settings: Settings) -> Iterator[str]:
    """The values of a schedule that is off, and of the battery of a house without one."""
    plans = device_plans(settings)
    for name in (name for name in FIELDS if name.startswith("schedule.")):
        of_car = name.startswith(SCHEDULED_CAR)
        no_battery = bool(plans) and not any(plan.batteries for plan in plans)
        if not settings.schedule.enabled or (no_battery and not of_car):
            yield from (qualified(name, ev) for plan in plans for ev in plan.evs if of_car)
            yield name


def _of_device(plan: DevicePlan, settings: Settings) -> Iterator[str]:
    if plan.switches:
        return
    device = settings.devices[plan.name]
    names = {"ev": plan.evs, "battery": plan.batteries, "pv": plan.pvs}
    batteries = device.batteries(plan.name)
    for field in device.never_reports:
        family = field.partition(".")[0]
        for name in names[family]:
            if field == "battery.capacity_wh" and batteries[name][0].capacity_wh is not None:
                continue
            yield qualified(field, name)
            if family != "ev":
                yield field
