"""The house with the readings of its devices, as a document of the JSON API. Pure."""

from __future__ import annotations

from optimizer.model.condition import ChargerCondition
from optimizer.model.faults import ERRORS, NONE, RCD_FAULTS, WARNINGS
from optimizer.model.state import Ev, State, Switch
from optimizer.serve.energy import home_power
from optimizer.serve.web import house_documents as house_doc
from optimizer.words.text import Text


def house_document(state: State) -> house_doc.House:
    """Powers in W and charge in %, null where unknown."""
    return {
        "grid_w": state.grid.power_w.value,
        "home_w": _rounded(home_power(state).value),
        "dimmed": state.grid.dimmed.value,
        "pvs": [{"name": pv.name, "power_w": pv.power_w.value} for pv in state.pvs.values()],
        "batteries": [
            {"name": b.name, "power_w": b.power_w.value, "soc_percent": b.soc_percent.value}
            for b in state.batteries.values()
        ],
        "evs": [_ev(ev) for ev in state.evs.values()],
        "switches": [_switch(switch) for switch in state.switches.values()],
    }


def _switch(switch: Switch) -> house_doc.Load:
    return {
        "name": switch.name,
        "on": switch.on.value,
        "power_w": _rounded(switch.power_w.value),
        "energy_wh": switch.energy_total_wh.value,
        "blocked": switch.blocked,
    }


def _ev(ev: Ev) -> house_doc.Car:
    return {
        "name": ev.name,
        "status": ev.status.value.value if ev.status.value is not None else None,
        "power_w": ev.power_w.value,
        "offered_a": 0.0 if ev.paused.value else ev.offered_a.value,
        "phases": ev.phases.value,
        "session_wh": ev.session_energy_wh.value,
        "vehicle": ev.vehicle,
        "soc_percent": _rounded(ev.soc_percent.value),
        "soc_estimated": ev.soc_estimated.value,
        "limit_soc_percent": ev.limit_soc_percent.value,
        "range_km": _rounded(ev.range_km.value),
        "blocked": ev.blocked,
        "condition": _condition(ev.condition),
    }


def _condition(condition: ChargerCondition) -> house_doc.Condition:
    words = (
        ("error", condition.error.value, ERRORS),
        ("warning", condition.warning.value, WARNINGS),
        ("RCD", condition.rcd.value, RCD_FAULTS),
    )
    return {
        "error": condition.error.value,
        "warning": condition.warning.value,
        "residual_current": condition.rcd.value,
        "faults": [
            Text("{kind}: {meaning}", kind=Text(kind), meaning=Text(meanings.get(word, word)))
            for kind, word, meanings in words
            if word is not None and word != NONE
        ],
        "relays": condition.relays.value,
        "housing_temp_c": condition.housing_temp_c.value,
        "connector_temp_c": [reading.value for reading in condition.connector_temp_c],
        "plug_temp_c": [reading.value for reading in condition.plug_temp_c],
        "voltage_v": [reading.value for reading in condition.voltage_v],
        "neutral_current_a": condition.neutral_current_a.value,
        "signal_dbm": condition.signal_dbm.value,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
