"""The table of all metrics: names, types, labels, and meaning. docs/reference/metrics.md is generated from it.

Base units follow the Prometheus convention: watts, amperes, joules (3.6 MJ = 1 kWh), seconds, ratios from 0 to 1.
An unknown reading has no sample. It is absent, never zero.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

PREFIX = "optimizer_"

Kind = Literal["gauge", "counter", "histogram"]


class Spec(NamedTuple):
    """One metric. Its full name is PREFIX + name. Counters end in `_total`."""

    name: str
    labels: tuple[str, ...]
    help: str
    kind: Kind = "gauge"


class Section(NamedTuple):
    """A section of the table."""

    title: str
    specs: tuple[Spec, ...]


READINGS = Section(
    "Readings",
    (
        Spec("grid_power_watts", (), "Power at the grid connection, + import, - export."),
        Spec("grid_phase_current_amperes", ("phase",), "Current of one phase at the grid connection, + import."),
        Spec("grid_dimmed", (), "1 while the grid operator has dimmed the house."),
        Spec("grid_on_grid", (), "0 while the house runs as an island."),
        Spec("input_value", ("input",), "Value of an input in its base unit; 1 for on, s since midnight for a time."),
        Spec("input_choice", ("input", "choice"), "1 for the word that an input of type choice has."),
        Spec("pv_power_watts", ("pv",), "Power of a PV system."),
        Spec("pv_energy_joules_total", ("pv",), "Energy counter of a PV system, as the device reports it.", "counter"),
        Spec("battery_power_watts", ("battery",), "Power of a battery, + discharge, - charge."),
        Spec("battery_soc_ratio", ("battery",), "State of charge, 0 to 1."),
        Spec("battery_capacity_joules", ("battery",), "Usable capacity."),
        Spec("battery_max_charge_watts", ("battery",), "Largest charging power that the device allows now."),
        Spec("battery_max_discharge_watts", ("battery",), "Largest discharging power that the device allows now."),
        Spec("battery_reserve_soc_ratio", ("battery",), "State of charge that the device keeps back, 0 to 1."),
        Spec("battery_floor_soc_ratio", ("battery",), "State of charge below which the service does not discharge it."),
        Spec("battery_external_control", ("battery",), "1 while the device is under external control."),
        Spec("ev_status", ("ev", "status"), "1 for the status that the charger reports."),
        Spec("ev_power_watts", ("ev",), "Charging power."),
        Spec("ev_phase_current_amperes", ("ev", "phase"), "Measured current of one phase of the charger."),
        Spec("ev_signalled_amperes", ("ev",), "Current that the charger signals to the car."),
        Spec("ev_rated_amperes", ("ev",), "Rating of charger and connector, as the charger reports it."),
        Spec("ev_soc_ratio", ("ev",), "State of charge of the car, 0 to 1."),
        Spec("ev_soc_estimated", ("ev",), "1 if the state of charge of the car is an estimate from energy."),
        Spec("ev_limit_soc_ratio", ("ev",), "Charging limit of the car itself, 0 to 1."),
        Spec("ev_range_meters", ("ev",), "Range that the car last reported."),
        Spec("ev_session_energy_joules", ("ev",), "Energy of this session."),
        Spec("ev_energy_joules_total", ("ev",), "Energy counter of the charger, as it reports it.", "counter"),
        Spec("ev_energy_limit_joules", ("ev",), "The charger's limit for this session, 0 for none."),
        Spec("ev_blocked", ("ev",), "1 while the charger refuses our writes."),
        Spec("ev_error", ("ev", "error"), "1 for the error that the charger reports; `none` without an error."),
        Spec("ev_warning", ("ev", "warning"), "1 for the warning that the charger reports; `none` without a warning."),
        Spec("ev_residual_current", ("ev", "fault"), "1 for the fault that the charger's RCD reports, or `none`."),
        Spec("ev_relay_closed", ("ev", "conductor"), "1 while the charger's relay of N, L1, L2, or L3 is closed."),
        Spec("ev_voltage_volts", ("ev", "phase"), "Voltage of one phase at the charger, 0 if not connected."),
        Spec("ev_neutral_current_amperes", ("ev",), "Current of the neutral conductor of the charger."),
        Spec(
            "ev_temperature_celsius",
            ("ev", "sensor"),
            "Temperature in the charger: housing, connector_l1 to l3, domestic_plug_1 and 2.",
        ),
        Spec("ev_signal_dbm", ("ev",), "Signal of the charger's Wi-Fi (cellular if it has no Wi-Fi), every 5 minutes."),
        Spec("switch_on", ("switch",), "1 while a switchable load is on. Absent while its state is unknown."),
        Spec("switch_power_watts", ("switch",), "Measured power of a switchable load."),
        Spec("switch_energy_joules_total", ("switch",), "Energy counter of a switchable load.", "counter"),
        Spec("home_power_watts", (), "The house without its cars: PV + grid + battery - EV."),
        Spec("price_import_ct_per_kwh", (), "Price of a kWh bought now."),
        Spec("price_feed_in_ct_per_kwh", (), "Price of a kWh fed in now."),
        Spec("price_alternative_ct_per_kwh", (), "Price of a kWh for the car elsewhere."),
        Spec("price_market_ct_per_kwh", (), "Price that the source of the prices gives, before fees and VAT."),
        Spec("price_rank_ratio", (), "Part of today with a lower import price, 0 to 1. Absent while one is unknown."),
        Spec("price_feed_up", ("source",), "1 if the last request to a source of prices brought prices."),
        Spec("price_feed_requests_total", ("source",), "Requests to a source of prices since the start.", "counter"),
        Spec("price_feed_errors_total", ("source",), "Requests to a source of prices that brought none.", "counter"),
        Spec(
            "price_feed_known_until_timestamp_seconds",
            ("source",),
            "Unix time until which prices of a source are known. Absent while the price of now is unknown.",
        ),
        Spec("forecast_pv_watts", (), "Forecast PV power of now."),
        Spec("forecast_home_watts", (), "Forecast consumption of the house of now, without the cars."),
        Spec(
            "forecast_pv_energy_joules",
            ("day", "value"),
            "Forecast PV energy of all of today and tomorrow: middle, low, and high.",
        ),
        Spec("forecast_correction_ratio", ("part",), "Factor on the forecast of the service, by part of the day."),
        Spec("forecast_feed_up", ("service",), "1 if the last request to the service brought a forecast."),
        Spec("forecast_feed_requests_total", ("service",), "Requests to the service since the start.", "counter"),
        Spec("forecast_feed_errors_total", ("service",), "Rounds of requests that brought nothing.", "counter"),
        Spec(
            "forecast_feed_known_until_timestamp_seconds",
            ("service",),
            "Unix time until which the service covers the PV power. Absent while that of now is unknown.",
        ),
        Spec("goal_departure_timestamp_seconds", ("ev",), "Unix time at which the car leaves, by its goal."),
        Spec("goal_needed_energy_joules", ("ev",), "Energy from the charger until the goal is reached."),
        Spec("goal_overdue", ("ev",), "1 while the departure has passed and the goal is not reached."),
        Spec("schedule_up", (), "1 while a schedule is in force and the last attempt did not fail."),
        Spec("schedule_failures", (), "Failed attempts in a row to make a schedule."),
        Spec("schedule_solved_total", (), "Schedules made since the start.", "counter"),
        Spec("schedule_failed_total", (), "Failed attempts since the start.", "counter"),
        Spec("schedule_made_timestamp_seconds", (), "Unix time of the schedule in force."),
        Spec("schedule_duration_seconds", (), "Time that the last schedule took, with its process."),
        Spec("schedule_cost_ct", (), "Expected cost of the schedule in force."),
        Spec("schedule_ev_mode", ("ev", "mode"), "1 for the mode that the schedule has for a car now."),
        Spec("schedule_ev_worth_ct_per_kwh", ("ev",), "Worth of a kWh in a car now."),
        Spec("schedule_ev_lacking_energy_joules", ("ev",), "Energy that will be missing when a car leaves."),
        Spec("schedule_battery_mode", ("mode",), "1 for the mode that the schedule has for the battery now."),
        Spec("schedule_battery_worth_ct_per_kwh", (), "Worth of a stored kWh now."),
        Spec("reading_age_seconds", ("device", "quantity"), "Age of a known reading."),
        Spec("reading_unknown", ("device", "quantity"), "1 while a reading of a device is unknown."),
        Spec(
            "reading_implausible",
            ("device", "quantity"),
            "1 while a reading is unknown because it contradicts other readings, a rating, or the fuse.",
        ),
        Spec("meter_delay_seconds", (), "Delay of the grid meter, as set or as learned. Absent until it is known."),
    ),
)
SETPOINTS = Section(
    "Setpoints: requested, written, observed",
    (
        Spec("ev_wanted_amperes", ("ev",), "Requested current per phase, 0 for pause."),
        Spec("ev_wanted_phases", ("ev",), "Requested number of phases."),
        Spec("ev_written_amperes", ("ev",), "Current last written, 0 for pause."),
        Spec("ev_written_phases", ("ev",), "Number of phases last written."),
        Spec("ev_observed_amperes", ("ev",), "Current that the charger reports as its offer, 0 while paused."),
        Spec("ev_observed_phases", ("ev",), "Number of phases that the charger reports."),
        Spec("battery_wanted_action", ("battery", "action"), "1 for the requested action: auto, power, or bounds."),
        Spec("battery_wanted_watts", ("battery",), "Requested power, + discharge. Absent unless the action is power."),
        Spec("battery_wanted_max_charge_watts", ("battery",), "Requested limit of charging, if there is one."),
        Spec("battery_wanted_max_discharge_watts", ("battery",), "Requested limit of discharging, if there is one."),
        Spec("battery_written_watts", ("battery",), "Power last written, while a lease on power is valid."),
        Spec("switch_wanted_state", ("switch", "state"), "1 for the requested state: on, off, or leave."),
        Spec("switch_written_on", ("switch",), "1 if a switchable load was last switched on. Absent if handed back."),
        Spec("switch_starts_of_day", ("switch",), "How often a load was switched on in the last 24 h."),
        Spec("battery_observed_watts", ("battery",), "Setpoint that the device reports, + discharge."),
    ),
)
RULES = Section(
    "Rules and causes",
    (
        Spec(
            "target_winner", ("target", "rule", "value"), "1 for the rule whose claim wins. Text values are in `value`."
        ),
        Spec("target_value", ("target",), "Value of the winning claim if it is a number, in the unit of the target."),
        Spec("target_limit", ("target", "rule"), "Smallest limit on a target, in the unit of the target."),
        Spec("rule_state", ("rule", "state"), "1 for the state of a rule: idle, pending, active, ending, …"),
        Spec("rule_due_seconds", ("rule",), "Time until a pending rule becomes active, or an ending rule idle."),
        Spec(
            "ev_car_max_current_amperes",
            ("ev",),
            "Largest current that the car draws in A, as learned. Absent without.",
        ),
        Spec("ev_car_min_current_amperes", ("ev",), "Least current of the car in A, as learned or set. Absent at 6 A."),
        Spec("ev_car_phases", ("ev",), "Number of phases that the car uses, if it uses fewer than the charger."),
        Spec(
            "ev_locked_out_seconds",
            ("ev",),
            "Time until the budget of starts allows a car the start that it needs. Absent while none is missing.",
        ),
        Spec("cause_active", ("code", "subject"), "1 for each cause of the last decision."),
        Spec(
            "controller_term_watts",
            ("ev", "term"),
            "Terms of the controller: feed_forward, ramp (feed-forward of the PV slope), and the proportional and"
            " integral terms of the PID. The gain of a start or a stop (advantage) must exceed its price.",
        ),
        Spec("controller_surplus_watts", ("ev",), "Surplus that the controller has for a charger."),
        Spec(
            "guard_interventions_total",
            ("device", "code"),
            "Ticks in which the guard changed a request.",
            "counter",
        ),
        Spec("rule_book_info", ("version",), "1, with the digest of the active rule book."),
        Spec("rule_book_broken", (), "1 while the newest rule files could not be loaded."),
        Spec("rule_book_reload_failures_total", (), "Reloads of rule files that failed.", "counter"),
        Spec("override_active", ("target",), "1 while the owner overrides a target."),
    ),
)
LEASES = Section(
    "Leases",
    (
        Spec("lease_age_seconds", ("device",), "Time since the decision behind a lease."),
        Spec("lease_remaining_seconds", ("device",), "Time until a lease expires. Negative after it has expired."),
        Spec("lease_refresh_age_seconds", ("device",), "Time since the last successful write or refresh."),
        Spec("lease_refresh_interval_seconds", ("device",), "Time between the last two writes or refreshes."),
        Spec(
            "lease_longest_gap_seconds", ("device",), "Longest time between two refreshes while a setpoint was active."
        ),
    ),
)
DEVICES = Section(
    "Devices",
    (
        Spec("device_up", ("device", "brand"), "1 while the last poll succeeded."),
        Spec("device_latency_seconds", ("device",), "Duration of the last good poll."),
        Spec("device_last_ok_age_seconds", ("device",), "Time since the last good poll."),
        Spec("device_reads_total", ("device",), "Polls.", "counter"),
        Spec("device_errors_total", ("device", "fault"), "Errors by fault.", "counter"),
        Spec("device_writes_total", ("device", "kind"), "Writes by kind.", "counter"),
        Spec("device_disobeys", ("device",), "1 while a device does not follow its command."),
    ),
)
ENERGY = Section(
    "Energy and money",
    (
        Spec(
            "consumed_energy_joules_total",
            ("consumer", "source"),
            "Energy of `home` and `ev.<name>` by source: surplus, battery, grid. A car's grid energy is import"
            " with the car minus import without it.",
            "counter",
        ),
        Spec(
            "ev_session_accounted_joules",
            ("ev", "source"),
            "Energy of the session of now by source: surplus, battery, grid. Absent without a car.",
        ),
        Spec("ev_session_cost_ct", ("ev",), "Cost of the session of now: grid, and export that was lost."),
        Spec("ev_session_seconds", ("ev",), "Time since the car was plugged in."),
        Spec("ev_sessions_total", ("ev",), "Sessions that ended since the start of the service.", "counter"),
        Spec(
            "ev_goals_total",
            ("ev", "result"),
            "Goals by result since the start of the service: met, missed, open (the car left early), unknown.",
            "counter",
        ),
        Spec(
            "cost_today_ct",
            ("consumer", "source"),
            "Cost of the energy used since midnight. Grid energy costs its price, and other energy the export that was"
            " lost.",
        ),
        Spec("grid_import_cost_today_ct", (), "Cost of the energy imported since midnight. Negative prices lower it."),
        Spec("grid_export_earnings_today_ct", (), "Payment for the energy exported since midnight."),
        Spec("unpriced_energy_today_joules", (), "Energy used since midnight for which a price was not known."),
        Spec("grid_import_energy_joules_total", (), "Energy imported.", "counter"),
        Spec("grid_export_energy_joules_total", (), "Energy exported.", "counter"),
        Spec("pv_generated_energy_joules_total", (), "PV energy of all systems.", "counter"),
        Spec("battery_charged_energy_joules_total", (), "Energy into all batteries.", "counter"),
        Spec("battery_discharged_energy_joules_total", (), "Energy out of all batteries.", "counter"),
        Spec(
            "unaccounted_seconds_total", (), "Time without energy accounting, because readings were unknown.", "counter"
        ),
    ),
)
SERVICE = Section(
    "The service itself",
    (
        Spec("build_info", ("version", "python"), "1, with the version."),
        Spec("observe_only", (), "1 while the service writes to no device."),
        Spec("ticks_total", (), "Decisions made.", "counter"),
        Spec("tick_overruns_total", (), "Ticks that took longer than their interval.", "counter"),
        Spec("tick_duration_seconds", (), "Duration of ticks.", "histogram"),
        Spec("tick_age_seconds", (), "Time since the last decision."),
        Spec("journal_bytes", (), "Size of the journal on disk."),
        Spec(
            "record_failed", (), "1 while the record of devices cannot be written. The service then raises no setpoint."
        ),
        Spec("journal_failed", (), "1 while the journal cannot be written."),
        Spec(
            "output_up", ("output",), "1 while the output can send: MQTT to its broker, notifications to their targets."
        ),
        Spec("http_requests_total", ("listener", "code"), "Requests answered.", "counter"),
    ),
)

SECTIONS = (READINGS, SETPOINTS, RULES, LEASES, DEVICES, ENERGY, SERVICE)
TABLE: dict[str, Spec] = {spec.name: spec for section in SECTIONS for spec in section.specs}


def markdown() -> str:
    """The table for docs/reference/metrics.md."""
    lines = [
        "# Metrics",
        "",
        "The service exposes these metrics at `/metrics` in the text formats of Prometheus. This page is made from",
        "`optimizer/serve/metrics/table.py` by `python -m optimizer.serve.metrics.table > docs/reference/metrics.md`.",
        "",
        "Units are the base units of Prometheus: watts, amperes, joules (3.6 MJ = 1 kWh), seconds, ratios from 0 to 1.",
        "Signs are the same as in the whole project: grid + import / − export, battery + discharge / − charge.",
        "An unknown reading is absent. It is never 0.",
        "",
        "Every metric has the label `site` besides those below. Its value is `site.name`.",
    ]
    for section in SECTIONS:
        lines += ["", f"## {section.title}", "", "| metric | type | labels | meaning |", "|---|---|---|---|"]
        lines += [
            f"| `{PREFIX}{spec.name}` | {spec.kind} | {' '.join(f'`{label}`' for label in spec.labels)} | {spec.help} |"
            for spec in section.specs
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(markdown(), end="")
