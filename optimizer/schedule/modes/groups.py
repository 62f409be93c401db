"""Actions in an order in which those with the same effect on the car stand together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from optimizer.schedule.modes.axes import Floats
from optimizer.schedule.modes.starts import flags_of
from optimizer.schedule.stage import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class CarGroup:
    """Actions that do the same to the car. They stand together."""

    flags: int
    """The flags after its first part. Those after the next part are one higher."""
    parts: tuple[slice, ...]
    """The places of the actions with the same flags."""
    is_fast: bool
    """Whether the car charges fast."""
    feeds: bool
    """Whether the battery discharges into a car that charges fast."""
    varies: bool
    """Whether the power of the car depends on the battery."""

    @property
    def first(self) -> int:
        """The place of its first action."""
        return int(self.parts[0].start)

    @property
    def places(self) -> slice:
        """The places of its actions."""
        return slice(self.parts[0].start, self.parts[-1].stop)

    @property
    def may_stop(self) -> bool:
        """Whether the car stops at its need if energy is too dear."""
        return self.is_fast and not self.feeds


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The useful actions of a step in groups."""

    alike: list[CarGroup]
    firsts: npt.NDArray[np.int64]
    """The first place of each of the flags that occur."""
    after: list[int]
    """By action: the flags after it."""
    modes: list[int]
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
    chosen = [actions[index] for index in useful]
    after = [flags_of(action) for action in chosen]
    modes = [(action.car, action.battery) for action in actions]
    return Groups(
        alike=[
            _group(chosen, list(places))
            for _, places in groupby(range(len(chosen)), lambda place: _effect(chosen[place]))
        ],
        firsts=np.unique(after, return_index=True)[1],
        after=after,
        modes=[modes.index((action.car, action.battery)) for action in chosen],
        starts_ct=starts_ct[:, after],
    )


def _group(chosen: list[Action], places: list[int]) -> CarGroup:
    first = chosen[places[0]]
    parts = [list(part) for _, part in groupby(places, lambda place: flags_of(chosen[place]))]
    return CarGroup(
        flags=flags_of(first),
        parts=tuple(slice(part[0], part[-1] + 1) for part in parts),
        is_fast=first.car == "fast",
        feeds=battery_feeds(first),
        varies=first.car == "surplus" and first.battery_first,
    )


def _effect(action: Action) -> tuple[str, int, bool, bool]:
    """What an action does to the car."""
    return action.car, action.phases, action.battery_first, battery_feeds(action)
