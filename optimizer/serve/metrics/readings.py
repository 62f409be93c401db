"""The samples of readings: what the devices and the inputs report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from optimizer.model.condition import ChargerCondition
from optimizer.model.reading import Reading
from optimizer.model.state import Battery, Ev, EvStatus, State
from optimizer.serve.energy import home_power
from optimizer.serve.metrics.sample import J_PER_WH, Sample, given


def reading_samples(state: State, now_s: float) -> Iterator[Sample]:
    """All samples of readings at monotonic `now_s`."""
    grid = state.grid
    yield from given("grid_power_watts", grid.power_w.value)
    for phase, current in enumerate(grid.phase_current_a, 1):
        yield from given("grid_phase_current_amperes", current.value, str(phase))
    yield from given("grid_dimmed", grid.dimmed.value)
    yield from given("grid_on_grid", grid.on_grid.value)
    yield from _age("grid", "power_w", grid.power_w, now_s)
    for name, pv in state.pvs.items():
        yield from given("pv_power_watts", pv.power_w.value, name)
        yield from given("pv_energy_joules_total", pv.energy_total_wh.value, name, factor=J_PER_WH)
        yield from _age(f"pv.{name}", "power_w", pv.power_w, now_s)
    for battery in state.batteries.values():
        yield from _battery_readings(battery, now_s)
    for ev in state.evs.values():
        yield from _ev_readings(ev, now_s)
    for switch in state.switches.values():
        yield from given("switch_on", switch.on.value, switch.name)
        yield from given("switch_power_watts", switch.power_w.value, switch.name)
        yield from given("switch_energy_joules_total", switch.energy_total_wh.value, switch.name, factor=J_PER_WH)
        yield from _age(f"switch.{switch.name}", "on", switch.on, now_s)
    yield from _inputs(state, now_s)
    yield from given("home_power_watts", home_power(state).value)


def _inputs(state: State, now_s: float) -> Iterator[Sample]:
    for name, reading in state.inputs.items():
        if isinstance(reading.value, str):
            yield Sample("input_choice", (name, reading.value), 1.0)
        elif reading.value is not None:
            yield Sample("input_value", (name,), float(reading.value))
        yield from _age(f"input.{name}", "value", reading, now_s)


def _battery_readings(battery: Battery, now_s: float) -> Iterator[Sample]:
    name = battery.name
    yield from given("battery_power_watts", battery.power_w.value, name)
    yield from given("battery_soc_ratio", battery.soc_percent.value, name, factor=0.01)
    yield from given("battery_capacity_joules", battery.capacity_wh.value, name, factor=J_PER_WH)
    yield from given("battery_max_charge_watts", battery.max_charge_w.value, name)
    yield from given("battery_max_discharge_watts", battery.max_discharge_w.value, name)
    yield from given("battery_reserve_soc_ratio", battery.reserve_soc_percent.value, name, factor=0.01)
    yield from given("battery_external_control", battery.manual.value, name)
    yield from given("battery_observed_watts", battery.setpoint_w.value, name)
    yield from _age(f"battery.{name}", "power_w", battery.power_w, now_s)
    yield from _age(f"battery.{name}", "soc_percent", battery.soc_percent, now_s)


def _ev_readings(ev: Ev, now_s: float) -> Iterator[Sample]:
    name = ev.name
    if ev.status.value is not None:
        for status in EvStatus:
            yield Sample("ev_status", (name, status.value), float(status is ev.status.value))
    yield from given("ev_power_watts", ev.power_w.value, name)
    for phase, current in enumerate(ev.phase_current_a, 1):
        yield from given("ev_phase_current_amperes", current.value, name, str(phase))
    yield from given("ev_signalled_amperes", ev.signalled_a.value, name)
    yield from given("ev_rated_amperes", ev.rated_a.value, name)
    yield from given("ev_soc_ratio", ev.soc_percent.value, name, factor=0.01)
    yield from given("ev_soc_estimated", ev.soc_estimated.value, name)
    yield from given("ev_limit_soc_ratio", ev.limit_soc_percent.value, name, factor=0.01)
    yield from given("ev_range_meters", ev.range_km.value, name, factor=1000.0)
    yield from given("ev_session_energy_joules", ev.session_energy_wh.value, name, factor=J_PER_WH)
    yield from given("ev_energy_joules_total", ev.energy_total_wh.value, name, factor=J_PER_WH)
    yield from given("ev_energy_limit_joules", ev.energy_limit_wh.value, name, factor=J_PER_WH)
    yield Sample("ev_blocked", (name,), float(bool(ev.blocked)))
    if ev.paused.value is not None and (ev.paused.value or ev.offered_a.value is not None):
        offered_a = 0.0 if ev.paused.value else ev.offered_a.value
        yield from given("ev_observed_amperes", offered_a, name)
    yield from given("ev_observed_phases", ev.phases.value, name)
    yield from _age(f"ev.{name}", "power_w", ev.power_w, now_s)
    yield from _age(f"ev.{name}", "status", ev.status, now_s)
    yield from _condition(name, ev.condition)


def _condition(name: str, condition: ChargerCondition) -> Iterator[Sample]:
    """Faults as words in a label: the word that holds now has the only sample."""
    for metric, word in (
        ("ev_error", condition.error.value),
        ("ev_warning", condition.warning.value),
        ("ev_residual_current", condition.rcd.value),
    ):
        if word is not None:
            yield Sample(metric, (name, word), 1.0)
    if condition.relays.value is not None:
        closed = condition.relays.value.split(", ")
        for conductor in ("N", "L1", "L2", "L3"):
            yield Sample("ev_relay_closed", (name, conductor), float(conductor in closed))
    for phase, voltage in enumerate(condition.voltage_v, 1):
        yield from given("ev_voltage_volts", voltage.value, name, str(phase))
    yield from given("ev_neutral_current_amperes", condition.neutral_current_a.value, name)
    yield from given("ev_temperature_celsius", condition.housing_temp_c.value, name, "housing")
    for line, temperature in enumerate(condition.connector_temp_c, 1):
        yield from given("ev_temperature_celsius", temperature.value, name, f"connector_l{line}")
    for pin, temperature in enumerate(condition.plug_temp_c, 1):
        yield from given("ev_temperature_celsius", temperature.value, name, f"domestic_plug_{pin}")
    yield from given("ev_signal_dbm", condition.signal_dbm.value, name)


def _age(device: str, quantity: str, reading: Reading[Any], now_s: float) -> Iterator[Sample]:
    if reading.known:
        yield Sample("reading_age_seconds", (device, quantity), reading.age_s(now_s))
    yield Sample("reading_unknown", (device, quantity), float(not reading.known))
    yield Sample("reading_implausible", (device, quantity), float(reading.implausible))
