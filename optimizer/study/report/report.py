"""The report of a comparison: one self-contained HTML file with plots, light or dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape

from optimizer.study.bound import Bound
from optimizer.study.report import svg
from optimizer.study.report.compare import FIGURES, Comparison, Difference, shown
from optimizer.study.result import SLOT_S, Result
from optimizer.words.language import ENGLISH, Language
from optimizer.words.text import Text, in_language

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
SOURCES = (
    (Text("directly from PV"), "straight"),
    (Text("through the battery"), "battery"),
    (Text("from the grid"), "bought"),
)


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader of the report: texts and numbers in one language."""

    language: Language

    def __call__(self, text: str) -> str:
        """The text in the language of the reader."""
        return in_language(text, self.language)

    @property
    def decimal(self) -> str:
        """The decimal sign."""
        return self.language.decimal


MOST_ROWS = 12


def html(comparison: Comparison, best: Bound | None, made: datetime, language: Language = ENGLISH) -> str:
    """The report as one document. `made` is its time, for the end of the page."""
    say = Reader(language)
    first, second = comparison.first, comparison.second
    zone, end = comparison.zone, min(first.end, second.end)
    title = escape(say(Text("{second} against {first}", second=Text.of(second.label), first=Text.of(first.label))))
    span = Text(
        "{start} to {end} ({zone}), {days_1d} days in ticks of {tick} s",
        start=_minute(first.start.astimezone(zone), language),
        end=_minute(end.astimezone(zone), language),
        zone=zone.key,
        days_1d=comparison.days,
        tick=first.tick_s,
    )
    when = Text("Made {time}.", time=_minute(made.astimezone(zone), language))
    parts = [
        f"<h1>{title}</h1>",
        f'<p class="soft">{escape(say(span))}</p>',
        f'<p class="say">{escape(say(verdict(comparison, best)))}</p>',
        *_totals(comparison, best, say),
        *_days(comparison, say),
        *_hours(comparison, say),
        *_one_day(comparison, say),
        *_rules(comparison, say),
        _heading(Text("How sure is this?"), say),
        "<ul>" + "".join(f"<li>{escape(say(text))}</li>" for text in comparison.uncertainty()) + "</ul>",
        f'<p class="soft">{escape(say(MEANING))}</p>',
        f'<p class="soft">{escape(say(when))}</p>',
    ]
    return (
        f'<!doctype html><html lang="{language.tag}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _heading(text: str, say: Reader) -> str:
    return f"<h2>{escape(say(text))}</h2>"


def _minute(local: datetime, language: Language) -> str:
    return f"{local:%d %b %Y %H:%M}" if language is ENGLISH else f"{local:{language.date} %H:%M}"


NOTHING_TO_GET = Text("Even perfect foresight could save almost nothing.")
MEANING = Text(
    "Car energy from the grid is import with the car minus import without it. Energy that the battery lacks at the end "
    "because of the car counts as import. The settled cost is the bill, plus the cost of charging elsewhere, minus the "
    "energy left in car and battery. A kWh in the car counts at its price elsewhere, a kWh in the battery at the mean "
    "of import and feed-in price."
)


def _totals(comparison: Comparison, best: Bound | None, say: Reader) -> list[str]:
    if not comparison.same_time:
        return []
    sources = [(say(Text.of(one.label)), _sources(one)) for one in (comparison.first, comparison.second)]
    return [
        _heading(Text("Figures"), say),
        _table(comparison, say),
        _bound(best, say),
        _heading(Text("Where the car's energy came from"), say),
        svg.stacked(sources, [(say(name), style) for name, style in SOURCES], "kWh", say.decimal),
    ]


def verdict(comparison: Comparison, best: Bound | None) -> str:
    """The outcome in one or two sentences."""
    first, second = comparison.first, comparison.second
    if not comparison.same_time:
        return Text(
            "The run was stopped, and {second} and {first} do not cover the same time. The report covers the time that "
            "both have. Totals are left out.",
            second=Text.of(second.label),
            first=Text.of(first.label),
        )
    before, after = first.total_cost_ct, second.total_cost_ct
    if before is None or after is None:
        more_wh = second.ev_surplus_wh + second.ev_battery_wh - first.ev_surplus_wh - first.ev_battery_wh
        return Text(
            "With {rules} the car gets {energy} kWh from PV.",
            rules=Text.of(second.label),
            energy=shown(more_wh / 1e3, 1, "+"),
        )
    less = (before - after) / 100.0
    names = {"second": Text.of(second.label), "first": Text.of(first.label)}
    money = {"amount": shown(abs(less), 2)}
    if abs(less) < 0.005:
        said = Text("{second} and {first} cost the same.", **names)
    elif less > 0.0:
        said = Text("{second} costs {amount} € less than {first}.", **names, **money)
    else:
        said = Text("{second} costs {amount} € more than {first}.", **names, **money)
    if abs(less) >= 0.005 and comparison.daily_cost() is not None:  # a year of one or two days says nothing
        said += Text(" That is {year} € in a year of such days.", year=shown(abs(less) / first.days * 365.25, 0))
    shares = [best.reached(cost) for cost in (before, after)] if best is not None else [None, None]
    if shares[0] is not None and shares[1] is not None:
        said += Text(
            " Of what perfect foresight could save, {second} reaches {second_0d}% and {first} {first_0d}%.",
            **names,
            second_0d=100.0 * shares[1],
            first_0d=100.0 * shares[0],
        )
    elif best is not None:
        said += Text(" {nothing}", nothing=NOTHING_TO_GET)
    return said


def _table(comparison: Comparison, say: Reader) -> str:
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
        cells = [say(figure.show(one)) for one in (first, second)]
        rows.append(
            f"<tr><td>{escape(say(figure.name))}</td><td>{cells[0]}</td><td>{cells[1]}</td>"
            f"<td{style}>{say(shown(change, figure.digits, '+'))}</td><td>{escape(figure.unit)}</td></tr>"
        )
    names = "".join(
        f"<th>{escape(say(Text.of(name)))}</th>" for name in (first.label, second.label, Text("difference"))
    )
    head = f"<tr><th></th>{names}<th></th></tr>"
    return f'<div class="wide"><table>{head}{"".join(rows)}</table></div>'


def _bound(best: Bound | None, say: Reader) -> str:
    if best is None:
        return ""
    text = Text(
        "With perfect foresight the settled cost would have been {best} €; with a car that never charges at home "
        "{without} €. Better rules could still save the difference between rules and foresight. More is not possible "
        "with this PV system.",
        best=shown(best.total_cost_ct / 100.0, 2),
        without=shown(best.without_ct / 100.0, 2),
    )
    return f'<p class="soft">{escape(say(text))}</p>'


def _sources(result: Result) -> tuple[float, float, float]:
    return result.ev_surplus_wh / 1e3, result.ev_battery_wh / 1e3, result.ev_grid_wh / 1e3


def _priced(comparison: Comparison) -> bool:
    return comparison.first.cost_ct is not None and comparison.second.cost_ct is not None


def _days(comparison: Comparison, say: Reader) -> list[str]:
    days = comparison.by_day()
    labels = [f"{date.fromisoformat(day.name):%d.%m.}" for day in days]
    names = [say(_name(day)) for day in days]
    shown = [
        (
            Text("Car energy by day: difference"),
            "kWh",
            Text("difference of car energy by day"),
            [day.ev_wh / 1e3 for day in days],
        ),
        (
            Text("Grid import by day: difference"),
            "kWh",
            Text("difference of import by day"),
            [day.import_wh / 1e3 for day in days],
        ),
    ]
    if _priced(comparison):
        costs = [day.cost_ct / 100.0 for day in days]
        shown.append((Text("Bill by day: difference"), "€", Text("difference of the bill by day"), costs))
    return [
        part
        for heading, unit, what, values in shown
        for part in (_heading(heading, say), svg.bars(values, labels, unit, say(what), names, say.decimal))
    ]


def _hours(comparison: Comparison, say: Reader) -> list[str]:
    hours = comparison.by_hour()
    days = max(1.0, comparison.days)
    values = [hour.ev_wh / days / 1e3 for hour in hours]
    caption = say(Text("Mean of all days: difference of the car's energy in each hour."))
    names = [say(_name(hour)) for hour in hours]
    return [
        _heading(Text("By hour of the day"), say),
        svg.bars(values, [hour.name for hour in hours], "kWh", say(Text("difference by hour")), names, say.decimal),
        f"<figcaption>{escape(caption)}</figcaption>",
    ]


def _one_day(comparison: Comparison, say: Reader) -> list[str]:
    day = comparison.most_different_day()
    if day is None:
        return [f"<p>{escape(say(Text('Both rule sets decide the same at all times.')))}</p>"]
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
            svg.Line(say(Text("PV − home")), "sun", sun),
            svg.Line(say(Text("car, {rules}", rules=Text.of(first.label))), "a", curve(first, "ev_wh")),
            svg.Line(say(Text("car, {rules}", rules=Text.of(second.label))), "b", curve(second, "ev_wh")),
        ],
        _clock(first, slots, comparison),
        "kW",
        say(Text("power on the day that differs most")),
        say.decimal,
    )
    date_text = f"{day:%A, %d %b %Y}" if say.language is ENGLISH else f"{day:{say.language.date}}"
    parts = [_heading(Text("The day that differs most: {day}", day=date_text), say), power]
    if first.battery_wh > 0.0:
        soc = [
            svg.Line(
                say(Text("battery, {rules}", rules=Text.of(one.label))),
                style,
                [one.slots["soc_percent"][slot] for slot in slots],
                at=1.0,
            )
            for one, style in ((first, "a"), (second, "b"))
        ]
        parts.append(
            svg.lines(soc, _clock(first, slots, comparison), "%", say(Text("state of charge on that day")), say.decimal)
        )
    return parts


def _clock(result: Result, slots: Sequence[int], comparison: Comparison) -> list[tuple[int, str]]:
    times = [result.slot_time(slot).astimezone(comparison.zone) for slot in slots]
    return [(k, f"{time:%H:%M}") for k, time in enumerate(times) if time.minute == 0 and time.hour % 2 == 0]


def _rules(comparison: Comparison, say: Reader) -> list[str]:
    found = comparison.by_rule()
    rows = "".join(
        f"<tr><td>{escape(one.name)}</td>{''.join(f'<td>{say(figure)}</td>' for figure in _rule_figures(one))}</tr>"
        for one in found[:MOST_ROWS]
    )
    words = (Text("rule"), "h", Text("car kWh"), Text("import kWh"), Text("bill €"))
    head = f"<tr>{''.join(f'<th>{say(word)}</th>' for word in words)}</tr>"
    note = Text(
        "A row with two rules names the rule that applied before the change and the one after it: for the mode of the "
        "car, the battery, or a limit. A rule with another value is named with its target. A single name is the rule "
        "for the car's mode in both."
    )
    return [
        _heading(Text("By rule"), say),
        f'<p class="soft">{escape(say(note))}</p>',
        f'<div class="wide"><table>{head}{rows}</table></div>',
    ]


def _name(one: Difference) -> str:
    return Text(
        "{name}: car {car} kWh, import {imported} kWh, bill {bill} €",
        name=one.name,
        car=shown(one.ev_wh / 1e3, 2, "+"),
        imported=shown(one.import_wh / 1e3, 2, "+"),
        bill=shown(one.cost_ct / 100.0, 2, "+"),
    )


def _rule_figures(one: Difference) -> tuple[str, ...]:
    figures = (one.ev_wh / 1e3, 1, "+"), (one.import_wh / 1e3, 1, "+"), (one.cost_ct / 100.0, 2, "+")
    return shown(one.hours, 1), *(shown(*figure) for figure in figures)
