"""Converts the settings for the other packages: the site, the parameters of the controller, and the prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from optimizer.control.grid_share import grid_share_of
from optimizer.control.params import Params
from optimizer.model.reading import NOT_MEASURED, Reading, known
from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.model.state import Prices
from optimizer.settings.checks import grid_meter
from optimizer.settings.control import parameters
from optimizer.settings.devices import BatterySettings, GridMeterSettings
from optimizer.settings.price_mapping import has_changing_prices
from optimizer.settings.root import Settings
from optimizer.settings.site import TariffSettings
from optimizer.settings.surplus_order import after_battery, cars_first, priority_of
from optimizer.settings.switch_mapping import to_switches

SLOWEST_DEFAULT_S = 15.0
"""Largest age of the grid reading. A slower meter may have an older one."""
READINGS_AWAITED = 3
LEAST_VALUE_CT = 1.0


def to_site(settings: Settings) -> Site:
    """The properties of the house that decisions need."""
    site = settings.site
    return Site(
        zone=site.zone,
        fuse_a=site.fuse_a,
        house_max_a=site.house_max_a,
        unbalance_a=site.unbalance_a,
        dimmed_w=site.dimmed_w,
        chargers=_chargers(settings),
        batteries=_batteries(settings),
        switches=to_switches(settings),
        cars_first=cars_first(settings),
        grid_delay_s=_grid_delay_s(settings),
        grid_max_age_s=_grid_max_age_s(settings),
        latitude=site.latitude,
        longitude=site.longitude,
        holidays=frozenset(day.toordinal() for day in site.holidays),
    )


def to_params(settings: Settings) -> Params:
    """The parameters of the controller. `grid_share` follows from the prices unless it is given, and so does the value
    of the surplus."""
    params: Params = parameters(Params(), settings.control)
    given, tariff = settings.control.model_fields_set, settings.tariff
    value_ct = surplus_value_ct(tariff)
    follow = settings.control.model_dump(exclude_unset=True).get("follow", {})
    if value_ct is not None and "surplus_value_ct" not in follow:
        params = replace(params, follow=replace(params.follow, surplus_value_ct=value_ct))
    if "grid_share" in given:
        return params
    if has_changing_prices(settings):
        follows = all(_given_prices(settings)) if "grid_share_by_price" not in given else params.grid_share_by_price
        return replace(params, grid_share_by_price=follows)
    if tariff.import_ct is None or tariff.feed_in_ct is None or tariff.alternative_ct is None:
        return params
    return replace(params, grid_share=grid_share_of(tariff.import_ct, tariff.feed_in_ct, tariff.alternative_ct))


def surplus_value_ct(tariff: TariffSettings) -> float | None:
    """The value of a kWh of surplus in the car, ct: the price that it replaces, minus the payment for feeding it in. At
    least 1 ct. None if a price is missing. Without `alternative_ct`, it replaces energy from the grid."""
    replaced_ct = tariff.alternative_ct if tariff.alternative_ct is not None else tariff.import_ct
    if replaced_ct is None or tariff.feed_in_ct is None:
        return None
    return max(LEAST_VALUE_CT, replaced_ct - tariff.feed_in_ct)


def _given_prices(settings: Settings) -> tuple[bool, bool, bool]:
    """Whether the import price, the payment for export, and the price elsewhere are set, as constants or contracts."""
    prices, tariff = settings.prices, settings.tariff
    return (
        prices.imports is not None or tariff.import_ct is not None,
        prices.feed_in is not None or tariff.feed_in_ct is not None,
        tariff.alternative_ct is not None,
    )


def to_prices(settings: Settings, mono_s: float) -> Prices:
    """The fixed prices of the tariff as readings taken at monotonic `mono_s`."""
    tariff = settings.tariff
    return Prices(
        import_ct=_price(tariff.import_ct, mono_s),
        feed_in_ct=_price(tariff.feed_in_ct, mono_s),
        alternative_ct=_price(tariff.alternative_ct, mono_s),
    )


def _price(value: float | None, mono_s: float) -> Reading[float]:
    return NOT_MEASURED if value is None else known(value, mono_s)


def follow_tick_s(settings: Settings, params: Params) -> float:
    """Interval between decisions while a car follows the surplus, s. It is at least the interval between two readings
    of the grid meter, because a decision without a new reading gains nothing."""
    name = grid_meter(settings)
    return params.follow_tick_s if name is None else max(params.follow_tick_s, settings.devices[name].pace_s)


def _grid_max_age_s(settings: Settings) -> float:
    name = grid_meter(settings)
    if name is None:
        return SLOWEST_DEFAULT_S
    meter = settings.devices[name]
    if "max_age_s" in meter.model_fields_set:
        return meter.max_age_s
    return max(SLOWEST_DEFAULT_S, READINGS_AWAITED * meter.pace_s)


def _grid_delay_s(settings: Settings) -> float | None:
    name = grid_meter(settings)
    meter = settings.devices[name] if name is not None else None
    return meter.delay_s if isinstance(meter, GridMeterSettings) else None


def _chargers(settings: Settings) -> Mapping[str, ChargerSite]:
    return {
        key: ChargerSite(
            name=key,
            max_current_a=charger.max_current_a,
            phase_map=tuple(int(phase[1]) for phase in charger.phases),
            can_switch_phases=charger.phase_switching,
            write_interval_s=charger.write_interval_s,
            settle_s=charger.settle_s,
            priority=priority_of(settings, key, charger.priority),
            after_battery=after_battery(settings, key),
            current_step_a=device.current_step_a,
            car_min_current_a=charger.car_min_current_a,
            car_phases=charger.car_phases,
        )
        for name, device in settings.devices.items()
        for key, charger in device.chargers(name).items()
    }


def _battery_phases(battery: BatterySettings, three: bool) -> tuple[int, ...]:
    """The house phases (1–3) of a battery. Empty if it may be any one of them."""
    if battery.phases is None:
        return (1, 2, 3) if three else ()
    if isinstance(battery.phases, int):
        return (1, 2, 3) if battery.phases == 3 else ()
    return tuple(int(phase[1]) for phase in battery.phases)


def _batteries(settings: Settings) -> Mapping[str, BatterySite]:
    return {
        key: BatterySite(
            name=key,
            max_charge_w=battery.max_charge_w,
            max_discharge_w=battery.max_discharge_w,
            floor_soc_percent=battery.floor_soc_percent,
            capacity_wh=battery.capacity_wh,
            controllable=battery.control,
            can_bound_discharge=traits.can_bound_discharge,
            resolution_w=traits.resolution_w,
            min_interval_s=traits.min_interval_s,
            lease_s=traits.lease_s,
            phases=1,
            phase_map=_battery_phases(battery, device.three_phase_battery),
        )
        for name, device in settings.devices.items()
        for key, (battery, traits) in device.batteries(name).items()
    }
