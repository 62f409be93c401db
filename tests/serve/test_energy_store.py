import logging
from pathlib import Path

import pytest

from optimizer.model.by_source import BySource
from optimizer.serve.costs import Costs
from optimizer.serve.energy import Books
from optimizer.serve.energy_store import SLOT_BYTES, EnergyStore
from optimizer.serve.ledger import Ledger


def books(step: int) -> Ledger:
    return Ledger(
        books=Books(consumed={"home": BySource(1.5 * step, 0.1, 2.0)}, import_wh=1000.0 + step),
        day="2025-06-21",
        day_start=Books(pv_wh=3.0),
        costs=Costs(used={"home": BySource(0.1 * step, 0.0, 60.0)}, import_ct=60.0 + step),
    )


def test_counters_continue_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "state" / "energy.json"
    store = EnergyStore(path)
    assert store.load() == Ledger()
    for step in range(5):
        store.save(books(step))
    # Not closed: as after SIGKILL.
    again = EnergyStore(path)
    assert again.load() == books(4)
    again.save(books(5))
    again.close()
    assert EnergyStore(path).load() == books(5)


@pytest.mark.parametrize("step", [0, 1])
def test_a_torn_write_leaves_the_slot_before(tmp_path: Path, step: int) -> None:
    path = tmp_path / "energy.json"
    store = EnergyStore(path)
    for n in range(step + 2):
        store.save(books(n))
    store.close()
    data = bytearray(path.read_bytes())
    newest = SLOT_BYTES * ((step + 2) % 2)
    data[newest + 40] ^= 0xFF
    path.write_bytes(data)
    assert EnergyStore(path).load() == books(step)


def test_a_broken_file_is_set_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "energy.json"
    path.write_bytes(b"\0" * 100)
    assert EnergyStore(path).load() == Ledger()
    assert "set aside" in caplog.text
    assert (tmp_path / "energy.broken").exists()


def test_a_disk_that_cannot_be_written_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    store = EnergyStore(tmp_path / "file" / "energy.json")
    with caplog.at_level(logging.ERROR):
        store.save(books(1))
        store.save(books(2))
    assert store.failed == f"{tmp_path / 'file' / 'energy.json'}: File exists"
    assert len(caplog.records) == 1
    store.close()


def test_too_many_consumers_are_said_and_keep_the_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "energy.json"
    store = EnergyStore(path)
    store.save(books(1))
    store.save(Ledger(Books(consumed={f"ev.charger{n}": BySource() for n in range(900)})))
    assert "room for" in store.failed
    assert EnergyStore(path).load() == books(1)
