"""A time as the user writes it on the command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.serve.years import BEYOND, YEARS
from optimizer.words.text import Text

FORMS = Text("14:05, 2025-06-21, 2025-06-21 14:05, or 2h for two hours ago")
SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
AGO = re.compile(rf"(\d+(?:\.\d+)?)\s*({'|'.join(SECONDS)})(?: ago)?")
TIME_OF_DAY = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")


def moment(text: str, now: datetime, zone: ZoneInfo, *, today: bool = False) -> datetime:
    """The time (UTC) that the user means. A time without an offset is in `zone`.

    A bare time of day is its last occurrence. With `today` it is the time on this day, which may be in the future.
    Raises ValueError if the text is not a time, and OverflowError if it is outside the YEARS of a house.
    """
    text = text.strip()
    local = now.astimezone(zone)
    if ago := AGO.fullmatch(text):
        at = now - timedelta(seconds=float(ago[1]) * SECONDS[ago[2]])
    elif TIME_OF_DAY.fullmatch(text):
        hour, minute, second = (int(part) for part in (*text.split(":"), "0")[:3])
        at = local.replace(hour=hour, minute=minute, second=second, microsecond=0)
        if at > local and not today:
            at -= timedelta(days=1)
    else:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            at = at.replace(tzinfo=zone)
    if at.year not in YEARS:
        raise OverflowError(text)
    return at.astimezone(UTC)


def asked_moment(option: str, text: str, now: datetime, zone: ZoneInfo, *, today: bool = False) -> datetime:
    """The time in `option`, see `moment`. Ends the command if it is not a time."""
    try:
        return moment(text, now, zone, today=today)
    except OverflowError:
        fail(Text("{option}: “{text}” is {beyond}", option=option, text=text, beyond=BEYOND), ExitCode.MISTAKE)
    except ValueError:
        fail(
            Text("{option}: “{text}” is not a time. Write {forms}", option=option, text=text, forms=FORMS),
            ExitCode.MISTAKE,
        )
