"""The schedule as a document, for the API, the page, and `optimizer why --schedule`."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_time
from optimizer.model.goal_text import time_text
from optimizer.model.schedule import Costs, Schedule
from optimizer.model.scheduling import ScheduleReport, ScheduleSource
from optimizer.schedule.words import assumed_texts, battery_text, car_text, differences, outcome_text
from optimizer.serve.web import expected_documents as doc
from optimizer.words.text import Text

NOT_HERE = Text("this house has no schedule: it needs a charger or a battery")


def schedule_document(source: ScheduleSource | None, now_s: float, zone: ZoneInfo) -> doc.ScheduleDocument:
    """The schedule in force at Unix time `now_s`. Times are local."""
    report = ScheduleReport(schedule=None, why=NOT_HERE) if source is None else source.report()
    return report_document(report, now_s, zone)


def report_document(report: ScheduleReport, now_s: float, zone: ZoneInfo) -> doc.ScheduleDocument:
    """A report as a document."""
    schedule = report.schedule

    def time(at_s: float) -> str:
        return local_time(at_s, zone).isoformat(timespec="seconds")

    def clock(at_s: float) -> str:
        return time_text(at_s, now_s, zone)

    return {
        "now": time(now_s),
        "made": None if schedule is None else time(schedule.made_at_s),
        "good_until": None if schedule is None else time(schedule.good_until_s),
        "reason": report.reason,
        "why": report.why,
        "problem": report.problem,
        "next_try": None if report.next_try_s is None else time(report.next_try_s),
        "alarm": report.alarm,
        "solver": "" if schedule is None else schedule.solver,
        "cost_ct": None if schedule is None else round(schedule.cost_ct, 2),
        "costs": None if schedule is None else _costs(schedule.costs),
        "prices_known_until": None if schedule is None else _known_until(schedule, time),
        "assumed": [] if schedule is None else list(schedule.assumptions.assumed),
        "slots": [] if schedule is None else _slots(schedule, now_s, time, clock),
        "goals": [] if schedule is None else _goals(schedule, time, clock),
        "notes": [] if schedule is None else [*assumed_texts(schedule), *schedule.notes],
        "changes": [] if schedule is None else list(differences(report.before, schedule, clock)),
    }


def _costs(costs: Costs | None) -> doc.ScheduledCosts | None:
    if costs is None:
        return None
    return {
        "import_ct": round(costs.import_ct, 2),
        "feed_in_ct": round(costs.feed_in_ct, 2),
        "wear_ct": round(costs.wear_ct, 2),
        "changes_ct": round(costs.changes_ct, 2),
    }


def _known_until(schedule: Schedule, time: Callable[[float], str]) -> str | None:
    """The end of the known prices. None: not even the price of the first slot is known."""
    return time(schedule.assumptions.prices_known_until_s) if schedule.slots[0].is_known else None


def _slots(
    schedule: Schedule, now_s: float, time: Callable[[float], str], clock: Callable[[float], str]
) -> list[doc.ScheduledSlot]:
    """The slots that are not over."""
    return [
        {
            "start": time(slot.start_s),
            "end": time(slot.end_s),
            "import_ct": round(slot.import_ct, 4),
            "feed_in_ct": round(slot.feed_in_ct, 4),
            "known": slot.is_known,
            "pv_w": round(slot.pv_w, 1),
            "home_w": round(slot.home_w, 1),
            "grid_w": round(slot.grid_w, 1),
            "best_ct": round(slot.best_ct, 3),
            "second_ct": None if slot.second_ct is None else round(slot.second_ct, 3),
            "second": slot.second,
            "cars": [
                {
                    "charger": name,
                    "mode": car.mode,
                    "power_w": round(car.power_w, 1),
                    "phases": car.phases,
                    "charged_wh": round(car.charged_wh, 1),
                    "worth_ct": round(car.worth_ct, 3),
                    "text": car_text(schedule, index, name, clock),
                }
                for name, car in slot.cars.items()
            ],
            "battery": None
            if slot.battery is None
            else {
                "mode": slot.battery.mode,
                "power_w": round(slot.battery.power_w, 1),
                "energy_wh": round(slot.battery.energy_wh, 1),
                "worth_ct": round(slot.battery.worth_ct, 3),
                "text": battery_text(schedule, slot, slot.battery),
            },
        }
        for index, slot in enumerate(schedule.slots)
        if slot.end_s > now_s
    ]


def _goals(schedule: Schedule, time: Callable[[float], str], clock: Callable[[float], str]) -> list[doc.ScheduledGoal]:
    return [
        {
            "charger": outcome.goal.charger,
            "ready": time(outcome.goal.ready_at_s),
            "need_wh": round(outcome.goal.need_wh, 1),
            "reached": None if outcome.ready_at_s is None else time(outcome.ready_at_s),
            "lack_wh": round(outcome.lack_wh, 1),
            "text": outcome_text(outcome, clock),
        }
        for outcome in schedule.outcomes
    ]
