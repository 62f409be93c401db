"""The sums of the visits of cars by month of the local clock, for the page, the API, and the terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from optimizer.journal.sessions import Session


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over sessions. Energies in Wh, costs in ct."""

    sessions: int
    surplus_wh: float
    battery_wh: float
    grid_wh: float
    cost_ct: float
    unpriced_wh: float
    """Energy for which a price was not known. It is in no cost."""
    saved_ct: float | None
    """How much more charging at once would have cost, over the sessions for which it is known. None: for none."""
    saved_sessions: int
    """The number of these sessions."""
    sun_wh: float = 0.0
    """Energy from surplus and battery together, in sessions of a program that does not tell them apart."""
    unknown_wh: float = 0.0
    """Energy of which such a program does not tell where it came from."""
    own_sessions: int = 0
    """The number of sessions that this service recorded."""

    @property
    def energy_wh(self) -> float:
        return self.surplus_wh + self.battery_wh + self.sun_wh + self.grid_wh + self.unknown_wh

    @property
    def sun_share(self) -> float | None:
        """The part from surplus and battery, 0 to 1, of the energy with a known origin. None without such energy."""
        known_wh = self.surplus_wh + self.battery_wh + self.sun_wh + self.grid_wh
        return (self.surplus_wh + self.battery_wh + self.sun_wh) / known_wh if known_wh > 0.0 else None


def sums_of(sessions: Sequence[Session]) -> Sums:
    """The sums over all these sessions."""
    saved = [one.saved_ct for one in sessions if one.saved_ct is not None]
    return Sums(
        sessions=len(sessions),
        surplus_wh=sum(one.surplus_wh for one in sessions),
        battery_wh=sum(one.battery_wh for one in sessions),
        grid_wh=sum(one.grid_wh for one in sessions),
        cost_ct=sum(one.cost_ct for one in sessions),
        unpriced_wh=sum(one.unpriced_wh for one in sessions),
        saved_ct=sum(saved) if saved else None,
        saved_sessions=len(saved),
        sun_wh=sum(one.sun_wh for one in sessions),
        unknown_wh=sum(one.unknown_wh for one in sessions),
        own_sessions=sum(not one.source for one in sessions),
    )


def by_month(sessions: Iterable[Session], zone: ZoneInfo) -> dict[str, list[Session]]:
    """The sessions by the local month in which they began, such as `2026-05`, in the given order."""
    months: dict[str, list[Session]] = {}
    for one in sessions:
        months.setdefault(f"{one.start.astimezone(zone):%Y-%m}", []).append(one)
    return months


def month_span(month: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The begin and the end, UTC, of a month of the local clock such as `2026-05`. Raises ValueError."""
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=zone)
    following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return first.astimezone(UTC), following.astimezone(UTC)
