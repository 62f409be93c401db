"""The visits of cars as CSV: one line a session, times with their zone, energies in kWh, money in units of 100 ct."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from optimizer.journal.sessions import Session
from optimizer.words.language import ENGLISH, Language

HEAD = (
    "charger", "vehicle", "start", "end", "meter_start_kwh", "meter_end_kwh", "metered_kwh", "energy_kwh",
    "surplus_kwh", "battery_kwh", "grid_kwh", "sun_percent", "grid_cost", "lost_feed_in", "cost", "unpriced_kwh",
    "unaccounted_s", "mode_s", "complete", "saved", "goal", "goal_met", "goal_result", "goal_missing_kwh",
    "goal_missing_percent", "sun_kwh", "unknown_kwh", "source",
)  # fmt: skip


def csv_text(found: Iterable[Session], zone: ZoneInfo, language: Language = ENGLISH) -> str:
    """The table. A language with a decimal comma has `;` between columns, as its spreadsheets expect."""
    comma = language.decimal == ","
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if comma else ",")
    writer.writerow(HEAD)
    for one in found:
        writer.writerow([_cell(value, language.decimal) for value in _row(one, zone)])
    return out.getvalue()


def _row(one: Session, zone: ZoneInfo) -> tuple[str | tuple[float | None, int], ...]:
    """The cells of one session: texts, and numbers with their digits after the decimal sign."""
    share = one.sun_share
    own = not one.source  # another program does not tell the battery from PV, and not always the origin
    origin_known = own or one.unknown_wh <= 0.0
    return (
        _harmless(one.charger),
        _harmless(one.vehicle),
        one.start.astimezone(zone).isoformat(timespec="seconds"),
        "" if one.open else one.end.astimezone(zone).isoformat(timespec="seconds"),
        *(_kwh(wh) for wh in (one.meter_start_wh, one.meter_end_wh, one.metered_wh)),
        _kwh(one.energy_wh),
        *(_kwh(wh if own else None) for wh in (one.surplus_wh, one.battery_wh)),
        _kwh(one.grid_wh if origin_known else None),
        (None if share is None else 100.0 * share, 1),
        *(_money(ct if own else None) for ct in (one.grid_cost_ct, one.lost_feed_in_ct)),
        _money(one.cost_ct if own or one.unpriced_wh <= 0.0 else None),
        _kwh(one.unpriced_wh),
        (one.unaccounted_s if own else None, 0),
        ";".join(f"{mode}={seconds:.0f}" for mode, seconds in sorted(one.mode_s.items())),
        "no" if one.open else "yes",
        _money(one.saved_ct),
        one.goal,
        "" if one.goal_met is None else "yes" if one.goal_met else "no",
        one.goal_result,
        _kwh(one.goal_missing_wh),
        (one.goal_missing_percent, 1),
        _kwh(one.surplus_wh + one.battery_wh + one.sun_wh if origin_known else None),
        _kwh(one.unknown_wh),
        one.source,
    )


def _kwh(energy_wh: float | None) -> tuple[float | None, int]:
    return None if energy_wh is None else energy_wh / 1000.0, 3


def _money(ct: float | None) -> tuple[float | None, int]:
    return None if ct is None else ct / 100.0, 4


def _cell(value: str | tuple[float | None, int], decimal: str) -> str:
    if isinstance(value, str):
        return value
    number, digits = value
    return "" if number is None else f"{number:.{digits}f}".replace(".", decimal)


def _harmless(word: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{word}" if word[:1] in ("=", "+", "-", "@") else word
