"""The samples of one moment: the readings, setpoints, rules, leases, devices, and energies of the last tick."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import get_args

from optimizer import __version__
from optimizer.control.budget import DAY_S
from optimizer.control.report import LeaseStatus, TickReport
from optimizer.control.troubles import lockouts, meter_delay_s
from optimizer.devices.port import Fault
from optimizer.journal.sessions import GOAL_RESULTS
from optimizer.model.decision import BatteryAction, BatteryOrder, Cause, EvOrder, Order, SwitchAction, SwitchOrder
from optimizer.serve.energy import Books
from optimizer.serve.metrics.forecast import forecast_samples
from optimizer.serve.metrics.money import money_samples
from optimizer.serve.metrics.readings import reading_samples
from optimizer.serve.metrics.sample import J_PER_WH, Sample, given
from optimizer.serve.metrics.schedule import schedule_samples
from optimizer.serve.panel import Panel

FAULTS: tuple[str, ...] = get_args(Fault)
GUARD_CODES = {
    "ev": ("guard.current", "guard.pause"),
    "battery": (
        "guard.battery_power",
        "guard.battery_fuse",
        "guard.battery_export",
        "guard.floor",
        "guard.soc_unknown",
        "guard.not_a_number",
    ),
    "switch": ("guard.switch_off", "guard.switch_room"),
}
"""The interventions of the guard by kind of device."""
CONTROLLER_TERMS = ("feed_forward_w", "ramp_w", "proportional_w", "integral_w", "advantage_w", "price_w")
"""Numbers in the causes of a charger that are terms of its controller."""


def samples(panel: Panel) -> Iterator[Sample]:
    """All samples of this moment except the histogram, in any order."""
    yield from _service(panel)
    yield from _energy(panel.books)
    yield from _sessions(panel)
    yield from money_samples(panel)
    yield from forecast_samples(panel)
    yield from schedule_samples(panel)
    report = panel.report
    if report is None:
        return
    now_s = panel.clock.monotonic_s()
    yield from reading_samples(report.shown, now_s)
    yield from given("meter_delay_seconds", meter_delay_s(report.memory, panel.site))
    for battery in panel.site.batteries.values():
        yield Sample("battery_floor_soc_ratio", (battery.name,), battery.floor_soc_percent / 100.0)
    yield from _setpoints(report)
    yield from _starts(report)
    yield from _rules(panel, report)
    yield from _leases(panel, report, now_s)
    yield from _devices(report, now_s)


def _setpoints(report: TickReport) -> Iterator[Sample]:
    """The wanted and the written setpoints of all devices."""
    for command in report.decision.commands.values():
        yield from _wanted(command.device.partition(".")[2], command.order)
    yield from _written(report)


def _wanted(name: str, order: Order) -> Iterator[Sample]:
    """The order of one device."""
    if isinstance(order, EvOrder):
        yield Sample("ev_wanted_amperes", (name,), order.current_a)
        yield Sample("ev_wanted_phases", (name,), order.phases)
        return
    if isinstance(order, SwitchOrder):
        for state in SwitchAction:
            yield Sample("switch_wanted_state", (name, state.value), float(state is order.action))
        return
    for action in BatteryAction:
        yield Sample("battery_wanted_action", (name, action.value), float(action is order.action))
    if order.action is BatteryAction.POWER:
        yield Sample("battery_wanted_watts", (name,), order.power_w)
    if order.action is BatteryAction.BOUNDS:
        yield from given("battery_wanted_max_charge_watts", order.max_charge_w, name)
        yield from given("battery_wanted_max_discharge_watts", order.max_discharge_w, name)


def _written(report: TickReport) -> Iterator[Sample]:
    """The setpoints that were last written."""
    for ev in report.state.evs.values():
        if ev.commanded is not None:
            yield Sample("ev_written_amperes", (ev.name,), ev.commanded.offer_a)
            yield Sample("ev_written_phases", (ev.name,), ev.commanded.phases)
    for switch in report.state.switches.values():
        if switch.commanded is not None:
            yield Sample("switch_written_on", (switch.name,), float(switch.commanded.on))
    for lease in report.leases:
        if _written_power(lease):
            assert isinstance(lease.order, BatteryOrder)
            yield Sample("battery_written_watts", (lease.device.partition(".")[2],), lease.order.power_w)


def _written_power(lease: LeaseStatus) -> bool:
    order = lease.order
    return lease.written_s is not None and isinstance(order, BatteryOrder) and order.action is BatteryAction.POWER


CAR_FACTS = {
    "car.least": ("ev_car_min_current_amperes", "least_a"),
    "car.most": ("ev_car_max_current_amperes", "most_a"),
    "car.phases": ("ev_car_phases", "phases"),
}


def _starts(report: TickReport) -> Iterator[Sample]:
    """The number of starts of each load in the last day."""
    memory, now_s = report.memory, report.state.mono_s
    for name, switch in memory.switches.items() if memory is not None else ():
        count = sum(1 for at_s in switch.started_at_s if at_s > now_s - DAY_S)
        yield Sample("switch_starts_of_day", (name,), float(count))


def _cars(causes: Iterable[Cause]) -> Iterator[Sample]:
    """The facts about the cars, as learned or set."""
    for cause in causes:
        if cause.code in CAR_FACTS:
            metric, figure = CAR_FACTS[cause.code]
            yield Sample(metric, (cause.subject.split(".")[1],), dict(cause.numbers)[figure])


def _rules(panel: Panel, report: TickReport) -> Iterator[Sample]:
    for target, claimed in report.verdict.claims.items():
        if isinstance(claimed.value, str):
            yield Sample("target_winner", (target, claimed.rule, claimed.value), 1.0)
        else:
            yield Sample("target_winner", (target, claimed.rule, ""), 1.0)
            yield Sample("target_value", (target,), claimed.value)
    for target, limited in report.verdict.limits.items():
        yield Sample("target_limit", (target, limited.rule), limited.value)
    causes = (*report.verdict.causes, *report.decision.causes)
    for code, subject in dict.fromkeys((cause.code, cause.subject) for cause in causes):
        yield Sample("cause_active", (code, subject), 1.0)
    yield from _cars(report.decision.causes)
    for lockout in lockouts(report.decision):
        yield Sample("ev_locked_out_seconds", (lockout.name,), lockout.rest_s)
    for cause in report.verdict.causes:
        kind, _, rule = cause.subject.partition(".")
        if kind == "rule":
            yield Sample("rule_state", (rule, cause.code.removeprefix("rule.")), 1.0)
            due_s = dict(cause.numbers).get("due_s")
            if due_s is not None:
                yield Sample("rule_due_seconds", (rule,), max(0.0, due_s - report.state.mono_s))
    yield from _controller(causes)
    for device, code in {*panel.counters.interventions, *_possible_interventions(report)}:
        yield Sample("guard_interventions_total", (device, code), panel.counters.interventions[device, code])
    for override in report.memory.overrides if report.memory is not None else ():
        yield Sample("override_active", (override.target,), 1.0)
    if report.book_version:
        yield Sample("rule_book_info", (report.book_version,), 1.0)
    yield Sample("rule_book_broken", (), float(bool(report.book_error)))
    yield Sample("rule_book_reload_failures_total", (), report.reload_failures)


def _possible_interventions(report: TickReport) -> Iterator[tuple[str, str]]:
    """Counters start at 0, so that the first intervention is an increase."""
    for device in report.decision.commands:
        yield from ((device, code) for code in GUARD_CODES[device.partition(".")[0]])


def _controller(causes: Sequence[Cause]) -> Iterator[Sample]:
    """Terms of the controller from the causes of a charger. The last cause with a term wins."""
    found: dict[tuple[str, tuple[str, ...]], float] = {}
    for cause in causes:
        kind, _, rest = cause.subject.partition(".")
        if kind != "ev":
            continue
        name = rest.partition(".")[0]
        numbers: Mapping[str, float] = dict(cause.numbers)
        for term in CONTROLLER_TERMS:
            if term in numbers:
                found["controller_term_watts", (name, term.removesuffix("_w"))] = numbers[term]
        if "surplus_w" in numbers:
            found["controller_surplus_watts", (name,)] = numbers["surplus_w"]
    for (metric, labels), value in found.items():
        yield Sample(metric, labels, value)


def _leases(panel: Panel, report: TickReport, now_s: float) -> Iterator[Sample]:
    for lease in report.leases:
        device = (lease.device,)
        yield Sample("lease_age_seconds", device, now_s - lease.issued_s)
        yield Sample("lease_remaining_seconds", device, lease.expires_s - now_s)
        yield Sample("lease_longest_gap_seconds", device, lease.longest_gap_s)
        if lease.written_s is not None:
            yield Sample("lease_refresh_age_seconds", device, now_s - lease.written_s)
        yield from given(
            "lease_refresh_interval_seconds", panel.counters.refresh_interval_s.get(lease.device), lease.device
        )


def _devices(report: TickReport, now_s: float) -> Iterator[Sample]:
    for health in report.devices:
        device = (health.name,)
        yield Sample("device_up", (health.name, health.brand), float(health.up))
        yield from given("device_latency_seconds", health.latency_s, health.name)
        if health.last_ok_s is not None:
            yield Sample("device_last_ok_age_seconds", device, now_s - health.last_ok_s)
        yield Sample("device_reads_total", device, health.reads)
        for fault in FAULTS:
            yield Sample("device_errors_total", (health.name, fault), health.errors.get(fault, 0))
        for kind, count in health.writes.items():
            yield Sample("device_writes_total", (health.name, kind), count)
        yield Sample("device_disobeys", device, float(bool(health.disobeys)))


def _energy(books: Books) -> Iterator[Sample]:
    for consumer, sources in books.consumed.items():
        for source, energy_wh in (("surplus", sources.surplus), ("battery", sources.battery), ("grid", sources.grid)):
            yield Sample("consumed_energy_joules_total", (consumer, source), J_PER_WH * energy_wh)
    yield Sample("grid_import_energy_joules_total", (), J_PER_WH * books.import_wh)
    yield Sample("grid_export_energy_joules_total", (), J_PER_WH * books.export_wh)
    yield Sample("pv_generated_energy_joules_total", (), J_PER_WH * books.pv_wh)
    yield Sample("battery_charged_energy_joules_total", (), J_PER_WH * books.charged_wh)
    yield Sample("battery_discharged_energy_joules_total", (), J_PER_WH * books.discharged_wh)
    yield Sample("unaccounted_seconds_total", (), books.unaccounted_s)


def _sessions(panel: Panel) -> Iterator[Sample]:
    sessions = panel.sessions
    if sessions is None:
        return
    for name, one in sessions.open.items():
        for source, energy_wh in (("surplus", one.surplus_wh), ("battery", one.battery_wh), ("grid", one.grid_wh)):
            yield Sample("ev_session_accounted_joules", (name, source), J_PER_WH * energy_wh)
        yield Sample("ev_session_cost_ct", (name,), one.cost_ct)
        yield Sample("ev_session_seconds", (name,), (one.end - one.start).total_seconds())
    for name in panel.site.chargers:
        yield Sample("ev_sessions_total", (name,), float(sessions.finished.get(name, 0)))
        for result in GOAL_RESULTS[1:]:
            yield Sample("ev_goals_total", (name, result), float(sessions.goals_ended[name, result]))


def _service(panel: Panel) -> Iterator[Sample]:
    yield Sample("build_info", (__version__, platform.python_version()), 1.0)
    yield Sample("tick_age_seconds", (), panel.age_s)
    for (listener, code), count in panel.requests.items():
        yield Sample("http_requests_total", (listener, code), count)
    for name, problem in panel.outputs.items():
        yield Sample("output_up", (name,), float(not problem()))
    if panel.journal_bytes is not None:
        yield Sample("journal_bytes", (), panel.journal_bytes)
        yield Sample("journal_failed", (), float(bool(panel.journal_failed)))
    report = panel.report
    if report is not None:
        yield Sample("observe_only", (), float(report.observe_only))
        yield Sample("record_failed", (), float(bool(report.record_problem)))
        yield Sample("ticks_total", (), report.ticks)
        yield Sample("tick_overruns_total", (), report.overruns)
