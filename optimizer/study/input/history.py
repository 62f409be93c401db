"""An owner's history from other programs: samples with any spacing become a series with even steps.

The input has PV, and either the home load or the values to calculate it.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import floor, isnan

from optimizer.study.input.balance import BELOW_W, home_load
from optimizer.study.input.means import means
from optimizer.study.input.notes import notes_of
from optimizer.study.input.samples import MINUTE_S, Samples, whole_minutes_s
from optimizer.study.input.series import DAY_S, Series, StudyError
from optimizer.study.input.trace import MAX_ROWS, MOST_W, bridged_series
from optimizer.words.text import Text

NAN = float("nan")
HOUR_S = 3600.0
NEGATIVE_SHARE = 0.5
"""PV, load, or a car with more negative than positive energy has the wrong sign."""
COARSE_W = 500.0
"""A counter that cannot tell smaller powers within a row is too coarse for it."""


def assemble(name: str, samples: Mapping[str, Sequence[Samples]], step_s: float | None = None) -> Series:
    """A series of means over even steps (one minute, or the spacing of coarser data). Raises StudyError.

    The samples of one quantity add up. Where one of them is unknown, their sum is unknown.
    """
    ordered = {quantity: [one.in_order() for one in own] for quantity, own in samples.items()}
    everything = [one for own in ordered.values() for one in own if len(one)]
    if max(len(one) for one in ordered["pv_w"]) < 2:
        raise StudyError(Text("{name}: fewer than two values of PV", name=name))
    step_s = step_s or _step_s(name, ordered)
    phase_s = _phase_s(everything, step_s)
    first_s = floor((min(one.at_s[0] for one in everything) - phase_s) / step_s) * step_s + phase_s
    last_s = max(one.at_s[-1] for one in everything)
    rows = int((last_s - first_s) / step_s) + 1
    if not 2 <= rows <= MAX_ROWS:
        raise StudyError(
            Text(
                "{name}: {rows} rows of {step} s. A trace has 2 to {max_rows} rows",
                name=name,
                rows=rows,
                step=step_s,
                max_rows=MAX_ROWS,
            )
        )
    found = {
        quantity: _sum([means(one, first_s, step_s, rows) for one in own]) for quantity, own in ordered.items()
    }  # fmt: skip
    for quantity in ("pv_w", "load_w", "ev_w"):
        _check_sign(name, quantity, found.get(quantity, array("d")))
    for quantity, values in found.items():
        if quantity.endswith("_w"):
            _check_size(name, quantity, values, first_s, step_s)
    pv_w = array("d", (value if isnan(value) else max(0.0, value) for value in found["pv_w"]))
    notes: tuple[str, ...] = ()
    if "load_w" in found:
        load_w = found["load_w"]
    else:
        load_w, notes = home_load(name, pv_w, found)
    columns = {"pv_w": pv_w, "load_w": load_w}
    if "price_ct" in found:
        columns["price_ct"] = _held(found["price_ct"])
    series = bridged_series(name, datetime.fromtimestamp(first_s, UTC), step_s, columns)
    if series.known_share == 0.0:
        raise StudyError(
            Text("{name}: PV and load are never known at the same time. Check the mapping and the times", name=name)
        )
    return Series(
        name=series.name,
        start=series.start,
        step_s=step_s,
        pv_w=series.pv_w,
        load_w=series.load_w,
        price_ct=series.price_ct,
        notes=series.notes + notes + notes_of(found) + _coarse(ordered, step_s) + _bridged(ordered),
    )


def _step_s(name: str, samples: Mapping[str, Sequence[Samples]]) -> float:
    """The spacing of PV. States that are recorded when they change take the spacing of the fastest."""
    pv = samples["pv_w"]
    if any(one.held for one in pv):
        pv = [one for quantity, own in samples.items() if quantity != "price_ct" for one in own]
    step_s = min(whole_minutes_s(one.spacing_s()) for one in pv)
    if step_s > DAY_S:
        raise StudyError(
            Text(
                "{name}: the values of PV are {step_1d} days apart. Check their times. A row is at most one day",
                name=name,
                step_1d=step_s / DAY_S,
            )
        )
    return step_s


def _phase_s(samples: Sequence[Samples], step_s: float) -> float:
    """The minutes at which rows begin, if all samples have the same, as 7 minutes past each quarter; else 0 s."""
    phases = (floor(at_s % step_s / MINUTE_S) for one in samples for at_s in one.at_s)
    first = next(phases)
    return first * MINUTE_S if all(phase == first for phase in phases) else 0.0


def _sum(parts: Sequence[array[float]]) -> array[float]:
    if len(parts) == 1:
        return parts[0]
    return array("d", (sum(values) for values in zip(*parts, strict=True)))


def _check_sign(name: str, quantity: str, values: array[float]) -> None:
    below = sum(-value for value in values if value < BELOW_W)
    above = sum(value for value in values if value > 0.0)
    if below > NEGATIVE_SHARE * (below + above):
        raise StudyError(
            Text(
                "{name}: {quantity} is negative for most of its energy. It must be positive. Write {quantity}=-COLUMN",
                name=name,
                quantity=quantity,
            )
        )


def _check_size(name: str, quantity: str, values: array[float], first_s: float, step_s: float) -> None:
    row = next((row for row, value in enumerate(values) if abs(value) > MOST_W), None)
    if row is not None:
        raise StudyError(
            Text(
                "{name}: {quantity} is {value} kW at {time} UTC, and no home has more than {most} kW. "
                "Remove such values, or correct the unit or the factor",
                name=name,
                quantity=quantity,
                value=f"{values[row] / 1000.0:.0f}",
                time=f"{datetime.fromtimestamp(first_s + row * step_s, UTC):%Y-%m-%d %H:%M}",
                most=f"{MOST_W / 1000.0:.0f}",
            )
        )


def _coarse(samples: Mapping[str, Sequence[Samples]], step_s: float) -> tuple[str, ...]:
    """Notes about counters whose steps are too large for the rows."""
    return tuple(
        Text(
            "The counter of {quantity} has steps of {grain} Wh, which is {power} W in a row of {step} s. With --step "
            "{longer} the powers are closer to the true ones.",
            quantity=quantity,
            grain=f"{grain_wh:.0f}",
            power=f"{grain_wh * HOUR_S / step_s:.0f}",
            step=step_s,
            longer=f"{whole_minutes_s(grain_wh * HOUR_S / COARSE_W):.0f}",
        )
        for quantity, own in samples.items()
        if (grain_wh := max(one.grain_wh for one in own)) * HOUR_S / step_s > COARSE_W
    )


def _bridged(samples: Mapping[str, Sequence[Samples]]) -> tuple[str, ...]:
    """Notes about counters with missing readings."""
    return tuple(
        Text(
            "Readings of the counter of {quantity} are missing. In {minutes_0d} min, its power is the mean between the "
            "readings around them.",
            quantity=quantity,
            minutes_0d=longest_s / 60.0,
        )
        for quantity, own in samples.items()
        if (longest_s := max(one.bridged_s for one in own)) > 0.0
    )


def _held(values: array[float]) -> array[float]:
    """A price is valid until the next one."""
    last = NAN
    held = array("d")
    for value in values:
        last = last if isnan(value) else value
        held.append(last)
    return held
