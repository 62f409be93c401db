"""The cache on disk: exact, bounded, and never in the way."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.journal.kept_file import KeptFiles
from optimizer.model.series import Series, Slot
from optimizer.runtime.series_cache import Cached, SeriesCache

FILE_NAME = "series.json"
SERIES = Series.of([Slot(0.0, 900.0, 9.487), Slot(900.0, 1800.0, -0.1)], unit="ct/kWh", source="aWATTar", fetched_s=5.0)


def stored(folder: Path) -> SeriesCache:
    return SeriesCache(KeptFiles(folder), FILE_NAME, "prices")


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    stored(tmp_path).save("a", {"market": Cached(SERIES, 7.5, (1.0, 7.5))})
    stored(tmp_path).save("b", {"other": Cached(Series(), None)})
    cache = stored(tmp_path)
    assert cache.load("market", "a") == Cached(SERIES, 7.5, (1.0, 7.5))
    assert cache.load("other", "b") == Cached()
    assert cache.load("market", "another address") == Cached()
    assert cache.load("nobody", "a") == Cached()
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


@given(st.one_of(st.binary(max_size=60), st.sampled_from([b"[]", b"{}", b'{"market": 1}', b"[" * 100_000])))
def test_a_damaged_file_is_as_none(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("state")
    (folder / FILE_NAME).write_bytes(content)
    cache = stored(folder)
    assert cache.load("market", "a") == Cached()
    cache.save("a", {"market": Cached(SERIES, 7.5)})
    assert stored(folder).load("market", "a") == Cached(SERIES, 7.5)


@pytest.mark.parametrize("broken", ["[[0,900]]", '[[0,900,"x"]]', "[[0,0,1]]", "7", "[[0,900,1],[0,900,2]]"])
def test_broken_entries_are_as_none(tmp_path: Path, broken: str) -> None:
    stored(tmp_path).save("a", {"market": Cached(Series(), 7.5)})
    file = tmp_path / FILE_NAME
    file.write_text(file.read_text().replace('"slots":[]', f'"slots":{broken}'))
    assert stored(tmp_path).load("market", "a") == Cached()


def test_without_a_disk_the_prices_stay_in_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "file"
    folder.write_text("no folder")
    cache = stored(folder)
    with caplog.at_level(logging.WARNING):
        cache.save("a", {"market": Cached(SERIES, 7.5)})
        cache.save("a", {"market": Cached(SERIES, 8.5)})
    assert cache.failed
    assert cache.load("market", "a") == Cached(SERIES, 8.5)
    assert sum("cannot be written" in message for message in caplog.messages) == 1
