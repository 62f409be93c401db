from __future__ import annotations

import math

from optimizer.control.judge.doubt import (
    BELIEVED,
    FIRST_REST_S,
    FORGIVEN_S,
    LONGEST_REST_S,
    MOST_STRIKES,
    believed,
    doubted,
    doubted_until_it_changes,
)


def test_each_repetition_makes_the_rest_longer_up_to_an_hour() -> None:
    doubts, rests_s, now_s = BELIEVED, [], 0.0
    for _ in range(MOST_STRIKES + 5):
        doubts = doubted(doubts, now_s, "implausible")
        rests_s.append(doubts.until_s - now_s)
        now_s = doubts.until_s
        doubts = believed(doubts)
        assert not doubts.why
    assert rests_s[:4] == [FIRST_REST_S, 4.0 * FIRST_REST_S, 16.0 * FIRST_REST_S, LONGEST_REST_S]
    assert max(rests_s) == LONGEST_REST_S
    assert doubts.strikes == MOST_STRIKES


def test_a_plausible_day_is_forgiven() -> None:
    doubts = believed(doubted(doubted(BELIEVED, 0.0, "a"), 100.0, "b"))
    again = doubted(doubts, 100.0 + FORGIVEN_S, "c")
    assert (again.strikes, again.until_s) == (1, 100.0 + FORGIVEN_S + FIRST_REST_S)


def test_a_value_that_stands_still_is_in_doubt_until_it_changes() -> None:
    doubts = doubted_until_it_changes(BELIEVED, 10.0, "stands still")
    assert (doubts.why, doubts.until_s, doubts.strikes, doubts.struck_s) == ("stands still", math.inf, 1, 10.0)
