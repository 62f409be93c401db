"""The schedule that a plan results in: its slots, goals, and assumptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import fsum

from optimizer.model.schedule import (
    Assumptions,
    BatterySlot,
    CarSlot,
    Costs,
    GoalOutcome,
    Schedule,
    ScheduleSlot,
    SolverName,
)
from optimizer.schedule.problem import Car, Problem
from optimizer.schedule.simulate import Moment, Plan, fast_phases, live_through

GOOD_FOR_S = 24 * 3600.0
"""A schedule is not used for longer than this."""
TOLERANCE_WH = 1.0
"""A smaller lack is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of a solver for the steps, beside its plan. Every sequence has one value a step."""

    battery_ct: Sequence[float]
    """Worth of a stored kWh."""
    car_ct: Mapping[str, Sequence[float]]
    """Worth of a kWh at the wall, by charger."""
    margin_ct: Sequence[float | None]
    """How much more the best of the other actions costs. None: there is no other."""
    second: Sequence[str]
    """That action."""
    interruptions_ct: Mapping[str, Sequence[float]] = field(default_factory=dict)
    """What the interruption of a car in a step counts, by charger. Empty: no car is interrupted."""
    more_ct: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """Worth of each kWh that a car could have more at the beginning, by charger."""
    battery_end_ct: float | None = None
    notes: tuple[str, ...] = field(default=())


def schedule_of(problem: Problem, plan: Plan, figures: Figures, solver: SolverName) -> Schedule:
    """The plan as a schedule."""
    moments = live_through(problem, plan)
    changes_ct = _changes_ct(problem, plan, figures, moments)
    costs = [moment.cost_ct + change_ct for moment, change_ct in zip(moments, changes_ct, strict=True)]
    rest_ct = [fsum(costs[index:]) for index in range(len(costs))]
    slots = tuple(_slot(problem, plan, figures, moments, rest_ct, index) for index in range(len(moments)))
    battery = problem.battery
    return Schedule(
        made_at_s=problem.at_s,
        good_until_s=min(problem.end_s, problem.at_s + GOOD_FOR_S),
        slots=slots,
        outcomes=tuple(
            replace(_outcome(problem, car, moments), worths_ct=figures.more_ct.get(car.charger, ()))
            for car in problem.cars
            if car.goal is not None
        ),
        assumptions=Assumptions(
            prices_known_until_s=problem.prices_known_until_s,
            pv_wh=fsum(step.pv_w * step.hours for step in problem.steps),
            home_wh=fsum(step.home_w * step.hours for step in problem.steps),
            need_wh={car.charger: car.goal.need_wh for car in problem.cars if car.goal is not None},
            spare_ct={car.charger: car.spare[0].worth_ct for car in problem.cars if car.spare},
            battery_wh=None if battery is None else battery.energy_wh,
            battery_end_ct=figures.battery_end_ct,
            assumed=problem.assumed,
        ),
        solver=solver,
        cost_ct=rest_ct[0],
        costs=_costs(problem, moments, fsum(changes_ct)),
        notes=figures.notes,
    )


def _costs(problem: Problem, moments: Sequence[Moment], changes_ct: float) -> Costs:
    """The parts of the cost of all steps."""
    lived = [(step, step.hours / 1000.0, moment) for step, moment in zip(problem.steps, moments, strict=True)]
    wear_ct = 0.0 if problem.battery is None else problem.battery.wear_ct
    return Costs(
        import_ct=fsum(kh * max(0.0, moment.grid_w) * step.import_ct for step, kh, moment in lived),
        feed_in_ct=fsum(kh * max(0.0, -moment.grid_w) * step.feed_in_ct for step, kh, moment in lived),
        wear_ct=fsum(kh * max(0.0, moment.battery_w) * wear_ct for _, kh, moment in lived),
        changes_ct=changes_ct,
    )


def _changes_ct(problem: Problem, plan: Plan, figures: Figures, moments: Sequence[Moment]) -> list[float]:
    """The costs of the changes of modes by step, ct: starts, switches of phases, interruptions, and commands."""
    costs = _commands_ct(problem, plan)
    for car in problem.cars:
        before = fast_phases(car, car.running, car.running_phases)
        for index, moment in enumerate(moments):
            if car.charger not in moment.car_w:
                break
            action = plan.cars[car.charger][index]
            now = fast_phases(car, action.car, action.phases)
            if now not in (0, before):
                costs[index] += car.start_ct
            before = now
        for index, interruption_ct in enumerate(figures.interruptions_ct.get(car.charger, ())):
            costs[index] += interruption_ct
    return costs


def _commands_ct(problem: Problem, plan: Plan) -> list[float]:
    """The costs of the commands to the battery by step, ct. A battery with its own control gets none."""
    battery = problem.battery
    if battery is None:
        return [0.0] * len(problem.steps)
    modes = [battery.running or "auto", *(action.battery for action in plan.battery)]
    return [battery.start_ct * (now != "auto" and before == "auto") for before, now in pairwise(modes)]


def _slot(
    problem: Problem,
    plan: Plan,
    figures: Figures,
    moments: Sequence[Moment],
    rest_ct: Sequence[float],
    index: int,
) -> ScheduleSlot:
    step, moment, margin_ct = problem.steps[index], moments[index], figures.margin_ct[index]
    return ScheduleSlot(
        start_s=step.start_s,
        end_s=step.end_s,
        cars={
            car.charger: _car_slot(plan, figures, moment, car, index)
            for car in problem.cars
            if car.charger in moment.car_w
        },
        battery=_battery_slot(problem, plan, figures, moment, index),
        battery_first=all(plan.cars[charger][index].battery_first for charger in moment.car_w),
        import_ct=step.import_ct,
        feed_in_ct=step.feed_in_ct,
        is_known=step.is_known,
        pv_w=step.pv_w,
        home_w=step.home_w,
        grid_w=moment.grid_w,
        best_ct=rest_ct[index],
        second_ct=None if margin_ct is None else rest_ct[index] + margin_ct,
        second=figures.second[index],
    )


def _car_slot(plan: Plan, figures: Figures, moment: Moment, car: Car, index: int) -> CarSlot:
    action = plan.cars[car.charger][index]
    return CarSlot(
        mode=action.car,
        power_w=moment.car_w[car.charger],
        phases=action.phases if action.car == "fast" else 0,
        charged_wh=moment.charged_wh[car.charger] * car.efficiency,
        worth_ct=figures.car_ct[car.charger][index],
    )


def _battery_slot(problem: Problem, plan: Plan, figures: Figures, moment: Moment, index: int) -> BatterySlot | None:
    if problem.battery is None:
        return None
    action = plan.battery[index]
    return BatterySlot(
        mode=action.battery,
        power_w=moment.battery_w,
        energy_wh=moment.stored_wh,
        worth_ct=figures.battery_ct[index],
    )


def _outcome(problem: Problem, car: Car, moments: Sequence[Moment]) -> GoalOutcome:
    """The outcome of a goal: the time when it is reached, and the missing energy at the departure or the end."""
    goal = car.goal
    assert goal is not None
    need_wh = goal.need_wh / car.efficiency
    if need_wh <= TOLERANCE_WH:
        return GoalOutcome(goal=goal, ready_at_s=problem.at_s, lack_wh=0.0)
    before_wh = after_wh = 0.0
    for step, moment in zip(problem.steps, moments, strict=True):
        if car.charger not in moment.car_w:
            break
        after_wh = moment.charged_wh[car.charger]
        if after_wh >= need_wh - TOLERANCE_WH:
            part = min(1.0, (need_wh - before_wh) / max(TOLERANCE_WH, after_wh - before_wh))
            return GoalOutcome(goal=goal, ready_at_s=step.start_s + part * (step.end_s - step.start_s), lack_wh=0.0)
        before_wh = after_wh
    beyond = goal.ready_at_s > problem.end_s
    lack_wh = 0.0 if beyond else (need_wh - after_wh) * car.efficiency
    return GoalOutcome(goal=goal, ready_at_s=None, lack_wh=lack_wh)
