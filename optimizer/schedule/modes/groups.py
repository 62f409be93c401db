"""Actions in an order in which those with the same effect on the car stand together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optimizer.schedule.modes.axes import Floats
from optimizer.schedule.modes.starts import flags_of
from optimizer.schedule.stage import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The useful actions of a step in groups."""

    alike: list[tuple[int, int, int]]
    """Flags after it, first, and last place of actions with the same mode of the car."""
    firsts: npt.NDArray[np.int64]
    """The first place of each of the flags that occur."""
    after: npt.NDArray[np.int64]
    """By action: the flags after it."""
    feeds: npt.NDArray[np.bool_]
    """By action: whether the battery discharges into a car that charges fast."""
    fast: npt.NDArray[np.bool_]
    """By action: whether the car charges fast."""
    varying: npt.NDArray[np.int64]
    """The places at which the power of the car depends on the battery."""
    until_full: npt.NDArray[np.int64]
    """The places at which only a full car stops charging."""
    until_need: npt.NDArray[np.int64]
    """The places at which the car stops earlier if energy is too dear."""
    modes: npt.NDArray[np.int64]
    """By action: a number for its modes of car and battery."""
    starts_ct: Floats
    """By flags before and action: the cost of starts."""


def battery_feeds(action: Action) -> bool:
    """Whether the battery discharges into a car that charges fast."""
    return action.car == "fast" and action.battery == "discharge"


def order_of(action: Action) -> tuple[int, bool, bool, str, int]:
    """Actions with the same flags, mode of the car, and limit stand together. The first one wins a tie."""
    return (
        flags_of(action),
        battery_feeds(action),
        action.car == "off",
        f"{action.car} {action.battery_first}",
        -action.phases,
    )


def groups_of(actions: tuple[Action, ...], useful: npt.NDArray[np.int64], starts_ct: Floats) -> Groups:
    """The groups of the useful actions. `actions` are sorted by `order_of`."""
    orders = [order_of(actions[index]) for index in useful]
    begins = [place for place, order in enumerate(orders) if place == 0 or order != orders[place - 1]]
    alike = [(orders[a][0], a, b) for a, b in zip(begins, [*begins[1:], len(orders)], strict=True)]
    after = np.array([order[0] for order in orders])
    modes = [(action.car, action.battery) for action in actions]
    feeds = np.array([battery_feeds(actions[index]) for index in useful])
    fast = after > 1
    return Groups(
        alike=alike,
        firsts=np.unique(after, return_index=True)[1],
        after=after,
        feeds=feeds,
        fast=fast,
        varying=np.flatnonzero([actions[index].car == "surplus" and actions[index].battery_first for index in useful]),
        until_full=np.flatnonzero(~fast | feeds),
        until_need=np.flatnonzero(fast & ~feeds),
        modes=np.array([modes.index(modes[index]) for index in useful]),
        starts_ct=starts_ct[:, after],
    )
