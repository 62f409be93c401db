"""Steps: the ticks of the simulation, none more and none less, and a car that is there when it can charge."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import pytest

from optimizer.study.house.car import Stay
from optimizer.study.house.house import Tariff, World
from optimizer.study.input.series import Series
from optimizer.study.steps import Load, steps_of
from tests.study.scene import START

NAN = float("nan")


def world(load_w: Sequence[float], price_ct: Sequence[float] | None = None) -> World:
    """Rows and ticks of a minute, without sun; feed-in is paid 8 ct."""
    price = None if price_ct is None else array("d", price_ct)
    series = Series("rows", START, 60.0, array("d", [0.0] * len(load_w)), array("d", load_w), price)
    return World(series, tariff=Tariff(30.0 if price is None else None, 8.0), tick_s=60.0)


def loads(of: World, stays: Sequence[Stay] | None = None, width_w: float = 10.0) -> list[Load]:
    return [load for step in steps_of(of, stays, 300.0, width_w) for load in step.loads]


def same(found: Sequence[Load], expected: Sequence[Load]) -> bool:
    """Whether the loads are these, in this order."""
    return [number for load in found for number in load] == pytest.approx([n for load in expected for n in load])


def test_ticks_that_are_alike_are_one_load() -> None:
    found = loads(world([100.0, 500.0, 110.0, 505.0, 100.0]))
    assert same(found, [(310.0 / 3.0, 0.05, 30.0, 8.0, 40.0 / 9.0), (502.5, 2.0 / 60.0, 30.0, 8.0, 2.5)])


def test_time_that_nobody_knows_is_in_no_step() -> None:
    found = loads(world([100.0, NAN, NAN, 100.0] * 5))
    assert sum(hours for _, hours, *_ in found) == pytest.approx(10.0 / 60.0)
    assert {net_w for net_w, *_ in found} == {100.0}


def test_where_import_is_the_cheaper_one_the_ends_stand_for_what_is_between() -> None:
    found = loads(world([0.0, 500.0, 1000.0, 900.0], [2.0] * 4))
    assert same(found, [(0.0, 0.4 * 4.0 / 60.0, 2.0, 8.0, 0.0), (1000.0, 0.6 * 4.0 / 60.0, 2.0, 8.0, 0.0)])


def test_import_at_an_unknown_price_is_free() -> None:
    assert {price_ct for _, _, price_ct, *_ in loads(world([100.0] * 4, [30.0, NAN, 30.0, NAN]))} == {0.0, 30.0}


def test_without_a_car_the_mean_will_do() -> None:
    assert same(loads(world([100.0, 3000.0]), stays=()), [(1550.0, 2.0 / 60.0, 30.0, 8.0, 0.0)])


def test_a_car_begins_and_ends_a_step() -> None:
    first, second = Stay(0.0, 130.0, 0.0, 5000.0), Stay(370.0, float("inf"), 5000.0, 0.0)
    found = steps_of(world([100.0] * 15), (first, second), 300.0, 10.0)
    seen = [(step.here, step.arriving, round(60.0 * sum(load[1] for load in step.loads))) for step in found]
    # It leaves within the third minute and comes within the seventh, and may charge in both.
    assert seen == [(True, (first,), 3), (False, (), 3), (True, (second,), 5), (True, (), 4)]


def test_a_car_that_comes_where_nothing_is_known_comes_after_it() -> None:
    found = steps_of(
        world([100.0] * 2 + [NAN] * 3 + [100.0] * 2), (Stay(180.0, float("inf"), 1000.0, 0.0),), 300.0, 10.0
    )
    assert [(step.here, len(step.arriving)) for step in found] == [(False, 0), (True, 1)]
    never = steps_of(world([100.0] * 2 + [NAN] * 3), (Stay(180.0, float("inf"), 1000.0, 0.0),), 300.0, 10.0)
    assert [(step.here, len(step.arriving)) for step in never] == [(False, 0)]
