"""The samples of goals and of the schedule."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.model.state import State
from optimizer.serve.metrics.sample import J_PER_WH, Sample, given
from optimizer.serve.panel import Panel


def schedule_samples(panel: Panel) -> Iterator[Sample]:
    """All samples of goals and of the schedule."""
    if panel.report is not None:
        yield from _now(panel.report.shown)
    if panel.schedule is None:
        return
    report = panel.schedule.report()
    yield Sample("schedule_up", (), float(report.schedule is not None and not report.failures))
    yield Sample("schedule_failures", (), float(report.failures))
    yield Sample("schedule_solved_total", (), float(report.solved))
    yield Sample("schedule_failed_total", (), float(report.failed))
    if report.schedule is not None:
        yield Sample("schedule_made_timestamp_seconds", (), report.schedule.made_at_s)
        yield Sample("schedule_cost_ct", (), report.schedule.cost_ct)
    if report.duration_s is not None:
        yield Sample("schedule_duration_seconds", (), report.duration_s)


def _now(state: State) -> Iterator[Sample]:
    for name, goal in state.goals.items():
        yield from given("goal_departure_timestamp_seconds", goal.ready_s.value, name)
        yield from given("goal_needed_energy_joules", goal.needs_wh.value, name, factor=J_PER_WH)
        if goal.overdue.value is not None:
            yield Sample("goal_overdue", (name,), float(goal.overdue.value))
    for name, car in state.schedule.cars.items():
        if car.mode.value is not None:
            yield Sample("schedule_ev_mode", (name, car.mode.value), 1.0)
        yield from given("schedule_ev_worth_ct_per_kwh", car.worth_ct.value, name)
        yield from given("schedule_ev_lacking_energy_joules", car.lacks_wh.value, name, factor=J_PER_WH)
    battery = state.schedule.battery
    if battery.mode.value is not None:
        yield Sample("schedule_battery_mode", (battery.mode.value,), 1.0)
    yield from given("schedule_battery_worth_ct_per_kwh", battery.worth_ct.value)
