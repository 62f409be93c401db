"""The answers of the grid meter to the moves of the cars, and how late they come.

PV + grid + discharge − cars is the power of the home. It does not depend on a car: when a car rises, the meter must
rise by the same power. With a meter that counts the other way, or does not see the charger, the home falls when the
car rises. The home before a move is compared with the home after it:

- The answer comes: its delay is the delay of the meter, unless PV has changed too much to tell. With a late meter the
  control uses only values of times at which the cars have been steady for longer than the delay.
- No answer yet: no car raises its power until the meter has shown the last raise.
- No answer within the longest possible delay, after a reading has shown the move: the next raises are small. After some
  repetitions the meter is implausible. A car does not always start at the moment that its commands tell.
"""

from __future__ import annotations

import math
from statistics import median
from typing import NamedTuple

from optimizer.control.judge.rest import NO_REST, NO_RESTS, Rests, before_reading, denied, moving, resting
from optimizer.control.judge.second_look import LONGEST_POLL_S
from optimizer.model.value import maker
from optimizer.words.text import Text

MOVE_W = 500.0
"""A change of the cars by this power must show in the meter."""
GONE_W = 250.0
"""A move ends without an answer if the cars are back within this power."""
ANSWERED, ANSWERED_W = 0.15, 150.0
"""The meter has answered if no more than this part of the move, or this power, is missing."""
LONGEST_DELAY_S = 60.0
"""Longest delay of a meter that can be used."""
UNKNOWN_LIMIT_S = LONGEST_DELAY_S + 10.0
"""Time for an answer of a meter of unknown delay."""
LEAST_LIMIT_S, MARGIN_S = 20.0, 20.0
"""Shortest time for an answer of a known meter, and the time beyond its delay."""
GRACE_S = 15.0
"""A meter that has answered before may take this long until raises wait for it."""
LATE_S = 8.0
"""A meter with a longer delay is late. A shorter one needs no correction, because a car takes some seconds too."""
SETTLES_S = 5.0
"""Time after an answer until the values are steady."""
MOST_DELAYS = 5
"""Number of stored delays. Their median counts, because an appliance can look like an answer."""
RESTS_W = 100.0
"""The cars are at rest if they change by less than this between two readings. The values before a move are those of the
last rest: a home that falls lets the cars rise, and only its later changes tell something about the meter."""
STEADY_W = 150.0
"""The cars are steady while their power changes by less than this."""
LONGEST_STEP_S = 15.0
"""If values are farther apart, a missing answer does not count."""
CERTAIN = 2.0
"""An answer tells the delay only if the move is larger than this multiple of the last change of PV. A car that follows
the sun moves with it: a meter that shows neither yet gives the same home as one that shows both."""
SHOWN = 0.5
"""If the home has changed by more than this part of a move since the last sure rest, the meter has shown the move."""
UNSURE_S = 15.0
"""A move that only a reading of the car shows began up to one interval of readings before. If the interval is longer
than this, the delay counts from the reading before, and only if no other is known."""
FADES_S = 2.0 * LONGEST_DELAY_S
"""A change of PV fades in this time. A late meter still shows the PV power from before the move when it must answer."""
UNANSWERED = 3
"""Number of moves without an answer that make the meter implausible. An appliance can hide one."""
RESPONDED = 0.6
"""A meter that shows a move in part responds: less than this part of the move was missing at least once. A car that
follows the sun changes while the sun changes. Where PV is not measured, the sun then looks like a missing answer."""
FINISHES_S = 15.0
"""A meter that shows a part of the move at the end of this time may show the rest a little later."""
UNSEEN = 0.85
"""If more than this part of a move is missing, a meter that has never answered does not see the charger, or counts the
other way. One such move is enough if it is a raise: the pause that follows is a test, and a meter that shows it is
believed at once. A reduction is often the answer to a load or to a cloud, which look like a missing answer."""
PROBE_W = 700.0
"""Largest raise while an answer is missing."""


class Answers(NamedTuple):
    """The last move of the cars, and the answers so far. Part of the memory."""

    at_s: float = -math.inf
    """The moment of the last comparison."""
    last_w: float = 0.0
    """Power of the cars then."""
    drawn_w: float = math.nan
    """Power of the cars before the move, from their last rest. NaN: they have not rested since the last answer."""
    home_w: float = 0.0
    """Power of the home before the move."""
    moved_s: float = math.inf
    """Since when a move waits for its answer. Infinite: none waits."""
    steady_w: float = 0.0
    steady_s: float = -math.inf
    """The power of the cars, and since when it is steady."""
    least: float = math.inf
    """The smallest part of this move that was missing in the meter so far, up to its answer. Infinite: no move."""
    unanswered: int = 0
    """Number of moves without an answer since the last answer."""
    delays_s: tuple[float, ...] = ()
    """The last observed delays."""
    rests: Rests = NO_RESTS
    """The last rests of the cars."""
    least_pv_w: float = 0.0
    """The smallest PV power lately. An older one fades."""
    most_pv_w: float = 0.0
    """The largest one."""
    shown_s: float = math.inf
    """Since when a reading of each car shows the move. Infinite: only the commands tell it. Before `moved_s`: only a
    reading has shown it, and this is the time of the reading before."""

    @property
    def delay_s(self) -> float | None:
        """The delay of the meter, s. None until it has answered once."""
        return median(self.delays_s) if self.delays_s else None


make_answers = maker(Answers)


def wait_s(delays_s: tuple[float, ...], set_s: float | None) -> float:
    """The time for which the cars must be steady until the values of the meter are true, s. 0: the meter is not late.
    `set_s` is the delay of the settings."""
    if set_s is not None:
        return set_s + SETTLES_S if set_s >= LATE_S else 0.0
    if not delays_s or max(delays_s) < LATE_S or median(delays_s) < LATE_S:
        return 0.0
    return max(delays_s) + SETTLES_S


def answer_limit_s(delays_s: tuple[float, ...], set_s: float | None = None) -> float:
    """Time within which the meter must answer, s. `set_s` is the delay of the settings. It makes the time longer, so a
    meter that is as late as its owner knows is not in doubt."""
    limit_s = UNKNOWN_LIMIT_S
    if delays_s:
        limit_s = max(delays_s) + MARGIN_S
        limit_s = (
            LEAST_LIMIT_S if limit_s < LEAST_LIMIT_S else limit_s if limit_s < UNKNOWN_LIMIT_S else UNKNOWN_LIMIT_S
        )
    return limit_s if set_s is None or set_s + MARGIN_S < limit_s else set_s + MARGIN_S


def compared(
    before: Answers,
    at_s: float,
    drawn_w: float,
    home_w: float,
    read_s: float = math.inf,
    pv_w: float | None = None,
    set_s: float | None = None,
) -> Answers:
    """The memory after one more moment, with the power of the cars, of the home, and of PV, W. `read_s` is the time of
    the oldest reading of a car. `pv_w` is None while it is not measured. `set_s` is the delay of the settings."""
    (
        last_s, last_w, drawn_then_w, home_then_w, moved_s, steady_w, steady_s,
        least, unanswered, delays_s, rested, least_pv_w, most_pv_w, shown_s,
    ) = before  # fmt: skip
    if at_s <= last_s:
        return before
    if pv_w is not None:
        least_pv_w, most_pv_w = _lately(before, at_s, pv_w)
    if not -STEADY_W < drawn_w - steady_w < STEADY_W:
        steady_w, steady_s = drawn_w, at_s
    rests, began_s = -RESTS_W < drawn_w - last_w < RESTS_W, math.inf
    if rests:
        rested = resting(rested, drawn_w, home_w, at_s, read_s)
    elif moved_s == math.inf:
        began_s = rested.read_s if UNSURE_S < read_s - rested.read_s < math.inf else math.inf
        rest, rested = before_reading(rested, at_s, read_s), moving(rested, read_s)
        if rest is not NO_REST:
            drawn_then_w, home_then_w, _ = rest
    moved_w = drawn_w - drawn_then_w
    if moved_s == math.inf and not -MOVE_W < moved_w < MOVE_W and not math.isnan(moved_w):
        moved_s, (home_then_w, shown_s) = at_s, _before(rested, drawn_then_w, home_then_w, moved_w, began_s)
    if moved_s == math.inf:
        least = math.inf
        if rests:
            drawn_then_w, home_then_w = drawn_w, home_w
    elif -GONE_W < moved_w < GONE_W:
        if shown_s == math.inf and read_s >= moved_s:
            rested = denied(drawn_then_w, home_then_w, read_s)
        moved_s = math.inf
    else:
        missing_w = (home_then_w - home_w) if moved_w > 0.0 else (home_w - home_then_w)
        missing, waited_s = missing_w / abs(moved_w), at_s - moved_s
        least = missing if missing < least else least
        if waited_s > GRACE_S and not rests and least > RESPONDED:
            least = RESPONDED  # the car follows the sun, which looks like a missing answer where PV is not measured
        answered = missing_w < ANSWERED_W or missing < ANSWERED
        if shown_s == math.inf and (read_s >= moved_s or waited_s > LONGEST_POLL_S):
            shown_s = at_s
        limit_s = answer_limit_s(delays_s, set_s) + (FINISHES_S if missing < RESPONDED else 0.0)
        late = at_s - max(moved_s, shown_s) > limit_s
        if answered:
            unanswered = 0
            began_s, sure = min(moved_s, shown_s), shown_s >= moved_s or (waited_s >= LATE_S and not delays_s)
            if sure and abs(moved_w) > CERTAIN * (most_pv_w - least_pv_w):
                delay_s = min(at_s - began_s, max(waited_s, LONGEST_DELAY_S))
                delays_s = (*delays_s, delay_s)[-MOST_DELAYS:]
        elif late and least > RESPONDED and (pv_w is not None or drawn_w < RESTS_W or drawn_then_w < RESTS_W):
            unanswered += UNANSWERED if not delays_s and missing > UNSEEN and moved_w > 0.0 else 1
        if answered or late or at_s - last_s > LONGEST_STEP_S:
            drawn_then_w, home_then_w, moved_s = drawn_w if rests else math.nan, home_w, math.inf
            rested = NO_RESTS
    return make_answers(
        at_s, drawn_w, drawn_then_w, home_then_w, moved_s, steady_w, steady_s,
        least, unanswered, delays_s, rested, least_pv_w, most_pv_w, shown_s,
    )  # fmt: skip


def _lately(before: Answers, at_s: float, pv_w: float) -> tuple[float, float]:
    """The smallest and the largest PV power lately."""
    faded = min(1.0, (at_s - before.at_s) / FADES_S)
    least_w, most_w = before.least_pv_w, before.most_pv_w
    return min(pv_w, least_w + faded * (pv_w - least_w)), max(pv_w, most_w + faded * (pv_w - most_w))


def _before(rested: Rests, drawn_w: float, home_w: float, moved_w: float, began_s: float) -> tuple[float, float]:
    """The power of the home before a move, and since when readings show the move. `began_s` is infinite if only the
    commands tell it. Then the car may have started before its model, and the last rests show it already."""
    sure_w, sure_home_w, sure_s = rested.sure
    if began_s == math.inf and -RESTS_W < sure_w - drawn_w < RESTS_W and (home_w - sure_home_w) / moved_w > SHOWN:
        return sure_home_w, sure_s
    return home_w, began_s


def responds(answers: Answers) -> bool:
    """Whether the meter has shown a part of the last move. An appliance can hide the rest."""
    return answers.least < RESPONDED


def does_not_answer(answers: Answers) -> str:
    """The reason why the meter is implausible, or empty."""
    if answers.unanswered < UNANSWERED:
        return ""
    return Text("implausible: the meter did not change with the cars")


def raise_limit_w(answers: Answers, wait_s: float) -> float:
    """The largest raise of a car that the meter allows now, W. Infinite without a missing answer. `wait_s` is how long
    the cars must be steady."""
    waits_since_s = answers.at_s - answers.moved_s
    if answers.at_s - answers.steady_s < wait_s:
        return 0.0
    rises = waits_since_s >= 0.0 and answers.last_w > answers.drawn_w
    trusted = answers.delays_s and not answers.unanswered
    if rises and (not trusted or waits_since_s > GRACE_S):
        return 0.0
    return math.inf if trusted else PROBE_W


def from_here(before: Answers, drawn_w: float, home_w: float) -> Answers:
    """The memory when the meter becomes implausible. The next move is compared with the values of now, and no earlier
    move waits. The delay is forgotten, because a wrong delay can be the reason."""
    return before._replace(
        drawn_w=drawn_w, home_w=home_w, moved_s=math.inf, least=math.inf, rests=NO_RESTS, delays_s=()
    )


def with_home(before: Answers, at_s: float, drawn_w: float, home_w: float, pv_w: float) -> Answers:
    """The memory while the home is known although the meter is late. So the meter shows each move, and none waits.
    `home_w` is the power of the home as if the meter were not late: with it the next move is compared."""
    if at_s <= before.at_s:
        return before
    least_pv_w, most_pv_w = _lately(before, at_s, pv_w)
    return before._replace(
        at_s=at_s,
        last_w=drawn_w,
        drawn_w=drawn_w,
        home_w=home_w,
        moved_s=math.inf,
        steady_w=drawn_w,
        steady_s=at_s,
        least=math.inf,
        unanswered=0,
        rests=NO_RESTS,
        least_pv_w=least_pv_w,
        most_pv_w=most_pv_w,
        shown_s=math.inf,
    )


def not_told(before: Answers, after: Answers) -> Answers:
    """The memory after a moment that tells nothing about the meter: the move still waits for its answer."""
    return before._replace(
        at_s=after.at_s,
        last_w=after.last_w,
        moved_s=min(before.moved_s, after.at_s),
        steady_w=after.steady_w,
        steady_s=after.steady_s,
        least_pv_w=after.least_pv_w,
        most_pv_w=after.most_pv_w,
    )


def anew(before: Answers) -> Answers:
    """The memory when the meter is believed again. Only its delay stays."""
    return Answers(delays_s=before.delays_s)
