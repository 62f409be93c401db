"""The visits of cars as a document of the API."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from optimizer.journal.sessions import Session
from optimizer.serve.session_sums import by_month, sums_of
from optimizer.serve.web.past_documents import SessionDocument, SessionMonth


def sessions_document(sessions: Iterable[Session]) -> list[SessionDocument]:
    """The sessions, in the given order."""
    return [session_document(one) for one in sessions]


def session_document(one: Session) -> SessionDocument:
    """One session. Unknown figures are null."""
    share = one.sun_share
    return {
        "charger": one.charger,
        "vehicle": one.vehicle,
        "start": one.start.isoformat(),
        "end": None if one.open else one.end.isoformat(),
        "energy_wh": round(one.energy_wh, 1),
        "surplus_wh": round(one.surplus_wh, 1),
        "battery_wh": round(one.battery_wh, 1),
        "grid_wh": round(one.grid_wh, 1),
        "sun_percent": rounded(share and 100.0 * share, 1),
        "grid_cost_ct": round(one.grid_cost_ct, 2),
        "lost_feed_in_ct": round(one.lost_feed_in_ct, 2),
        "cost_ct": round(one.cost_ct, 2),
        "unpriced_wh": round(one.unpriced_wh, 1),
        "unaccounted_s": round(one.unaccounted_s, 1),
        "meter_start_wh": one.meter_start_wh,
        "meter_end_wh": one.meter_end_wh,
        "mode_s": dict(one.mode_s),
        "saved_ct": rounded(one.saved_ct, 2),
        "goal": one.goal,
        "goal_met": one.goal_met,
        "goal_result": one.goal_result,
        "goal_missing_wh": rounded(one.goal_missing_wh, 1),
        "goal_missing_percent": rounded(one.goal_missing_percent, 1),
    }


def months_document(sessions: Iterable[Session], zone: ZoneInfo) -> list[SessionMonth]:
    """The sums of each local month, in the order of the sessions."""
    return [_month_document(month, own) for month, own in by_month(sessions, zone).items()]


def _month_document(month: str, own: list[Session]) -> SessionMonth:
    sums = sums_of(own)
    return {
        "month": month,
        "sessions": sums.sessions,
        "energy_wh": round(sums.energy_wh, 1),
        "surplus_wh": round(sums.surplus_wh, 1),
        "battery_wh": round(sums.battery_wh, 1),
        "grid_wh": round(sums.grid_wh, 1),
        "sun_percent": rounded(sums.sun_share and 100.0 * sums.sun_share, 1),
        "cost_ct": round(sums.cost_ct, 2),
        "unpriced_wh": round(sums.unpriced_wh, 1),
        "saved_ct": rounded(sums.saved_ct, 2),
        "saved_sessions": sums.saved_sessions,
    }


def rounded(value: float | None, digits: int) -> float | None:
    """The rounded value, or None for one that is not known."""
    return None if value is None else round(value, digits)
