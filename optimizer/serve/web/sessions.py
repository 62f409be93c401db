"""The visits of cars as a document of the API."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.journal.sessions import Session
from optimizer.serve.web.documents import SessionDocument


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
        "sun_percent": None if share is None else round(100.0 * share, 1),
        "grid_cost_ct": round(one.grid_cost_ct, 2),
        "lost_feed_in_ct": round(one.lost_feed_in_ct, 2),
        "cost_ct": round(one.cost_ct, 2),
        "unpriced_wh": round(one.unpriced_wh, 1),
        "unaccounted_s": round(one.unaccounted_s, 1),
        "meter_start_wh": one.meter_start_wh,
        "meter_end_wh": one.meter_end_wh,
        "mode_s": dict(one.mode_s),
    }
