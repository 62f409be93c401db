"""Overrides: values that the owner sets by hand. They are claims of a built-in rule above all others. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from optimizer.model.decision import Cause, EvMode
from optimizer.model.state import EvStatus, State
from optimizer.rules.book.verdict import Claimed, Limited, Verdict
from optimizer.words.text import Text

RULE = "override"
"""Id of the built-in rule; no rule file may use it."""
LONGEST = timedelta(days=7)
"""The longest time of an override. A longer change belongs in the rules."""


class OverrideError(ValueError):
    """An override is not possible. The message says why, and what is possible."""


@dataclass(frozen=True, slots=True)
class Override:
    """One target held at a value. It ends at `until`, or earlier with the car's session."""

    target: str
    """A canonical target: `ev.carport.mode`, `ev.carport.current_a`, `battery.power_w`, …"""
    value: float | str
    """In the target's unit, or one of its words."""
    until: datetime
    """Aware UTC; the end of the override."""
    session: bool = False
    """Whether it also ends when the car of its target is unplugged."""
    ends_s: float | None = None
    """Monotonic s at which it is over, whatever the wall clock says; None if only `until` is known."""


def in_words(override: Override, local: datetime) -> str:
    """`ev.carport.mode = fast until 22:05 or unplugged`, in the zone of `local`, the house's now."""
    until = override.until.astimezone(local.tzinfo)
    day = "" if until.date() == local.date() else f"{until:%a} "
    session = " or unplugged" if override.session else ""
    return f"{override.target} = {_word(override.value)} until {day}{until:%H:%M}{session}"


def still_active(overrides: tuple[Override, ...], state: State) -> tuple[Override, ...]:
    """The overrides that are active now. An unknown status of the car does not end a session."""
    kept = tuple(o for o in overrides if left_s(o, state) > 0.0 and not (o.session and _unplugged(o.target, state)))
    return overrides if len(kept) == len(overrides) else kept


def left_s(override: Override, state: State) -> float:
    """Seconds until the override is over: by the monotonic clock, so that a wall clock that is set changes nothing."""
    if override.ends_s is not None:
        return override.ends_s - state.mono_s
    return (override.until - state.now).total_seconds()


def apply(verdict: Verdict, overrides: tuple[Override, ...], state: State) -> Verdict:
    """The verdict in which each active override replaces the winner, with a cause. Of limits the smallest stays."""
    if not overrides:
        return verdict
    claims, limits, causes = dict(verdict.claims), dict(verdict.limits), list(verdict.causes)
    for override in overrides:
        beaten = None if _is_limit(override.target) else claims.get(override.target)
        seconds = round(max(0.0, left_s(override, state)))
        causes.append(
            Cause(
                "override.holds",
                override.target,
                rule=RULE,
                numbers=(("left_s", seconds),),
                detail=_word(override.value),
            )
        )
        if beaten is not None:
            causes.append(Cause("override.beats", override.target, beaten.rule, detail=_word(beaten.value)))
        if not _is_limit(override.target):
            claims[override.target] = Claimed(override.value, RULE)
        elif override.target not in limits or float(override.value) < limits[override.target].value:
            limits[override.target] = Limited(float(override.value), RULE)
    return replace(verdict, claims=claims, limits=limits, causes=tuple(causes))


def modes(verdict: Verdict, before: Mapping[str, str]) -> Mapping[str, str]:
    """The mode of each charger, with overrides. Rules see it as `ev.mode` in the next tick.

    Returns the previous mapping if nothing has changed.
    """
    now = {name: _mode(verdict, name) for name in before}
    return before if now == before else now


def merged(overrides: tuple[Override, ...], new: Override) -> tuple[Override, ...]:
    """All overrides, with the new one in place of any other on its target."""
    return (*(o for o in overrides if o.target != new.target), new)


def without(overrides: tuple[Override, ...], target: str) -> tuple[Override, ...]:
    """All overrides except the one on `target`."""
    return tuple(o for o in overrides if o.target != target)


def checked(override: Override, state: State) -> Override:
    """The override, if it is possible in this house now. Raises OverrideError."""
    kind, _, rest = override.target.partition(".")
    name, _, quantity = rest.rpartition(".")
    accepts = _ACCEPTS.get(f"{kind}.{quantity}")
    known = {"ev": state.evs, "battery": {**state.batteries, "": None}, "surplus": {"": None}}.get(kind, {})
    if accepts is None or name not in known:
        raise OverrideError(
            Text("{target} cannot be overridden. Use {targets}", target=override.target, targets=_targets(state))
        )
    meaning, accept = accepts
    if not accept(override.value):
        raise OverrideError(
            Text(
                "{target} is {meaning}, not {value}",
                target=override.target,
                meaning=meaning,
                value=repr(override.value),
            )
        )
    if override.until <= state.now:
        raise OverrideError(Text("the end of the override is in the past. Choose a later time"))
    if override.until > state.now + LONGEST:
        raise OverrideError(Text("an override lasts at most 7 days. For a longer time, write a rule"))
    if override.session and (kind != "ev" or state.evs[name].status.value in (None, EvStatus.DISCONNECTED)):
        raise OverrideError(Text("no car is known to be connected, so there is no session. Give a time instead"))
    value = float(override.value) if override.value in ("1", "3") else override.value
    return replace(override, value=value, ends_s=state.mono_s + (override.until - state.now).total_seconds())


def _mode(verdict: Verdict, name: str) -> str:
    claimed = verdict.claims.get(f"ev.{name}.mode")
    return EvMode.OFF.value if claimed is None else str(claimed.value)


def _word(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _unplugged(target: str, state: State) -> bool:
    ev = state.evs.get(target.split(".")[1])
    return ev is not None and ev.status.value is EvStatus.DISCONNECTED


def _one_of(*words: str) -> tuple[str, Callable[[float | str], bool]]:
    return Text("one of {words}", words=", ".join(words)), lambda value: value in words


def _between(least: float, most: float, unit: str) -> tuple[str, Callable[[float | str], bool]]:
    return (
        Text("a number from {least} to {most} {unit}", least=f"{least:g}", most=f"{most:g}", unit=unit),
        lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most,
    )


_ACCEPTS: dict[str, tuple[str, Callable[[float | str], bool]]] = {
    "ev.mode": _one_of(*(mode.value for mode in EvMode)),
    "ev.current_a": _between(6.0, 32.0, "A"),
    "ev.phases": (
        Text("auto, 1 or 3"),
        lambda value: value in ("auto", "1", "3", 1, 3) and not isinstance(value, bool),
    ),
    "ev.energy_limit_wh": _between(0.0, 1_000_000.0, "Wh"),
    "battery.mode": _one_of("auto", "charge", "discharge"),
    "battery.power_w": _between(-50_000.0, 50_000.0, "W"),
    "battery.charge_w": _between(0.0, 50_000.0, "W"),
    "battery.discharge_w": _between(0.0, 50_000.0, "W"),
    "surplus.priority": _one_of("battery_first", "ev_first"),
}
LIMITED = ("battery.charge_w", "battery.discharge_w")
"""Targets that an override limits. Rules may limit them further."""


def _is_limit(target: str) -> bool:
    parts = target.split(".")
    return f"{parts[0]}.{parts[-1]}" in LIMITED


def _targets(state: State) -> str:
    names = [f"ev.{name}.mode" for name in state.evs]
    names += ["battery.mode", "battery.discharge_w"] if state.batteries else []
    return ", ".join(names) or Text("nothing: no such device")
