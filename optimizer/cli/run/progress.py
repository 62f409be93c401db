"""Progress for a terminal: one line per minute of house time, and a sentence when a reason changes."""

from __future__ import annotations

import logging
from typing import Any

from optimizer.cli.logs import PROGRESS
from optimizer.control.report import TickReport
from optimizer.control.sentences import answering, sentence, unfollowed
from optimizer.model.house_lookups import HOME
from optimizer.model.lookup import total
from optimizer.model.state import Battery, Ev, State, Switch

log = logging.getLogger(PROGRESS)

REPEAT_S = 1800.0
"""An unchanged reason is repeated at this interval."""
LATELY_S = 600.0
LASTS_S = 60.0
"""A reason that was printed within LATELY_S is printed again only after it has lasted so long: reasons that flip would
fill the terminal."""


class Progress:
    """A watcher (control.report.Watcher) that describes the house in plain words."""

    def __init__(self, every_s: float = 60.0) -> None:
        self._every_s = every_s
        self._line_s = float("-inf")
        self._said: dict[str, dict[str, float]] = {}
        """By device: when each reason was printed last, monotonic s, oldest first."""
        self._since: dict[str, tuple[str, float]] = {}
        """By device: the reason of now, and since when it holds."""

    def on_tick(self, report: TickReport) -> None:
        """Print changes."""
        state = report.shown
        failing = {lease.device: lease.failing for lease in report.leases if lease.failing}
        for key, command in report.decision.commands.items():
            cause = answering(report.decision, key)
            if cause is None:
                continue
            reason = f"failing {cause.code}" if key in failing else cause.code
            if self._is_news(key, reason, state.mono_s):
                text = unfollowed(key, command.order, failing[key]) if key in failing else sentence(cause)
                log.info("%s  %s", f"{state.local:%H:%M}", text, extra={"fields": _why(state, key, cause.code, text)})
        if state.mono_s - self._line_s >= self._every_s:
            self._line_s = state.mono_s
            log.info("%s", house_line(state), extra={"fields": house_fields(state)})

    def _is_news(self, key: str, reason: str, now_s: float) -> bool:
        """Whether the reason of a device must be printed now. A reason that was printed lately must last a while."""
        before, since_s = self._since.get(key, ("", now_s))
        if reason != before:
            since_s = now_s
            self._since[key] = (reason, now_s)
        printed = self._said.setdefault(key, {})
        newest = next(reversed(printed), "")
        if reason == newest:
            news = now_s - printed[reason] >= REPEAT_S
        else:
            lately = now_s - printed.get(reason, float("-inf")) < LATELY_S
            news = not lately or now_s - since_s >= LASTS_S
        if news:
            printed.pop(reason, None)
            printed[reason] = now_s
        return news


def house_line(state: State) -> str:
    """The house in one line, for a terminal."""
    words = [
        f"{state.local:%H:%M}",
        f"sun {_kilowatts(_pv(state))}",
        f"house {_kilowatts(HOME.get(state, ''))}",
        f"grid {_kilowatts(state.grid.power_w.value, signed=True)}",
        *(_battery(battery) for battery in state.batteries.values()),
        *(_car(ev) for ev in state.evs.values()),
        *(_load(switch) for switch in state.switches.values()),
    ]
    return " | ".join(words)


def house_fields(state: State) -> dict[str, Any]:
    """The house as fields of a JSON line; unknown values are null."""
    return {
        "event": "house",
        "house_time": state.local.isoformat(timespec="seconds"),
        "pv_w": _pv(state),
        "home_w": HOME.get(state, ""),
        "grid_w": state.grid.power_w.value,
        "batteries": {
            name: {"soc_percent": battery.soc_percent.value, "power_w": battery.power_w.value}
            for name, battery in state.batteries.items()
        },
        "evs": {
            name: {
                "status": ev.status.value.value if ev.status.value else None,
                "power_w": ev.power_w.value,
                "offered_a": ev.offered_a.value,
                "paused": ev.paused.value,
                "phases": ev.phases.value,
            }
            for name, ev in state.evs.items()
        },
        "switches": {
            name: {"on": switch.on.value, "power_w": switch.power_w.value} for name, switch in state.switches.items()
        },
    }


def _why(state: State, key: str, code: str, text: str) -> dict[str, Any]:
    time = state.local.isoformat(timespec="seconds")
    return {"event": "reason", "house_time": time, "device": key, "code": code, "why": text}


def _pv(state: State) -> float | None:
    return total(pv.power_w for pv in state.pvs.values())


def _battery(battery: Battery) -> str:
    power_w, soc_percent = battery.power_w.value, battery.soc_percent.value
    full = "?" if soc_percent is None else f"{soc_percent:.0f} %"
    if power_w is None:
        return f"{battery.name} {full}"
    verb = "gives" if power_w > 20.0 else "takes" if power_w < -20.0 else "rests"
    return f"{battery.name} {full} {verb} {_kilowatts(abs(power_w))}"


def _car(ev: Ev) -> str:
    status, power_w = ev.status.value, ev.power_w.value
    if status is None:
        return f"{ev.name} ?"
    power = f" {_kilowatts(power_w)}" if power_w is not None else ""
    offer = ""
    if ev.paused.value is False and ev.offered_a.value is not None and ev.phases.value is not None:
        offer = f" ({ev.offered_a.value:.1f} A x {ev.phases.value})"
    return f"{ev.name} {status.value}{power}{offer}"


def _load(switch: Switch) -> str:
    on, power_w = switch.on.value, switch.power_w.value
    word = "?" if on is None else "on" if on else "off"
    return f"{switch.name} {word}" + (f" {_kilowatts(power_w)}" if on and power_w is not None else "")


def _kilowatts(power_w: float | None, signed: bool = False) -> str:
    if power_w is None:
        return "?"
    return f"{power_w / 1000.0:+z.2f} kW" if signed else f"{power_w / 1000.0:z.2f} kW"
