"""Troubles that people must see: implausible readings, a late grid meter, and cars without a start.

Readers of a tick call this, never a decision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from optimizer.control.judge.answers import LATE_S
from optimizer.control.memory import Memory
from optimizer.model.decision import Cause, Decision
from optimizer.model.reading import Reading
from optimizer.model.site import Site
from optimizer.model.state import State
from optimizer.words.text import Text

LEAST_REST_S = 60.0
"""A shorter wait is the spacing between two starts, not a lock-out."""


class Lockout(NamedTuple):
    """A car that cannot start because its budget of starts is used up."""

    name: str
    """The charger."""
    rest_s: float
    """Time until the next start is possible, s."""
    cause: Cause


def implausible(judged: State) -> Mapping[str, str]:
    """The reasons by reading, such as `grid.power_w` or `battery.cellar.soc_percent`, of a judged state."""
    readings: list[tuple[str, Reading[Any]]] = [("grid.power_w", judged.grid.power_w)]
    readings += [(f"pv.{name}.power_w", pv.power_w) for name, pv in judged.pvs.items()]
    readings += [(f"battery.{name}.power_w", battery.power_w) for name, battery in judged.batteries.items()]
    readings += [(f"battery.{name}.soc_percent", battery.soc_percent) for name, battery in judged.batteries.items()]
    readings += [(f"ev.{name}.power_w", ev.power_w) for name, ev in judged.evs.items()]
    if not judged.grid.power_w.implausible:  # else its reason is that of the currents too
        readings += [("grid.phase_current_a", amps) for amps in judged.grid.phase_current_a]
    readings += [(f"ev.{name}.phase_current_a", amps) for name, ev in judged.evs.items() for amps in ev.phase_current_a]
    return {what: reading.why for what, reading in readings if reading.implausible}


def lockouts(decision: Decision) -> Iterator[Lockout]:
    """The lock-outs of this decision."""
    for cause in decision.causes:
        if cause.code == "budget.start":
            rest_s = dict(cause.numbers).get("rest_s", 0.0)
            if rest_s > LEAST_REST_S:
                yield Lockout(cause.subject.split(".")[1], rest_s, cause)


def meter_delay_s(memory: Memory | None, site: Site) -> float | None:
    """The delay of the grid meter, as set or as learned, s. None until it is known."""
    if site.grid_delay_s is not None:
        return site.grid_delay_s
    return memory.judge.meter.answers.delay_s if memory is not None else None


def late_meter(delay_s: float | None) -> str:
    """A sentence about a late meter. Empty if it is not late, or if its delay is unknown."""
    if delay_s is None or delay_s < LATE_S:
        return ""
    return Text(
        "The grid meter is {delay_s} late. The service waits until it shows each change of a car.", delay_s=delay_s
    )
