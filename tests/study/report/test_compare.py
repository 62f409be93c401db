"""Comparisons: differences by day, hour and rule add up; chance is told from effect; the report stands alone."""

from __future__ import annotations

import random
import re
from array import array
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

import pytest
from rich.console import Console

from optimizer.study.bound import Bound
from optimizer.study.house.car import Car, parse_trip
from optimizer.study.house.house import Tariff, World
from optimizer.study.report import terminal
from optimizer.study.report.compare import FIGURES, Comparison, Range, interval, others, shown, student_975
from optimizer.study.report.report import html, verdict
from optimizer.study.result import Result
from optimizer.study.simulate import simulate
from tests.study.scene import OFF, START, SURPLUS, ZONE, plan, sunny

TARIFF = Tariff(30.0, 8.0, 19.0)

EVENINGS = (
    SURPLUS
    + "rules:\n  - id: evening\n    schedule: {cron: '0 19 * * *', lasts: 1h}\n    claim:\n      ev.mode: fast\n"
)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """Four sunny days; the second also charges fast from 19 to 20 o'clock in Berlin."""
    world = World(sunny(96.0), tariff=TARIFF, tick_s=60.0)
    now = simulate(plan(SURPLUS), world, "now")
    return Comparison(now, simulate(plan(EVENINGS.replace("'", '"')), world, "new"), ZONE)


def test_days_hours_and_rules_each_add_up(comparison: Comparison) -> None:
    more_wh = comparison.second.ev_wh - comparison.first.ev_wh
    assert more_wh > 4 * 5_000.0
    for found in (comparison.by_day(), comparison.by_hour(), comparison.by_rule()):
        assert sum(one.ev_wh for one in found) == pytest.approx(more_wh)
        assert sum(one.hours for one in found) == pytest.approx(96.0)
    assert [day.name for day in comparison.by_day()] == [f"2025-06-0{k}" for k in range(2, 7)]
    assert len(comparison.by_hour()) == 24


def test_it_says_which_hour_and_which_rule(comparison: Comparison) -> None:
    assert max(comparison.by_hour(), key=lambda one: one.ev_wh).name == "19:00"
    largest = comparison.by_rule()[0]
    assert largest.name == "defaults → evening"
    assert {one.name for one in comparison.by_rule()} == {"defaults → evening", "defaults"}
    assert largest.hours == pytest.approx(4.0, abs=1.0)


def test_books_that_differ_in_their_defaults_alone() -> None:
    world = World(sunny(24.0, peak_w=3000.0), tariff=TARIFF, tick_s=60.0)
    second = SURPLUS.replace("ev_first", "battery_first")
    found = Comparison(simulate(plan(), world), simulate(plan(second), world), ZONE).by_rule()
    assert [one.name for one in found] == ["defaults: surplus.priority ev_first → battery_first"]
    assert abs(found[0].ev_wh) > 500.0


def test_limits_on_the_battery_are_rules_that_differ() -> None:
    limited = SURPLUS + "rules:\n  - id: gentle\n    when: true\n    limit:\n      battery.discharge_w: 0\n"
    world = World(sunny(24.0), tariff=TARIFF, tick_s=60.0)
    found = Comparison(simulate(plan(), world), simulate(plan(limited), world), ZONE).by_rule()
    assert [one.name for one in found] == ["– → gentle"]
    assert found[0].import_wh > 500.0


def test_whose_word_differs() -> None:
    first: dict[str, tuple[str, float | str]] = {}
    second: dict[str, tuple[str, float | str]] = {}
    first |= {"ev.carport.mode": ("defaults", "off"), "battery.charge_w": ("cold", 500.0), "x": ("same", 1.0)}
    second |= {"ev.carport.mode": ("evening", "fast"), "battery.charge_w": ("cold", 700.0), "x": ("same", 1.0)}
    assert others(first, second) == "defaults → evening; cold: battery.charge_w"
    assert others(first, first) == ""


def longer(result: Result, times: int) -> Result:
    """The same days again and again."""
    slots = {name: column * times for name, column in result.slots.items()}
    rules, words = result.slot_rules * times, result.slot_words * times
    return replace(result, slots=slots, slot_rules=rules, slot_words=words)


def test_how_sure(comparison: Comparison) -> None:
    assert interval([5.0] * 10) == Range(5.0, 5.0, 5.0, 10)
    # Standard error 1/√3, and Student's t of two degrees of freedom is 4.303.
    three = interval([1.0, 2.0, 3.0])
    assert three is not None
    assert (three.mean, three.high - three.mean) == pytest.approx((2.0, 4.3027 / 3**0.5), rel=1e-4)
    assert not three.sure
    assert interval([1.0, 2.0]) is None
    said = " ".join(comparison.uncertainty())
    assert "4 days of one house" in said
    assert "ct a day over 4 whole days" in said
    assert "a verdict needs" in said
    month = " ".join(Comparison(longer(comparison.first, 7), longer(comparison.second, 7), ZONE).uncertainty())
    assert "the sign is clear" in month
    short = simulate(plan(OFF), World(sunny(2.0), tariff=TARIFF, tick_s=60.0))
    assert any("fewer than three" in text for text in Comparison(short, short, ZONE).uncertainty())


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 9, 29, 364])
def test_students_t(freedom: int) -> None:
    table = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 9: 2.262, 29: 2.045, 364: 1.967}
    assert student_975(freedom) == pytest.approx(table[freedom], rel=2e-3)


@pytest.mark.parametrize("days", [3, 4, 7, 14])
def test_the_range_holds_what_it_says_for_few_days(days: int) -> None:
    draw = random.Random(days)
    held = 0
    for _ in range(2000):
        found = interval([draw.gauss(0.0, 1.0) for _ in range(days)])
        assert found is not None
        held += found.low <= 0.0 <= found.high
    assert held / 2000 == pytest.approx(0.95, abs=0.015)


def test_days_that_are_not_whole_are_no_days() -> None:
    # From 20 o'clock in Berlin on: four hours, three days, and the rest of the last.
    world = World(sunny(92.0, start=START + timedelta(hours=18)), tariff=TARIFF, tick_s=60.0)
    found = Comparison(simulate(plan(OFF), world), simulate(plan(), world), ZONE)
    days = found.by_day()
    assert [round(day.hours) for day in days] == [4, 24, 24, 24, 16]
    # What the car gets of the sun is nearly the same on each; the evening before would make the mean less of it.
    cost = found.daily_cost()
    assert cost is not None
    assert cost.days == 3
    whole_ct = [day.cost_ct - day.ev_wh * 0.019 - day.stored_wh * 0.019 for day in days[1:4]]
    assert cost.mean == pytest.approx(sum(whole_ct) / 3.0)


def test_the_days_add_up_to_the_headline() -> None:
    car = Car(capacity_wh=30_000.0, initial_soc_percent=40.0, trips=(parse_trip("tue,wed 07:30-16:00 12kWh"),))
    world = World(sunny(72.0, peak_w=4000.0), {"carport": car}, tariff=TARIFF, tick_s=60.0)
    first, second = (simulate(plan(rules), world) for rules in (OFF, SURPLUS))
    assert first.shortfall_wh > 0.0
    assert first.stored_wh[1] - second.stored_wh[1] > 100.0
    assert first.total_cost_ct is not None
    assert second.total_cost_ct is not None
    days = Comparison(first, second, ZONE).by_day()
    settled_ct = sum(day.cost_ct - day.ev_wh * 0.019 - day.stored_wh * 0.019 for day in days)
    assert settled_ct == pytest.approx(second.total_cost_ct - first.total_cost_ct)


def test_what_was_stopped_at_different_times_has_no_totals(comparison: Comparison) -> None:
    cut = {name: column[:192] + array("d", [float("nan")] * 192) for name, column in comparison.second.slots.items()}
    early = replace(
        comparison.second, end=START + timedelta(days=2), complete=False, ticks=comparison.second.ticks // 2, slots=cut
    )
    found = Comparison(comparison.first, early, ZONE)
    assert not found.same_time
    page = html(found, None, datetime(2025, 7, 1, tzinfo=UTC))
    assert "do not cover the same time" in verdict(found, None)
    assert "€ a year" not in page
    assert "Self-consumption" not in page
    assert "2.0 days" in page
    assert "04 Jun 2025 02:00" in page
    # The hours are those that both have.
    assert sum(hour.hours for hour in found.by_hour()) == 48.0
    console = Console(width=120, record=True, file=None)
    with console.capture() as captured:
        console.print(terminal.two(found, None))
    assert "Grid import" not in captured.get()
    assert "4.0 days" in captured.get()
    assert "2.0 days" in captured.get()


def test_nothing_to_speak_of_is_said_in_words(comparison: Comparison) -> None:
    nothing = Bound(99.9, 100.0)
    console = Console(width=120, record=True, file=None)
    with console.capture() as captured:
        console.print(terminal.two(comparison, nothing))
    assert "could save almost nothing" in captured.get()
    assert "could save almost nothing" in verdict(comparison, nothing)


def test_hours_stand_where_they_belong(comparison: Comparison) -> None:
    page = html(comparison, None, datetime(2025, 7, 1, tzinfo=UTC))
    plot = page[page.index("power on the day that differs most") :].split("</svg>")[0]
    labels = re.findall(r'<text class="label" x="([\d.]+)"[^>]*>(\d\d):00</text>', plot)
    assert len(labels) == 12
    for x, hour in labels:
        assert float(x) == pytest.approx(56.0 + int(hour) / 24.0 * 792.0, abs=0.1)
    # The sun is highest at 12 UTC, which is 14 o'clock in Berlin.
    path = re.search(r'class="line sun" d="M([^"]+)"', plot)
    assert path is not None
    points = [tuple(map(float, point.split())) for point in path[1].split("L")]
    highest = min(y for _, y in points)
    places = [x for x, y in points if y == highest]
    assert sum(places) / len(places) == pytest.approx(56.0 + 14.0 / 24.0 * 792.0, abs=792.0 / 96.0 / 2.0)


def test_every_figure_can_be_shown(comparison: Comparison) -> None:
    for figure in FIGURES:
        assert figure.show(comparison.first)
    assert (shown(None, 1), shown(1234.56, 1, "+"), shown(float("nan"), 0)) == ("–", "+1 234.6", "–")


class Outside(HTMLParser):
    """Collects whatever a page would fetch, and that its tags are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [f"{tag} {name}" for name, _ in attrs if name in ("src", "href", "xlink:href")]
        if tag not in ("meta", "br", "rect", "path", "line"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            assert self.open.pop() == tag


def test_the_report_is_one_whole_page_that_needs_nothing(comparison: Comparison) -> None:
    page = html(comparison, Bound(-900.0, 100.0), datetime(2025, 7, 1, tzinfo=UTC))
    outside = Outside()
    outside.feed(page)
    assert outside.fetched == []
    assert outside.open == []
    assert "url(" not in page
    assert "http" not in page
    assert page.count("<svg") == 7
    assert "NaN" not in page
    assert not re.search(r"\bnan\b", page)
    for words in ("new against now", "defaults → evening", "Self-consumption", "one house", "foresight"):
        assert words in page


def test_names_cannot_break_the_report(comparison: Comparison) -> None:
    evil = Comparison(replace(comparison.first, label="<script>x</script>"), comparison.second, ZONE)
    assert "<script" not in html(evil, None, datetime(2025, 7, 1, tzinfo=UTC))


def test_two_alike_have_no_day_that_differs(comparison: Comparison) -> None:
    alike = Comparison(comparison.first, comparison.first, ZONE)
    assert alike.most_different_day() is None
    assert comparison.most_different_day() is not None
    assert isinstance(comparison.most_different_day(), date)
    assert "the same" in verdict(alike, None)
    assert "decide the same at all times" in html(alike, None, datetime(2025, 7, 1, tzinfo=UTC))


def test_tables_for_a_terminal(comparison: Comparison) -> None:
    console = Console(width=120, record=True, file=None)
    with console.capture() as captured:
        console.print(terminal.two(comparison, Bound(-900.0, 100.0)))
        console.print(terminal.one(comparison.first, None))
        for table in terminal.differences(comparison):
            console.print(table)
    text = captured.get()
    assert "Grid import" in text
    assert "hindsight" in text
    assert "defaults → evening" in text
