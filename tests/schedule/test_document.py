"""Problems and schedules survive JSON exactly, and bad documents are refused with the place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from optimizer.schedule.document import problem_from, schedule_from, to_json
from optimizer.schedule.problem import Problem, ProblemError
from optimizer.schedule.solve import solve
from optimizer.words.language import language_of
from optimizer.words.text import in_language
from tests.schedule.problems import NIGHT, battery, car, problem_of, problems, steps_of

PROBLEM = problem_of(steps_of(NIGHT), cars=(car(),), battery=battery())


@given(problems())
def test_a_problem_is_read_as_it_was_written(problem: Problem) -> None:
    assert problem_from(to_json(problem)) == problem


@given(problems())
def test_a_schedule_is_read_as_it_was_written(problem: Problem) -> None:
    schedule = solve(problem)
    assert schedule_from(to_json(schedule)) == schedule


@given(problems())
def test_the_same_problem_gives_the_same_schedule(problem: Problem) -> None:
    assert to_json(solve(problem_from(to_json(problem)))) == to_json(solve(problem))


def _changed(path: tuple[str | int, ...], value: Any) -> str:
    document = json.loads(to_json(PROBLEM))
    place = document
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return json.dumps(document)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("speed",), 1, "the key 'speed' is unknown"),
        (("steps",), None, "the key 'steps' is missing"),
        (("steps", 3, "pv_w"), "much", r"steps\[3\]\.pv_w: 'much' is not a float"),
        (("steps", 3, "pv_w"), True, r"steps\[3\]\.pv_w: True is not a float"),
        (("steps", 3), [], r"steps\[3\]: it is not an object"),
        (("steps",), {}, "steps: it is not a list"),
        (("cars", 0, "running"), "slow", r"cars\[0\]\.running: 'slow' is none of off, surplus, fast"),
        (("cars", 0, "phases"), [1.5], r"cars\[0\]\.phases\[0\]: 1.5 is not a int"),
        (("cars", 0, "spare"), [[1.0]], r"cars\[0\]\.spare\[0\]: it is not a list of 2 values"),
        (("battery", "wear_ct"), -1.0, "battery: a power or cost is negative"),
    ],
)
def test_a_bad_document_names_the_place(path: tuple[str | int, ...], value: Any, message: str) -> None:
    with pytest.raises(ProblemError, match=message):
        problem_from(_changed(path, value))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"at_s": NaN}', "3", "null"])
def test_a_text_that_is_no_problem_is_refused(text: str) -> None:
    with pytest.raises(ProblemError):
        problem_from(text)


def test_the_notes_of_a_schedule_keep_their_other_languages() -> None:
    problem = problem_of(steps_of(NIGHT), cars=(car(need_wh=40_000.0),), battery=battery(100.0))
    schedule = solve(problem)
    kept = schedule_from(to_json(schedule))
    german = language_of("de")
    assert german is not None
    assert len(kept.notes) == 2
    assert [in_language(note, german) for note in kept.notes] == [in_language(note, german) for note in schedule.notes]
    assert all(in_language(note, german) != note for note in kept.notes)


@pytest.mark.parametrize("note", [{}, {"english": 3}, {"english": {"english": "a"}}, 3, None])
def test_a_note_that_is_no_sentence_is_refused(note: Any) -> None:
    document = json.loads(to_json(solve(PROBLEM)))
    document["notes"] = [note]
    with pytest.raises(ProblemError, match=r"notes\[0\]"):
        schedule_from(json.dumps(document))


@pytest.mark.parametrize("text", [None, 3, "{", "[]", '["other", {}]'])
def test_a_note_without_its_other_languages_stays_english(text: Any) -> None:
    document = json.loads(to_json(solve(PROBLEM)))
    document["notes"] = [{"english": "A note.", "text": text}]
    assert schedule_from(json.dumps(document)).notes == ("A note.",)
