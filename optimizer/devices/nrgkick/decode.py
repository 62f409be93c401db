"""From values by JSON path to an Ev: one decoding for both protocols.

A value that is missing, of a wrong type or outside what such a device can measure is unknown, with the
reason; nothing is ever filled in.
"""

from __future__ import annotations

from typing import TypeVar

from optimizer.devices.nrgkick.api import CHARGE_PAUSE, CURRENT_SET, ENERGY_LIMIT, PHASE_COUNT, Live, Values
from optimizer.devices.nrgkick.codes import STATUS_WORDS, whole_number
from optimizer.devices.nrgkick.condition import Info, condition_from
from optimizer.devices.port import Identity
from optimizer.devices.values import not_negative, number_at
from optimizer.devices.words import printable
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.state import Ev, EvStatus
from optimizer.words.text import Text

T = TypeVar("T")

STATUSES = {
    "STANDBY": EvStatus.DISCONNECTED,
    "CONNECTED": EvStatus.CONNECTED,
    "CHARGING": EvStatus.CHARGING,
    "ERROR": EvStatus.ERROR,
    "WAKEUP": EvStatus.CONNECTED,
}
"""Whether a car charges comes from here alone: in standby there is noise of about 0.8 W and 0.02 A."""

NOISE_W = 50.0
"""So much below zero is measuring noise of an idle charger."""
MOST_A = 100.0
MOST_W = 100_000.0
MOST_WH = 1e12
"""Beyond these no charger of 32 A can measure: such a value is a fault, not a reading."""
NEEDED = frozenset(
    {
        "info.general.serial_number",
        "info.general.model_type",
        "info.general.rated_current",
        "info.connector.max_current",
        "info.versions.sw_sm",
        CURRENT_SET,
        CHARGE_PAUSE,
        ENERGY_LIMIT,
        PHASE_COUNT,
        "values.energy.total_charged_energy",
        "values.energy.charged_energy",
        "values.powerflow.charging_current",
        "values.powerflow.total_active_power",
        "values.powerflow.l1.current",
        "values.powerflow.l2.current",
        "values.powerflow.l3.current",
        "values.general.status",
    }
)
"""The paths that control needs. A device that refuses blocks is asked for these first."""
LONGEST_QUOTE = 40
SWITCHING = Text("the charger is switching phases")


def ev_from(name: str, info: Info, live: Live, last_phases: Reading[int], blocked: str) -> Ev:
    """The charger as it reports itself. `last_phases` stands in for the 0 it shows while switching phases."""
    values, at_s = live.values, live.at_s
    phases = _phases(values, at_s)
    if not phases.known and phases.why == SWITCHING and last_phases.known:
        phases = last_phases
    return Ev(
        name=name,
        condition=condition_from(info, live),
        status=_status(values, at_s),
        power_w=not_negative(number_at(values, ("values.powerflow.total_active_power",), at_s, -NOISE_W, MOST_W)),
        phase_current_a=tuple(
            number_at(values, (f"values.powerflow.l{line}.current",), at_s, 0.0, MOST_A) for line in (1, 2, 3)
        ),
        offered_a=number_at(values, (CURRENT_SET,), at_s, 0.0, MOST_A),
        signalled_a=number_at(values, ("values.powerflow.charging_current",), at_s, 0.0, MOST_A),
        paused=_paused(values, at_s),
        phases=phases,
        rated_a=rated_a(info.values, at_s),
        session_energy_wh=number_at(values, ("values.energy.charged_energy",), at_s, 0.0, MOST_WH),
        energy_total_wh=number_at(values, ("values.energy.total_charged_energy",), at_s, 0.0, MOST_WH),
        energy_limit_wh=number_at(values, (ENERGY_LIMIT,), at_s, 0.0, MOST_WH),
        blocked=blocked,
    )


def rated_a(info: Values, at_s: float) -> Reading[float]:
    """min(rating of the charger, of its connector) in A; unknown unless both are known."""
    rating = number_at(info, ("info.general.rated_current",), at_s, 1.0, MOST_A)
    connector = number_at(info, ("info.connector.max_current",), at_s, 1.0, MOST_A)
    if rating.value is None or connector.value is None:
        return rating if rating.value is None else connector
    return known(min(rating.value, connector.value), at_s)


def identity_from(info: Values) -> Identity:
    """The identity that the charger reports. The firmware is that of the SmartModule, which serves the APIs."""
    return Identity(
        brand="NRGkick",
        model=_text(info, "info.general.model_type"),
        serial=_text(info, "info.general.serial_number"),
        firmware=_text(info, "info.versions.sw_sm"),
    )


def _status(values: Values, at_s: float) -> Reading[EvStatus]:
    path = "values.general.status"
    value = values.get(path)
    word = STATUS_WORDS.get(whole) if (whole := whole_number(value)) is not None else value
    if isinstance(word, str) and word in STATUSES:
        return known(STATUSES[word], at_s)
    if value is None:
        return unknown(Text("the charger gives no {path}", path=path), at_s)
    return unknown(Text("the charger's status is {value}", value=repr(value)[:LONGEST_QUOTE]), at_s)


def _paused(values: Values, at_s: float) -> Reading[bool]:
    value = values.get(CHARGE_PAUSE)
    if value is None:
        return unknown(Text("the charger gives no {charge_pause}", charge_pause=CHARGE_PAUSE), at_s)
    if (whole := int(value) if isinstance(value, bool) else whole_number(value)) in (0, 1):
        return known(whole == 1, at_s)
    return _odd(CHARGE_PAUSE, value, at_s)


def _phases(values: Values, at_s: float) -> Reading[int]:
    value = values.get(PHASE_COUNT)
    if value is None:
        return unknown(Text("the charger gives no {phase_count}", phase_count=PHASE_COUNT), at_s)
    whole = whole_number(value)
    if whole == 0:
        return unknown(SWITCHING, at_s)
    return known(whole, at_s) if whole in (1, 2, 3) else _odd(PHASE_COUNT, value, at_s)


def _odd(path: str, value: object, at_s: float) -> Reading[T]:
    return unknown(Text("the charger's {path} is {value}", path=path, value=repr(value)[:LONGEST_QUOTE]), at_s)


def _text(info: Values, path: str) -> str:
    value = info.get(path)
    return printable(value.strip()) if isinstance(value, str) else ""
