"""Steps: the ticks of a study in groups of a few minutes, as input of the bound. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isnan

from optimizer.study.house.car import Stay
from optimizer.study.house.house import World

Load = tuple[float, float, float, float, float]
"""(home less roof in W, hours, price of import and payment for export in ct/kWh, mean distance in W of its ticks from
that power)."""
Prices = tuple[float, float]
"""(price of import, payment for export) in ct/kWh."""


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
    found: list[Step] = []
    for here, arriving, ticks in _stretches(world, stays, max(1, round(length_s / world.tick_s))):
        found.append(Step(here, arriving, tuple(_loads(ticks, here, world.tick_s / 3600.0, width_w))))
    return found


Stretch = tuple[bool, tuple[Stay, ...], dict[Prices, list[float]]]


def _stretches(world: World, stays: Sequence[Stay] | None, most: int) -> Iterator[Stretch]:
    """(the car is there, the visits that begin, home less roof by prices) of at most `most` ticks each."""
    here, coming = stays is None, list(reversed(stays or ()))
    leaves_s, seen_s = math.inf, 0.0
    arriving: list[Stay] = []
    ticks: dict[Prices, list[float]] = {}
    count = 0
    for tick, (net_w, prices) in enumerate(_ticks(world)):
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
        ticks.setdefault(prices, []).append(net_w)
        count += 1
    if count:
        yield here, tuple(arriving), ticks


def _ticks(world: World) -> Iterator[tuple[float, Prices]]:
    """(home less PV in W, prices) of each tick. As on the bill, energy without a known price is free."""
    imports, feed_in = world.series.price_ct, world.series.feed_in_ct
    import_ct, feed_ct = world.tariff.import_ct or 0.0, world.tariff.feed_in_ct or 0.0
    for pv_w, load_w, row in world.series.ticks(world.tick_s):
        if imports is not None:
            import_ct = 0.0 if isnan(imports[row]) else imports[row]
        if feed_in is not None:
            feed_ct = 0.0 if isnan(feed_in[row]) else feed_in[row]
        yield load_w - pv_w, (import_ct, feed_ct)


def _loads(ticks: dict[Prices, list[float]], here: bool, hours: float, width_w: float) -> Iterable[Load]:
    for (price_ct, feed_ct), nets_w in ticks.items():
        count = len(nets_w)
        if price_ct < feed_ct:
            # The least cost is concave in the power: between two powers it is never below the line.
            low, high = min(nets_w), max(nets_w)
            part = 0.0 if high - low < 1e-9 else (sum(nets_w) / count - low) / (high - low)
            yield low, count * hours * (1.0 - part), price_ct, feed_ct, 0.0
            yield high, count * hours * part, price_ct, feed_ct, 0.0
        elif not here:
            # The least cost is convex in the power: ticks never cost less than their mean.
            yield sum(nets_w) / count, count * hours, price_ct, feed_ct, 0.0
        else:
            for group in _alike(sorted(nets_w), width_w):
                mean_w = sum(group) / len(group)
                apart_w = sum(abs(net_w - mean_w) for net_w in group) / len(group)
                yield mean_w, len(group) * hours, price_ct, feed_ct, apart_w


def _alike(values: Sequence[float], width: float) -> Iterator[Sequence[float]]:
    """Sorted values in groups no wider than that."""
    first = 0
    for at, value in enumerate(values):
        if value - values[first] > width:
            yield values[first:at]
            first = at
    yield values[first:]
