"""Builds the documents of the JSON API from a tick, for the status page, the terminal, and other programs. Pure.

Every figure names its unit. An unknown figure is null, and `unknown` gives the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from optimizer.control.report import DeviceHealth, LeaseStatus, TickReport
from optimizer.control.sentences import order_text, sentence
from optimizer.control.troubles import late_meter, lockouts, meter_delay_s
from optimizer.journal.changes import Change
from optimizer.model.reading import Reading
from optimizer.model.site import Site
from optimizer.model.state import State
from optimizer.rules.book.overrides import Override
from optimizer.rules.book.verdict import Claimed, Limited
from optimizer.serve.energy import HOME, Books, autarky, self_consumption
from optimizer.serve.web import by_hand_documents as hand_doc
from optimizer.serve.web import documents as doc
from optimizer.serve.web.house import house_document
from optimizer.serve.web.rules import rules_by_hand_document
from optimizer.serve.web.why import cause_text, why_document
from optimizer.words.text import Text


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


def meter_document(delay_s: float | None) -> doc.Meter:
    """The delay of the grid meter, with a sentence about a late one."""
    text = late_meter(delay_s)
    return {"delay_s": None if delay_s is None else round(delay_s, 1), "late": bool(text), "text": text}


def targets_document(claims: Mapping[str, Claimed], limits: Mapping[str, Limited]) -> list[doc.Target]:
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
        entry["said"].append(cause_text(cause, report.state))
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
