"""The home load as the balance of the meters: home = pv + grid + battery − ev. And signs that contradict it."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from itertools import pairwise
from math import isnan

from optimizer.study.input.series import StudyError
from optimizer.words.text import Text

BELOW_W = -50.0
"""A power below this is not a small error of a meter."""
NEGATIVE_SHARE = 0.5
"""A balance that is negative for a larger part of the time has a wrong sign."""
DOUBTFUL_SHARE = 0.02
"""A smaller part is due to meters that are read at different moments."""
BETTER = 0.25
"""A sign is wrong if turning it leaves at most this part of the negative rows: a right one makes more when turned."""
MIN_ROWS = 10
"""Fewer known rows do not tell about signs."""
MOVE_W = 100.0
"""A change of PV that counts."""
FOLLOWS = 1.2
"""A load that changes by more than PV does is no load. Loads that use the surplus change by as much as PV at most."""
STANDS = 0.5
"""A load that changes by less does not follow the sun."""
TURNS = (("grid_w",), ("battery_w",), ("grid_w", "battery_w"))
"""Quantities with both signs. A car has one, and its load is never negative if it is added."""


def home_load(name: str, pv_w: array[float], found: Mapping[str, array[float]]) -> tuple[array[float], tuple[str, ...]]:
    """The home load from the other powers, and a note if it had to be corrected. Raises StudyError if it cannot be."""
    load_w = _balance(pv_w, found)
    below, known = _below(load_w), sum(not isnan(value) for value in load_w)
    share_percent = 100 * below / len(load_w)
    if below > NEGATIVE_SHARE * known:
        raise StudyError(
            Text(
                "{name}: with these powers the home load is negative in {below_1d} % of the time. Check the signs: "
                "grid_w is positive for import, battery_w for discharge. Turn one with a minus, as in grid_w=-COLUMN",
                name=name,
                below_1d=share_percent,
            )
        )
    if known >= MIN_ROWS and below > DOUBTFUL_SHARE * known:
        _refuse_negative(name, pv_w, found, below)
    if _share_of_sun(load_w, pv_w) > FOLLOWS:
        _refuse_following(name, pv_w, found)
    note = Text(
        "The home load is the balance of the meters. In {below_1d} % of the time it was negative and counts as 0.",
        below_1d=share_percent,
    )
    return array("d", (value if isnan(value) else max(0.0, value) for value in load_w)), (note,) if below else ()


def _balance(pv_w: array[float], found: Mapping[str, array[float]], turned: tuple[str, ...] = ()) -> array[float]:
    zeros = array("d", bytes(8 * len(pv_w)))
    grid, battery = (-1.0 if quantity in turned else 1.0 for quantity in ("grid_w", "battery_w"))
    parts = zip(
        pv_w, found["grid_w"], found.get("battery_w", zeros), found.get("ev_w", zeros), strict=True
    )  # fmt: skip
    return array("d", (pv + grid * grid_w + battery * battery_w - ev_w for pv, grid_w, battery_w, ev_w in parts))


def _below(load_w: array[float]) -> int:
    return sum(1 for value in load_w if value < BELOW_W)


def _share_of_sun(load_w: array[float], pv_w: array[float]) -> float:
    """By how much the load changes for each W by which PV changes; 0 if PV hardly changes."""
    steps = [
        (pv - pv_before, load - load_before)
        for (pv_before, pv), (load_before, load) in zip(pairwise(pv_w), pairwise(load_w), strict=True)
        if abs(pv - pv_before) >= MOVE_W and not isnan(load - load_before)
    ]
    if len(steps) < MIN_ROWS:
        return 0.0
    return sum(pv * load for pv, load in steps) / sum(pv * pv for pv, _ in steps)


def _refuse_following(name: str, pv_w: array[float], found: Mapping[str, array[float]]) -> None:
    for turned in TURNS:
        if (
            set(turned) <= set(found)
            and abs(_share_of_sun(other := _balance(pv_w, found, turned), pv_w)) < STANDS
            and _below(other) <= DOUBTFUL_SHARE * len(other)
        ):
            raise StudyError(
                Text(
                    "{name}: the home load follows the sun, and does not with the other sign of {turned}. grid_w is "
                    "positive for import, battery_w for discharge. Write {advice}",
                    name=name,
                    turned=", ".join(turned),
                    advice=", ".join(f"{quantity}=-COLUMN" for quantity in turned),
                )
            )


def _refuse_negative(name: str, pv_w: array[float], found: Mapping[str, array[float]], below: int) -> None:
    for turned in TURNS:
        if set(turned) <= set(found) and _below(_balance(pv_w, found, turned)) <= BETTER * below:
            raise StudyError(
                Text(
                    "{name}: the home load is negative in {below_1d} % of the time, and hardly ever with the other "
                    "sign of {turned}. grid_w is positive for import, battery_w for discharge. Write {advice}",
                    name=name,
                    below_1d=100 * below / len(pv_w),
                    turned=", ".join(turned),
                    advice=", ".join(f"{quantity}=-COLUMN" for quantity in turned),
                )
            )
