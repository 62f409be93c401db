"""Means of samples over even rows."""

from __future__ import annotations

from array import array
from math import isnan

from optimizer.study.input.samples import Samples

NAN = float("nan")


def means(samples: Samples, first_s: float, step_s: float, rows: int) -> array[float]:
    """The mean of each row of `step_s` seconds from `first_s` on; NaN where nothing is known.

    Held values count by their duration, other values count equally.
    """
    weighed = _held if samples.held else _points
    sums, weights = weighed(samples, first_s, step_s, rows)
    return array("d", (total / weight if weight > 0.0 else NAN for total, weight in zip(sums, weights, strict=True)))


def _points(samples: Samples, first_s: float, step_s: float, rows: int) -> tuple[array[float], array[float]]:
    sums, weights = array("d", bytes(8 * rows)), array("d", bytes(8 * rows))
    for at_s, value in samples:
        if not isnan(value):
            row = int((at_s - first_s) / step_s)
            sums[row] += value
            weights[row] += 1.0
    return sums, weights


def _held(samples: Samples, first_s: float, step_s: float, rows: int) -> tuple[array[float], array[float]]:
    sums, weights = array("d", bytes(8 * rows)), array("d", bytes(8 * rows))
    end_s = first_s + rows * step_s
    for at, (begin_s, value) in enumerate(samples):
        until_s = min(end_s, begin_s + samples.lasts_s, samples.at_s[at + 1] if at + 1 < len(samples) else end_s)
        if isnan(value):
            continue
        start_s, row = begin_s, int((begin_s - first_s) / step_s)
        while start_s < until_s and row < rows:
            edge_s = min(until_s, first_s + (row + 1) * step_s)
            sums[row] += value * (edge_s - start_s)
            weights[row] += edge_s - start_s
            start_s, row = edge_s, row + 1
    return sums, weights
