"""The fields of rules that the configured devices never report."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.model.fields import qualified
from optimizer.settings.adapters import DevicePlan, device_plans
from optimizer.settings.root import Settings
from optimizer.settings.site import PRICES

GRID_FIELDS = frozenset({"grid.dimmed", "grid.on_grid"})
"""Fields of the grid that few brands report."""


def unreported(settings: Settings) -> frozenset[str]:
    """The names of fields as rules write them: `ev.yard.error`, `grid.dimmed`, `battery.capacity_wh`.

    A sum or mean over all batteries or PV systems is among them if one of the devices does not report its part.
    """
    reported = frozenset[str]().union(*(device.reports for device in settings.devices.values()))
    prices = {f"price.{name}" for name in PRICES if getattr(settings.tariff, name) is None}
    parts = {name for plan in device_plans(settings) for name in _of_device(plan, settings)}
    return GRID_FIELDS - reported | prices | parts


def _of_device(plan: DevicePlan, settings: Settings) -> Iterator[str]:
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
