"""The times of publishing: changes at once, small ones later, everything within a minute."""

from __future__ import annotations

from dataclasses import replace

from optimizer.serve.energy import Books
from optimizer.serve.outputs.due import Due
from optimizer.serve.outputs.entity import View
from optimizer.serve.troubles import Trouble
from tests.serve.house import report, state
from tests.serve.outputs.house import published


def at(grid_w: float | None) -> View:
    return View(report(state(grid_w=grid_w)), Books())


def sent(due: Due, view: View, now_s: float) -> dict[str, str]:
    return dict(due.messages(view, now_s))


def test_everything_comes_first_and_again_within_a_minute() -> None:
    due = Due(published())
    first = sent(due, at(-542.0), 1000.0)
    assert len(first) > len(published())
    assert sent(due, at(-542.0), 1030.0) == {}
    assert sent(due, at(-542.0), 1060.0) == first


def test_a_change_is_published_unless_it_is_small_or_too_soon() -> None:
    due = Due(published())
    sent(due, at(-542.0), 1000.0)
    assert sent(due, at(-300.0), 1001.0) == {}
    assert sent(due, at(-535.0), 1005.0) == {}
    assert sent(due, at(-300.0), 1006.0)["house/grid_power_w"] == "-300"
    assert sent(due, at(None), 1012.0)["house/grid_power_w"] == "None"


def test_a_sentence_whose_figures_change_is_no_news() -> None:
    due = Due(published())
    first = report()
    sent(due, View(first, Books()), 1000.0)
    cause = replace(first.decision.causes[0], numbers=(("allowed_a", 12.0),))
    other = replace(first, decision=replace(first.decision, causes=(cause, *first.decision.causes[1:])))
    assert "ev/carport/why" not in sent(due, View(other, Books()), 1010.0)
    assert "ev/carport/why" in sent(due, View(other, Books()), 1060.0)


def test_problems_are_published_with_their_sentences() -> None:
    due = Due(published())
    sent(due, at(-542.0), 1000.0)
    silent = Trouble("silent.fems", "silent", "fems does not answer: timeout")
    view = View(report(), Books(), (silent,))
    found = sent(due, view, 1010.0)
    assert found["house/problem"] == "ON"
    assert found["house/problem/attributes"] == '{"problems":["fems does not answer: timeout"]}'
    other_figures = View(report(), Books(), (silent._replace(text="fems does not answer: 20 s"),))
    assert "house/problem" not in sent(due, other_figures, 1020.0)
    more = View(report(), Books(), (silent, Trouble("refuses.carport", "refuses", "carport refuses writes")))
    assert sent(due, more, 1030.0)["house/problem"] == "ON"


def test_a_topic_can_be_asked_for_again() -> None:
    due = Due(published())
    sent(due, at(-542.0), 1000.0)
    due.forget("ev/carport/mode")
    assert list(sent(due, at(-542.0), 1001.0)) == ["ev/carport/mode"]
    due.forget()
    assert len(sent(due, at(-542.0), 1002.0)) > len(published())
