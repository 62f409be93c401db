from __future__ import annotations

from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st

from optimizer.control.judge.sun_ahead import KEPT_S, NO_SUN_AHEAD, SunAhead, seen, without_home
from optimizer.control.judge.views import LONGEST_S, MOMENTS, STEP_S
from tests.control.judge.house_under_test import Meter, Story, Watts, run
from tests.control.judge.strategies import FEW

TICK_S, HOME_W = 5, 500.0


def clouds(seed: int, seconds: int, peak_w: float = 8000.0) -> list[float]:
    """A sun by second that clouds of half a minute to some minutes cover, each with an edge of some seconds."""
    chance, sun_w, goal_w, left_s = Random(seed), peak_w, peak_w, 0
    powers_w = []
    for _ in range(seconds):
        if left_s == 0:
            goal_w, left_s = peak_w * chance.uniform(0.2, 1.0), chance.randint(20, 200)
        left_s -= 1
        sun_w += (goal_w - sun_w) / 8.0
        powers_w.append(sun_w)
    return powers_w


def watched(
    seed: int, meter_s: int, pv_s: int, seconds: int = 1800, *, mean_s: int = 1, hold_s: int = 1
) -> tuple[SunAhead, list[float]]:
    """The memory after half an hour with a meter and PV that are late by so much, and the errors of the home, W. The
    car follows the sun of half a minute before. The meter shows the average of `mean_s`, and holds it for `hold_s`."""
    sun_w, chance, memory, errors_w = clouds(seed, seconds), Random(seed), NO_SUN_AHEAD, []
    car_w = [max(0.0, sun_w[max(0, second - 30 - second % 10)] - HOME_W) for second in range(seconds)]
    home_w = [HOME_W + chance.uniform(-20.0, 20.0) for _ in range(seconds)]
    for second in range(0, seconds, TICK_S):
        then, shown = max(0, second - second % hold_s - meter_s), max(0, second - pv_s)
        times = range(max(0, then - mean_s + 1), then + 1)
        grid_w = sum(home_w[each] + car_w[each] - sun_w[each] for each in times) / len(times)
        memory = seen(memory, float(second), car_w[second], sun_w[shown], grid_w)
        if memory.home_w is not None:
            errors_w.append(memory.home_w - HOME_W)
    return memory, errors_w


@given(st.integers(2, 9), st.sampled_from([0, 1, 2, None]), st.integers(0, 10_000))
def test_the_home_is_known_though_the_meter_is_late(steps: int, pv_steps: int | None, seed: int) -> None:
    """PV is prompt, a little late, or as late as the meter. The difference is found out."""
    meter_s = steps * STEP_S
    pv_s = meter_s if pv_steps is None else pv_steps * STEP_S
    assume(pv_s < meter_s or pv_steps is None)
    _, errors_w = watched(seed, meter_s, pv_s)
    assert len(errors_w) > 100
    assert sorted(map(abs, errors_w))[int(0.9 * len(errors_w))] < 250.0


@given(st.integers(15, 60), st.integers(0, 10_000))
def test_the_home_is_known_though_the_meter_averages(mean_s: int, seed: int) -> None:
    memory, errors_w = watched(seed, 0, 0, mean_s=mean_s)
    assert len(errors_w) > 100
    assert sorted(map(abs, errors_w))[int(0.9 * len(errors_w))] < 400.0
    assert memory.best >= len(MOMENTS) or mean_s < 20


@given(st.sampled_from([15, 20, 30, 60]), st.sampled_from([1, 30, 60]), st.integers(0, 10_000))
def test_the_home_is_known_though_the_meter_holds_each_value(hold_s: int, mean_s: int, seed: int) -> None:
    """Only a new value is compared. Until the next one, the home is the same."""
    _, errors_w = watched(seed, 0, 0, 3600, mean_s=mean_s, hold_s=hold_s)
    assert len(errors_w) > 100
    assert sorted(map(abs, errors_w))[int(0.9 * len(errors_w))] < 400.0


@given(st.integers(0, 10_000))
def test_a_battery_that_keeps_the_meter_at_zero_does_not_make_it_look_like_an_average(seed: int) -> None:
    """The battery follows a moment later, so each edge of a cloud shows a little. An average of that is calm too."""
    sun_w, chance, memory = clouds(seed, 3600), Random(seed), NO_SUN_AHEAD
    for second in range(0, 3600, TICK_S):
        fed_w = HOME_W + 3000.0 + 0.3 * (sun_w[second] - sun_w[max(0, second - 4)])
        memory = seen(memory, float(second), 3000.0, fed_w, chance.uniform(-20.0, 20.0))
        assert memory.best < len(MOMENTS)


def test_a_value_that_stays_for_too_long_tells_nothing_more() -> None:
    memory, _ = watched(3, 20, 0)
    assert memory.home_w is not None
    (*_, last), value_s = memory.course, memory.value_s
    for tick in range(1, 30):
        before_w = memory.home_w
        memory = seen(memory, last.at_s + TICK_S * tick, last.drawn_w, last.fed_w, last.shown_w)
        kept = last.at_s + TICK_S * tick - value_s <= KEPT_S
        assert memory.home_w == (before_w if kept else None)
        assert (memory.best >= 0) == kept


@given(st.integers(0, 10_000))
def test_a_prompt_meter_is_not_corrected(seed: int) -> None:
    _, errors_w = watched(seed, 0, 0)
    assert not errors_w


@given(st.integers(0, 10_000))
def test_without_moves_nothing_is_known(seed: int) -> None:
    memory, chance = NO_SUN_AHEAD, Random(seed)
    for second in range(0, 3600, TICK_S):
        memory = seen(memory, float(second), 3000.0, 4000.0, -500.0 + chance.uniform(-30.0, 30.0))
        assert memory.home_w is None


@given(st.lists(st.floats(0.5, 40.0), min_size=1, max_size=300))
def test_the_memory_is_bounded(gaps_s: list[float]) -> None:
    memory, at_s = NO_SUN_AHEAD, 0.0
    for gap_s in gaps_s:
        at_s += gap_s
        memory = seen(memory, at_s, 0.0, 0.0, 500.0)
        assert seen(memory, at_s, 1.0, 1.0, 1.0) is memory
        assert all(after.at_s > at_s - LONGEST_S for after in memory.course[2:])
        assert all(w2 == 0.0 for w2 in memory.changes_w2)


def test_while_a_car_is_not_sure_the_home_is_not_known_and_known_again_after_it() -> None:
    sun_w, memory, known = clouds(3, 2400), NO_SUN_AHEAD, {}
    for second in range(0, 2400, TICK_S):
        grid_w = HOME_W - sun_w[max(0, second - 20)]
        memory = seen(memory, float(second), 0.0, sun_w[second], grid_w, sure=not 1500 <= second < 1560)
        known[second] = memory.home_w is not None
    assert known[1495]
    assert not any(known[second] for second in range(1500, 1560, TICK_S))
    assert known[1570]


def test_while_pv_is_not_known_nothing_is_forgotten() -> None:
    sun_w, memory = clouds(3, 1600), NO_SUN_AHEAD
    for second in range(0, 1600, TICK_S):
        if 1500 <= second < 1510:
            memory = without_home(memory)
            assert memory.home_w is None
            assert without_home(memory) is memory
        else:
            memory = seen(memory, float(second), 0.0, sun_w[second], HOME_W - sun_w[max(0, second - 20)])
        if second == 1495 or second > 1515:
            assert memory.home_w is not None


def story(sun_w: Watts, meter: Meter, pv_late_s: int, seed: int, *, pv_metered: bool = False) -> Story:
    return run(sun_w, 5400, meter=meter, pv_late_s=pv_late_s, pv_metered=pv_metered, seed=seed)


@FEW
@given(st.integers(10, 50), st.sampled_from([0, 5, None]), st.integers(0, 10_000))
def test_a_car_follows_a_broken_sky_though_the_meter_is_late(delay_s: int, pv_late_s: int | None, seed: int) -> None:
    """Nearly as with a prompt meter. The first minutes are needed to learn the delay. If PV is as late as the meter,
    each edge of a cloud is seen late."""
    powers_w = clouds(seed, 5400, 9000.0)

    def sun_w(second: int) -> float:
        return powers_w[second]

    together = pv_late_s is None
    late = story(sun_w, Meter(delay_s=delay_s), delay_s if pv_late_s is None else pv_late_s, seed)
    prompt = story(sun_w, Meter(), 0, seed)
    assert late.energy_kwh() > 0.8 * prompt.energy_kwh()
    assert late.starts() <= prompt.starts() + (5 if together else 2)
    assert late.imported_kwh() < (2.5 if together else 1.6) * prompt.imported_kwh() + 0.3


@FEW
@given(st.sampled_from([(30, 1), (60, 1), (1, 30), (30, 30), (60, 60)]), st.booleans(), st.integers(0, 10_000))
def test_a_car_follows_a_broken_sky_though_the_meter_averages_or_holds(
    kind: tuple[int, int], together: bool, seed: int
) -> None:
    """Nearly as with a prompt meter, once the service knows what the meter shows. If the same device reports PV, each
    edge of a cloud is seen late."""
    powers_w, (window_s, renew_s) = clouds(seed, 5400, 9000.0), kind

    def sun_w(second: int) -> float:
        return powers_w[second]

    late = story(sun_w, Meter(window_s=window_s, renew_s=renew_s), 0, seed, pv_metered=together)
    prompt = story(sun_w, Meter(), 0, seed)
    assert late.energy_kwh() > 0.8 * prompt.energy_kwh()
    assert late.starts() <= prompt.starts() + (5 if together else 3)
    assert late.imported_kwh() < (2.5 if together else 1.6) * prompt.imported_kwh() + 0.3
