"""GoalBoard: the goal of each car for every tick, and where goals for one departure are set."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from optimizer.model.calendar import local_day
from optimizer.model.clock import Clock
from optimizer.model.goal_text import checked_aim, checked_ready, checked_until, time_text
from optimizer.model.goals import Aim, GoalError, GoalReport, OnceGoal, Pause, next_occurrence
from optimizer.model.state import EvGoal, State
from optimizer.runtime.goals.kept import KeptGoal, KeptGoals
from optimizer.schedule.departures import Car, Departure, followed, reported, state_of
from optimizer.schedule.goals import GoalPlan, VehicleFacts, car_of, goal_now, most_w, repeating_of
from optimizer.words.text import Text
from optimizer.words.who import kept_record

log = logging.getLogger(__name__)


class GoalBoard:
    """The goals of a running service (model.goals.GoalSink)."""

    def __init__(self, plan: GoalPlan, clock: Clock, store: KeptGoals) -> None:
        self._plan = plan
        self._clock = clock
        self._store = store
        self._listeners: list[Callable[[], None]] = []
        self._states: dict[str, str] = {}
        self._cars = {name: self._usual_car(name) for name in plan.site.chargers}
        kept = store.load()
        self._departures = {
            name: Departure(found.once, found.current, found.base_wh, skipped_s=found.skipped_s, pause=found.pause)
            for name in plan.site.chargers
            for found in (kept.get(name, KeptGoal()),)
        }
        for name in sorted(kept.keys() - self._departures.keys()):
            if kept[name].once is not None:
                text = "the goal of %s is forgotten: the settings have no charger of this name. Set it again"
                log.warning(text, name)
        self._kept = self._to_keep()

    def listen(self, changed: Callable[[], None]) -> None:
        """Call `changed` after each change of a goal."""
        self._listeners.append(changed)

    def complete(self, state: State) -> State:
        """`state` with the goal of each charger that has one."""
        now_s = state.now.timestamp()
        goals: dict[str, EvGoal] = {}
        for name, ev in state.evs.items():
            if name not in self._departures:
                continue
            car = self._cars[name] = car_of(self._plan, ev)
            before = self._departures[name]
            departure = followed(before, repeating_of(self._plan, car), car, now_s, self._plan.site.zone)
            self._departures[name] = departure
            goal = goal_now(departure, car, now_s, state.mono_s)
            if goal is not None:
                goals[name] = goal
            self._watch(departure, car, now_s, moved=departure.current != before.current)
        self._save()
        return replace(state, goals=goals) if goals else state

    def reports(self) -> tuple[GoalReport, ...]:
        """The goal of each charger, in the order of the settings."""
        now_s = self._clock.now().timestamp()
        return tuple(self._report(name, now_s) for name in self._departures)

    def set(self, name: str, aim: Aim, ready_s: float, by: str) -> GoalReport:
        """Set the goal for one departure of a charger or vehicle. It replaces an earlier one. Raises GoalError."""
        charger, zone = self._charger(name), self._plan.site.zone
        at = self._clock.now()
        now_s = at.timestamp()
        checked_aim(aim)
        checked_ready(ready_s, now_s, zone)
        car, before = self._cars[charger], self._departures[charger]
        if aim.soc_percent is not None and car.capacity_wh is None and car.soc_percent is None:
            raise GoalError(
                Text(
                    "{charger} has no car with a known state of charge or capacity. Give an energy, such as 12kWh, "
                    "or describe the car under vehicles in the settings",
                    charger=charger,
                )
            )
        replaces_s = self._replaced_s(before, car, ready_s, now_s)
        once = OnceGoal(
            charger=charger,
            aim=aim,
            ready_s=ready_s,
            by=kept_record(by),
            at=at,
            replaces_s=replaces_s,
            base_wh=before.session_wh if car.connected is not False else 0.0,
        )
        current = next_occurrence(repeating_of(self._plan, car), once, now_s, zone, replaces_s, before.pause)
        self._departures[charger] = before._replace(once=once, current=current, skipped_s=replaces_s)
        log.warning("goal of %s: %s by %s (by %s)", charger, aim.text, time_text(ready_s, now_s, zone), once.by)
        return self._changed(charger, now_s)

    def end(self, name: str, by: str) -> GoalReport:
        """End the goal for one departure. The repeating goals hold again. Raises GoalError."""
        charger = self._charger(name)
        departure = self._departures[charger]
        if departure.once is None:
            raise GoalError(
                Text(
                    "no goal is set by hand on {charger}. Goals that repeat are in the settings, under `goals`",
                    charger=charger,
                )
            )
        now_s = self._clock.now().timestamp()
        self._departures[charger] = departure._replace(once=None, current=None, skipped_s=None)
        log.warning("goal of %s ended (by %s)", charger, kept_record(by))
        return self._changed(charger, now_s)

    def pause(self, name: str, until_s: float, by: str) -> GoalReport:
        """Let no repeating goal occur before Unix time `until_s`. A goal for one departure stays. Raises GoalError."""
        charger, zone, now_s = self._charger(name), self._plan.site.zone, self._clock.now().timestamp()
        checked_until(until_s, now_s, zone)
        if not self._repeats(charger):
            raise GoalError(
                Text(
                    "no goal repeats for {charger}, so there is nothing to pause. Goals that repeat are in the "
                    "settings, under `goals`",
                    charger=charger,
                )
            )
        before = self._departures[charger]
        current = before.current if before.current is not None and before.current.once else None
        self._departures[charger] = before._replace(current=current, pause=Pause(until_s, kept_record(by)))
        until = time_text(until_s, now_s, zone)
        log.warning("repeating goals of %s pause until %s (by %s)", charger, until, kept_record(by))
        return self._changed(charger, now_s)

    def resume(self, name: str, by: str) -> GoalReport:
        """End the pause of the repeating goals. Raises GoalError."""
        charger = self._charger(name)
        departure = self._departures[charger]
        if departure.pause is None:
            raise GoalError(Text("the goals of {charger} do not pause", charger=charger))
        self._departures[charger] = departure._replace(pause=None)
        log.warning("repeating goals of %s hold again (by %s)", charger, kept_record(by))
        return self._changed(charger, self._clock.now().timestamp())

    def _repeats(self, charger: str) -> bool:
        """Whether a repeating goal is for this charger, or for a vehicle that may come to it."""
        return any(goal.charger == charger or goal.vehicle for goal in self._plan.repeating)

    def _replaced_s(self, before: Departure, car: Car, ready_s: float, now_s: float) -> float | None:
        """Unix time of the occurrence that a new goal for one departure replaces: the one that was missed, or the
        next one of the same local day. A goal for Sunday leaves the one of Monday as it is."""
        if before.current is not None and before.current.ready_s <= now_s and not before.current.once:
            return before.current.ready_s
        zone = self._plan.site.zone
        day = local_day(ready_s, zone)
        usual = next_occurrence(repeating_of(self._plan, car), None, max(now_s, day.start_s - 1.0), zone)
        return None if usual is None or usual.ready_s >= day.end_s else usual.ready_s

    def _changed(self, charger: str, now_s: float) -> GoalReport:
        self._departures[charger] = self._followed(charger, now_s)
        self._save()
        for listener in self._listeners:
            listener()
        return self._report(charger, now_s)

    def _report(self, name: str, now_s: float) -> GoalReport:
        """The goal as of now, also before the first tick and without a service, when no tick has followed it."""
        departure = self._followed(name, now_s)
        return reported(departure, self._cars[name], now_s, self._plan.site.zone, repeats=self._repeats(name))

    def _followed(self, name: str, now_s: float) -> Departure:
        car = self._cars[name]
        return followed(self._departures[name], repeating_of(self._plan, car), car, now_s, self._plan.site.zone)

    def _watch(self, departure: Departure, car: Car, now_s: float, *, moved: bool) -> None:
        """Log the state of a goal when it changes."""
        state = state_of(departure, car, now_s)
        before, self._states[car.charger] = self._states.get(car.charger, "none"), state
        if state == before and not (moved and state not in ("none", "away")):
            return
        if state != "none":
            level = logging.WARNING if state in ("overdue", "impossible", "unknown") else logging.INFO
            log.log(level, "%s: %s", car.charger, self._report(car.charger, now_s).text)
        for listener in self._listeners:
            listener()

    def _save(self) -> None:
        kept = self._to_keep()
        if kept != self._kept:
            self._kept = kept
            self._store.save(kept)

    def _to_keep(self) -> dict[str, KeptGoal]:
        return {
            name: KeptGoal(
                once=one.once,
                current=one.current,
                base_wh=one.base_wh,
                skipped_s=one.skipped_s,
                pause=one.pause,
            )
            for name, one in self._departures.items()
            if one.once is not None or one.current is not None or one.pause is not None
        }

    def _charger(self, name: str) -> str:
        """The charger of a name. Raises GoalError."""
        if name in self._departures:
            return name
        at = next((car.charger for car in self._cars.values() if car.vehicle == name), "")
        found = at or getattr(self._plan.vehicles.get(name), "charger", "")
        if not found and name in self._plan.vehicles:
            raise GoalError(
                Text(
                    "the vehicle “{name}” is at no charger now, and its settings name none. "
                    "Name the charger: {chargers}",
                    name=name[:40],
                    chargers=", ".join(self._departures) or "none",
                )
            )
        if not found:
            known_names = ", ".join([*self._departures, *self._plan.vehicles]) or "none"
            raise GoalError(
                Text(
                    "there is no charger or vehicle “{name}”. There are: {known_names}",
                    name=name[:40],
                    known_names=known_names,
                )
            )
        return str(found)

    def _usual_car(self, charger: str) -> Car:
        """The car before the first tick."""
        name, facts = next(
            ((name, one) for name, one in self._plan.vehicles.items() if one.charger == charger), ("", VehicleFacts())
        )
        return Car(charger, capacity_wh=facts.capacity_wh, vehicle=name, most_w=most_w(self._plan, charger))
