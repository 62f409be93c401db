"""Times of a table: how they are written, and the hours that occur twice or never in local time."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import isnan
from operator import add
from statistics import median, median_low
from zoneinfo import ZoneInfo

from optimizer.study.input.day_numbers import day_of_number, time_of_day_number
from optimizer.study.input.series import StudyError
from optimizer.study.input.time_format import DIRECTIVE
from optimizer.study.input.time_words import without_end, written
from optimizer.words.text import Text, message_of

HOUR_S = 3600.0
DAY_S = 86_400.0
FIRST_STEPS = 100_000
"""Number of steps that determine the usual spacing."""
REPEATED = ("first", "second")
"""Values of `--repeated-hour`."""
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall time
_UNIX = re.compile(r"(1[0-9]{9}|1[0-9]{12}|1[0-9]{15}|1[0-9]{18})(?:\.[0-9]+)?")
"""Unix time in s, ms, µs, or ns, from 2001 to 2033. Other digits may be a date, such as 2025060112."""
_GERMAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,? +(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?(?: Uhr)?)?")
_NO_DATE = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp][Mm])?")
_NO_YEAR = re.compile(r"\d{1,2}\.\d{1,2}\.? \d{1,2}:\d{2}.*")
_SLASHES = re.compile(r"\d{1,2}/\d{1,2}/\d{4}.*")
_SPREADSHEET = re.compile(r"\d{5}[.,]\d+")
"""Days since 1900, as a spreadsheet counts them."""
_DATES = ("%d.%m.%y", "%Y/%m/%d", "%Y.%m.%d", "%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%d %b %Y", "%b %d, %Y")
_CLOCKS = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p", "%H.%M")
FIRST_YEAR, LAST_YEAR = 1970, 2099
"""Years of measured data. Another one is a slip, or has lost its first digits."""
_NEAR = 2.0
"""A row within this many usual spacings of another continues it."""


class FarYear(ValueError):
    """A year of which there is no measured data."""


def parse_time(text: str, form: str) -> datetime:
    """A time as written: by `form` (strptime), ISO 8601, Unix time, or 31.12.2025 23:45. Raises ValueError."""
    first = without_end(text)
    if form:
        return datetime.strptime(text if without_end(form) != form else first, form)  # noqa: DTZ007 - the zone comes later
    plain = written(first)
    time = _parsed(plain.text) + timedelta(days=plain.next_day)
    if plain.zone is None:
        return time
    if time.tzinfo is not None:
        raise ValueError(Text("it has two zones"))
    return time.replace(tzinfo=plain.zone)


def _parsed(text: str) -> datetime:
    if match := _UNIX.fullmatch(text):
        return datetime.fromtimestamp(float(text) / 10.0 ** (len(match[1]) - 10), UTC)
    if len(text) >= 5 and text[:5].isdecimal() and (time := time_of_day_number(text)) is not None:
        return time
    if text.isdecimal() and len(text) != len("20250601"):
        if far := _far_unix_time(text):
            checked_year(far)
        raise ValueError(Text("these digits are no Unix time"))
    if (days := day_of_number(text)) is not None:
        checked_year(days)
    if match := _GERMAN.fullmatch(text):
        day, month, year, hour, minute, second = (int(part or 0) for part in match.groups()[:-1])
        micros = int((match[7] or "").ljust(6, "0"))
        if (hour, minute, second) == (24, 0, 0):  # the end of a day (ISO 8601), as in load profiles of grid operators
            return datetime(year, month, day) + timedelta(days=1)  # noqa: DTZ001
        return datetime(year, month, day, hour, minute, second, micros)  # noqa: DTZ001
    return datetime.fromisoformat(text)


def _far_unix_time(text: str) -> datetime | None:
    """The time of digits that are Unix time in s or ms of another century; None for other digits."""
    if len(text) not in (10, 13):
        return None
    return datetime.fromtimestamp(float(text) / 10.0 ** (len(text) - 10), UTC)


def checked_year(time: datetime) -> datetime:
    """The time, if its year can be one of measured data. Raises FarYear."""
    if not FIRST_YEAR <= time.year <= LAST_YEAR:
        years = {"year": str(time.year), "first": str(FIRST_YEAR), "last": str(LAST_YEAR)}
        raise FarYear(Text("the year {year} is not from {first} to {last}", **years))
    return time


def unreadable(at: str, text: str, error: Exception) -> StudyError:
    """The mistake about a time, with advice."""
    advice = Text("Give its format with --time-format")
    if isinstance(error, FarYear) and (text.isdecimal() or _SPREADSHEET.fullmatch(text)):
        advice = Text(
            "If this column has the times, correct the clock of the device that wrote the table, and export it again. "
            "Else name the column of the times with --time-column"
        )
    elif isinstance(error, FarYear):
        advice = Text("Correct the year, or name how it is written, such as --time-format “%d.%m.%y %H:%M”")
    elif _SLASHES.fullmatch(text):
        clock = " %I:%M %p" if text.upper().endswith("M") else " %H:%M"
        advice += Text(', such as "%m/%d/%Y{clock}" (month first) or "%d/%m/%Y{clock}" (day first)', clock=clock)
    elif form := _fitting(text):
        advice += Text(', such as "{form}"', form=form)
    elif _SPREADSHEET.fullmatch(text):
        advice = Text("Such numbers are dates of a spreadsheet. Format the column as date and time, and save it again")
    if _NO_DATE.fullmatch(text):
        advice = Text(
            "The date is missing. If it is in another column, write --time-column DATE+TIME. Else add a column with it"
        )
    elif _NO_YEAR.fullmatch(text):
        advice = Text("The year is missing. Add it to the times")
    if not re.search(r"\d", text):
        advice = Text("If this row contains no data, remove it")
    return StudyError(
        Text(
            "{at}: the time {text} cannot be read ({why}). {advice}",
            at=at,
            text=repr(text),
            why=message_of(error),
            advice=advice,
        )
    )


def _fitting(text: str) -> str:
    """A format that fits the text; empty if none of the usual ones does."""
    for form in (f"{date} {clock}" for date in _DATES for clock in _CLOCKS):
        try:
            datetime.strptime(text, form)  # noqa: DTZ007 - the zone does not matter here
        except ValueError:
            continue
        return form
    return ""


@dataclass(slots=True)
class Times:
    """The times of the rows of one table or entity, in order of the rows."""

    path: str
    wall_s: array[float] = field(default_factory=lambda: array("d"))
    """Seconds of the time as written since 1970, whatever its zone."""
    unix_s: array[float] = field(default_factory=lambda: array("d"))
    """Unix time; NaN if the time has no zone."""
    lines: array[int] = field(default_factory=lambda: array("l"))
    day_ends: bool = False
    """Whether a time is 24:00, which is the end of something."""
    first_of_two: bool = False
    """Whether a cell has the beginning and the end of an interval. The beginning counts."""
    day_numbers: bool = False
    """Whether a time is the day number of a spreadsheet."""

    def add(self, line: int, time: datetime) -> None:
        """The time of one more row."""
        self.wall_s.append((time.replace(tzinfo=None) - _EPOCH).total_seconds())
        self.unix_s.append(float("nan") if time.tzinfo is None else time.timestamp())
        self.lines.append(line)

    def move_midnights(self) -> None:
        """Ends of intervals next to the date of their beginning: 00:00 is of the next day, if this makes an order."""
        if _in_order(self.wall_s):
            return
        moved = array("d", (wall_s if wall_s % DAY_S else wall_s + DAY_S for wall_s in self.wall_s))
        if _in_order(moved):
            added = (after - before for before, after in zip(self.wall_s, moved, strict=True))
            self.unix_s = array("d", map(add, self.unix_s, added))
            self.wall_s = moved

    def kept(self, rows: Iterable[int]) -> Times:
        """The same times with these rows only."""
        found = Times(self.path)
        for at in rows:
            found.wall_s.append(self.wall_s[at])
            found.unix_s.append(self.unix_s[at])
            found.lines.append(self.lines[at])
        return found

    def check_order_of_day_and_month(self, form: str) -> None:
        """Raise StudyError if times that `form` reads are on one day of several months: days and months are swapped."""
        if not {"d", "m"} <= set(DIRECTIVE.findall(form.replace("%%", ""))):
            return
        dates = [(_EPOCH + timedelta(days=day)).date() for day in dict.fromkeys(int(s // DAY_S) for s in self.wall_s)]
        if len(dates) < 2 or len({one.day for one in dates}) > 1 or len(self.wall_s) < 2 * len(dates):
            return
        second = next(
            at for at, wall_s in enumerate(self.wall_s) if int(wall_s // DAY_S) != int(self.wall_s[0] // DAY_S)
        )
        raise StudyError(
            Text(
                "{path}:{line}: with this format all times are on day {day} of several months, so day and month seem "
                'to be swapped. Write --time-format "{other}"',
                path=self.path,
                line=self.lines[second],
                day=dates[0].day,
                other=form.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m"),
            )
        )

    @property
    def look_like_ends(self) -> bool:
        """Whether the times seem to be those of the ends of intervals: 24:00, or whole days from 00:15 to 00:00."""
        if self.day_ends or len(self.wall_s) < 2:
            return self.day_ends
        ordered = sorted(set(self.wall_s))
        step_s = median_low([later - earlier for earlier, later in pairwise(ordered)] or [0.0])
        whole = ordered[0] % DAY_S == step_s < DAY_S and ordered[-1] % DAY_S == 0.0
        return whole and 0.0 < step_s <= HOUR_S

    @property
    def days_only(self) -> bool:
        """Whether every time is a midnight, as a date without a clock is."""
        return all(wall_s % DAY_S == 0.0 for wall_s in self.wall_s)

    def in_repeated_hours(self, zone: ZoneInfo) -> list[int]:
        """The rows whose times occur twice in the zone."""
        found = []
        for at, wall_s in enumerate(self.wall_s):
            time = _EPOCH + timedelta(seconds=wall_s)
            if isnan(self.unix_s[at]) and _offset_s(time.replace(fold=0), zone) > _offset_s(time.replace(fold=1), zone):
                found.append(at)
        return found

    def is_in_order(self) -> bool:
        """Whether the times grow or fall, except for the hour that a clock is put back."""
        return _in_order(self.wall_s)

    def resolved(self, zone: ZoneInfo, repeated_hour: str = "") -> tuple[array[float], bool]:
        """Unix times, and whether the oldest row comes first. Times without a zone are in `zone`.

        One hour occurs twice at the end of DST. From the oldest time on, a step back begins the second occurrence.
        Hourly data repeat one time only. In finer data, a repeated time is a duplicate row. If the order does not
        tell, `repeated_hour` does. Raises StudyError for a time that does not exist, or is ambiguous.
        """
        steps_s = array("d", (later - earlier for earlier, later in pairwise(self.wall_s)))
        forwards = sum(step > 0.0 for step in steps_s) >= sum(step < 0.0 for step in steps_s)
        usual_s = median([abs(step) for step in steps_s[:FIRST_STEPS] if step] or [0.0])
        order = range(len(self.wall_s)) if forwards else range(len(self.wall_s) - 1, -1, -1)
        found = self.unix_s[:]
        run: list[int] = []
        before: int | None = None
        out_of_order: int | None = None
        in_hour: int | None = None
        for at in order:
            if not isnan(self.unix_s[at]):
                continue
            time = _EPOCH + timedelta(seconds=self.wall_s[at])
            first, second = (_offset_s(time.replace(fold=fold), zone) for fold in (0, 1))
            if first < second:
                raise self._never(at, time, zone, first)
            if first > second:
                run.append(at)
                in_hour = at if in_hour is None else in_hour
                continue
            if before is not None and self.wall_s[at] < self.wall_s[before]:
                out_of_order = at
            self._settle(run, before, at, zone, usual_s, repeated_hour, found)
            run, before = [], at
            found[at] = self.wall_s[at] - first
        self._settle(run, before, None, zone, usual_s, repeated_hour, found)
        if in_hour is not None and out_of_order is not None:
            raise StudyError(
                Text(
                    "{path}:{lines}: this time occurs twice in {key}. The order of the rows does not tell which "
                    "one it is: line {wrong} is out of order. Sort the rows by time, or "
                    "remove those of this hour, which is unknown then",
                    path=self.path,
                    lines=self.lines[in_hour],
                    key=zone.key,
                    wrong=self.lines[out_of_order],
                )
            )
        return found, forwards

    def _settle(
        self, run: Sequence[int], before: int | None, after: int | None, zone: ZoneInfo, usual_s: float,
        repeated_hour: str, found: array[float],
    ) -> None:  # fmt: skip
        """The unix times of rows in a repeated hour. `before` and `after` are the rows around it."""
        if not run:
            return
        folds = self._folds(run, hourly=usual_s >= HOUR_S)
        if not any(folds):
            known = self._side(run, before, after, usual_s)
            if known is None and repeated_hour:
                known = REPEATED.index(repeated_hour)
            if known is None:
                raise self._twice(run[0], zone)
            folds = [known] * len(run)
        for at, fold in zip(run, folds, strict=True):
            time = (_EPOCH + timedelta(seconds=self.wall_s[at])).replace(fold=fold)
            found[at] = self.wall_s[at] - _offset_s(time, zone)

    def _folds(self, run: Sequence[int], *, hourly: bool) -> list[int]:
        folds, fold = [0], 0
        for earlier, later in pairwise(run):
            step_s = self.wall_s[later] - self.wall_s[earlier]
            if step_s < 0.0 and fold:
                raise StudyError(
                    Text(
                        "{path}:{lines}: the times go back twice in the hour that occurs twice. Sort the rows by time",
                        path=self.path,
                        lines=self.lines[later],
                    )
                )
            fold = 1 if step_s < 0.0 or (hourly and step_s == 0.0) else fold
            folds.append(fold)
        return folds

    def _side(self, run: Sequence[int], before: int | None, after: int | None, usual_s: float) -> int | None:
        """0 or 1 if only the rows before or only the rows after continue those in the repeated hour; else None."""
        follows = before is not None and self.wall_s[run[0]] - self.wall_s[before] <= _NEAR * usual_s
        leads = after is not None and self.wall_s[after] - self.wall_s[run[-1]] <= _NEAR * usual_s
        if follows and after is None:
            return 0
        return 1 if leads and before is None else None

    def _never(self, at: int, time: datetime, zone: ZoneInfo, offset_s: float) -> StudyError:
        return StudyError(
            Text(
                "{path}:{lines}: the time {time} does not exist in {key}. The clock skips it at the start of "
                "daylight saving. {offset}, or give the zone of the times",
                path=self.path,
                lines=self.lines[at],
                time=f"{time:%Y-%m-%d %H:%M}",
                key=zone.key,
                offset=_without_dst(offset_s),
            )
        )

    def _twice(self, at: int, zone: ZoneInfo) -> StudyError:
        time = _EPOCH + timedelta(seconds=self.wall_s[at])
        winter_s = _offset_s(time.replace(fold=1), zone)
        return StudyError(
            Text(
                "{path}:{lines}: the time {time} occurs twice in {key}, but the table has this hour once. Write "
                "--repeated-hour first or --repeated-hour second. {winter}",
                path=self.path,
                lines=self.lines[at],
                time=f"{time:%Y-%m-%d %H:%M}",
                key=zone.key,
                winter=_without_dst(winter_s),
            )
        )


def _in_order(wall_s: Sequence[float]) -> bool:
    """Whether the times grow or fall, except for the hour that a clock is put back."""
    steps_s = [later - earlier for earlier, later in pairwise(wall_s)]
    sign = 1.0 if sum(step > 0.0 for step in steps_s) >= sum(step < 0.0 for step in steps_s) else -1.0
    return all(sign * step >= -HOUR_S for step in steps_s)


def _without_dst(offset_s: float) -> str:
    hours = offset_s / HOUR_S
    name = "Etc/GMT" + (f"{-hours:+.0f}" if hours else "")
    if hours != round(hours):
        return Text("If the times ignore daylight saving, write --zone of a place without it")
    return Text("If the times ignore daylight saving, write --zone {name}", name=name)


def _offset_s(time: datetime, zone: ZoneInfo) -> float:
    offset = time.replace(tzinfo=zone).utcoffset()
    return 0.0 if offset is None else offset.total_seconds()
