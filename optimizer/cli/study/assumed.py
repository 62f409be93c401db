"""Prices and batteries of a study, from its options, the settings, or the journal, and else assumed."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from optimizer.cli.study.house import Household
from optimizer.cli.study.options import StudyInput
from optimizer.study.house.prices import PUBLISHED_S, Tariff
from optimizer.study.input.series import StudyError
from optimizer.words.text import Text, joined

if TYPE_CHECKING:
    from optimizer.study.input.series import Series
    from optimizer.study.recorded import Stored
    from optimizer.twin.battery import BatterySpec

ASSUMED = Tariff(30.0, 8.0, 19.0)
"""Prices that are not set. With these, a kWh bought for the car costs as much as a kWh of surplus saves."""
ASSUMED_KWH = 10.0
"""Of all batteries together."""
ASSUMED_SOC = 30.0


def with_prices(house: Household, chosen: StudyInput, series: Series) -> tuple[Series, Tariff]:
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


def filled(chosen: StudyInput, count: int, stored: Stored) -> tuple[float, str, float, str]:
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


def batteries_of(house: Household, chosen: StudyInput, stored: Mapping[str, Stored]) -> dict[str, BatterySpec]:
    """The batteries of the house by name, with what is recorded of them."""
    from optimizer.study.recorded import Stored
    from optimizer.twin.battery import BatterySpec

    found: dict[str, BatterySpec] = {}
    for name, battery in house.site.batteries.items():
        capacity_wh, _, soc, _ = filled(chosen, len(house.site.batteries), stored.get(name, Stored()))
        found[name] = BatterySpec(
            name,
            capacity_wh,
            battery.max_charge_w,
            battery.max_discharge_w,
            initial_soc_percent=soc,
            floor_soc_percent=min(battery.floor_soc_percent, soc),
        )
    return found
