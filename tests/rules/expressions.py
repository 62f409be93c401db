"""Random expressions that the type checker accepts, and random houses for them."""

from __future__ import annotations

from hypothesis import strategies as st

from optimizer.model.fields import CALLS, FIELDS, TABLE, DeviceNames, find_field
from optimizer.model.kinds import (
    BOOL,
    CLOCK,
    CURRENT,
    DISTANCE,
    DURATION,
    ENERGY,
    NUMBER,
    PERCENT,
    POWER,
    PRICE,
    TEMPERATURE,
    VOLTAGE,
    Kind,
)
from optimizer.rules.tools.places import SETTABLE

ASKED = ("pv.forecast_wh(today)", "surplus.forecast_wh(until 18:00)", "price.lowest(6h)", "price.spread(tomorrow)")
NUMERIC: dict[Kind, tuple[str, ...]] = {
    kind: (
        *(f.name for f in TABLE if f.kind is kind),
        *(name for name in ASKED if CALLS[name.split("(")[0]].kind is kind),
    )
    for kind in (POWER, PERCENT, CURRENT, ENERGY, PRICE, TEMPERATURE, VOLTAGE, NUMBER, DURATION, DISTANCE)
}
LITERALS = {
    POWER: ("300W", "1.4 kW", "0W", "-2kW"),
    PERCENT: ("60%", "0 %", "99.5%"),
    CURRENT: ("6A", "16 A", "500mA"),
    ENERGY: ("8kWh", "100Wh"),
    PRICE: ("22ct", "0ct"),
    TEMPERATURE: ("60°C", "0C", "-5 °C"),
    VOLTAGE: ("207V", "0V"),
    NUMBER: ("0", "1", "2.5"),
    DURATION: ("30min", "2h", "0s"),
    DISTANCE: ("80km", "50 mi", "0km"),
}
NO_DEVICES = DeviceNames()
CHEAPEST = "cheapest(3h, until 07:00)"
FLAGS = (*(f.name for f in TABLE if f.kind is BOOL), CHEAPEST)
SUMS = ("home.power_w", "surplus.power_w")
GIVEN = (CHEAPEST, *ASKED, *(name for name in SETTABLE if name in FIELDS and name not in SUMS))
SUN_AND_DATES = (
    "time.now between sunrise and 10:00",
    "time.now between sunset - 2h and sunrise + 90min",
    "time.now < sunset",
    "sunrise + 20h > 03:00",
    "date between 2025-06-01 and 2025-07-06",
    "time.date >= 2025-06-21",
    "date in [2025-06-21, 2025-12-24]",
)
VALUES = {
    POWER: ("0W", "300W", "-2kW", "1400W", "5.5kW"),
    PERCENT: ("0%", "60%", "100%"),
    CURRENT: ("0A", "6A", "16A"),
    ENERGY: ("0Wh", "8kWh"),
    PRICE: ("0ct", "22ct", "-3ct"),
    TEMPERATURE: ("0°C", "37.5°C", "-5°C"),
    VOLTAGE: ("0V", "231V"),
    NUMBER: ("0", "1", "3"),
    DURATION: ("0s", "90min", "11h"),
    DISTANCE: ("0km", "212.5km"),
    BOOL: ("true", "false"),
    CLOCK: ("00:00", "06:30", "19:00"),
}


@st.composite
def numbers(draw: st.DrawFn, kind: Kind, depth: int = 2) -> str:
    """An expression of a numeric kind."""
    choice = draw(st.integers(0, 9 if depth else 4))
    if choice <= 2:
        return draw(st.sampled_from(NUMERIC[kind]))
    if choice <= 4:
        return draw(st.sampled_from(LITERALS[kind]))
    left = draw(numbers(kind, depth - 1))
    if choice == 5:
        return f"({left} {draw(st.sampled_from('+-'))} {draw(numbers(kind, depth - 1))})"
    if choice == 6:
        return f"{draw(st.sampled_from(('min', 'max')))}({left}, {draw(numbers(kind, depth - 1))})"
    if choice == 7:
        return f"abs({left})"
    if choice == 8:
        return f"-{left}"
    return f"({left} {draw(st.sampled_from('*/'))} {draw(numbers(NUMBER, depth - 1))})"


@st.composite
def tests(draw: st.DrawFn) -> str:
    """One comparison or flag."""
    choice = draw(st.integers(0, 8))
    if choice == 0:
        return draw(st.sampled_from(FLAGS))
    if choice == 1:
        return f"ev.status {draw(st.sampled_from(('==', '!=', 'is', 'is not')))} charging"
    if choice == 2:
        return f"ev.status {draw(st.sampled_from(('in', 'not in')))} [connected, error]"
    if choice == 3:
        return draw(
            st.sampled_from(("time.weekday in [sat, sun]", "time.weekday between fri and mon", "time.month >= jun"))
        )
    if choice == 4:
        if draw(st.booleans()):
            return draw(st.sampled_from(SUN_AND_DATES))
        low, high = draw(
            st.sampled_from((("08:00", "20:00"), ("22:00", "06:00"), ("10:00", "12:00"), ("00:00", "24:00")))
        )
        return f"time.now between {low} and {high}"
    kind = draw(st.sampled_from(tuple(NUMERIC)))
    left = draw(numbers(kind))
    if choice == 5:
        return f"{left} between {draw(numbers(kind, 0))} and {draw(st.sampled_from(NUMERIC[kind]))}"
    return f"{left} {draw(st.sampled_from(('<', '<=', '>', '>=', '==', '!=')))} {draw(numbers(kind))}"


@st.composite
def conditions(draw: st.DrawFn, depth: int = 3) -> str:
    """A condition of some depth."""
    choice = draw(st.integers(0, 4)) if depth else 4
    if choice == 0:
        return f"not {draw(conditions(depth - 1))}"
    if choice <= 2:
        word = " and " if choice == 1 else " or "
        return "(" + word.join(draw(st.lists(conditions(depth - 1), min_size=2, max_size=3))) + ")"
    return draw(tests())


def _reading(name: str) -> str:
    """Fields of one reading share this: two of them may contradict each other, and such values are refused."""
    family, _, quantity = name.partition(".")
    if quantity in ("connected", "charging"):
        return "ev.status"
    return f"{family}.power_w" if quantity in ("import_w", "export_w", "charge_w", "discharge_w") else name


@st.composite
def givens(draw: st.DrawFn) -> dict[str, str]:
    """Values for some fields, as keyword arguments of scene.house."""
    found: dict[str, str] = {}
    for name in draw(st.lists(st.sampled_from(GIVEN), unique_by=_reading, max_size=len(GIVEN))):
        ref = find_field(name, NO_DEVICES)
        assert ref is not None
        field = ref.field
        words = tuple(field.kind.words) or VALUES[field.kind]
        words = tuple(word for word in words if field.low < 0.0 or not word.startswith("-"))
        if field.kind is NUMBER:
            words = tuple(word for word in words if field.low <= float(word) <= field.high)
        found[name.replace(".", "__")] = draw(st.sampled_from((*words, "missing")))
    return found
