"""Comparisons: differences by day, hour and rule add up; chance is told from effect; the report stands alone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest
from rich.console import Console

from optimizer.study import terminal
from optimizer.study.bound import Bound
from optimizer.study.compare import FIGURES, Comparison, resampled, shown
from optimizer.study.house import Tariff, World
from optimizer.study.report import html, verdict
from optimizer.study.simulate import simulate
from tests.study.scene import OFF, SURPLUS, ZONE, plan, sunny

EVENINGS = (
    SURPLUS
    + "rules:\n  - id: evening\n    schedule: {cron: '0 19 * * *', lasts: 1h}\n    claim:\n      ev.mode: fast\n"
)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """Four sunny days; the second also charges fast from 19 to 20 o'clock in Berlin."""
    world = World(sunny(96.0), tariff=Tariff(30.0, 8.0, 19.0), tick_s=60.0)
    rules = (SURPLUS, EVENINGS.replace("'", '"'))
    return Comparison(
        *(simulate(plan(text), world, label) for text, label in zip(rules, ("now", "new"), strict=True)), ZONE
    )


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
    assert largest.hours == pytest.approx(4.0, abs=1.0)


def test_how_sure(comparison: Comparison) -> None:
    same = resampled([5.0] * 10)
    assert same is not None
    assert (same.mean, same.low, same.high, same.sure) == (5.0, 5.0, 5.0, True)
    mixed = resampled([-5.0, 5.0] * 5)
    assert mixed is not None
    assert not mixed.sure
    assert resampled([1.0, 2.0]) is None
    said = " ".join(comparison.uncertainty())
    assert "4 days of one house" in said
    assert "ct a day" in said
    short = simulate(plan(OFF), World(sunny(2.0), tick_s=60.0))
    assert any("Fewer than three" in text for text in Comparison(short, short, ZONE).uncertainty())


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
    assert "do the same at all times" in html(alike, None, datetime(2025, 7, 1, tzinfo=UTC))


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
