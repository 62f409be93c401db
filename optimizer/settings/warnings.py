"""Warnings about settings that are allowed but probably not intended."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.settings.brands import FemsSettings, GivTcpEvcSettings, GivTcpSettings, NrgkickSettings, SonnenSettings
from optimizer.settings.checks import Finding, grid_meter
from optimizer.settings.devices import GridMeterSettings
from optimizer.settings.forecast_checks import forecast_warnings
from optimizer.settings.input_checks import input_warnings
from optimizer.settings.magnitudes import magnitude_warnings
from optimizer.settings.notify_mapping import notify_warnings
from optimizer.settings.price_checks import price_warnings
from optimizer.settings.root import Settings
from optimizer.settings.site import PRICES
from optimizer.settings.zone_checks import zone_warnings
from optimizer.words.text import Text

LEAST_CT = 1.0
"""A price below this, other than 0, is probably in euros."""
ALONE = (NrgkickSettings, FemsSettings, SonnenSettings, GivTcpSettings, GivTcpEvcSettings)
"""Types of which each device has its own address. Other meters may share one."""
TOGETHER = {"givtcp", "givtcp_evc"}
"""An inverter and a charger may share one GivTCP."""


def find_warnings(settings: Settings) -> Iterator[Finding]:
    """All warnings: the setting, the reason, and the advice."""
    yield from zone_warnings(settings)
    yield from _prices(settings)
    yield from price_warnings(settings)
    yield from magnitude_warnings(settings)
    yield from input_warnings(settings)
    yield from forecast_warnings(settings)
    yield from notify_warnings(settings)
    yield from _addresses(settings)
    yield from _capacities(settings)
    yield from _battery_phases(settings)
    yield from _delays(settings)


def _prices(settings: Settings) -> Iterator[Finding]:
    given = {name: getattr(settings.tariff, name) for name in PRICES if getattr(settings.tariff, name) is not None}
    for name, price in given.items():
        if 0.0 < abs(price) < LEAST_CT:
            right = Text("prices are in ct: {euros} € is written {cents}", euros=f"{price:g}", cents=f"{100 * price:g}")
            yield ("tariff", name), Text("{price} ct for a kWh is very low", price=f"{price:g}"), right
    prices = settings.prices
    given_names = {*given, *(["import_ct"] if prices.imports else []), *(["feed_in_ct"] if prices.feed_in else [])}
    missing = [name for name in PRICES if name not in given_names]
    if given and missing and "grid_share" not in settings.control.model_fields_set:
        what = Text("without {names} no share of grid energy follows from the prices", names=" and ".join(missing))
        yield ("tariff",), what, Text("give all three, or control.grid_share")


def _addresses(settings: Settings) -> Iterator[Finding]:
    taken: dict[str, tuple[str, str]] = {}
    for name, device in settings.devices.items():
        if isinstance(device, ALONE):
            first, brand = taken.setdefault(device.url.lower(), (name, device.brand))
            if first != name and {brand, device.brand} != TOGETHER:
                yield (
                    ("devices", name, "url"),
                    Text("the device “{first}” has the same address", first=first),
                    Text("each has its own"),
                )


def _capacities(settings: Settings) -> Iterator[Finding]:
    """Batteries without a known weight in the mean state of charge."""
    given = {
        key: (name, device, battery)
        for name, device in settings.devices.items()
        for key, (battery, _) in device.batteries(name).items()
    }
    if len(given) < 2:
        return
    for key, (name, device, battery) in given.items():
        if battery.capacity_wh is None and not device.reports_capacity:
            what = Text(
                "battery “{key}” reports no capacity, so battery.soc of all batteries is unknown unless they are equal",
                key=key,
            )
            yield ("devices", name), what, Text("give its usable capacity as capacity_wh under battery")


def _battery_phases(settings: Settings) -> Iterator[Finding]:
    for name, device in settings.devices.items():
        for key, (battery, _) in device.batteries(name).items():
            phases = battery.phases
            right = Text("write [L1] or [L1, L2, L3]")
            if isinstance(phases, int):
                what = Text("the battery “{key}” names a number of phases and not the phases", key=key)
                yield ("devices", name, "battery", "phases"), what, right
            elif phases is None and battery.control and not device.three_phase_battery:
                what = Text("the phases of the battery “{key}” are not known, so it counts on each phase", key=key)
                yield ("devices", name, "battery", "phases"), what, right


def _delays(settings: Settings) -> Iterator[Finding]:
    grid = grid_meter(settings)
    for name, device in settings.devices.items():
        if isinstance(device, GridMeterSettings) and device.delay_s is not None and name != grid:
            meter = Text("the grid meter is “{grid}”", grid=grid) if grid else Text("there is no grid meter")
            yield (
                ("devices", name, "delay_s"),
                Text("the delay has no effect, because {meter}", meter=meter),
                Text("remove it"),
            )
