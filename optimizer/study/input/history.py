"""An owner's history from other programs: samples with any spacing become a series with even steps.

The input has PV, and either the home load or the values to calculate it: home = pv + grid + battery − ev.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import floor, isnan

from optimizer.study.input.means import means
from optimizer.study.input.samples import Samples, whole_minutes_s
from optimizer.study.input.series import DAY_S, Series, StudyError
from optimizer.study.input.trace import MAX_ROWS, bridged_series
from optimizer.words.text import Text

NAN = float("nan")
BELOW_W = -50.0
"""A power below this is not a small error of a meter."""
NEGATIVE_SHARE = 0.5
"""PV or load with more negative than positive energy has the wrong sign. So has a balance that is negative for a larger
part of the time."""
SMALL_W = 50.0
"""A power that never reaches this may be in kW: no home has 50 kW, and nearly every device has 50 W at some time."""

MOST_W = 2e6
"""A transformer for low voltage gives no more, so a larger value is an error of the meter, or of its unit or factor."""


def assemble(name: str, samples: Mapping[str, Sequence[Samples]], step_s: float | None = None) -> Series:
    """A series of means over even steps (one minute, or the spacing of coarser data). Raises StudyError.

    The samples of one quantity add up. Where one of them is unknown, their sum is unknown.
    """
    ordered = {quantity: [one.in_order() for one in own] for quantity, own in samples.items()}
    everything = [one for own in ordered.values() for one in own if len(one)]
    if max(len(one) for one in ordered["pv_w"]) < 2:
        raise StudyError(Text("{name}: fewer than two values of PV", name=name))
    step_s = step_s or _step_s(name, ordered)
    first_s = floor(min(one.at_s[0] for one in everything) / step_s) * step_s
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
    for quantity in ("pv_w", "load_w"):
        _check_sign(name, quantity, found.get(quantity, array("d")))
    for quantity, values in found.items():
        if quantity.endswith("_w"):
            _check_size(name, quantity, values, first_s, step_s)
    small = tuple(note for quantity, values in found.items() if (note := _small(quantity, values)))
    pv_w = array("d", (value if isnan(value) else max(0.0, value) for value in found["pv_w"]))
    notes: tuple[str, ...] = ()
    if "load_w" in found:
        load_w = found["load_w"]
    else:
        load_w, notes = _balance(name, pv_w, found)
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
        notes=series.notes + notes + small,
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


def _small(quantity: str, values: array[float]) -> str:
    """A note about a power that is so small that its values may be kW; else empty."""
    largest = max((abs(value) for value in values if not isnan(value)), default=0.0)
    if not quantity.endswith("_w") or not 0.0 < largest < SMALL_W:
        return ""
    return Text(
        "{quantity} never reaches more than {largest} W. If the values are kW, write {quantity}=COLUMN*1000. If each "
        "is the kWh of its row, write also --energy {quantity}.",
        quantity=quantity,
        largest=largest,
    )


def _balance(name: str, pv_w: array[float], found: Mapping[str, array[float]]) -> tuple[array[float], tuple[str, ...]]:
    """The home load from the other powers, and a note if it had to be corrected. Raises StudyError if it cannot be."""
    zeros = array("d", bytes(8 * len(pv_w)))
    parts = zip(
        pv_w, found["grid_w"], found.get("battery_w", zeros), found.get("ev_w", zeros), strict=True
    )  # fmt: skip
    balance = array("d", (pv + grid + battery - ev for pv, grid, battery, ev in parts))
    below = sum(1 for value in balance if value < BELOW_W)
    if below > NEGATIVE_SHARE * sum(not isnan(value) for value in balance):
        raise StudyError(
            Text(
                "{name}: with these powers the home load is negative in {below_1d} % of the time. Check the signs: "
                "grid_w is positive for import, battery_w for discharge. Turn one with a minus, as in grid_w=-COLUMN",
                name=name,
                below_1d=100 * below / len(balance),
            )
        )
    note = Text(
        "The home load is the balance of the meters. In {below_1d} % of the time it was negative and counts as 0.",
        below_1d=100 * below / len(balance),
    )
    return array("d", (value if isnan(value) else max(0.0, value) for value in balance)), (note,) if below else ()


def _held(values: array[float]) -> array[float]:
    """A price is valid until the next one."""
    last = NAN
    held = array("d")
    for value in values:
        last = last if isnan(value) else value
        held.append(last)
    return held
