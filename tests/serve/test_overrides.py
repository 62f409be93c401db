import json
import os
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.memory import Memory
from optimizer.journal.codec import encode
from optimizer.journal.kept_file import KeptFiles
from optimizer.model.reading import known
from optimizer.model.state import EvStatus, State
from optimizer.rules.book.engine import EMPTY_MEMORY
from optimizer.rules.book.overrides import Override, merged, still_active, without
from optimizer.serve.overrides import OverrideStore
from tests.serve.house import BERLIN, NOON, report, state

FAST = Override("ev.carport.mode", "fast", NOON + timedelta(hours=1), session=True)
REST = Override("battery.power_w", 0.0, NOON + timedelta(hours=3))


class Inner:
    def __init__(self) -> None:
        self.held: dict[str, Override] = {}

    def override(self, override: Override) -> None:
        self.held[override.target] = override

    def release(self, target: str) -> None:
        self.held.pop(target, None)


def restarted(path: Path, hours: float) -> dict[str, Override]:
    inner = Inner()
    OverrideStore(inner, KeptFiles(path.parent)).restore(NOON + timedelta(hours=hours))
    return {target: replace(one, ends_s=None) for target, one in inner.held.items()}


def test_what_is_held_goes_on_after_a_restart_until_it_expires(tmp_path: Path) -> None:
    path, inner = tmp_path / "state" / "overrides.json", Inner()
    override_sink = OverrideStore(inner, KeptFiles(path.parent))
    override_sink.restore(NOON)
    override_sink.override(FAST)
    override_sink.override(REST)
    assert inner.held == {FAST.target: FAST, REST.target: REST}
    assert restarted(path, 0.5) == inner.held
    assert restarted(path, 2.0) == {REST.target: REST}
    override_sink.release(REST.target)
    assert restarted(path, 0.5) == {FAST.target: FAST}


@pytest.mark.parametrize("content", [b"", b"nonsense", b"[[1]]", b'[{"target": 3}]', b"x" * 100_000, b"[" * 60_000])
def test_a_broken_file_is_said_and_forgotten(tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "overrides.json"
    path.write_bytes(content)
    assert restarted(path, 0.0) == {}
    assert "cannot be read" in caplog.text


def test_a_disk_that_cannot_be_written_does_not_stop_an_override(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    inner = Inner()
    OverrideStore(inner, KeptFiles(tmp_path / "file")).override(FAST)
    assert inner.held == {FAST.target: FAST}
    assert "not kept" in caplog.text


def test_what_goes_on_is_said_in_the_time_of_the_house(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    OverrideStore(Inner(), KeptFiles(tmp_path)).override(FAST)
    OverrideStore(Inner(), KeptFiles(tmp_path)).restore(NOON.astimezone(BERLIN))
    assert caplog.messages == ["override goes on: ev.carport.mode = fast until 15:00 or unplugged"]


def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "overrides.json"
    OverrideStore(Inner(), KeptFiles(path.parent)).override(FAST)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_fifo_in_its_place_does_not_hang_the_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "overrides.json"
    os.mkfifo(path)
    OverrideStore(Inner(), KeptFiles(path.parent)).restore(NOON)
    assert "cannot be read" in caplog.text


def test_a_wall_clock_that_was_set_back_makes_no_override_longer(tmp_path: Path) -> None:
    path = tmp_path / "overrides.json"
    OverrideStore(Inner(), KeptFiles(path.parent), lambda: 100.0).override(replace(REST, ends_s=100.0 + 3 * 3600.0))
    inner = Inner()
    OverrideStore(inner, KeptFiles(path.parent)).restore(NOON - timedelta(days=1), mono_s=5.0)
    assert inner.held[REST.target].ends_s == 5.0 + 3 * 3600.0


@given(
    minutes=st.floats(1.0, 24 * 60.0),
    down_s=st.floats(0.0, 200_000.0),
    wall_s=st.floats(-90_000_000.0, 90_000_000.0),
)
def test_in_the_same_boot_no_wall_clock_changes_when_an_override_ends(
    tmp_path_factory: pytest.TempPathFactory, minutes: float, down_s: float, wall_s: float
) -> None:
    folder = tmp_path_factory.mktemp("state")
    ends_s = 100.0 + 60.0 * minutes
    override = Override("battery.power_w", 0.0, NOON + timedelta(minutes=minutes), ends_s=ends_s)
    OverrideStore(Inner(), KeptFiles(folder), lambda: 100.0, boot="one").override(override)
    inner = Inner()
    OverrideStore(inner, KeptFiles(folder), boot="one").restore(NOON + timedelta(seconds=wall_s), mono_s=100.0 + down_s)
    if down_s < 60.0 * minutes - 0.2:
        held_s = inner.held[override.target].ends_s
        assert held_s is not None
        assert abs(held_s - ends_s) < 0.2
    else:
        assert not inner.held or down_s < 60.0 * minutes + 0.2


def test_after_another_boot_the_wall_clock_counts(tmp_path: Path) -> None:
    OverrideStore(Inner(), KeptFiles(tmp_path), lambda: 100.0, "one").override(replace(REST, ends_s=100.0 + 3 * 3600.0))
    inner = Inner()
    OverrideStore(inner, KeptFiles(tmp_path), boot="two").restore(NOON + timedelta(hours=1), mono_s=5.0)
    assert inner.held[REST.target].ends_s == 5.0 + 2 * 3600.0


def test_a_file_of_a_former_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "overrides.json"
    path.write_text(json.dumps(encode(tuple[Override, ...], (REST,))))
    assert restarted(path, 0.5) == {REST.target: REST}


def test_each_change_by_hand_is_announced_and_a_restart_is_not(tmp_path: Path) -> None:
    changes: list[int] = []
    store = OverrideStore(Inner(), KeptFiles(tmp_path))
    store.changed = lambda: changes.append(1)
    store.override(FAST)
    store.release(FAST.target)
    assert len(changes) == 2
    store.restore(NOON)
    assert len(changes) == 2


class Deciding:
    """Overrides as decisions keep them, from tick to tick."""

    def __init__(self) -> None:
        self.memory = Memory(EMPTY_MEMORY, {})

    def override(self, override: Override) -> None:
        self.memory = self.memory._replace(overrides=merged(self.memory.overrides, override))

    def release(self, target: str) -> None:
        self.memory = self.memory._replace(overrides=without(self.memory.overrides, target))

    def tick(self, store: OverrideStore, found: State) -> None:
        self.memory = self.memory._replace(overrides=still_active(self.memory.overrides, found))
        store.on_tick(report(found, memory=self.memory))


STATUSES = (EvStatus.DISCONNECTED, EvStatus.CONNECTED, EvStatus.CHARGING)
CHARGED = Override("battery.cellar.mode", "charge", NOON + timedelta(days=1), to_percent=80.0)
BY_HAND = st.one_of(
    st.sampled_from([FAST, REST, CHARGED]),
    st.sampled_from([FAST.target, REST.target, CHARGED.target]),
    st.tuples(st.sampled_from(STATUSES), st.floats(0.0, 100.0), st.integers(1, 7_200)),
)


@given(steps=st.lists(BY_HAND, max_size=12))
def test_a_restart_brings_back_no_override_that_has_ended(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Override | str | tuple[EvStatus, float, int]]
) -> None:
    folder, before, mono_s = tmp_path_factory.mktemp("state"), Deciding(), 1000.0
    store = OverrideStore(before, KeptFiles(folder))
    for step in [*steps, (EvStatus.CHARGING, 50.0, 1)]:
        if isinstance(step, Override):
            store.override(step)
        elif isinstance(step, str):
            store.release(step)
        else:
            status, soc_percent, after_s = step
            mono_s += after_s
            found = state(mono_s, soc=soc_percent)
            ev = replace(found.evs["carport"], status=known(status, mono_s))
            before.tick(store, replace(found, evs={"carport": ev}))
    after = Deciding()
    OverrideStore(after, KeptFiles(folder)).restore(NOON + timedelta(seconds=mono_s - 1000.0), mono_s)
    kept = {one.target: one.value for one in after.memory.overrides}
    assert kept == {one.target: one.value for one in before.memory.overrides}
