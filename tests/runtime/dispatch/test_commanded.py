"""The commands to a charger, and their unconfirmed part."""

from __future__ import annotations

from dataclasses import replace

from optimizer.control.limiter import PAUSE, RELEASE, ChargerWrite
from optimizer.model.reading import known
from optimizer.model.site import ChargerSite
from optimizer.model.state import Ev
from optimizer.runtime.dispatch.commanded import ChargerWrites, read_back, refused, sending, taken, unanswered

SITE = ChargerSite("carport")
LAG = (2.0, 8.0)


def seen(at_s: float, offered_a: float, paused: bool = False) -> Ev:
    return Ev("carport", offered_a=known(offered_a, at_s), paused=known(paused, at_s), phases=known(3, at_s))


def written(writes: ChargerWrites, ev: Ev, write: ChargerWrite, at_s: float) -> ChargerWrites:
    return taken(sending(writes, ev, write, SITE, at_s), ev, write, SITE, at_s)


def lost(writes: ChargerWrites, ev: Ev, write: ChargerWrite, at_s: float) -> ChargerWrites:
    return unanswered(sending(writes, ev, write, SITE, at_s), at_s)


def test_nothing_written_nothing_told() -> None:
    assert ChargerWrites().exposed() is None


def test_the_larger_of_before_and_after_counts_from_before_the_write_is_sent() -> None:
    up = sending(ChargerWrites(), seen(0.0, 6.0), ChargerWrite("current", 16.0), SITE, 1.0).exposed()
    down = sending(ChargerWrites(), seen(0.0, 16.0), ChargerWrite("current", 6.0), SITE, 1.0).exposed()
    assert up is not None and down is not None
    assert (up.current_a, up.unconfirmed_a) == (6.0, 16.0)
    assert (down.current_a, down.unconfirmed_a) == (16.0, 16.0)


def test_a_refused_write_changed_nothing() -> None:
    writes = sending(ChargerWrites(), seen(0.0, 6.0), ChargerWrite("current", 16.0), SITE, 1.0)
    commanded = refused(writes).exposed()
    assert commanded is not None
    assert commanded.unconfirmed_a == 0.0


def test_a_reading_that_agrees_confirms_after_the_short_lag_and_any_after_the_long_one() -> None:
    writes = written(ChargerWrites(), seen(0.0, 16.0), ChargerWrite("current", 6.0), 1.0)
    assert read_back(writes, seen(2.0, 6.0), LAG).pending
    assert not read_back(writes, seen(3.0, 6.0), LAG).pending
    assert read_back(writes, seen(5.0, 16.0), LAG).pending
    assert not read_back(writes, seen(9.0, 16.0), LAG).pending


def test_a_report_counts_from_its_older_half() -> None:
    writes = written(ChargerWrites(), seen(0.0, 16.0), ChargerWrite("current", 6.0), 1.0)
    half = replace(seen(9.0, 6.0), paused=known(False, 1.5))
    assert read_back(writes, half, LAG).pending
    half = replace(seen(1.5, 6.0), paused=known(False, 9.0))
    assert read_back(writes, half, LAG).pending


def test_an_unanswered_write_is_pending_until_the_long_lag() -> None:
    writes = lost(ChargerWrites(), seen(0.0, 6.0), ChargerWrite("current", 16.0), 1.0)
    assert read_back(writes, seen(4.0, 6.0), LAG).pending
    assert not read_back(writes, seen(9.0, 6.0), LAG).pending


def test_a_pause_offers_nothing_and_a_release_offers_the_setting() -> None:
    paused = written(ChargerWrites(), seen(0.0, 16.0), PAUSE, 1.0)
    assert paused.commanded is not None and paused.commanded.offer_a == 0.0
    lowered = written(paused, seen(0.0, 16.0), ChargerWrite("current", 8.0), 2.0)
    released = written(lowered, seen(0.0, 16.0), RELEASE, 3.0)
    assert released.commanded is not None and released.commanded.offer_a == 8.0


def test_a_higher_current_and_a_release_are_raises() -> None:
    writes, raised_s, offered_a, paused = ChargerWrites(), [], 8.0, False
    sent = (ChargerWrite("current", 10.0), ChargerWrite("current", 6.0), PAUSE, RELEASE)
    for at_s, write in zip((0.0, 20.0, 40.0, 60.0), sent, strict=True):
        writes = written(writes, seen(at_s, offered_a, paused), write, at_s)
        offered_a = write.value if write.kind == "current" else offered_a
        paused = write is PAUSE
        writes = read_back(writes, seen(at_s + 9.0, offered_a, paused), LAG)
        commanded = writes.exposed()
        assert commanded is not None
        raised_s.append(commanded.raised_at_s)
    assert raised_s == [0.0, 0.0, 0.0, 60.0]


def test_where_nobody_knows_the_setting_the_most_counts() -> None:
    commanded = sending(ChargerWrites(), Ev("carport"), ChargerWrite("current", 6.0), SITE, 1.0).exposed()
    assert commanded is not None
    assert commanded.unconfirmed_a == SITE.max_current_a


def test_a_write_whose_answer_was_lost_but_that_was_carried_out_counts_as_told() -> None:
    writes = lost(ChargerWrites(), seen(0.0, 6.0), ChargerWrite("current", 16.0), 1.0)
    assert read_back(writes, seen(2.0, 16.0), LAG) == writes
    after = read_back(writes, seen(4.0, 16.0), LAG)
    assert after.commanded is not None
    assert after.commanded.current_a == 16.0
    assert not read_back(after, seen(9.0, 16.0), LAG).pending


def test_a_write_on_its_way_is_settled_by_no_reading_however_late_its_answer() -> None:
    """A machine that was suspended in between reads first and hears the answer afterwards."""
    ev, write = seen(0.0, 6.0), ChargerWrite("current", 16.0)
    on_its_way = read_back(sending(ChargerWrites(), ev, write, SITE, 1.0), seen(100.0, 6.0), LAG)
    commanded = on_its_way.exposed()
    assert commanded is not None
    assert commanded.unconfirmed_a == 16.0
    answered = taken(on_its_way, ev, write, SITE, 101.0)
    assert read_back(answered, seen(102.0, 6.0), LAG).pending
    assert not read_back(answered, seen(104.0, 16.0), LAG).pending
    assert not refused(on_its_way).pending


def test_attempts_that_nobody_answers_keep_a_short_record_with_the_worst_of_them() -> None:
    writes = lost(ChargerWrites(), seen(0.0, 16.0), ChargerWrite("current", 8.0), 1.0)
    for n in range(1000):
        writes = lost(writes, Ev("carport"), PAUSE, 2.0 + n)
    commanded = writes.exposed()
    assert commanded is not None
    assert commanded.unconfirmed_a == 16.0
    assert len(writes.pending) == 2
    assert read_back(writes, seen(1008.0, 0.0, paused=True), LAG).pending
    assert not read_back(writes, seen(1009.0, 0.0, paused=True), LAG).pending


def test_a_write_on_top_of_one_that_nobody_answered_counts_with_both() -> None:
    """A release that may have been carried out, and then a higher current: the car may be at that current."""
    ev = seen(0.0, 6.0, paused=True)
    writes = lost(ChargerWrites(), ev, RELEASE, 1.0)
    writes = lost(writes, ev, ChargerWrite("current", 16.0), 2.0)
    commanded = writes.exposed()
    assert commanded is not None
    assert commanded.unconfirmed_a == 16.0
    assert len(lost(lost(writes, ev, RELEASE, 3.0), ev, ChargerWrite("current", 16.0), 4.0).pending) == 2
