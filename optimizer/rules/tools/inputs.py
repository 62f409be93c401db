"""Converts values of fields, as an owner writes them, into a State: for rule tests and for `explain --set`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from optimizer.model.calls import mistake_in
from optimizer.model.fields import FIELDS, DeviceNames, FieldRef, field_names, find_field
from optimizer.model.inputs import PREFIX
from optimizer.model.kinds import BOOL, Value
from optimizer.model.lookup import total
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.state import Battery, Ev, Grid, Pv, State, Switch
from optimizer.rules.language import typed
from optimizer.rules.language.errors import ExpressionError, did_you_mean, no_such_device, one_of
from optimizer.rules.language.parse import parse
from optimizer.rules.tools.places import NOT_GIVEN, SETTABLE, put_grid, put_pv
from optimizer.words.text import Text

MISSING = "missing"
"""The word for a reading that is unknown."""
STAND_INS = DeviceNames(evs=("car",), batteries=("battery",), pvs=("pv",), switches=("load",))
"""Devices of a house without known readings: one of each."""


def settable(name: str, names: DeviceNames) -> FieldRef:
    """The field that may be given as `name`. Raises ExpressionError."""
    ref = find_field(name, names)
    if ref is None:
        meant = no_such_device(name, FIELDS, names) or did_you_mean(name, field_names(names))
        raise ExpressionError(mistake_in(name) or Text("{name} is not known", name=name), 0, len(name), meant)
    if ref.field.name not in SETTABLE and not is_input(ref):
        hint = Text("the rules decide it") if name.endswith("mode") else Text("set the time with start: or --at")
        raise ExpressionError(Text("{name} cannot be given", name=name), 0, len(name), hint)
    return ref


def is_input(ref: FieldRef) -> bool:
    """Whether it is an input of the owner, such as `input.holiday`."""
    return ref.field.name.startswith(PREFIX)


def read_value(text: str, ref: FieldRef) -> Value | None:
    """`-3kW`, `60%`, `charging`, `true`; None for `missing`. Raises ExpressionError."""
    text = text.strip()
    kind = ref.field.kind
    if text == MISSING:
        return None
    if kind is BOOL:
        if text not in ("true", "false"):
            raise ExpressionError(
                Text("{text} is neither true nor false", text=text), 0, len(text), Text("write true, false or missing")
            )
        return text == "true"
    if kind.is_enum:
        if text not in kind.words:
            raise ExpressionError(
                Text("{text} is not {name}", text=text, name=kind.name),
                0,
                len(text),
                Text("write {words} or missing", words=one_of(kind.words)),
            )
        return kind.words[text]
    node = typed.value(parse(text), kind, DeviceNames())
    if node.op != "const":
        raise ExpressionError(Text("write a fixed value"), 0, len(text))
    if isinstance(node.value, int | float) and not ref.field.low <= node.value <= ref.field.high:
        raise ExpressionError(
            Text(
                "{name} must be {range_text}, not {value}",
                name=ref.name,
                range_text=ref.field.range_text,
                value=kind.show(node.value),
            ),
            0,
            len(text),
        )
    return node.value


def blank_state(names: DeviceNames, now: datetime, zone: ZoneInfo, mono_s: float) -> State:
    """A house without known readings."""
    return State(
        now=now,
        local=now.astimezone(zone),
        mono_s=mono_s,
        grid=Grid(power_w=NOT_GIVEN, dimmed=NOT_GIVEN, on_grid=NOT_GIVEN),
        pvs={name: Pv(name, power_w=NOT_GIVEN) for name in names.pvs},
        batteries={name: Battery(name, power_w=NOT_GIVEN, soc_percent=NOT_GIVEN) for name in names.batteries},
        evs={name: Ev(name, status=NOT_GIVEN, power_w=NOT_GIVEN) for name in names.evs},
        switches={name: Switch(name, on=NOT_GIVEN, power_w=NOT_GIVEN) for name in names.switches},
    )


def with_values(state: State, values: Mapping[FieldRef, Value | None]) -> State:
    """`state` with the given values measured now.

    `home.power_w` and `surplus.power_w` are sums: they determine grid or PV power, whichever is not given. Raises
    ExpressionError if this leaves a contradiction or a gap. Rules see exactly the given values.
    """
    given = {ref.field.name for ref in values}
    for name, puts in SETTABLE.items():
        for ref, value in values.items():
            if ref.field.name == name:
                reading = unknown(MISSING, state.mono_s) if value is None else known(value, state.mono_s)
                state = puts(state, ref.device, reading)
    for ref, value in values.items():
        if is_input(ref):
            own: Reading[Any] = unknown(MISSING, state.mono_s) if value is None else known(value, state.mono_s)
            state = replace(state, inputs={**state.inputs, ref.field.name.removeprefix(PREFIX): own})
    for ref, value in values.items():
        if value is not None and ref.field.name in ("home.power_w", "surplus.power_w"):
            state = _balanced(state, ref.field.name, float(value) if isinstance(value, int | float) else 0.0, given)
    _taken(state, values)
    return state


def _taken(state: State, values: Mapping[FieldRef, Value | None]) -> None:
    """Raises ExpressionError if rules would not see a given value, because another one contradicts it."""
    for ref, value in values.items():
        seen = ref.value(state)
        if value is None or seen == value or (seen is None and None in values.values()):
            continue
        numbers = isinstance(seen, int | float) and isinstance(value, int | float)
        if not numbers or abs(float(seen) - float(value)) > 1e-6 * max(1.0, abs(float(value))):  # type: ignore[arg-type]
            show = ref.field.kind.show
            given = Text("{name} is given as {value}", name=ref.name, value=show(value))
            if seen is None:
                hint = Text("give the whole or its parts, not both")
                raise ExpressionError(
                    Text("{given}, but stays unknown: {state}", given=given, state=ref.why(state)), 0, None, hint
                )
            raise ExpressionError(
                Text("{given}, but the other given values make it {seen}", given=given, seen=show(seen)),
                0,
                None,
                Text("remove one of them"),
            )


def _balanced(state: State, name: str, value: float, given: set[str]) -> State:
    """The grid power (or PV power, if the grid is given) that leads to the given sums."""
    battery_w = total(battery.power_w for battery in state.batteries.values())
    ev_w = total(ev.power_w for ev in state.evs.values())
    if battery_w is None or ev_w is None:
        silent = [f"battery.{one.name}.power_w" for one in state.batteries.values() if one.power_w.value is None]
        silent += [f"ev.{one.name}.power_w" for one in state.evs.values() if one.power_w.value is None]
        raise ExpressionError(Text("{name} also needs {names}", name=name, names=", ".join(silent)), 0)
    has_grid = bool(given & {"grid.power_w", "grid.import_w", "grid.export_w"})
    has_pv = "pv.power_w" in given
    if name == "surplus.power_w":
        if has_grid:
            raise ExpressionError(Text("surplus.power_w and the grid's power cannot both be given"), 0)
        return put_grid(1.0)(state, "", known(ev_w - battery_w - value, state.mono_s))
    if has_grid and has_pv:
        raise ExpressionError(Text("home.power_w, pv.power_w and the grid's power cannot all be given"), 0)
    if has_pv:
        pv_w = total(pv.power_w for pv in state.pvs.values())
        if pv_w is None:
            return state
        return put_grid(1.0)(state, "", known(value + ev_w - battery_w - pv_w, state.mono_s))
    grid_w = state.grid.power_w.value
    if grid_w is None:
        raise ExpressionError(Text("home.power_w also needs pv.power_w or grid.power_w"), 0)
    return put_pv("power_w")(state, "", known(value + ev_w - battery_w - grid_w, state.mono_s))
