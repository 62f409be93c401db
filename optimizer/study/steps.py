"""Steps: the ticks of a study in groups of a few minutes, as input of the bound. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isnan

from optimizer.study.house.car import Stay
from optimizer.study.house.house import World

Load = tuple[float, float, float, float]
"""(home less roof in W, hours, price of import in ct/kWh, mean distance in W of its ticks from that power)."""


@dataclass(frozen=True, slots=True)
class Step:
    """Some minutes in which the car neither arrives nor leaves."""

    here: bool
    """Whether the car is there."""
    arriving: tuple[Stay, ...]
    """The visits that begin with this step."""
    loads: tuple[Load, ...]
    """The net loads of the house, in no order."""


def steps_of(world: World, stays: Sequence[Stay] | None, length_s: float, width_w: float) -> list[Step]:
    """The ticks of the simulation of `world`, in steps of at most `length_s`.

    `stays` is None for a car that is always there. Ticks of one step whose powers are within `width_w` become one load.
    """
    feed_ct = world.tariff.feed_in_ct or 0.0
    found: list[Step] = []
    for here, arriving, ticks in _stretches(world, stays, max(1, round(length_s / world.tick_s))):
        found.append(Step(here, arriving, tuple(_loads(ticks, here, feed_ct, world.tick_s / 3600.0, width_w))))
    return found


Stretch = tuple[bool, tuple[Stay, ...], dict[float, list[float]]]


def _stretches(world: World, stays: Sequence[Stay] | None, most: int) -> Iterator[Stretch]:
    """(the car is there, the visits that begin, home less roof by price) of at most `most` ticks each."""
    here, coming = stays is None, list(reversed(stays or ()))
    leaves_s, seen_s = math.inf, 0.0
    arriving: list[Stay] = []
    ticks: dict[float, list[float]] = {}
    count = 0
    for tick, (net_w, price_ct) in enumerate(_ticks(world)):
        if isnan(net_w):
            continue
        # As in the simulation, the car arrives and leaves at the end of a tick with known values. Both ends are
        # rounded in favor of the car: the bound may count a tick too many, never one too few.
        start_s = tick * world.tick_s
        was, new = here, []
        if here and leaves_s <= seen_s:
            here = False
        seen_s = start_s + world.tick_s
        while coming and coming[-1].arrives_s < seen_s:
            new.append(coming.pop())
            here, leaves_s = True, new[-1].leaves_s
        if count and (count >= most or here is not was or new):
            yield was, tuple(arriving), ticks
            arriving, ticks, count = [], {}, 0
        arriving += new
        ticks.setdefault(price_ct, []).append(net_w)
        count += 1
    if count:
        yield here, tuple(arriving), ticks


def _ticks(world: World) -> Iterator[tuple[float, float]]:
    """(home less PV in W, price of import) of each tick. As on the bill, import without a known price is free."""
    prices, fixed_ct = world.series.price_ct, world.tariff.import_ct or 0.0
    for pv_w, load_w, row in world.series.ticks(world.tick_s):
        price_ct = fixed_ct if prices is None else prices[row]
        yield load_w - pv_w, 0.0 if isnan(price_ct) else price_ct


def _loads(ticks: dict[float, list[float]], here: bool, feed_ct: float, hours: float, width_w: float) -> Iterable[Load]:
    for price_ct, nets_w in ticks.items():
        count = len(nets_w)
        if price_ct < feed_ct:
            # The least cost is concave in the power: between two powers it is never below the line.
            low, high = min(nets_w), max(nets_w)
            part = 0.0 if high - low < 1e-9 else (sum(nets_w) / count - low) / (high - low)
            yield low, count * hours * (1.0 - part), price_ct, 0.0
            yield high, count * hours * part, price_ct, 0.0
        elif not here:
            # The least cost is convex in the power: ticks never cost less than their mean.
            yield sum(nets_w) / count, count * hours, price_ct, 0.0
        else:
            for group in _alike(sorted(nets_w), width_w):
                mean_w = sum(group) / len(group)
                apart_w = sum(abs(net_w - mean_w) for net_w in group) / len(group)
                yield mean_w, len(group) * hours, price_ct, apart_w


def _alike(values: Sequence[float], width: float) -> Iterator[Sequence[float]]:
    """Sorted values in groups no wider than that."""
    first = 0
    for at, value in enumerate(values):
        if value - values[first] > width:
            yield values[first:at]
            first = at
    yield values[first:]
