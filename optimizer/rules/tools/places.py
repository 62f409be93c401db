"""The place of each field in a State: where a value goes that is given for a rule test or by `explain --set`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from optimizer.model.calls import EXTREMES, FORECASTS
from optimizer.model.faults import NONE
from optimizer.model.house_fields import CHEAPEST
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.state import Battery, CarSchedule, Ev, EvGoal, EvStatus, Pv, State, Switch
from optimizer.words.text import Text

NOT_GIVEN: Reading[Any] = unknown(Text("not given"))
Put = Callable[[State, str, Reading[Any]], State]
"""Puts a reading of a device, or of the house (""), into a State."""


def _one(quantity: str, reading: Reading[Any]) -> dict[str, Any]:
    return {quantity: reading}


def _scaled(reading: Reading[Any], factor: float) -> Reading[Any]:
    return reading if reading.value is None else known(reading.value * factor, reading.at_s)


def put_grid(sign: float) -> Put:
    """Put a power of the grid. `sign` is −1 for export."""

    def put(state: State, _: str, reading: Reading[Any]) -> State:
        return replace(state, grid=replace(state.grid, power_w=_scaled(reading, sign)))

    return put


def _put_grid_flag(quantity: str) -> Put:
    def put(state: State, _: str, reading: Reading[Any]) -> State:
        return replace(state, grid=replace(state.grid, **_one(quantity, reading)))

    return put


def put_pv(quantity: str) -> Put:
    """Put a quantity of PV. A sum is divided among all systems."""

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
    "grid.power_w": put_grid(1.0),
    "grid.import_w": put_grid(1.0),
    "grid.export_w": put_grid(-1.0),
    "grid.dimmed": _put_grid_flag("dimmed"),
    "grid.on_grid": _put_grid_flag("on_grid"),
    "pv.power_w": put_pv("power_w"),
    "pv.energy_day_wh": put_pv("energy_day_wh"),
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
