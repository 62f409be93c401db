"""Converts values of fields, as an owner writes them, into a State: for rule tests and for `explain --set`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from optimizer.model.calls import EXTREMES, FORECASTS, mistake_in
from optimizer.model.faults import NONE
from optimizer.model.fields import FIELDS, DeviceNames, FieldRef, field_names, find_field
from optimizer.model.house_fields import CHEAPEST
from optimizer.model.inputs import PREFIX
from optimizer.model.kinds import BOOL, Value
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.state import Battery, CarSchedule, Ev, EvGoal, EvStatus, Grid, Pv, State, Switch
from optimizer.rules.language import typed
from optimizer.rules.language.errors import ExpressionError, did_you_mean, no_such_device, one_of
from optimizer.rules.language.parse import parse
from optimizer.words.text import Text

MISSING = "missing"
"""The word for a reading that is unknown."""
NOT_GIVEN: Reading[Any] = unknown(Text("not given"))
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
    battery_w = _total([battery.power_w for battery in state.batteries.values()])
    ev_w = _total([ev.power_w for ev in state.evs.values()])
    if battery_w is None or ev_w is None:
        silent = [f"battery.{one.name}.power_w" for one in state.batteries.values() if one.power_w.value is None]
        silent += [f"ev.{one.name}.power_w" for one in state.evs.values() if one.power_w.value is None]
        raise ExpressionError(Text("{name} also needs {names}", name=name, names=", ".join(silent)), 0)
    has_grid = bool(given & {"grid.power_w", "grid.import_w", "grid.export_w"})
    has_pv = "pv.power_w" in given
    if name == "surplus.power_w":
        if has_grid:
            raise ExpressionError(Text("surplus.power_w and the grid's power cannot both be given"), 0)
        return _put_grid(1.0)(state, "", known(ev_w - battery_w - value, state.mono_s))
    if has_grid and has_pv:
        raise ExpressionError(Text("home.power_w, pv.power_w and the grid's power cannot all be given"), 0)
    if has_pv:
        pv_w = _total([pv.power_w for pv in state.pvs.values()])
        if pv_w is None:
            return state
        return _put_grid(1.0)(state, "", known(value + ev_w - battery_w - pv_w, state.mono_s))
    grid_w = state.grid.power_w.value
    if grid_w is None:
        raise ExpressionError(Text("home.power_w also needs pv.power_w or grid.power_w"), 0)
    return _put_pv("power_w")(state, "", known(value + ev_w - battery_w - grid_w, state.mono_s))


def _total(readings: list[Reading[float]]) -> float | None:
    values = [reading.value for reading in readings]
    return None if None in values else sum(value for value in values if value is not None)


# --- the place of each field in a State ---------------------------------------------------------------------------

Put = Callable[[State, str, Reading[Any]], State]


def _one(quantity: str, reading: Reading[Any]) -> dict[str, Any]:
    return {quantity: reading}


def _scaled(reading: Reading[Any], factor: float) -> Reading[Any]:
    return reading if reading.value is None else known(reading.value * factor, reading.at_s)


def _put_grid(sign: float) -> Put:
    def put(state: State, _: str, reading: Reading[Any]) -> State:
        return replace(state, grid=replace(state.grid, power_w=_scaled(reading, sign)))

    return put


def _put_grid_flag(quantity: str) -> Put:
    def put(state: State, _: str, reading: Reading[Any]) -> State:
        return replace(state, grid=replace(state.grid, **_one(quantity, reading)))

    return put


def _put_pv(quantity: str) -> Put:
    def put(state: State, device: str, reading: Reading[Any]) -> State:
        pvs = dict(state.pvs) or {"pv": Pv("pv")}
        chosen = [device] if device else list(pvs)
        for name in chosen:
            pvs[name] = replace(pvs[name], **_one(quantity, _scaled(reading, 1.0 / len(chosen))))
        return replace(state, pvs=pvs)

    return put


def _put_battery(quantity: str, sign: float = 1.0, *, shared: bool = False) -> Put:
    def put(state: State, device: str, reading: Reading[Any]) -> State:
        batteries = dict(state.batteries) or {"battery": Battery("battery")}
        chosen = [device] if device else list(batteries)
        factor = sign / len(chosen) if shared else sign
        for name in chosen:
            batteries[name] = replace(batteries[name], **_one(quantity, _scaled(reading, factor)))
        return replace(state, batteries=batteries)

    return put


def _put_ev(change: Callable[[Ev, Reading[Any]], Ev]) -> Put:
    def put(state: State, device: str, reading: Reading[Any]) -> State:
        evs = dict(state.evs) or {"": Ev("ev")}
        name = device or next(iter(evs))
        evs[name] = change(evs[name], reading)
        return replace(state, evs=evs)

    return put


def _put_switch(quantity: str) -> Put:
    def put(state: State, device: str, reading: Reading[Any]) -> State:
        switches = dict(state.switches) or {"": Switch("load")}
        name = device or next(iter(switches))
        switches[name] = replace(switches[name], **_one(quantity, reading))
        return replace(state, switches=switches)

    return put


def _ev_quantity(quantity: str) -> Put:
    return _put_ev(lambda ev, reading: replace(ev, **_one(quantity, reading)))


def _connected(ev: Ev, reading: Reading[Any]) -> Ev:
    if reading.value is None:
        return replace(ev, status=reading)
    status = EvStatus.CONNECTED if reading.value else EvStatus.DISCONNECTED
    return replace(ev, status=known(status, reading.at_s))


def _charging(ev: Ev, reading: Reading[Any]) -> Ev:
    if reading.value is None:
        return replace(ev, status=reading)
    if not reading.value and ev.status.value is EvStatus.DISCONNECTED:
        return ev
    return replace(ev, status=known(EvStatus.CHARGING if reading.value else EvStatus.CONNECTED, reading.at_s))


def _current(ev: Ev, reading: Reading[Any]) -> Ev:
    paused: Reading[Any] = reading if reading.value is None else known(reading.value == 0.0, reading.at_s)
    return replace(ev, offered_a=reading, paused=paused)


def _phases(ev: Ev, reading: Reading[Any]) -> Ev:
    return replace(ev, phases=reading if reading.value is None else known(int(reading.value), reading.at_s))


def _condition(quantity: str) -> Put:
    def change(ev: Ev, reading: Reading[Any]) -> Ev:
        return replace(ev, condition=replace(ev.condition, **_one(quantity, reading)))

    return _put_ev(change)


def _condition_item(quantity: str, number: int) -> Put:
    """Set one of several readings. The ones before it are unknown until they are given."""

    def change(ev: Ev, reading: Reading[Any]) -> Ev:
        readings = list(getattr(ev.condition, quantity))
        readings += [NOT_GIVEN] * (number - len(readings))
        readings[number - 1] = reading
        changes: dict[str, Any] = {quantity: tuple(readings)}
        return replace(ev, condition=replace(ev.condition, **changes))

    return _put_ev(change)


def _relay_phases(ev: Ev, reading: Reading[Any]) -> Ev:
    """The given number of phases with N, as a charger connects them."""
    if reading.value is None:
        return replace(ev, condition=replace(ev.condition, relays=reading))
    conductors = ("N", "L1", "L2", "L3")[: 1 + int(reading.value)]
    relays = ", ".join(conductors) if reading.value else NONE
    return replace(ev, condition=replace(ev.condition, relays=known(relays, reading.at_s)))


def _put_goal(quantity: str) -> Put:
    def put(state: State, device: str, reading: Reading[Any]) -> State:
        name = device or next(iter(state.evs), "ev")
        goal = replace(state.goals.get(name, EvGoal()), **_one(quantity, reading))
        return replace(state, goals={**state.goals, name: goal})

    return put


def _departure(state: State, device: str, reading: Reading[Any]) -> State:
    """The instant of the departure. Rules read the time until then."""
    if reading.value is not None:
        reading = known(state.now.timestamp() + reading.value, reading.at_s)
    return _put_goal("ready_s")(state, device, reading)


def _put_car_schedule(quantity: str) -> Put:
    def put(state: State, device: str, reading: Reading[Any]) -> State:
        name = device or next(iter(state.evs), "ev")
        car = replace(state.schedule.cars.get(name, CarSchedule()), **_one(quantity, reading))
        return replace(state, schedule=replace(state.schedule, cars={**state.schedule.cars, name: car}))

    return put


def _ready(state: State, device: str, reading: Reading[Any]) -> State:
    """The instant at which the goal is reached. Rules read the time until then."""
    if reading.value is not None:
        reading = known(state.now.timestamp() + reading.value, reading.at_s)
    return _put_car_schedule("ready_s")(state, device, reading)


def _put_battery_schedule(quantity: str) -> Put:
    def put(state: State, _: str, reading: Reading[Any]) -> State:
        battery = replace(state.schedule.battery, **_one(quantity, reading))
        return replace(state, schedule=replace(state.schedule, battery=battery))

    return put


def _put_price(quantity: str) -> Put:
    def put(state: State, _: str, reading: Reading[Any]) -> State:
        return replace(state, prices=replace(state.prices, **_one(quantity, reading)))

    return put


def _put_cheapest(state: State, window: str, reading: Reading[Any]) -> State:
    return replace(state, prices=replace(state.prices, cheapest={**state.prices.cheapest, window: reading}))


def _put_span(part: str, quantity: str) -> Put:
    """A value of a time from now on, in the mapping `quantity` of a part of the State."""

    def put(state: State, span: str, reading: Reading[Any]) -> State:
        if not span:
            return _put_price(f"{quantity}_ct")(state, span, reading)
        found = getattr(state, part)
        changed = replace(found, **{quantity: {**getattr(found, quantity), span: reading}})
        return replace(state, **_part(part, changed))

    return put


def _part(name: str, part: object) -> dict[str, Any]:
    return {name: part}


def _put_sun(quantity: str) -> Put:
    def put(state: State, _: str, reading: Reading[Any]) -> State:
        return replace(state, sun=replace(state.sun, **_one(quantity, reading)))

    return put


def _put_holiday(state: State, _: str, reading: Reading[Any]) -> State:
    return replace(state, holiday=reading)


def _later(state: State, _device: str, _reading: Reading[Any]) -> State:
    """Sums are set last, after their parts."""
    return state


SETTABLE: Mapping[str, Put] = {
    "grid.power_w": _put_grid(1.0),
    "grid.import_w": _put_grid(1.0),
    "grid.export_w": _put_grid(-1.0),
    "grid.dimmed": _put_grid_flag("dimmed"),
    "grid.on_grid": _put_grid_flag("on_grid"),
    "pv.power_w": _put_pv("power_w"),
    "pv.energy_day_wh": _put_pv("energy_day_wh"),
    "battery.soc": _put_battery("soc_percent"),
    "battery.reserve_soc": _put_battery("reserve_soc_percent"),
    "battery.power_w": _put_battery("power_w", shared=True),
    "battery.charge_w": _put_battery("power_w", -1.0, shared=True),
    "battery.discharge_w": _put_battery("power_w", shared=True),
    "battery.capacity_wh": _put_battery("capacity_wh", shared=True),
    "ev.connected": _put_ev(_connected),
    "ev.charging": _put_ev(_charging),
    "ev.status": _ev_quantity("status"),
    "ev.power_w": _ev_quantity("power_w"),
    "ev.current_a": _put_ev(_current),
    "ev.phases": _put_ev(_phases),
    "ev.session_energy_wh": _ev_quantity("session_energy_wh"),
    "ev.energy_limit_wh": _ev_quantity("energy_limit_wh"),
    "ev.error": _condition("error"),
    "ev.warning": _condition("warning"),
    "ev.rcd": _condition("rcd"),
    "ev.housing_temp": _condition("housing_temp_c"),
    **{f"ev.connector_l{line}_temp": _condition_item("connector_temp_c", line) for line in (1, 2, 3)},
    **{f"ev.plug_{pin}_temp": _condition_item("plug_temp_c", pin) for pin in (1, 2)},
    **{f"ev.voltage_l{line}_v": _condition_item("voltage_v", line) for line in (1, 2, 3)},
    "ev.neutral_current_a": _condition("neutral_current_a"),
    "ev.relay_phases": _put_ev(_relay_phases),
    "ev.signal_dbm": _condition("signal_dbm"),
    "ev.vehicle": _put_ev(lambda ev, reading: replace(ev, vehicle=reading.value or "")),
    "ev.soc": _ev_quantity("soc_percent"),
    "ev.soc_estimated": _ev_quantity("soc_estimated"),
    "ev.limit_soc": _ev_quantity("limit_soc_percent"),
    "ev.range_km": _ev_quantity("range_km"),
    "ev.capacity_wh": _ev_quantity("capacity_wh"),
    "ev.departure_in": _departure,
    "ev.target_soc": _put_goal("target_soc_percent"),
    "ev.target_energy_wh": _put_goal("target_energy_wh"),
    "ev.needs_wh": _put_goal("needs_wh"),
    "ev.overdue": _put_goal("overdue"),
    **{f"switch.{name}": _put_switch(name) for name in ("on", "power_w", "energy_total_wh")},
    **{
        f"schedule.ev.{name}": _put_car_schedule(name)
        for name in ("mode", "power_w", "phases", "worth_ct", "grid_share", "lacks_wh")
    },
    "schedule.ev.ready_in": _ready,
    **{
        f"schedule.battery.{name}": _put_battery_schedule(name)
        for name in ("mode", "planned", "power_w", "worth_ct", "first")
    },
    "price.import_ct": _put_price("import_ct"),
    "price.feed_in_ct": _put_price("feed_in_ct"),
    "price.alternative_ct": _put_price("alternative_ct"),
    "price.market_ct": _put_price("market_ct"),
    "price.rank": _put_price("rank_percent"),
    **{f"price.{name}_ct": _put_price(f"{name}_ct") for name in ("lowest", "highest", "mean")},
    **{f"price.rank_{hours}h": _put_price(f"rank_{hours}h_percent") for hours in (6, 12, 24)},
    **{f"price.lowest_{hours}h_ct": _put_price(f"lowest_{hours}h_ct") for hours in (6, 12, 24)},
    CHEAPEST.name: _put_cheapest,
    **{name: _put_span("prices", name.partition(".")[2]) for name in EXTREMES},
    **{name: _put_span("forecast", name.replace(".forecast_", "_")) for name in FORECASTS},
    "time.sunrise": _put_sun("rise_s"),
    "time.sunset": _put_sun("set_s"),
    "time.holiday": _put_holiday,
    "home.power_w": _later,
    "surplus.power_w": _later,
}
"""Every field that can be given, in the order of setting."""
