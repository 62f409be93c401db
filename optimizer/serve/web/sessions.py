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
    own = not one.source
    origin_known = own or one.unknown_wh <= 0.0
    return {
        "charger": one.charger,
        "vehicle": one.vehicle,
        "start": one.start.isoformat(),
        "end": None if one.open else one.end.isoformat(),
        "source": one.source,
        "energy_wh": round(one.energy_wh, 1),
        "surplus_wh": rounded(one.surplus_wh if own else None, 1),
        "battery_wh": rounded(one.battery_wh if own else None, 1),
        "sun_wh": rounded(one.surplus_wh + one.battery_wh + one.sun_wh if origin_known else None, 1),
        "grid_wh": rounded(one.grid_wh if origin_known else None, 1),
        "unknown_wh": round(one.unknown_wh, 1),
        "sun_percent": rounded(share and 100.0 * share, 1),
        "grid_cost_ct": rounded(one.grid_cost_ct if own else None, 2),
        "lost_feed_in_ct": rounded(one.lost_feed_in_ct if own else None, 2),
        "cost_ct": rounded(one.cost_ct if own or one.unpriced_wh <= 0.0 else None, 2),
        "unpriced_wh": round(one.unpriced_wh, 1),
        "unaccounted_s": rounded(one.unaccounted_s if own else None, 1),
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
        "own_sessions": sums.own_sessions,
        "energy_wh": round(sums.energy_wh, 1),
        "surplus_wh": round(sums.surplus_wh, 1),
        "battery_wh": round(sums.battery_wh, 1),
        "sun_wh": round(sums.surplus_wh + sums.battery_wh + sums.sun_wh, 1),
        "grid_wh": round(sums.grid_wh, 1),
        "unknown_wh": round(sums.unknown_wh, 1),
        "sun_percent": rounded(sums.sun_share and 100.0 * sums.sun_share, 1),
        "cost_ct": round(sums.cost_ct, 2),
        "unpriced_wh": round(sums.unpriced_wh, 1),
        "saved_ct": rounded(sums.saved_ct, 2),
        "saved_sessions": sums.saved_sessions,
    }


def rounded(value: float | None, digits: int) -> float | None:
    """The rounded value, or None for one that is not known."""
    return None if value is None else round(value, digits)
