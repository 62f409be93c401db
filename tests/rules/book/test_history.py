"""Functions over time against their definition, in bounded memory."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from optimizer.rules.book.history import BUCKETS, EMPTY_HISTORY, History, remember, result
from optimizer.rules.language.emit import Average

LENGTH_S = 300.0
AVG, HIGH, LOW = (Average(op, op, LENGTH_S) for op in ("avg", "max_over", "min_over"))
CHANGED = Average("changed", "changed_within", LENGTH_S)


def feed(average: Average, values: Sequence[float | None], step_s: float) -> History:
    history = EMPTY_HISTORY
    for index, value in enumerate(values):
        history = remember(average, history, value, index * step_s)
    return history


@given(st.lists(st.floats(-5000, 5000), min_size=80, max_size=200), st.sampled_from((5.0, 10.0)))
def test_results_are_those_of_the_window(values: list[float], step_s: float) -> None:
    now_s = (len(values) - 1) * step_s
    inside = int(LENGTH_S / step_s)
    window = values[-inside - 1 : -1]
    got = result(AVG, feed(AVG, values, step_s), now_s)
    assert isinstance(got, float)
    slack = (max(values) - min(values)) * 3 / inside  # the oldest bucket is in or out as a whole
    assert abs(got - sum(window) / len(window)) <= slack + 1e-6
    for average, pick in ((HIGH, max), (LOW, min)):
        found = result(average, feed(average, values, step_s), now_s)
        longer = values[-inside - 3 :]
        assert found in (pick(longer), pick(longer[1:]), pick(longer[2:]), pick(longer[3:]))


def test_memory_is_bounded() -> None:
    history = EMPTY_HISTORY
    for second in range(20_000):
        history = remember(AVG, history, float(second), float(second))
        assert len(history.closed) <= BUCKETS + 1


def test_little_that_is_known_is_not_enough() -> None:
    assert result(AVG, feed(AVG, [1.0] * 15, 10.0), 140.0) is None
    assert result(AVG, feed(AVG, [1.0] * 16, 10.0), 150.0) == 1.0
    assert result(AVG, feed(AVG, [1.0] * 16 + [None] * 20, 10.0), 350.0) is None
    assert result(AVG, EMPTY_HISTORY, 0.0) is None


def test_a_value_does_not_hold_for_ever() -> None:
    history = remember(AVG, feed(AVG, [1.0], 10.0), 1.0, 10_000.0)
    assert result(AVG, history, 10_000.0) is None


def test_changed_within() -> None:
    history = feed(CHANGED, [1.0, 1.0, None, 2.0, None], 10.0)
    assert result(CHANGED, history, 40.0) is True
    assert result(CHANGED, history, 30.0 + LENGTH_S) is True
    assert result(CHANGED, history, 31.0 + LENGTH_S) is False
    assert result(CHANGED, feed(CHANGED, [None], 10.0), 0.0) is None
    assert result(CHANGED, feed(CHANGED, [None, 5.0], 10.0), 10.0) is False
