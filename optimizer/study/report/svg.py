"""Plots as inline SVG: bars, lines, and steps. They are small and need no other files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 860.0, 240.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 12.0, 12.0, 28.0


@dataclass(frozen=True, slots=True)
class Line:
    """One curve; None and NaN are gaps."""

    name: str
    style: str
    """Class of the style sheet: a, b, sun, soc."""
    values: Sequence[float]
    """One value per step."""
    at: float = 0.5
    """Position of a value in its step: 0.5 for a mean, 1 for a value at the end."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to pixels, with round numbers as labels."""

    low: float
    high: float
    marks: tuple[float, ...]

    def y(self, value: float) -> float:
        """Height in pixels from the top."""
        span = self.high - self.low or 1.0
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - value) / span


def scale(values: Sequence[float], *, zero: bool = True) -> Scale:
    """A scale that holds all values, and zero if asked."""
    known = [value for value in values if not math.isnan(value)] or [0.0]
    low, high = min(known), max(known)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low < 1e-9:
        high = low + 1.0
    rough = (high - low) / 4.0
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * power >= rough - 1e-12)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return Scale(first * step, last * step, tuple(k * step for k in range(first, last + 1)))


def lines(curves: Sequence[Line], labels: Sequence[tuple[int, str]], unit: str, title: str, decimal: str = ".") -> str:
    """Curves over even steps. Each of `labels` is written under the start of its step."""
    axis = scale([value for curve in curves for value in curve.values])
    count = max(len(curve.values) for curve in curves)
    parts = [_frame(axis, unit, decimal), _labels([(float(step), label) for step, label in labels], count)]
    parts += [f'<path class="line {curve.style}" d="{_path(curve, count, axis)}"/>' for curve in curves]
    return _svg(parts, title) + legend([(curve.name, curve.style) for curve in curves])


def bars(
    values: Sequence[float], labels: Sequence[str], unit: str, title: str, names: Sequence[str] = (), decimal: str = "."
) -> str:
    """One bar per value, downwards if negative. `names` appear when the pointer is on a bar."""
    axis = scale(values)
    wide = (WIDTH - LEFT - RIGHT) / max(1, len(values))
    parts = [_frame(axis, unit, decimal), _labels([(k + 0.5, label) for k, label in enumerate(labels)], len(values))]
    for k, value in enumerate(values):
        if math.isnan(value):
            continue
        top, bottom = sorted((axis.y(value), axis.y(0.0)))
        name = f"<title>{escape(names[k])}</title>" if names else ""
        parts.append(
            f'<rect class="{"up" if value >= 0.0 else "down"}" x="{LEFT + (k + 0.12) * wide:.1f}" y="{top:.1f}" '
            f'width="{0.76 * wide:.1f}" height="{max(0.5, bottom - top):.1f}">{name}</rect>'
        )
    return _svg(parts, title)


def stacked(
    rows: Sequence[tuple[str, Sequence[float]]], parts_: Sequence[tuple[str, str]], unit: str, decimal: str = "."
) -> str:
    """Horizontal bars of several parts each; `parts_` are (name, style)."""
    most = max((sum(max(0.0, value) for value in values) for _, values in rows), default=0.0) or 1.0
    drawn = []
    high, left = 34.0, 170.0
    full = WIDTH - left - 90.0
    for at, (name, values) in enumerate(rows):
        x, y = left, 6.0 + at * (high + 8.0)
        drawn.append(f'<text class="name" x="{x - 8:.0f}" y="{y + high * 0.64:.0f}">{escape(name)}</text>')
        for value, (part, style) in zip(values, parts_, strict=True):
            wide = max(0.0, value) / most * full
            drawn.append(
                f'<rect class="{style}" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high}">'
                f"<title>{escape(part)}: {_grouped(value, decimal)} {escape(unit)}</title></rect>"
            )
            x += wide
        drawn.append(
            f'<text x="{x + 8:.0f}" y="{y + high * 0.64:.0f}">{_grouped(sum(values), decimal)} {escape(unit)}</text>'
        )
    tall = 6.0 + len(rows) * (high + 8.0)
    return f'<svg viewBox="0 0 {WIDTH:.0f} {tall:.0f}" role="img">{"".join(drawn)}</svg>' + legend(parts_)


def legend(entries: Sequence[tuple[str, str]]) -> str:
    """The meaning of the styles."""
    items = "".join(f'<span><i class="{style}"></i>{escape(name)}</span>' for name, style in entries)
    return f'<p class="legend">{items}</p>'


def _grouped(value: float, decimal: str) -> str:
    return f"{value:,.1f}".replace(",", " ").replace(".", decimal)


def _path(curve: Line, count: int, axis: Scale) -> str:
    wide = (WIDTH - LEFT - RIGHT) / max(1, count)
    drawn, pen = [], "M"
    for k, value in enumerate(curve.values):
        if math.isnan(value):
            pen = "M"
            continue
        drawn.append(f"{pen}{LEFT + (k + curve.at) * wide:.1f} {axis.y(value):.1f}")
        pen = "L"
    return "".join(drawn)


def _frame(axis: Scale, unit: str, decimal: str) -> str:
    drawn = []
    for mark in axis.marks:
        y = axis.y(mark)
        style = "axis" if mark == 0.0 else "grid"
        drawn.append(f'<line class="{style}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        drawn.append(f'<text class="mark" x="{LEFT - 6}" y="{y + 4:.1f}">{f"{mark:g}".replace(".", decimal)}</text>')
    drawn.append(f'<text class="unit" x="4" y="{TOP + 2:.0f}">{escape(unit)}</text>')
    return "".join(drawn)


def _labels(labels: Sequence[tuple[float, str]], count: int) -> str:
    """Each label at its position in `count` steps. If they are too close, only every second, third, … is drawn."""
    wide = (WIDTH - LEFT - RIGHT) / max(1, count)
    every = max(1, math.ceil(len(labels) / 13))
    return "".join(
        f'<text class="label" x="{LEFT + place * wide:.1f}" y="{HEIGHT - 8:.0f}">{escape(label)}</text>'
        for place, label in labels[::every]
    )


def _svg(parts: Sequence[str], title: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'
