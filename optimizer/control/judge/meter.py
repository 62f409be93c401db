"""The judge of the grid meter: whether its value moves, answers the cars, and has a possible sign.

An implausible meter is unknown, so the cars pause. The pause is a test too: with the cars at rest, every reason except
a value that stands still ends. After a rest the meter is believed again, and each repetition makes the rest longer.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.control.judge import answers as answering
from optimizer.control.judge import sign as signs
from optimizer.control.judge import swapped as swaps
from optimizer.control.judge.answers import (
    GRACE_S,
    MOVE_W,
    Answers,
    answer_limit_s,
    compared,
    does_not_answer,
    responds,
)
from optimizer.control.judge.doubt import BELIEVED, Doubts, believed, doubted, doubted_until_it_changes, withdrawn
from optimizer.control.judge.feed import Feed, fed, in_pause, rested, unshown_w
from optimizer.control.judge.sign import Sign, below_zero, looked_at
from optimizer.control.judge.standing import Standing, kept_at_zero, stands_still, with_move
from optimizer.control.judge.swapped import BySun
from optimizer.model.value import maker


class MeterMemory(NamedTuple):
    """The state of the judge for the grid meter. Part of the memory."""

    standing: Standing = Standing()
    answers: Answers = Answers()
    sign: Sign = Sign()
    doubts: Doubts = BELIEVED
    by_sun: BySun = BySun()
    feed: Feed = Feed()


make_meter_memory = maker(MeterMemory)


def judged(
    memory: MeterMemory,
    standing: Standing,
    at_s: float,
    drawn_w: float,
    home_w: float,
    discharge_w: float,
    unseen_w: float,
    pv_w: float | None,
    read_s: float = math.inf,
    read_w: float = math.inf,
    set_s: float | None = None,
    known_w: float | None = None,
) -> MeterMemory:
    """The memory after a comparison of the values of one moment `at_s`.

    `standing` contains the last reading, `drawn_w` is the power of the cars, `home_w` PV + grid + discharge − cars,
    `discharge_w` the power of the batteries, and `unseen_w` the move of the cars since the value of the meter last
    changed, W. `pv_w` is the power of the PV systems, or None if it is not measured. `read_s` is the time of the
    oldest reading of a car, and `read_w` the power of the cars by their last readings. `set_s` is the delay of the
    settings, and `known_w` the power of the home if it is known although the meter is late.
    """
    before, answers, sign, doubts, by_sun, feed = memory
    feed = feed if pv_w is None else fed(feed, at_s, pv_w + discharge_w)
    if pv_w is not None and at_s >= by_sun.next_s:
        by_sun = swaps.compared(by_sun, at_s, pv_w, pv_w - home_w)
        if not doubts.why and (why := swaps.swapped(by_sun)):
            doubts = doubted(doubts, at_s, why)
            return make_meter_memory(
                standing=standing, answers=answers, sign=sign, doubts=doubts, by_sun=by_sun, feed=feed
            )
    if doubts.why:
        if doubts.until_s == math.inf and (standing.changed_s > before.changed_s or kept_at_zero(standing)):
            answers, sign, doubts = answering.anew(answers), signs.anew(sign), believed(doubts)
        elif at_s < doubts.until_s:
            return _tested(
                make_meter_memory(
                    standing=standing, answers=answers, sign=sign, doubts=doubts, by_sun=by_sun, feed=feed
                ),
                at_s,
                drawn_w,
                home_w,
                discharge_w,
                read_s,
                pv_w,
                set_s,
                changes=standing.value_w != before.value_w,
            )
    if doubts.why:
        standing, feed = standing._replace(unseen_s=math.inf), rested(feed)
        answers, sign, doubts = answering.anew(answers), signs.anew(sign), believed(doubts)
    if unseen_w or standing.unseen_s < math.inf:
        standing = with_move(standing, unseen_w)
        limit_s = answer_limit_s(answers.delays_s, set_s) + standing.at_s - at_s
        if why := stands_still(standing, limit_s, unseen_w, answer_limit_s((), set_s)):
            return make_meter_memory(
                standing=standing,
                answers=answers,
                sign=sign,
                doubts=doubted_until_it_changes(doubts, at_s, why),
                by_sun=by_sun,
                feed=feed,
            )
    if known_w is None or pv_w is None:
        answers, true_w = compared(answers, at_s, drawn_w, home_w, read_s, pv_w, set_s), home_w
    else:
        answers, true_w = answering.with_home(answers, at_s, drawn_w, home_w, pv_w), known_w
    if pv_w is not None:
        # A car does not always start at the moment that its commands tell.
        sure_w = drawn_w if drawn_w < read_w else read_w
        hidden_w = unshown_w(feed, answers.delays_s, set_s) if known_w is None else 0.0
        sign = looked_at(sign, at_s, sure_w, -discharge_w, true_w + drawn_w - sure_w, pv_w, hidden_w)
    if answers.unanswered or sign.negative_s < at_s:
        limit_s = answer_limit_s(answers.delays_s, set_s) + standing.held_s
        why = below_zero(sign, limit_s) or does_not_answer(answers)
        if why:
            # The pause of the cars that follows is a test of its own.
            doubts, answers = doubted(doubts, at_s, why), answering.from_here(answers, drawn_w, home_w)
            feed = feed._replace(rest_w=(pv_w or 0.0) + discharge_w)
    return make_meter_memory(standing=standing, answers=answers, sign=sign, doubts=doubts, by_sun=by_sun, feed=feed)


def _tested(
    memory: MeterMemory,
    at_s: float,
    drawn_w: float,
    home_w: float,
    discharge_w: float,
    read_s: float,
    pv_w: float | None,
    set_s: float | None,
    *,
    changes: bool,
) -> MeterMemory:
    """The memory after one more moment of a doubt. The pause of the cars is a test: a meter that shows it responds. If
    its value does not change, only a battery has responded."""
    standing, before, sign, doubts, by_sun, feed = memory
    if doubts.until_s == math.inf:
        return memory
    answers = compared(before, at_s, drawn_w, home_w, read_s, pv_w, set_s)
    sure = True
    if pv_w is not None and unshown_w(feed, (), set_s):
        feed, told, sure = in_pause(feed, pv_w + discharge_w, before, answers, home_w, changes=changes)
        answers = answers if told else answering.not_told(before, answers)
    if not changes or not responds(answers):
        return make_meter_memory(standing=standing, answers=answers, sign=sign, doubts=doubts, by_sun=by_sun, feed=feed)
    if sign.negative_s < math.inf and sure:
        sign = signs.unmeasured(sign)
    return make_meter_memory(
        standing=standing,
        answers=answering.anew(answers),
        sign=signs.anew(sign),
        doubts=withdrawn(doubts),
        by_sun=by_sun,
        feed=feed,
    )


def raise_limit_w(memory: MeterMemory, unseen_w: float, wait_s: float) -> float:
    """The largest raise of a car that the meter allows now, W. `wait_s` is how long the cars must be steady."""
    standing = memory.standing
    if unseen_w > MOVE_W / 2.0 and standing.at_s - standing.changed_s > GRACE_S:
        return 0.0
    return answering.raise_limit_w(memory.answers, wait_s)
