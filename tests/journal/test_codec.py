import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.journal.codec import CodecError, decode, encode
from optimizer.model.decision import BatteryAction, BatteryOrder, Command, Decision, EvOrder
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.state import Commanded, Ev, EvStatus, Forecast, Prices, State, SunTimes
from tests.serve.house import report, state


def there_and_back(tp: Any, value: Any) -> Any:
    return decode(tp, json.loads(json.dumps(encode(tp, value))))


def same(a: Any, b: Any) -> None:
    """Equal down to types, zones and the sign of zero."""
    assert repr(a) == repr(b)
    assert a == b or "nan" in repr(a)


def test_a_state_comes_back_identical() -> None:
    metered = replace(state(), meters={"heatpump": known(900.0, 1000.0), "shed": unknown("no answer", 1000.0)})
    ahead = replace(
        state(),
        forecast=Forecast(pv_wh={"until 18:00": known(8000.0, 1.0), "today": unknown("not covered", 1.0)}),
        sun=SunTimes(rise_s=known(18_000.0, 0.0)),
        holiday=known(True, 0.0),
        prices=Prices(spread={"6h": known(12.5, 1.0)}),
    )
    for snapshot in (state(), state(grid_w=None, soc=None, mono_s=12345.678901), metered, ahead):
        again = there_and_back(State, snapshot)
        same(again, snapshot)
        assert again.local.tzinfo is snapshot.local.tzinfo


def test_a_field_is_read_under_its_former_name() -> None:
    ev = Ev("carport", commanded=Commanded(8.0, False, 3, 12.5))
    document = encode(Ev, ev)
    document["told"] = document.pop("commanded")
    same(decode(Ev, document), ev)


def test_a_decision_comes_back_identical() -> None:
    decision = report().decision
    same(there_and_back(Decision, decision), decision)


@pytest.mark.parametrize(
    "order",
    [
        EvOrder(6.1, 1),
        EvOrder(0.0, 3, 0, True),
        BatteryOrder(BatteryAction.POWER, -0.0),
        BatteryOrder(BatteryAction.AUTO),
    ],
)
def test_each_kind_of_order_in_a_command(order: Any) -> None:
    command = Command("x", order, 1.0, 2.0)
    same(there_and_back(Command, command), command)


values = st.one_of(st.none(), st.floats(), st.integers(-(2**60), 2**60))


@given(value=values, at_s=st.floats(), why=st.text(max_size=20))
def test_readings(value: Any, at_s: float, why: str) -> None:
    same(there_and_back(Reading[float], Reading(value, at_s, why)), Reading(value, at_s, why))


def test_a_reading_of_an_enum_and_of_a_truth() -> None:
    same(there_and_back(Reading[EvStatus], Reading(EvStatus.ERROR, 1.0)), Reading(EvStatus.ERROR, 1.0))
    same(there_and_back(Reading[bool], Reading(False, 1.0)), Reading(False, 1.0))


class Shade(Enum):
    LIGHT = "light"
    DARK = "dark"


class Pair(NamedTuple):
    left: float = -math.inf
    right: tuple[Shade, ...] = (Shade.LIGHT,)


@dataclass(frozen=True)
class Rich:
    pairs: Mapping[str, Pair]
    keyed: Mapping[int, tuple[str, float]]
    names: frozenset[str] = frozenset()
    either: Pair | Shade | float | None = None
    child: "Rich | None" = None
    at: datetime | None = None
    flag: bool = False
    zero: float = 0.0


@pytest.mark.parametrize(
    "value",
    [
        Rich({}, {}),
        Rich({"a": Pair(), "b": Pair(1.0, ())}, {3: ("x", 0.1)}, frozenset({"q"})),
        Rich({}, {}, either=Pair(2.0), child=Rich({}, {}, either=Shade.DARK)),
        Rich({}, {}, either=math.inf, flag=True, zero=-0.0),
        Rich({}, {}, either=7, at=datetime(2025, 1, 1, 0, 0, 0, 5, tzinfo=UTC)),
        Rich({}, {}, at=datetime(2025, 10, 26, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1)),
    ],
)
def test_everything_that_a_memory_may_be_made_of(value: Rich) -> None:
    same(there_and_back(Rich, value), value)


def test_a_set_comes_back_equal_in_whatever_order_it_is_shown() -> None:
    value = frozenset({"q", "p"})
    assert there_and_back(frozenset[str], value) == value


def test_what_cannot_be_recorded_is_said() -> None:
    with pytest.raises(CodecError, match="no way to record"):
        encode(complex, 1j)
    zone = timezone(timedelta(hours=2))
    with pytest.raises(CodecError, match="UTC or a named zone"):
        encode(datetime, datetime(2025, 1, 1, tzinfo=zone))


@pytest.mark.parametrize("document", [None, 3, {"now": 1}, {"kind": "?"}, []])
def test_what_is_not_a_record_is_said(document: Any) -> None:
    with pytest.raises(CodecError, match="not a recorded State"):
        decode(State, document)
