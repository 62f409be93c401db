from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.judge.answers import FADES_S, LATE_S, RESPONDED, Answers, compared, from_here
from optimizer.control.judge.feed import AT_ONCE_S, GUESSES, Feed, fed, in_pause, rested, unshown_w

DOUBTED_S, CAR_W, HOME_W, SUN_W = 100.0, 4000.0, 400.0, 8000.0


def pause(
    waits_s: float,
    home_w: float,
    sun_w: float,
    *,
    before: Feed | None = None,
    cloud_w: float = 0.0,
    changes: bool = True,
) -> tuple[Feed, bool, bool]:
    """The result `waits_s` into a pause of the car, with this power of the home and of PV. The home of the doubt does
    not see the car. `cloud_w`: PV was lower by this shortly before the doubt."""
    feed = fed(fed(before or Feed(), DOUBTED_S - 2.0 * FADES_S, SUN_W), DOUBTED_S - 5.0, SUN_W - cloud_w)
    feed = fed(feed, DOUBTED_S, SUN_W)._replace(rest_w=SUN_W)
    answers = from_here(Answers(at_s=DOUBTED_S, last_w=CAR_W), CAR_W, HOME_W - CAR_W)
    if waits_s:
        answers = compared(answers, DOUBTED_S + 5.0, 0.0, HOME_W, pv_w=SUN_W)
        feed = fed(feed, DOUBTED_S + 5.0, SUN_W)
    at_s = DOUBTED_S + 5.0 + waits_s
    after = compared(answers, at_s, 0.0, home_w, pv_w=sun_w)
    return in_pause(fed(feed, at_s, sun_w), sun_w, answers, after, home_w, changes=changes)


@given(st.lists(st.tuples(st.floats(0.1, 300.0), st.floats(-5000.0, 20_000.0)), min_size=1, max_size=40))
def test_the_range_of_the_feed_holds_its_value_and_no_more_than_its_past(moves: list[tuple[float, float]]) -> None:
    feed, at_s, past_w = Feed(), 0.0, [0.0]
    for gap_s, feed_w in moves:
        at_s += gap_s
        past_w.append(feed_w)
        feed = fed(feed, at_s, feed_w)
        assert feed.least_w <= feed_w <= feed.most_w
        assert min(past_w) - 1e-6 <= feed.least_w
        assert feed.most_w <= max(past_w) + 1e-6
    assert fed(feed, at_s + FADES_S, past_w[-1])[1:3] == pytest.approx((past_w[-1], past_w[-1]), abs=1e-6)


@pytest.mark.parametrize(
    ("delays_s", "set_s", "unshown"),
    [
        ((), None, True),
        ((20.0,), None, True),
        ((0.0,), None, False),
        ((20.0,), 0.0, False),
        ((0.0,), LATE_S, True),
    ],
)
def test_only_a_meter_that_is_known_not_to_be_late_shows_all(
    delays_s: tuple[float, ...], set_s: float | None, unshown: bool
) -> None:
    feed = Feed(at_s=10.0, least_w=1000.0, most_w=5000.0)
    assert unshown_w(feed, delays_s, set_s) == (4000.0 if unshown else 0.0)


@given(st.floats(15.0, 60.0), st.floats(0.0, SUN_W))
def test_a_cloud_in_the_pause_tells_nothing_about_a_late_meter(waits_s: float, sun_w: float) -> None:
    """The home seems to fall by the whole cloud."""
    _, told, sure = pause(waits_s, HOME_W - SUN_W + sun_w, sun_w)
    answers = (SUN_W - sun_w) / CAR_W > 1.0 - RESPONDED
    assert (told, sure) == ((False, False) if answers else (True, True))


@given(st.floats(15.0, 60.0), st.floats(-200.0, 200.0), st.booleans())
def test_an_answer_that_is_larger_than_each_cloud_is_sure(waits_s: float, sun_w: float, changes: bool) -> None:
    assert pause(waits_s, HOME_W - CAR_W, SUN_W + sun_w, changes=changes)[1:] == (True, True)


def test_an_answer_at_once_after_a_cloud_is_believed_and_sure_the_second_time() -> None:
    feed, told, sure = pause(0.0, HOME_W - CAR_W, SUN_W, cloud_w=5000.0)
    assert (told, sure) == (True, False)
    for number in range(2, GUESSES + 1):
        feed, told, sure = pause(0.0, HOME_W - CAR_W, SUN_W, cloud_w=5000.0, before=feed)
        assert (told, sure) == (True, number == GUESSES)
    again = pause(0.0, HOME_W - CAR_W, SUN_W, cloud_w=5000.0, before=rested(feed))
    assert again[1:] == (True, False)


def test_an_answer_at_once_tells_nothing_if_the_feed_falls_too_or_the_meter_shows_no_new_value() -> None:
    assert not pause(0.0, HOME_W - CAR_W, SUN_W - CAR_W, cloud_w=5000.0)[1]
    assert not pause(0.0, HOME_W - CAR_W, SUN_W, cloud_w=5000.0, changes=False)[1]
    assert not pause(AT_ONCE_S + 5.0, HOME_W - CAR_W, SUN_W, cloud_w=5000.0)[1]


def test_before_the_pause_the_feed_of_the_rest_follows() -> None:
    answers = from_here(Answers(at_s=DOUBTED_S, last_w=CAR_W), CAR_W, HOME_W - CAR_W)
    after = compared(answers, DOUBTED_S + 5.0, CAR_W, HOME_W - CAR_W, pv_w=SUN_W)
    feed, told, sure = in_pause(Feed(rest_w=1.0), SUN_W, answers, after, HOME_W - CAR_W, changes=True)
    assert (feed.rest_w, told, sure) == (SUN_W, True, True)
    assert after.moved_s == math.inf
