"""Generated weather and load as a series: any period of any place, the same for the same seed."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from datetime import datetime
from math import ceil

from optimizer.study.input.series import DAY_S, Series
from optimizer.twin.sun import Place, Roof
from optimizer.twin.weather import Weather
from optimizer.words.text import Text

MINUTE_S = 60.0
MADE_UP = Text(
    "Weather and load are generated: clouds and household habits are typical of Central Europe, "
    "not those of this house."
)


def generate(
    place: Place,
    roof: Roof,
    start: datetime,
    days: float,
    *,
    seed: int = 1,
    home_scale: float = 1.0,
    progress: Callable[[float], object] | None = None,
) -> Series:
    """One-minute rows from `start` (aware) on. `home_scale` 1 is a household of about 9 kWh a day."""
    weather = Weather(place, roof, seed=seed, start=start, home_scale=home_scale)
    first_s = weather.start.timestamp()
    rows = max(2, ceil(days * DAY_S / MINUTE_S))
    pv_w, load_w = array("d", bytes(8 * rows)), array("d", bytes(8 * rows))
    for row in range(rows):
        pv_w[row], load_w[row] = weather.at(first_s + (row + 0.5) * MINUTE_S)
        if progress is not None and row % 1440 == 0:
            progress(row / rows)
    return Series(
        name=Text("generated weather, seed {seed}", seed=seed),
        start=weather.start,
        step_s=MINUTE_S,
        pv_w=pv_w,
        load_w=load_w,
        price_ct=None,
        notes=(MADE_UP,),
    )
