"""Goals as people write them: `80% tomorrow 06:30`, `12kWh 07:00`, and `mon-fri 07:00` in the settings."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_clock_time, local_time
from optimizer.model.goals import DAYS, EVERY_DAY, Aim, GoalError
from optimizer.words.text import Text

MOST_WH = 300_000.0
LONGEST_S = 7 * 86_400.0
"""The longest time ahead of a goal that is set once. A later one belongs in the settings."""
FAR_S = 366 * 86_400.0
"""A time that is further ahead has a wrong year."""
LONGEST_DATE_DAYS = 367
"""A date without a year is the next one. It comes again within this time, apart from the 29th of February."""
LONGEST_TEXT = 100
AIM_FORMS = Text("80% (state of charge) or 12kWh (energy)")
TIME_FORMS = Text("07:00, today 22:00, tomorrow 06:30, sat 09:00, or 2026-12-24 06:30")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
AHEAD = {"today": 0, "heute": 0, "tomorrow": 1, "morgen": 1, "übermorgen": 2}
"""The days from today on. People type the words of their language."""
UNTIL_FORMS = Text("sunday, 3.1., 2027-01-03, or a time such as sun 18:00")
LONGEST_DAY = 12
"""Longer words are no day but an instant of ISO 8601."""
READY_FORMS = Text("07:00, mon-fri 07:00, or sat,sun 09:00")

_AIM = re.compile(r"(\d+(?:[.,]\d+)?)\s*(%|kwh|wh)", re.IGNORECASE | re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2}|)", re.ASCII)
_RANGE = re.compile(r"\s*(?:-|–|\.\.)\s*")
_GOAL = re.compile(r"\s*(\d+(?:[.,]\d+)?\s*(?:%|[A-Za-z]+))\s+(?:(?:by|at|until|um|bis)\s+)?(.+?)\s*", re.DOTALL)


def aim_of(text: str) -> Aim:
    """The aim in `80%` or `12kWh`. Raises GoalError."""
    found = _AIM.fullmatch(text.strip()[:LONGEST_TEXT])
    if found is None:
        raise GoalError(Text("“{text}” is not a goal. Write {aim_forms}", text=text.strip()[:40], aim_forms=AIM_FORMS))
    number, unit = float(found[1].replace(",", ".")), found[2].lower()
    return checked_aim(Aim(soc_percent=number) if unit == "%" else Aim(energy_wh=number * (1000.0, 1.0)[unit == "wh"]))


def checked_aim(aim: Aim) -> Aim:
    """The aim if a car can have it. Raises GoalError."""
    if aim.soc_percent is not None and not 1.0 <= aim.soc_percent <= 100.0:
        raise GoalError(Text("a state of charge is from 1% to 100%, not {soc}%", soc=aim.soc_percent))
    if aim.energy_wh is not None and not 100.0 <= aim.energy_wh <= MOST_WH:
        raise GoalError(Text("an energy is from 0.1kWh to 300kWh, not {energy}kWh", energy=aim.energy_wh / 1000.0))
    return aim


def goal_of(text: str, now_s: float, zone: ZoneInfo) -> tuple[Aim, float]:
    """The aim and the Unix time of the departure in `80% tomorrow 06:30`. Raises GoalError."""
    found = _GOAL.fullmatch(text[:LONGEST_TEXT])
    if found is None:
        raise GoalError(
            Text("“{text}” is not a goal with a time. Write 80% tomorrow 06:30, or 12kWh 07:00", text=text.strip()[:40])
        )
    return aim_of(found[1]), ready_of(found[2], now_s, zone)


def ready_of(text: str, now_s: float, zone: ZoneInfo) -> float:
    """The Unix time of a departure: a local time of day, with a day before it, or ISO 8601. Raises GoalError.

    A time of day alone is its next occurrence, and so is a weekday. It must be within the next 7 days.
    """
    words = text.strip()[:LONGEST_TEXT].lower().split()
    at_s = _of_words(words, now_s, zone) if 0 < len(words) <= 2 else None
    if at_s is None:
        raise GoalError(
            Text("“{text}” is not a time. Write {time_forms}", text=text.strip()[:40], time_forms=TIME_FORMS)
        )
    return checked_ready(at_s, now_s, zone)


def until_of(text: str, now_s: float, zone: ZoneInfo) -> float:
    """The Unix time at which a pause ends: the midnight that begins a day, or a time as of a departure.

    Raises GoalError.
    """
    words = text.strip()[:LONGEST_TEXT].lower().split()
    if words and len(words[-1]) <= LONGEST_DAY and _clock_s(words[-1]) is None:
        words = [*words, "00:00"]
    at_s = _of_words(words, now_s, zone) if 0 < len(words) <= 2 else None
    if at_s is None:
        raise GoalError(
            Text("“{text}” is no day. Write {until_forms}", text=text.strip()[:40], until_forms=UNTIL_FORMS)
        )
    return checked_until(at_s, now_s, zone)


def checked_until(until_s: float, now_s: float, zone: ZoneInfo) -> float:
    """The end of a pause if it is within a year. Raises GoalError."""
    if until_s <= now_s:
        raise GoalError(Text("{ready} has passed. Choose a later time", ready=time_text(until_s, now_s, zone)))
    if until_s > now_s + FAR_S:
        text = "{until} is more than a year ahead. For longer, remove the goals from the settings"
        raise GoalError(Text(text, until=time_text(until_s, now_s, zone)))
    return until_s


def checked_ready(ready_s: float, now_s: float, zone: ZoneInfo) -> float:
    """The time of a departure if it is within the next 7 days. Raises GoalError."""
    if ready_s <= now_s:
        raise GoalError(Text("{ready} has passed. Choose a later time", ready=time_text(ready_s, now_s, zone)))
    if ready_s > now_s + FAR_S:
        text = "{ready} is more than 7 days ahead, and even more than a year. Check the year"
        raise GoalError(Text(text, ready=time_text(ready_s, now_s, zone)))
    if ready_s > now_s + LONGEST_S:
        raise GoalError(
            Text(
                "{ready} is more than 7 days ahead. For a goal that repeats, write it under `goals` in the settings",
                ready=time_text(ready_s, now_s, zone),
            )
        )
    return ready_s


def _of_words(words: list[str], now_s: float, zone: ZoneInfo) -> float | None:
    """The instant that one or two words mean, or None. No instant is before the year 1 or after 9999 in its zone."""
    try:
        at_s = _meant(words, now_s, zone)
        if at_s is not None:
            local_time(at_s, zone)
    except (ValueError, OverflowError):
        return None
    return at_s


def _meant(words: list[str], now_s: float, zone: ZoneInfo) -> float | None:
    """As `_of_words`. Raises ValueError and OverflowError for what is in no calendar."""
    clock_s = _clock_s(words[-1])
    if clock_s is None:
        return _iso(words, zone)
    if len(words) == 1:
        return next(at for days in range(3) if (at := local_clock_time(now_s, zone, clock_s, days)) > now_s)
    day = words[0]
    if day in AHEAD:
        return local_clock_time(now_s, zone, clock_s, AHEAD[day])
    weekday = _weekday(day)
    if weekday is not None:
        today = local_time(now_s, zone).date()
        ahead = (weekday - today.weekday()) % 7
        at_s = local_clock_time(now_s, zone, clock_s, ahead)
        return at_s if at_s > now_s else local_clock_time(now_s, zone, clock_s, ahead + 7)
    return _of_date(day, clock_s, now_s, zone)


def _of_date(day: str, clock_s: float, now_s: float, zone: ZoneInfo) -> float | None:
    """The instant at a date such as 2026-12-24, 24.12.2026, 24.12.26, or 24.12. (the next one). Raises ValueError."""
    today = local_time(now_s, zone).date()
    found = _GERMAN_DATE.fullmatch(day)
    if found is not None and not found[3]:
        later = (today + timedelta(days=days) for days in range(LONGEST_DATE_DAYS))
        ahead = (local_clock_time(now_s, zone, clock_s, (at - today).days) for at in later if _is_on(at, found))
        return next((at_s for at_s in ahead if at_s > now_s), None)
    if found is not None:
        at = date(int(found[3]) + (2000 if len(found[3]) == 2 else 0), int(found[2]), int(found[1]))
    elif _DATE.fullmatch(day):
        at = date.fromisoformat(day)
    else:
        return None
    return local_clock_time(now_s, zone, clock_s, (at - today).days)


def _is_on(at: date, written: re.Match[str]) -> bool:
    """Whether a date is the written day of the written month."""
    return (at.day, at.month) == (int(written[1]), int(written[2]))


def _iso(words: list[str], zone: ZoneInfo) -> float | None:
    if len(words) != 1:
        return None
    at = datetime.fromisoformat(words[0].upper())
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).timestamp()


def days_and_clock(text: str) -> tuple[frozenset[int], float]:
    """The weekdays and the local time in `mon-fri 07:00`, s since midnight. Raises GoalError."""
    words = text.strip()[:LONGEST_TEXT].lower().rsplit(None, 1)
    clock_s = _clock_s(words[-1]) if words else None
    if clock_s is None:
        raise GoalError(
            Text(
                "“{text}” has no time of day at its end. Write {ready_forms}",
                text=text.strip()[:40],
                ready_forms=READY_FORMS,
            )
        )
    if len(words) == 1 or words[0] in ("daily", "every day"):
        return EVERY_DAY, clock_s
    days: set[int] = set()
    for part in filter(None, re.split(r"[,\s]+", _RANGE.sub("-", words[0]))):
        ends = [_weekday(word) for word in part.split("-")]
        if len(ends) > 2 or None in ends:
            raise GoalError(
                Text(
                    "“{part}” is not a weekday. Weekdays are {names}; a range is mon-fri",
                    part=part[:40],
                    names=", ".join(DAYS),
                )
            )
        first, last = ends[0] or 0, ends[-1] or 0
        days.update(day % 7 for day in range(first, last + 1 + (7 if last < first else 0)))
    return frozenset(days), clock_s


def ready_text(days: frozenset[int], clock_s: float) -> str:
    """Weekdays and a time in one notation: `mon-fri 07:00`, `sat,sun 09:00`, `daily 07:00`."""
    clock = f"{int(clock_s) // 3600:02d}:{int(clock_s) % 3600 // 60:02d}"
    if days == EVERY_DAY:
        return f"daily {clock}"
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    words = [f"{DAYS[run[0]]}-{DAYS[run[-1]]}" if len(run) > 2 else ",".join(DAYS[day] for day in run) for run in runs]
    return f"{','.join(words)} {clock}"


def time_text(at_s: float, now_s: float, zone: ZoneInfo) -> str:
    """An instant for people, by the day: `07:00`, `Mon 07:00`, `2026-12-24 07:00`. A Text where it has a weekday."""
    at, now = local_time(at_s, zone), local_time(now_s, zone)
    if at.date() == now.date():
        return f"{at:%H:%M}"
    if abs((at.date() - now.date()).days) >= 7:
        return f"{at:%Y-%m-%d %H:%M}"
    return Text("{day} {time}", day=Text(WEEKDAYS[at.weekday()]), time=f"{at:%H:%M}")


def _clock_s(word: str) -> float | None:
    found = _CLOCK.fullmatch(word)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return int(found[1]) * 3600.0 + int(found[2]) * 60.0


def _weekday(word: str) -> int | None:
    """The weekday in English or German, short or in full: `sat`, `sa`, `saturday`, `samstag`."""
    word = word.rstrip(".")
    for names, least in ((_LONG_DAYS, 3), (_GERMAN_DAYS, 2), (_GERMAN_DAYS_TOO, 2)):
        for day, name in enumerate(names):
            if len(word) >= least and name.startswith(word):
                return day
    return None


_LONG_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_GERMAN_DAYS = ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag")
_GERMAN_DAYS_TOO = (*_GERMAN_DAYS[:5], "sonnabend", "sonntag")
