"""Overrides: values that the owner sets by hand. They are claims of a built-in rule above all others. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from optimizer.model.decision import Cause, EvMode
from optimizer.model.goal_text import WEEKDAYS
from optimizer.model.kinds import GUEST, SWITCH_STATE
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
    to_percent: float | None = None
    """Of a battery that charges or discharges by hand: the state of charge at which it ends."""
    resting: bool = False
    """Of a reserve: whether the battery has come down to it and does not discharge."""


RESERVE = "reserve_percent"
RESERVE_GAP_PERCENT = 2.0
"""A battery that has come down to its reserve discharges again from this far above it."""
UNITS: Mapping[str, str] = {"_wh": "Wh", "_w": "W", "_a": "A", "_percent": "%"}
"""The unit by the end of a target."""
AIMS = ("charge", "discharge")
"""Modes of a battery that can end at a state of charge."""


def in_words(override: Override, local: datetime) -> str:
    """`ev.carport.mode = fast until 22:05 or unplugged`, in the zone of `local`, the house's now."""
    until = override.until.astimezone(local.tzinfo)
    time: str = f"{until:%H:%M}"
    if until.date() != local.date():
        time = Text("{day} {time}", day=Text(WEEKDAYS[until.weekday()]), time=time)
    value = _with_unit(override.target, override.value)
    said = Text("{target} = {value} until {time}", target=override.target, value=value, time=time)
    if override.session:
        said = Text("{what} or unplugged", what=said)
    if override.to_percent is not None:
        said = Text("{what} or at {soc} %", what=said, soc=f"{override.to_percent:g}")
    return said


def _with_unit(target: str, value: float | str) -> str:
    unit = next((unit for ending, unit in UNITS.items() if target.endswith(ending)), "")
    return f"{_word(value)} {unit}" if unit and not isinstance(value, str) else _word(value)


def still_active(overrides: tuple[Override, ...], state: State) -> tuple[Override, ...]:
    """The overrides that are active now. An unknown status of the car, or an unknown charge, does not end one."""
    kept = tuple(_followed(o, state) for o in overrides if left_s(o, state) > 0.0 and not _reached(o, state))
    return overrides if kept == overrides else kept


def _reached(override: Override, state: State) -> bool:
    """Whether the car of its session is gone, or the battery has the charge that was wanted."""
    if override.session and _unplugged(override.target, state):
        return True
    if override.to_percent is None:
        return False
    soc_percent = _soc_percent(override.target, state)
    if soc_percent is None:
        return False
    return soc_percent >= override.to_percent if override.value == "charge" else soc_percent <= override.to_percent


def _followed(override: Override, state: State) -> Override:
    """A reserve with the state of charge of now. While that is unknown, the battery does not discharge."""
    if not override.target.endswith(f".{RESERVE}"):
        return override
    reserve_percent, soc_percent = float(override.value), _soc_percent(override.target, state)
    if soc_percent is None or soc_percent <= reserve_percent:
        resting = True
    else:
        resting = override.resting and soc_percent < reserve_percent + RESERVE_GAP_PERCENT
    return override if resting == override.resting else replace(override, resting=resting)


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
        causes.append(_cause(override, state))
        target = _limit_of(override)
        if target is None:
            beaten = claims.get(override.target)
            if beaten is not None:
                causes.append(Cause("override.beats", override.target, beaten.rule, detail=_word(beaten.value)))
            claims[override.target] = Claimed(override.value, RULE)
            continue
        if override.target.endswith(f".{RESERVE}") and not override.resting:
            continue
        most = 0.0 if override.target.endswith(f".{RESERVE}") else float(override.value)
        if target not in limits or most < limits[target].value:
            limits[target] = Limited(most, RULE)
    return replace(verdict, claims=claims, limits=limits, causes=tuple(causes))


def _cause(override: Override, state: State) -> Cause:
    """The cause of an override: its value, and the remaining time in s."""
    code, numbers = "override.holds", [("left_s", float(round(max(0.0, left_s(override, state)))))]
    if override.to_percent is not None:
        code, numbers = "override.to", [("to_percent", override.to_percent), *numbers]
    elif override.target.endswith(f".{RESERVE}"):
        code, numbers = "override.reserve", [(RESERVE, float(override.value)), *numbers]
    return Cause(code, override.target, rule=RULE, numbers=tuple(numbers), detail=_word(override.value))


def _limit_of(override: Override) -> str | None:
    """The target that it limits. None: it is a claim."""
    if override.target.endswith(f".{RESERVE}"):
        return override.target.replace(RESERVE, "discharge_w")
    return override.target if _is_limit(override.target) else None


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


def checked(override: Override, state: State, vehicles: Collection[str] = ()) -> Override:
    """The override, if it is possible in this house now. `vehicles` are those of the settings. Raises OverrideError."""
    kind, _, rest = override.target.partition(".")
    name, _, quantity = rest.rpartition(".")
    accepts = _ACCEPTS.get(f"{kind}.{quantity}")
    if accepts is None and vehicles and f"{kind}.{quantity}" == "ev.vehicle":
        accepts = _one_of(*vehicles, GUEST)
    known: Mapping[str, object] = {
        "ev": state.evs,
        "battery": {**state.batteries, "": None},
        "switch": state.switches,
        "surplus": {"": None},
    }.get(kind, {})
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
    _check_aim(override, kind, state)
    if override.until <= state.now:
        raise OverrideError(Text("the end of the override is in the past. Choose a later time"))
    if override.until > state.now + LONGEST:
        raise OverrideError(Text("an override lasts at most 7 days. For a longer time, write a rule"))
    # A charger whose answer is late may have a car. If it has none, the override ends with the next answer.
    if override.session and (kind != "ev" or _unplugged(override.target, state)):
        raise OverrideError(Text("no car is connected, so there is no session. Give a time instead"))
    value = float(override.value) if override.value in ("1", "3") else override.value
    return replace(override, value=value, ends_s=state.mono_s + (override.until - state.now).total_seconds())


def _check_aim(override: Override, kind: str, state: State) -> None:
    """Raises OverrideError if a state of charge is wanted where it means nothing, or of no single battery."""
    reserve = override.target.endswith(f".{RESERVE}")
    if override.to_percent is not None:
        if kind != "battery" or override.value not in AIMS:
            raise OverrideError(Text("a state of charge ends only the modes charge and discharge of a battery"))
        if not 0.0 <= override.to_percent <= 100.0:
            raise OverrideError(Text("the state of charge is a number from 0 to 100 %"))
    if (reserve or override.to_percent is not None) and override.target.count(".") == 1 and len(state.batteries) > 1:
        raise OverrideError(Text("there are several batteries. Name one, such as battery.cellar.mode"))


def _soc_percent(target: str, state: State) -> float | None:
    """The state of charge of the battery of a target, or of the only one. None: unknown."""
    parts = target.split(".")
    named = state.batteries.get(parts[1]) if len(parts) == 3 else next(iter(state.batteries.values()), None)
    return named.soc_percent.value if named is not None else None


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
    f"battery.{RESERVE}": _between(0.0, 100.0, "%"),
    "switch.state": _one_of(*SWITCH_STATE.words),
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
    names += [f"switch.{name}.state" for name in state.switches]
    return ", ".join(names) or Text("nothing: no such device")
