from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.reading import known, unknown
from optimizer.model.state import EvStatus, State
from optimizer.rules.book.overrides import (
    RESERVE_GAP_PERCENT,
    Override,
    OverrideError,
    apply,
    checked,
    in_words,
    merged,
    modes,
    still_active,
    without,
)
from optimizer.rules.book.verdict import Claimed, Limited, Verdict
from optimizer.words.language import ENGLISH, language_of
from optimizer.words.text import in_language
from tests.serve.house import NOON, state

HOUR = timedelta(hours=1)
FAST = Override("ev.carport.mode", "fast", NOON + HOUR)
VERDICT = Verdict({"ev.carport.mode": Claimed("surplus", "surplus-charging")}, {}, ())


def with_status(status: EvStatus | None) -> State:
    snapshot = state()
    reading: Any = unknown("no answer") if status is None else known(status, 1000.0)
    return replace(snapshot, evs={"carport": replace(snapshot.evs["carport"], status=reading)})


def test_it_stands_above_the_winner_and_shows_up_in_the_causes() -> None:
    verdict = apply(VERDICT, (FAST,), state())
    assert verdict.claims["ev.carport.mode"] == Claimed("fast", "override")
    assert [(c.code, c.rule, c.detail) for c in verdict.causes] == [
        ("override.holds", "override", "fast"),
        ("override.beats", "surplus-charging", "surplus"),
    ]
    assert dict(verdict.causes[0].numbers) == {"left_s": 3600.0}


HOLD = Override("battery.discharge_w", 0.0, NOON + HOUR)


@pytest.mark.parametrize(("ruled", "holds"), [(None, 0.0), (500.0, 0.0)])
def test_a_limit_by_hand_makes_that_of_the_rules_smaller(ruled: float | None, holds: float) -> None:
    limits = {} if ruled is None else {"battery.discharge_w": Limited(ruled, "hold-battery")}
    verdict = apply(replace(VERDICT, limits=limits), (HOLD,), state())
    assert verdict.limits["battery.discharge_w"] == Limited(holds, "override")
    assert verdict.claims == VERDICT.claims


def test_a_limit_by_hand_never_makes_that_of_the_rules_larger() -> None:
    limited = replace(VERDICT, limits={"battery.discharge_w": Limited(500.0, "hold-battery")})
    verdict = apply(limited, (replace(HOLD, value=2000.0),), state())
    assert verdict.limits == limited.limits


@pytest.mark.parametrize("value", ["1", "3"])
def test_phases_are_numbers_in_any_notation(value: str) -> None:
    assert checked(Override("ev.carport.phases", value, NOON + HOUR), state()).value == float(value)


def test_it_is_told_in_the_time_of_the_house() -> None:
    local = state().local  # 14:00 in Berlin
    assert in_words(FAST, local) == "ev.carport.mode = fast until 15:00"
    session = Override("ev.carport.current_a", 8.0, NOON + 24 * HOUR, session=True)
    assert in_words(session, local) == "ev.carport.current_a = 8 A until Sun 14:00 or unplugged"
    aim = Override("battery.power_w", 1500.0, NOON + HOUR, to_percent=80.0)
    german = in_language(in_words(aim, local), language_of("de") or ENGLISH)
    assert german == "battery.power_w = 1500 W bis 15:00 oder bei 80 %"


def test_no_override_changes_nothing() -> None:
    assert apply(VERDICT, (), state()) is VERDICT


def test_it_ends_at_its_time() -> None:
    snapshot = state()
    assert still_active((FAST,), snapshot) == (FAST,)
    assert still_active((replace(FAST, until=snapshot.now),), snapshot) == ()


@pytest.mark.parametrize(
    ("status", "stays"),
    [(EvStatus.DISCONNECTED, False), (EvStatus.CONNECTED, True), (EvStatus.CHARGING, True), (None, True)],
)
def test_a_session_ends_when_the_car_is_unplugged(status: EvStatus | None, stays: bool) -> None:
    session = replace(FAST, session=True)
    assert bool(still_active((session,), with_status(status))) is stays
    assert still_active((FAST,), with_status(status)) == (FAST,)


def test_one_override_a_target() -> None:
    off = replace(FAST, value="off")
    other = Override("battery.mode", "auto", NOON + HOUR)
    assert merged((FAST, other), off) == (other, off)
    assert without((FAST, other), "battery.mode") == (FAST,)


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ("ev.carport.mode", "min_surplus"),
        ("ev.carport.current_a", 16.0),
        ("ev.carport.phases", 1),
        ("ev.carport.phases", "auto"),
        ("battery.mode", "charge"),
        ("battery.discharge_w", 0.0),
        ("surplus.priority", "battery_first"),
        ("battery.cellar.power_w", -2000.0),
        ("switch.boiler.state", "surplus"),
    ],
)
def test_what_can_be_overridden(target: str, value: float | str) -> None:
    override = Override(target, value, NOON + HOUR)
    now = state()
    ends_s = now.mono_s + (override.until - now.now).total_seconds()
    assert checked(override, now) == replace(override, ends_s=ends_s)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (replace(FAST, target="ev.garage.mode"), "Use ev.carport.mode, battery.mode"),
        (replace(FAST, target="grid.import_w"), "cannot be overridden"),
        (replace(FAST, value="quick"), "one of off, surplus, min_surplus, fast, not 'quick'"),
        (replace(FAST, value=3.0), "one of"),
        (replace(FAST, target="ev.carport.current_a", value=5.0), "a number from 6 to 32 A"),
        (replace(FAST, target="ev.carport.current_a", value=True), "a number"),
        (replace(FAST, target="switch.boiler.state"), "one of off, on, surplus, not 'fast'"),
        (replace(FAST, target="switch.pool.state"), "switch.boiler.state"),
        (replace(FAST, until=NOON), "in the past"),
        (replace(FAST, until=NOON + timedelta(days=8)), "at most 7 days"),
    ],
)
def test_what_makes_no_sense_is_explained(override: Override, message: str) -> None:
    with pytest.raises(OverrideError, match=message):
        checked(override, state())


def test_no_session_without_a_car() -> None:
    with pytest.raises(OverrideError, match="no car is connected"):
        checked(replace(FAST, session=True), with_status(EvStatus.DISCONNECTED))
    with pytest.raises(OverrideError, match="no car is connected"):
        checked(Override("battery.mode", "auto", NOON + HOUR, session=True), state())


def test_a_late_answer_of_the_charger_refuses_no_session() -> None:
    late = with_status(None)
    held = checked(replace(FAST, session=True), late)
    assert still_active((held,), late) == (held,)
    assert still_active((held,), with_status(EvStatus.CHARGING)) == (held,)
    assert still_active((held,), with_status(EvStatus.DISCONNECTED)) == ()


def test_rules_see_the_mode_that_is_held() -> None:
    before = {"carport": "surplus"}
    assert modes(VERDICT, before) is before
    held = modes(apply(VERDICT, (FAST,), state()), before)
    assert held == {"carport": "fast"}
    assert modes(VERDICT, held) == before
    assert modes(Verdict({}, {}, ()), before) == {"carport": "off"}


@pytest.mark.parametrize("jump", [timedelta(), timedelta(days=-365), timedelta(days=2)])
def test_an_hour_is_an_hour_whatever_the_wall_clock_does(jump: timedelta) -> None:
    begin = state()
    held = (checked(replace(FAST, until=begin.now + timedelta(minutes=60)), begin),)
    for minutes, active in ((1, True), (59, True), (60, False), (600, False)):
        later = replace(begin, now=begin.now + jump + timedelta(minutes=minutes), mono_s=begin.mono_s + 60.0 * minutes)
        assert bool(still_active(held, later)) == active


def with_charge(soc_percent: float | None) -> State:
    return state(soc=soc_percent)


@pytest.mark.parametrize(
    ("mode", "to_percent", "soc_percent", "goes_on"),
    [
        ("charge", 80.0, 79.9, True),
        ("charge", 80.0, 80.0, False),
        ("charge", 80.0, None, True),
        ("discharge", 30.0, 30.1, True),
        ("discharge", 30.0, 30.0, False),
    ],
)
def test_charging_by_hand_ends_at_its_state_of_charge(
    mode: str, to_percent: float, soc_percent: float | None, goes_on: bool
) -> None:
    held = Override("battery.mode", mode, NOON + HOUR, to_percent=to_percent)
    assert bool(still_active((held,), with_charge(soc_percent))) is goes_on


@given(st.lists(st.one_of(st.none(), st.floats(0.0, 100.0)), min_size=1, max_size=40), st.floats(0.0, 100.0))
def test_a_reserve_stops_the_discharge_and_begins_again_above_a_gap(
    socs: list[float | None], reserve_percent: float
) -> None:
    held = (Override("battery.reserve_percent", reserve_percent, NOON + HOUR),)
    for soc_percent in socs:
        before = held[0].resting
        held = still_active(held, with_charge(soc_percent))
        verdict = apply(VERDICT, held, with_charge(soc_percent))
        stopped = verdict.limits.get("battery.discharge_w") == Limited(0.0, "override")
        assert stopped is held[0].resting
        if soc_percent is None or soc_percent <= reserve_percent:
            assert stopped
        elif soc_percent >= reserve_percent + RESERVE_GAP_PERCENT:
            assert not stopped
        else:
            assert stopped is before


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Override("ev.carport.mode", "fast", NOON + HOUR, to_percent=80.0), "only the modes charge and discharge"),
        (Override("battery.mode", "auto", NOON + HOUR, to_percent=80.0), "only the modes charge and discharge"),
        (Override("battery.mode", "charge", NOON + HOUR, to_percent=101.0), "from 0 to 100 %"),
        (Override("battery.reserve_percent", 120.0, NOON + HOUR), "a number from 0 to 100 %"),
    ],
)
def test_a_state_of_charge_where_it_means_nothing_is_refused(wrong: Override, said: str) -> None:
    with pytest.raises(OverrideError, match=said):
        checked(wrong, state())


def test_of_several_batteries_one_must_be_named() -> None:
    snapshot = state()
    two = replace(
        snapshot, batteries={**snapshot.batteries, "attic": replace(snapshot.batteries["cellar"], name="attic")}
    )
    with pytest.raises(OverrideError, match="several batteries"):
        checked(Override("battery.reserve_percent", 30.0, NOON + HOUR), two)
    named = checked(Override("battery.attic.reserve_percent", 30.0, NOON + HOUR), two)
    (resting,) = still_active((replace(named, value=90.0),), two)
    assert apply(VERDICT, (resting,), two).limits["battery.attic.discharge_w"] == Limited(0.0, "override")
