"""Builds the documents of the JSON API from a tick, for the status page, the terminal, and other programs. Pure.

Every figure names its unit. An unknown figure is null, and `unknown` gives the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from optimizer.control.report import DeviceHealth, LeaseStatus, TickReport
from optimizer.control.sentences import answer, answering, order_text, sentence, unfollowed
from optimizer.control.troubles import late_meter, lockouts, meter_delay_s
from optimizer.journal.changes import Change
from optimizer.model.condition import ChargerCondition
from optimizer.model.decision import BatteryAction, Cause, Command, Decision, EvOrder, SwitchOrder
from optimizer.model.faults import ERRORS, NONE, RCD_FAULTS, WARNINGS
from optimizer.model.reading import Reading
from optimizer.model.site import Site
from optimizer.model.state import Ev, State, Switch
from optimizer.rules.book.overrides import Override
from optimizer.rules.book.verdict import Claimed, Limited
from optimizer.serve.energy import HOME, Books, autarky, home_power, self_consumption
from optimizer.serve.web import by_hand_documents as hand_doc
from optimizer.serve.web import documents as doc
from optimizer.serve.web import house_documents as house_doc
from optimizer.serve.web.rules import rules_by_hand_document
from optimizer.words.text import Text, joined


def status_document(report: TickReport, now_s: float, books_today: Books, site: Site) -> doc.TickStatus:
    """All that the status page shows, at monotonic `now_s`."""
    state, decision = report.shown, report.decision
    return {
        "at": state.now.isoformat(),
        "local": state.local.isoformat(timespec="seconds"),
        "time_zone": str(state.local.tzinfo),
        "tick": report.ticks,
        "observe_only": report.observe_only,
        "house": house_document(state),
        "unknown": list(unknowns(state)),
        "meter": meter_document(meter_delay_s(report.memory, site)),
        "locked_out": [
            {"ev": one.name, "rest_s": round(one.rest_s), "text": sentence(one.cause)} for one in lockouts(decision)
        ],
        "why": why_document(state, decision, report.leases),
        "targets": targets_document(report.verdict.claims, report.verdict.limits),
        "devices": [_device(health, now_s) for health in report.devices],
        "leases": [_lease(lease, now_s) for lease in report.leases],
        "rules": rules_document(report),
        "overrides": [override_document(o) for o in (report.memory.overrides if report.memory else ())],
        "rules_by_hand": rules_by_hand_document(report.rules_by_hand),
        "book": {"version": report.book_version, "error": report.book_error, "failures": report.reload_failures},
        "today": energy_document(books_today),
    }


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


def meter_document(delay_s: float | None) -> doc.Meter:
    """The delay of the grid meter, with a sentence about a late one."""
    text = late_meter(delay_s)
    return {"delay_s": None if delay_s is None else round(delay_s, 1), "late": bool(text), "text": text}


def unknowns(state: State) -> Iterator[doc.Unknown]:
    """The important readings that are unknown, with the reasons."""
    readings: list[tuple[str, Reading[Any]]] = [("grid.power_w", state.grid.power_w)]
    readings += [(f"pv.{pv.name}.power_w", pv.power_w) for pv in state.pvs.values()]
    for battery in state.batteries.values():
        readings += [(f"battery.{battery.name}.power_w", battery.power_w)]
        readings += [(f"battery.{battery.name}.soc_percent", battery.soc_percent)]
    for ev in state.evs.values():
        readings += [(f"ev.{ev.name}.status", ev.status), (f"ev.{ev.name}.power_w", ev.power_w)]
    readings += [(f"switch.{switch.name}.on", switch.on) for switch in state.switches.values()]
    for what, reading in readings:
        if not reading.known:
            yield {"what": what, "why": Text.of(reading.why)}


def words(cause: Cause, state: State) -> str:
    """The cause in words. The monotonic times of a rule's timers become times of day."""
    text, numbers = sentence(cause), dict(cause.numbers)
    if not cause.code.startswith("rule."):
        return text
    if "since_s" not in numbers:
        return text
    since = _time_of_day(state, numbers["since_s"])
    if "due_s" not in numbers:
        return Text("{said} Since {since}.", said=text, since=since)
    return Text(
        "{said} Since {since}, next at {next}.", said=text, since=since, next=_time_of_day(state, numbers["due_s"])
    )


def _time_of_day(state: State, mono_s: float) -> str:
    return (state.local + timedelta(seconds=mono_s - state.mono_s)).strftime("%H:%M:%S")


def decision_document(state: State, decision: Decision) -> doc.DecisionDocument:
    """The command of each device in figures, and every cause."""
    return {
        "at": decision.now.isoformat(),
        "commands": {device: _command(command) for device, command in decision.commands.items()},
        "causes": [cause_document(cause, state) for cause in decision.causes],
    }


def why_document(state: State, decision: Decision, leases: Iterable[LeaseStatus] = ()) -> list[doc.Why]:
    """For each controlled device one sentence and its causes. `leases` tell whether its orders arrive."""
    failing = {lease.device: lease.failing for lease in leases if lease.failing}
    document: list[doc.Why] = []
    for device, command in decision.commands.items():
        kind = device.partition(".")[0]
        own = [c for c in decision.causes if c.subject.startswith(f"{device}.") or c.subject == device]
        shared = [c for c in decision.causes if _concerns_all(c, kind, decision)]
        main = answering(decision, device)
        document.append(
            {
                "device": device,
                "answer": _answer(state, decision, device, failing.get(device, "")),
                "rule": main.rule if main is not None else "",
                "wanted": order_text(command.order),
                "causes": [cause_document(cause, state) for cause in dict.fromkeys([*own, *shared])],
            }
        )
    return document


def cause_document(cause: Cause, state: State) -> doc.Cause:
    """A cause in words and in figures."""
    return {
        "code": cause.code,
        "subject": cause.subject,
        "rule": cause.rule,
        "numbers": dict(cause.numbers),
        "detail": cause.detail,
        "text": words(cause, state),
    }


def targets_document(claims: dict[str, Claimed] | Any, limits: dict[str, Limited] | Any) -> list[doc.Target]:
    """The winner of each target, and the limits."""
    winners = [doc.Target(target=t, kind="claim", value=c.value, rule=c.rule) for t, c in claims.items()]
    return winners + [doc.Target(target=t, kind="limit", value=li.value, rule=li.rule) for t, li in limits.items()]


def rules_document(report: TickReport) -> list[doc.Rule]:
    """Each rule with its state, the time in this state, the time until the next one, and its causes in words."""
    rules: dict[str, doc.Rule] = {}
    winning = {claimed.rule for claimed in report.verdict.claims.values()}
    winning |= {limited.rule for limited in report.verdict.limits.values()}
    for cause in report.verdict.causes:
        name = cause.rule or cause.subject.removeprefix("rule.")
        entry = rules.setdefault(name, {"rule": name, "state": "", "in_force": name in winning, "said": []})
        entry["said"].append(words(cause, report.state))
        if cause.subject.startswith("rule."):
            numbers = dict(cause.numbers)
            entry["state"] = cause.code.removeprefix("rule.")
            entry["for_s"] = _ago(numbers.get("since_s"), report.state.mono_s)
            entry["due_in_s"] = _ago(report.state.mono_s, numbers.get("due_s"))
    return list(rules.values())


def override_document(override: Override) -> hand_doc.Override:
    """An active override."""
    return {
        "target": override.target,
        "value": override.value,
        "until": override.until.isoformat(),
        "session": override.session,
        "to_percent": override.to_percent,
    }


def controls_document(site: Site, vehicles: Iterable[str] = ()) -> hand_doc.Controls:
    """The devices that accept commands."""
    return {
        "chargers": [
            {"name": one.name, "max_current_a": one.max_current_a, "can_switch_phases": one.can_switch_phases}
            for one in site.chargers.values()
        ],
        "batteries": [
            {
                "name": one.name,
                "max_charge_w": one.max_charge_w,
                "max_discharge_w": one.max_discharge_w,
                "can_bound_discharge": one.can_bound_discharge,
            }
            for one in site.batteries.values()
            if one.controllable
        ],
        "switches": [{"name": one.name, "power_w": one.power_w} for one in site.switches.values()],
        "vehicles": list(vehicles),
    }


def energy_document(books: Books) -> doc.Today:
    """Energies in Wh by consumer and source."""
    return {
        "consumed": {
            key: {"surplus_wh": round(s.surplus), "battery_wh": round(s.battery), "grid_wh": round(s.grid)}
            for key, s in sorted(books.consumed.items(), key=lambda item: item[0] != HOME)
        },
        "import_wh": round(books.import_wh),
        "export_wh": round(books.export_wh),
        "pv_wh": round(books.pv_wh),
        "charged_wh": round(books.charged_wh),
        "discharged_wh": round(books.discharged_wh),
        "self_consumption": self_consumption(books),
        "autarky": autarky(books),
    }


def changes_document(changes: Iterable[Change]) -> list[doc.Change]:
    """The log in words."""
    return [{"at": c.at.isoformat(), "kind": c.kind, "subject": c.subject, "text": c.text} for c in changes]


def _answer(state: State, decision: Decision, device: str, failing: str) -> str:
    """The answer in one sentence. For a car that no rule allows to charge, also the rules that wait to do so."""
    text, cause = answer(decision, device), answering(decision, device)
    if failing:
        return unfollowed(device, decision.commands[device].order, failing)
    if cause is None or cause.code != "ev.off":
        return text
    return joined([text, *(words(c, state) for c in decision.causes if c.code == "rule.pending")])


def _concerns_all(cause: Cause, kind: str, decision: Decision) -> bool:
    """Causes of the whole house (surplus, grid, `ev` in general), shown with every device of the kind."""
    first = cause.subject.partition(".")[0]
    if first in ("grid", "surplus"):
        return kind == "ev"
    named = any(cause.subject == d or cause.subject.startswith(f"{d}.") for d in decision.commands)
    return first == kind and not named


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


def _command(command: Command) -> doc.WantedOrder:
    order, wanted, lease_s = command.order, order_text(command.order), command.expires_s - command.issued_s
    if isinstance(order, EvOrder):
        return {
            "wanted": wanted,
            "current_a": order.current_a,
            "phases": order.phases,
            "energy_limit_wh": order.energy_limit_wh,
            "urgent": order.urgent,
            "lease_s": lease_s,
        }
    if isinstance(order, SwitchOrder):
        return {"wanted": wanted, "state": order.action.value, "urgent": order.urgent, "lease_s": lease_s}
    return {
        "wanted": wanted,
        "action": order.action.value,
        "power_w": order.power_w if order.action is BatteryAction.POWER else None,
        "max_charge_w": order.max_charge_w,
        "max_discharge_w": order.max_discharge_w,
        "lease_s": lease_s,
    }


def _device(health: DeviceHealth, now_s: float) -> doc.Device:
    return {
        "name": health.name,
        "brand": health.brand,
        "up": health.up,
        "age_s": None if health.last_ok_s is None else round(now_s - health.last_ok_s, 1),
        "latency_s": health.latency_s,
        "reads": health.reads,
        "errors": dict(health.errors),
        "writes": dict(health.writes),
        "message": Text.of(health.message),
        "disobeys": Text.of(health.disobeys),
        "refuses": Text.of(health.refuses),
    }


def _lease(lease: LeaseStatus, now_s: float) -> doc.Lease:
    return {
        "device": lease.device,
        "order": order_text(lease.order),
        "remaining_s": round(lease.expires_s - now_s, 1),
        "written_age_s": None if lease.written_s is None else round(now_s - lease.written_s, 1),
        "longest_gap_s": lease.longest_gap_s,
    }


def _ago(earlier_s: float | None, later_s: float | None) -> float | None:
    return None if earlier_s is None or later_s is None else round(max(0.0, later_s - earlier_s))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
