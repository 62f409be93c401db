"""The format of times that an owner names with `--time-format`, in the notation of strptime."""

from __future__ import annotations

import re
from datetime import datetime

from optimizer.study.input.series import StudyError
from optimizer.words.text import Text

DIRECTIVE = re.compile(r"%(.)")
"""One directive, such as %Y. `%%` is a percent sign."""
EXAMPLE = '"%d.%m.%Y %H:%M"'


def checked_format(form: str) -> str:
    """`form`, if each time that fits it has one meaning. Raises StudyError.

    strptime fills what is missing without a word: the year 1900, the first of a month, and the first half of a day.
    """
    _check_directives(form)
    named = set(DIRECTIVE.findall(form.replace("%%", "")))
    year = named & set("YyGcx")
    day = named & set("jcx") or ("d" in named and named & set("mbB")) or (named & set("UWV") and named & set("aAwu"))
    if form and not (year and day):
        raise StudyError(
            Text(
                '--time-format “{form}” has no {part}. Write a whole date, such as "%d.%m.%Y %H:%M". If date and time '
                "are in two columns, write --time-column DATE+TIME",
                form=form,
                part=Text("day and month") if year else Text("year"),
            )
        )
    if ("I" in named) is not ("p" in named) and not named & set("cX"):
        raise StudyError(
            Text(
                "--time-format “{form}” mixes the clocks of 12 and 24 hours. Write %I with %p (02:30 PM), or %H alone "
                "(14:30)",
                form=form,
            )
        )
    return form


def _check_directives(form: str) -> None:
    """Raise StudyError for a format that strptime cannot use for any time."""
    try:
        datetime.strptime("", form)  # noqa: DTZ007 - no time is read
    except re.error:
        text = "--time-format “{form}” names a part of the time twice. Write each part once, such as {example}"
        raise StudyError(Text(text, form=form, example=EXAMPLE)) from None
    except ValueError as error:
        if "directive" in str(error) or "stray %" in str(error):
            text = "--time-format “{form}” has a % that means nothing. Write it such as {example}"
            raise StudyError(Text(text, form=form, example=EXAMPLE)) from None
