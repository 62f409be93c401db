"""Times in answers."""

from __future__ import annotations

import pytest

from optimizer.sources.port import SourceError
from optimizer.sources.times import unix_s


@pytest.mark.parametrize(
    "value",
    [
        1_780_261_200,
        1_780_261_200_000,
        1_780_261_200.0,
        "2026-06-01T00:00:00+03:00",
        "2026-05-31T21:00:00Z",
        "2026-05-31T23:00:00.000+02:00",
    ],
)
def test_seconds_milliseconds_and_iso_are_the_same_time(value: object) -> None:
    assert unix_s(value) == 1_780_261_200.0


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("2026-06-01T00:00:00", "has no offset"),
        ("2026-06-01", "has no offset"),
        ("tomorrow", "not a time in ISO"),
        ("0001-01-01T00:00:00+14:00", "2000 to 2100"),
        (True, "is not a time"),
        (None, "is not a time"),
        (float("nan"), "2000 to 2100"),
        (1e300, "2000 to 2100"),
        (0, "2000 to 2100"),
    ],
)
def test_other_values_are_refused(value: object, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        unix_s(value)
