"""The feed of a house, PV + discharge, and its changes that a late meter does not show yet.

PV + grid + discharge − cars is the power of the home only if all are of one moment. When a cloud comes, a late meter
still shows the sun, so the home seems to fall, and later it rises again. So the change of the home in a pause of the
cars tells whether the meter sees them only if it is larger than the change of the feed.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.control.judge.answers import FADES_S, LATE_S, MOVE_W, RESPONDED, Answers, responds, wait_s
from optimizer.model.value import maker

AT_ONCE_S = 10.0
"""A meter that seems to answer within this time has probably shown the pause. Later, it can be a change of the feed."""
GUESSES = 2
"""If it has done so in this number of doubts in a row, it is sure."""


class Feed(NamedTuple):
    """Part of the memory."""

    at_s: float = 0.0
    least_w: float = 0.0
    """The smallest feed lately. An older one fades."""
    most_w: float = 0.0
    """The largest one."""
    rest_w: float = 0.0
    """The feed before the pause of the cars."""
    guesses: int = 0
    """In how many doubts in a row the meter has probably shown the pause."""


make_feed = maker(Feed)


def fed(before: Feed, at_s: float, feed_w: float) -> Feed:
    """The memory after one more moment."""
    then_s, least_w, most_w, rest_w, guesses = before
    if not least_w == feed_w == most_w:
        faded = min(1.0, (at_s - then_s) / FADES_S)
        least_w, most_w = least_w + faded * (feed_w - least_w), most_w + faded * (feed_w - most_w)
    return make_feed(
        at_s=at_s,
        least_w=least_w if least_w < feed_w else feed_w,
        most_w=most_w if most_w > feed_w else feed_w,
        rest_w=rest_w,
        guesses=guesses,
    )


def unshown_w(feed: Feed, delays_s: tuple[float, ...], set_s: float | None) -> float:
    """The largest change of the feed that the meter may not show yet, W. 0 if the meter is known not to be late: by its
    delays so far, or by `set_s`, the delay of the settings."""
    known = set_s < LATE_S if set_s is not None else bool(delays_s) and not wait_s(delays_s, None)
    return 0.0 if known else feed.most_w - feed.least_w


def in_pause(
    feed: Feed, feed_w: float, before: Answers, after: Answers, home_w: float, *, changes: bool
) -> tuple[Feed, bool, bool]:
    """The memory after one more moment of a doubt, whether the answer of the meter tells something, and whether it is
    sure. `before` and `after` are the answers before and after this moment. `changes`: the meter shows a new value."""
    moved_w = after.last_w - before.drawn_w
    if before.moved_s == math.inf and -MOVE_W < moved_w < MOVE_W:
        return feed._replace(rest_w=feed_w), True, True
    if moved_w < 0.0:
        missing_w, fallen_w = home_w - before.home_w, feed.rest_w - feed_w
        hidden_w = feed.most_w - feed_w + max(0.0, feed.rest_w - feed.least_w)
    else:
        missing_w, fallen_w = before.home_w - home_w, feed_w - feed.rest_w
        hidden_w = feed_w - feed.least_w + max(0.0, feed.most_w - feed.rest_w)
    size_w = RESPONDED * abs(moved_w)
    if not responds(after) or missing_w + hidden_w < size_w:
        return feed, True, True
    if not changes or after.at_s - before.moved_s > AT_ONCE_S or missing_w + fallen_w >= size_w:
        return feed, False, False
    guesses = feed.guesses + 1
    return feed._replace(guesses=guesses), True, guesses >= GUESSES


def rested(feed: Feed) -> Feed:
    """The memory after a doubt that no answer has ended."""
    return feed if not feed.guesses else feed._replace(guesses=0)
