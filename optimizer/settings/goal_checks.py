"""Checks of goals: whether their chargers and vehicles exist, and whether their need can be known."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.model.goal_text import days_and_clock, ready_text
from optimizer.settings.document import KeyPath
from optimizer.settings.errors import did_you_mean, hinted
from optimizer.settings.root import Settings
from optimizer.words.text import Text

Finding = tuple[KeyPath, str, str]
"""The setting, the mistake, and a valid value."""


def goal_findings(settings: Settings) -> Iterator[Finding]:
    """Every contradiction between goals, chargers, and vehicles."""
    chargers = {key: None for name, device in settings.devices.items() for key in device.chargers(name)}
    taken: dict[tuple[str, int, float], str] = {}
    for index, goal in enumerate(settings.goals):
        path: KeyPath = ("goals", index)
        key = "charger" if goal.charger is not None else "vehicle"
        name, known = goal.charger or goal.vehicle or "", chargers if key == "charger" else settings.vehicles
        if name not in known:
            meant = did_you_mean(name, known)
            what = hinted(Text("there is no {key} “{name}”", key=key, name=name), meant)
            yield (*path, key), what, ", ".join(known) or Text("add the {key}", key=key)
            continue
        yield from _about_soc(settings, index)
        days, clock_s = days_and_clock(goal.ready)
        for day in sorted(days):
            other = taken.setdefault((name, day, clock_s), goal.ready)
            if other is not goal.ready:
                what = Text(
                    "“{name}” has another goal at the same time, `{value}`",
                    name=name,
                    value=ready_text(frozenset({day}), clock_s),
                )
                yield (*path, "ready"), what, Text("one goal for each departure")
                break


def _about_soc(settings: Settings, index: int) -> Iterator[Finding]:
    """A goal by state of charge needs the capacity of the car."""
    goal = settings.goals[index]
    if goal.soc is None:
        return
    path: KeyPath = ("goals", index, "soc")
    if goal.vehicle is not None:
        if settings.vehicles[goal.vehicle].capacity_wh is None:
            what = Text(
                "the vehicle “{vehicle}” has no capacity_wh, so the energy until {soc} is not known",
                vehicle=goal.vehicle,
                soc=goal.soc,
            )
            yield path, what, Text("give its capacity_wh, or write `energy: 12kWh` in place of `soc`")
        return
    at = [name for name, one in settings.vehicles.items() if one.charger == goal.charger]
    if goal.charger in settings.vehicle_at:
        return
    if not any(settings.vehicles[name].capacity_wh is not None for name in at):
        what = Text(
            "no vehicle with capacity_wh is at the charger “{charger}”, so the need until {soc} is unknown",
            charger=str(goal.charger),
            soc=goal.soc,
        )
        yield path, what, Text("describe the car under `vehicles`, or write `energy: 12kWh` in place of `soc`")
