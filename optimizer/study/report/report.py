"""The report of a comparison: one self-contained HTML file with plots, light or dark."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from html import escape

from optimizer.study.bound import Bound
from optimizer.study.report import svg
from optimizer.study.report.compare import FIGURES, Comparison, Difference, shown
from optimizer.study.result import SLOT_S, Result

STYLE = """
:root { --ink:#1b2330; --soft:#66707f; --line:#d9dee6; --paper:#fff; --a:#7a8699; --b:#0b6bcb; --sun:#e8a400;
  --grid:#c2413b; --bat:#2f9e62; --up:#0b6bcb; --down:#c2413b; }
@media (prefers-color-scheme: dark) { :root { --ink:#e6eaf0; --soft:#98a3b3; --line:#333c49; --paper:#12161c;
  --a:#8d99ab; --b:#5aa9f5; --sun:#f2bd3d; --grid:#e8716b; --bat:#5cc48d; --up:#5aa9f5; --down:#e8716b; } }
* { box-sizing:border-box } body { font:16px/1.5 system-ui,sans-serif; color:var(--ink); background:var(--paper);
  max-width:920px; margin:0 auto; padding:1.5rem 1rem 4rem }
h1 { font-size:1.5rem; margin:0 0 .2rem } h2 { font-size:1.1rem; margin:2.2rem 0 .4rem } p { margin:.3rem 0 }
.soft, .legend, figcaption { color:var(--soft); font-size:.9rem } .legend span { margin-right:1.2rem }
.legend i { display:inline-block; width:.8em; height:.8em; margin-right:.4em; background:currentColor }
table { border-collapse:collapse; width:100%; font-variant-numeric:tabular-nums } .wide { overflow-x:auto }
td, th { text-align:right; padding:.25rem .5rem; border-bottom:1px solid var(--line); font-weight:400 }
th { color:var(--soft) } td:first-child, th:first-child { text-align:left } .good { color:var(--bat) }
.bad { color:var(--grid) } .say { border-left:3px solid var(--b); padding:.3rem .8rem; margin:.8rem 0 }
svg { width:100%; height:auto; display:block } svg text { fill:var(--soft); font-size:12px }
.mark, .name { text-anchor:end } .label { text-anchor:middle } .name { fill:var(--ink) }
.grid { stroke:var(--line) } .axis { stroke:var(--soft) } .line { fill:none; stroke-width:1.6 }
path.a { stroke:var(--a) } path.b { stroke:var(--b) } path.sun { stroke:var(--sun) } path.soc { stroke:var(--bat) }
i.a { color:var(--a) } i.b { color:var(--b) } i.sun { color:var(--sun) } i.soc { color:var(--bat) }
rect.straight { fill:var(--sun) } rect.battery { fill:var(--bat) } rect.bought { fill:var(--grid) }
i.straight { color:var(--sun) } i.battery { color:var(--bat) } i.bought { color:var(--grid) }
@media (max-width:640px) { svg text { font-size:20px } }
rect.up { fill:var(--up) } rect.down { fill:var(--down) }
"""
SOURCES = (("directly from PV", "straight"), ("through the battery", "battery"), ("from the grid", "bought"))
MOST_ROWS = 12


def html(comparison: Comparison, best: Bound | None, made: datetime) -> str:
    """The report as one document. `made` is its time, for the end of the page."""
    first, second = comparison.first, comparison.second
    zone, end = comparison.zone, min(first.end, second.end)
    parts = [
        f"<h1>{escape(second.label)} against {escape(first.label)}</h1>",
        f'<p class="soft">{first.start.astimezone(zone):%d %b %Y %H:%M} to {end.astimezone(zone):%d %b %Y %H:%M}'
        f" ({zone.key}), {comparison.days:.1f} days in ticks of {first.tick_s:g} s</p>",
        f'<p class="say">{escape(verdict(comparison, best))}</p>',
        *_totals(comparison, best),
        *_days(comparison),
        *_hours(comparison),
        *_one_day(comparison),
        *_rules(comparison),
        "<h2>How sure is this?</h2>",
        "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in comparison.uncertainty()) + "</ul>",
        f'<p class="soft">{escape(MEANING)}</p>',
        f'<p class="soft">Made {made.astimezone(zone):%d %b %Y %H:%M}.</p>',
    ]
    title = f"{escape(second.label)} against {escape(first.label)}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


NOTHING_TO_GET = "Even perfect foresight could save almost nothing."
MEANING = (
    "Car energy from the grid is import with the car minus import without it. Energy that the battery lacks at the end "
    "because of the car counts as import. The settled cost is the bill, plus the cost of charging elsewhere, minus the "
    "energy left in car and battery. A kWh in the car counts at its price elsewhere, a kWh in the battery at the mean "
    "of import and feed-in price."
)


def _totals(comparison: Comparison, best: Bound | None) -> list[str]:
    if not comparison.same_time:
        return []
    sources = [(one.label, _sources(one)) for one in (comparison.first, comparison.second)]
    return [
        "<h2>Figures</h2>",
        _table(comparison),
        _bound(best),
        "<h2>Where the car's energy came from</h2>",
        svg.stacked(sources, SOURCES, "kWh"),
    ]


def verdict(comparison: Comparison, best: Bound | None) -> str:
    """The outcome in one or two sentences."""
    first, second = comparison.first, comparison.second
    if not comparison.same_time:
        return (
            f"The run was stopped, and {second.label} and {first.label} do not cover the same time. The report covers "
            "the time that both have. Totals are left out."
        )
    before, after = first.total_cost_ct, second.total_cost_ct
    if before is None or after is None:
        more_wh = second.ev_surplus_wh + second.ev_battery_wh - first.ev_surplus_wh - first.ev_battery_wh
        return f"With {second.label} the car gets {shown(more_wh / 1e3, 1, '+')} kWh from PV."
    less = (before - after) / 100.0
    if abs(less) < 0.005:
        said = f"{second.label} and {first.label} cost the same."
    else:
        word = "less" if less > 0.0 else "more"
        said = f"{second.label} costs {shown(abs(less), 2)} € {word} than {first.label}"
        said += f" ({shown(abs(less) / max(first.days, 1e-9) * 365.25, 0)} € a year of such days)."
    shares = [best.reached(cost) for cost in (before, after)] if best is not None else [None, None]
    if shares[0] is not None and shares[1] is not None:
        reached = f"{second.label} reaches {shares[1]:.0%} and {first.label} {shares[0]:.0%}"
        said += f" Of what perfect foresight could save, {reached}."
    elif best is not None:
        said += f" {NOTHING_TO_GET}"
    return said


def _table(comparison: Comparison) -> str:
    first, second = comparison.first, comparison.second
    rows = []
    for figure in FIGURES:
        before, after = figure.value(first), figure.value(second)
        if before is None and after is None:
            continue
        change = None if before is None or after is None else after - before
        style = ""
        if change is not None and abs(change) >= 0.5 * 10.0**-figure.digits and figure.better:
            style = ' class="good"' if change * figure.better > 0.0 else ' class="bad"'
        cells = (figure.show(first), figure.show(second))
        rows.append(
            f"<tr><td>{escape(figure.name)}</td><td>{cells[0]}</td><td>{cells[1]}</td>"
            f"<td{style}>{shown(change, figure.digits, '+')}</td><td>{escape(figure.unit)}</td></tr>"
        )
    head = (
        f"<tr><th></th><th>{escape(first.label)}</th><th>{escape(second.label)}</th><th>difference</th><th></th></tr>"
    )
    return f'<div class="wide"><table>{head}{"".join(rows)}</table></div>'


def _bound(best: Bound | None) -> str:
    if best is None:
        return ""
    return (
        f'<p class="soft">With perfect foresight the settled cost would have been '
        f"{shown(best.total_cost_ct / 100.0, 2)} €; with a car that never charges at home "
        f"{shown(best.without_ct / 100.0, 2)} €. Better rules could still save the difference between rules and "
        "foresight. More is not possible with this PV system.</p>"
    )


def _sources(result: Result) -> tuple[float, float, float]:
    return result.ev_surplus_wh / 1e3, result.ev_battery_wh / 1e3, result.ev_grid_wh / 1e3


def _priced(comparison: Comparison) -> bool:
    return comparison.first.cost_ct is not None and comparison.second.cost_ct is not None


def _days(comparison: Comparison) -> list[str]:
    days = comparison.by_day()
    labels = [f"{date.fromisoformat(day.name):%d.%m.}" for day in days]
    names = [_name(day) for day in days]
    parts = [
        "<h2>Car energy by day: difference</h2>",
        svg.bars([day.ev_wh / 1e3 for day in days], labels, "kWh", "difference of car energy by day", names),
        "<h2>Grid import by day: difference</h2>",
        svg.bars([day.import_wh / 1e3 for day in days], labels, "kWh", "difference of import by day", names),
    ]
    if _priced(comparison):
        parts += [
            "<h2>Bill by day: difference</h2>",
            svg.bars([day.cost_ct / 100.0 for day in days], labels, "€", "difference of the bill by day", names),
        ]
    return parts


def _hours(comparison: Comparison) -> list[str]:
    hours = comparison.by_hour()
    days = max(1.0, comparison.days)
    values = [hour.ev_wh / days / 1e3 for hour in hours]
    caption = "<figcaption>Mean of all days: difference of the car's energy in each hour.</figcaption>"
    return [
        "<h2>By hour of the day</h2>",
        svg.bars(values, [hour.name for hour in hours], "kWh", "difference by hour", [_name(hour) for hour in hours]),
        caption,
    ]


def _one_day(comparison: Comparison) -> list[str]:
    day = comparison.most_different_day()
    if day is None:
        return ["<p>Both rule sets decide the same at all times.</p>"]
    first, second = comparison.first, comparison.second
    slots = [
        slot for slot in range(len(first.slot_rules)) if first.slot_time(slot).astimezone(comparison.zone).date() == day
    ]
    kw = 3.6 / SLOT_S

    def curve(result: Result, column: str) -> list[float]:
        return [result.slots[column][slot] * kw for slot in slots]

    sun = [
        (first.slots["pv_wh"][slot] - first.slots["home_wh"][slot]) * kw for slot in slots
    ]  # fmt: skip
    power = svg.lines(
        [
            svg.Line("PV − home", "sun", sun),
            svg.Line(f"car, {first.label}", "a", curve(first, "ev_wh")),
            svg.Line(f"car, {second.label}", "b", curve(second, "ev_wh")),
        ],
        _clock(first, slots, comparison),
        "kW",
        "power on the day that differs most",
    )
    parts = [f"<h2>The day that differs most: {day:%A, %d %b %Y}</h2>", power]
    if first.battery_wh > 0.0:
        soc = [
            svg.Line(f"battery, {one.label}", style, [one.slots["soc_percent"][slot] for slot in slots], at=1.0)
            for one, style in ((first, "a"), (second, "b"))
        ]
        parts.append(svg.lines(soc, _clock(first, slots, comparison), "%", "state of charge on that day"))
    return parts


def _clock(result: Result, slots: Sequence[int], comparison: Comparison) -> list[tuple[int, str]]:
    times = [result.slot_time(slot).astimezone(comparison.zone) for slot in slots]
    return [(k, f"{time:%H:%M}") for k, time in enumerate(times) if time.minute == 0 and time.hour % 2 == 0]


def _rules(comparison: Comparison) -> list[str]:
    found = comparison.by_rule()
    rows = "".join(
        f"<tr><td>{escape(one.name)}</td><td>{one.hours:.1f}</td><td>{shown(one.ev_wh / 1e3, 1, '+')}</td>"
        f"<td>{shown(one.import_wh / 1e3, 1, '+')}</td><td>{shown(one.cost_ct / 100.0, 2, '+')}</td></tr>"
        for one in found[:MOST_ROWS]
    )
    words = ("rule", "h", "car kWh", "import kWh", "bill €")
    head = f"<tr>{''.join(f'<th>{word}</th>' for word in words)}</tr>"
    return [
        "<h2>By rule</h2>",
        '<p class="soft">A row with two rules names the rule that applied before the change and the one after it: for '
        "the mode of the car, the battery, or a limit. A rule with another value is named with its target. A single "
        "name is the rule for the car's mode in both.</p>",
        f'<div class="wide"><table>{head}{rows}</table></div>',
    ]


def _name(one: Difference) -> str:
    return (
        f"{one.name}: car {shown(one.ev_wh / 1e3, 2, '+')} kWh, import {shown(one.import_wh / 1e3, 2, '+')} kWh, "
        f"bill {shown(one.cost_ct / 100.0, 2, '+')} €"
    )
