"""Troubles are sent once when they last, again after a long time, once at their end, and up to a number a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from optimizer.serve.notify.policy import ENDED_S, LAST_OF_DAY, MOST_OPEN, Followed, Limits, step
from optimizer.serve.trouble_kinds import KINDS
from optimizer.serve.troubles import Trouble

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 28, 8, 0, tzinfo=BERLIN)
SILENT = Trouble("silent.carport", "silent", "carport does not answer")
DISOBEYS = Trouble("disobeys.carport", "disobeys", "carport does not follow")
GOAL = Trouble("goal.carport.1", "goal", "80% cannot be reached")


class Day:
    """Steps through a day, and keeps every message."""

    def __init__(self, limits: Limits | None = None, start: datetime = START) -> None:
        self.limits = limits or Limits()
        self.at = start
        self.followed = Followed()
        self.sent: list[list[str]] = []

    def go(self, minutes: float, *troubles: Trouble) -> list[list[str]]:
        """These troubles for so long. Returns the messages of this time."""
        before = len(self.sent)
        for _ in range(round(minutes * 2)):
            self.at += timedelta(seconds=30)
            self.followed, lines = step(self.followed, troubles, self.at, self.limits)
            if lines:
                self.sent.append(lines)
        return self.sent[before:]


def test_a_trouble_is_sent_once_when_it_lasts_and_once_more_when_it_has_ended() -> None:
    day = Day()
    assert day.go(4.5, SILENT) == []
    assert day.go(60, SILENT) == [["carport does not answer"]]
    assert day.go(9) == []
    assert day.go(60) == [["Over: carport does not answer"]]
    assert day.followed.open == {}


def test_a_short_trouble_is_not_sent_and_has_no_end() -> None:
    day = Day()
    assert day.go(4, SILENT) + day.go(60) == []


def test_a_trouble_that_comes_and_goes_is_one_trouble() -> None:
    day = Day()
    day.go(10, SILENT)
    for _ in range(20):
        assert day.go(5) + day.go(5, SILENT) == []


def test_a_trouble_that_lasts_is_sent_again_after_a_day() -> None:
    day = Day()
    assert day.go(30 * 60, SILENT) == [["carport does not answer"], ["Still: carport does not answer"]]
    never = Day(Limits(repeat_s=0.0))
    assert len(never.go(60 * 60, SILENT)) == 1


def test_everything_that_is_due_is_one_message() -> None:
    day = Day()
    other = Trouble("silent.fems", "silent", "fems does not answer")
    assert day.go(10, SILENT, other) == [["carport does not answer", "fems does not answer"]]


def test_the_end_of_a_goal_is_not_sent() -> None:
    day = Day()
    assert day.go(10, GOAL) == [["80% cannot be reached"]]
    assert day.go(120) == []
    assert day.followed.open == {}


def test_a_day_has_a_limit_and_the_last_message_says_so() -> None:
    day = Day(Limits(per_day=2))
    for number in range(6):
        day.go(10, Trouble(f"silent.{number}", "silent", f"{number} does not answer"))
    assert [len(lines) for lines in day.sent] == [1, 2]
    assert day.sent[1][1] == LAST_OF_DAY
    day.at += timedelta(days=1)
    assert day.go(20, SILENT) != []


def test_quiet_hours_hold_back_what_is_not_urgent() -> None:
    day = Day(Limits(quiet_s=(22 * 3600.0, 7 * 3600.0)), START.replace(hour=23))
    assert day.go(60, SILENT, DISOBEYS) == [["carport does not follow"]]
    assert day.go(6.5 * 60, SILENT, DISOBEYS) == []
    assert day.go(60, SILENT, DISOBEYS) == [["carport does not answer"]]


def test_a_kind_that_is_not_wanted_is_never_sent() -> None:
    assert Day(Limits(without=frozenset({"silent"}))).go(60, SILENT) == []


def test_a_clock_that_is_set_back_silences_nothing_for_ever() -> None:
    day = Day()
    day.go(10, SILENT)
    day.at -= timedelta(days=400)
    assert day.go(25 * 60, SILENT) == [["Still: carport does not answer"]]


KEYS = st.sampled_from([f"{kind}.{name}" for kind in KINDS for name in ("a", "b", "c")])
HOURS = st.lists(st.tuples(st.frozensets(KEYS, max_size=8), st.integers(1, 600)), max_size=40)


@given(HOURS, st.integers(1, 10), st.sampled_from([0.0, 3600.0, 86_400.0]))
def test_never_more_than_allowed_and_never_an_end_without_a_beginning(
    times: list[tuple[frozenset[str], int]], per_day: int, repeat_s: float
) -> None:
    limits, followed, at = Limits(per_day=per_day, repeat_s=repeat_s), Followed(), START
    days: dict[str, int] = {}
    told: dict[str, float] = {}
    for keys, minutes in times:
        at += timedelta(minutes=minutes)
        there = [Trouble(key, key.partition(".")[0], key) for key in sorted(keys)]
        followed, lines = step(followed, there, at, limits)
        days[at.date().isoformat()] = days.get(at.date().isoformat(), 0) + bool(lines)
        for line in lines:
            key = line.removeprefix("Over: ").removeprefix("Still: ")
            if line.startswith("Over: "):
                assert key in told
                assert key not in keys
                del told[key]
            elif line.startswith("Still: "):
                assert repeat_s > 0.0
                assert at.timestamp() - told[key] >= repeat_s
                told[key] = at.timestamp()
            elif line != LAST_OF_DAY:
                assert key in keys
                told[key] = at.timestamp()
    assert all(count <= per_day for count in days.values())


def test_what_is_followed_has_a_limit() -> None:
    many = [Trouble(f"silent.{number}", "silent", "x") for number in range(3 * MOST_OPEN)]
    followed, _ = step(Followed(), many, START, Limits())
    assert len(followed.open) == MOST_OPEN
    assert ENDED_S > 0.0
