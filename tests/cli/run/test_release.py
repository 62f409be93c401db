"""`optimizer release` after a crash, with settings that an edit has broken since."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from optimizer.devices.keep import Keep
from optimizer.devices.port import Sample
from optimizer.devices.registry import FACTORIES
from optimizer.model.decision import BatteryOrder
from optimizer.runtime.record.ownership import FORMER_NAME, Ownership
from tests.cli.village import call
from tests.serve.notify.test_target import SECRET, Sink

HOUSE = """\
devices:
  cellar: {type: sonnen, url: "http://192.0.2.1", api: v1}
  attic: {type: sonnen, url: "http://192.0.2.2", api: v1}
"""
NOTHING = "no device is held: every device is under its own control"


class ObedientBattery:
    """Meter and BatteryControl that does what it is told."""

    refresh_s = 20.0

    def __init__(self, handed_back: list[str]) -> None:
        self._handed_back = handed_back

    async def read(self) -> Sample:
        return Sample()

    async def close(self) -> None:
        """Nothing is open."""

    async def order(self, battery: str, order: BatteryOrder) -> None:
        raise AssertionError("nothing is ordered here")

    async def hand_back(self, battery: str) -> None:
        self._handed_back.append(battery)


Release = Callable[..., tuple[int, str]]


@pytest.fixture
def handed_back(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of the devices that were handed back, in order."""
    names: list[str] = []
    factories = {**FACTORIES, "sonnen": lambda *_: ObedientBattery(names)}
    monkeypatch.setattr("optimizer.cli.run.devices.FACTORIES", factories)
    return names


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """Write settings (without a rules folder) and a record, and call the command."""

    def _release(site: str, *held: str, record: str | None = None, options: tuple[str, ...] = ()) -> tuple[int, str]:
        (tmp_path / "state").mkdir()
        entries = {key: {"since": "2026-01-01T00:00:00+00:00", "brand": "sonnen"} for key in held}
        text = json.dumps({"version": 1, "devices": entries, "settings": {}}) if record is None else record
        (tmp_path / "state" / FORMER_NAME).write_text(text)
        (tmp_path / "site.yaml").write_text(site)
        return call("release", "--config", str(tmp_path / "site.yaml"), *options)

    return _release


def test_what_does_not_confirm_in_time_stays_on_the_record(
    release: Release, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class SilentBattery(ObedientBattery):
        async def hand_back(self, battery: str) -> None:
            await asyncio.Event().wait()

    monkeypatch.setattr("optimizer.cli.run.devices.FACTORIES", {**FACTORIES, "sonnen": lambda *_: SilentBattery([])})
    code, text = release(HOUSE, "battery.cellar", options=("--within", "0"))
    assert code == 4
    assert "battery.cellar is not handed back: not confirmed within 0 s" in text
    assert list(Ownership(tmp_path / "state").held) == ["battery.cellar"]


NOTIFY = """\
site: {name: Haus, language: de}
notify:
  targets: {phone: {apprise_url: "json://127.0.0.1:PORT/SECRET"}}
"""


@pytest.mark.parametrize("grid", ["cellar", "a mistake"])
def test_the_owner_gets_one_message_about_a_device_that_is_not_handed_back(
    release: Release, handed_back: list[str], tmp_path: Path, grid: str
) -> None:
    with Sink().listening() as sink:
        notify = NOTIFY.replace("PORT", str(sink.port)).replace("SECRET", SECRET)
        code, text = release(f"{HOUSE}grid: {grid}\n{notify}", "battery.cellar", "battery.shed")
        again, _ = call("release", "--config", str(tmp_path / "site.yaml"))
    assert handed_back == ["cellar"]
    assert (code, again) == (4, 4)
    (body,) = sink.bodies
    assert json.loads(body)["title"] == "Energie: Haus"
    assert json.loads(body)["message"].startswith("battery.shed ist nicht zurückgegeben: the settings no longer name")
    assert SECRET not in text


def test_before_a_start_of_the_service_nothing_is_sent(release: Release, handed_back: list[str]) -> None:
    with Sink().listening() as sink:
        notify = NOTIFY.replace("PORT", str(sink.port)).replace("SECRET", SECRET)
        code, _ = release(f"{HOUSE}grid: cellar\n{notify}", "battery.shed", options=("--within", "30"))
    assert (code, sink.bodies) == (4, [])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", ""),
        ("tariff: {import_ct: thirty}\n", "tariff.import_ct: “thirty” is not a number"),
        ("sight: 1\n", "did you mean “site”?"),
        ("grid: cellr\n", "grid: there is no device “cellr”"),
        ("on_exit: paus\n", "on_exit: “paus” is not one of the allowed values"),
    ],
)
def test_what_is_wrong_elsewhere_is_told_and_stops_nothing(
    release: Release, handed_back: list[str], tmp_path: Path, more: str, said: str
) -> None:
    grid = "" if "grid" in more else "grid: cellar\n"
    code, text = release(HOUSE + grid + more, "battery.cellar", "battery.attic")
    assert code == 0, text
    assert said in text
    assert NOTHING in text
    assert sorted(handed_back) == ["attic", "cellar"]
    assert not Ownership(tmp_path / "state").held


def test_a_battery_that_may_no_longer_be_written_to_is_handed_back(release: Release, handed_back: list[str]) -> None:
    code, text = release(HOUSE.replace("api: v1}", "api: v1, battery: {control: false}}"), "battery.cellar")
    assert (code, handed_back) == (0, ["cellar"]), text


def test_a_device_that_was_taken_out_is_named_with_what_to_do(
    release: Release, handed_back: list[str], tmp_path: Path
) -> None:
    code, text = release(HOUSE, "battery.cellar", "battery.shed")
    assert code == 4
    assert "battery.shed is not handed back: the settings no longer name this device (sonnen). Add it again" in text
    assert handed_back == ["cellar"]
    assert list(Ownership(tmp_path / "state").held) == ["battery.shed"]


@pytest.mark.parametrize(
    ("site", "said"),
    [
        (HOUSE.replace('url: "http://192.0.2.2"', "url: attic"), "devices.attic.url: an address begins with"),
        (
            HOUSE.replace('type: sonnen, url: "http://192.0.2.2", api: v1', "type: fems, more_batteries: {garage: 1}"),
            "devices.attic.url: is required",
        ),
    ],
)
def test_a_device_with_a_mistake_does_not_hold_up_the_others(
    release: Release, handed_back: list[str], site: str, said: str
) -> None:
    held = "battery.garage" if "garage" in site else "battery.attic"
    code, text = release(site, "battery.cellar", held)
    assert code == 4
    assert said in text
    assert f"{held} is not handed back: its settings contain a mistake. Correct them and run" in text
    assert handed_back == ["cellar"]


def test_two_batteries_of_one_name_are_left_alone(release: Release, handed_back: list[str]) -> None:
    fems = '  house: {type: fems, url: "http://192.0.2.3", more_batteries: {attic: {component: ess1}}}\n'
    code, text = release(HOUSE + fems, "battery.cellar", "battery.attic")
    assert code == 4
    assert "already the name of a battery" in text
    assert handed_back == ["cellar"]


def test_a_damaged_record_may_have_named_any_device(release: Release, handed_back: list[str]) -> None:
    """Also the one whose settings cannot be read; but not one that was never to be written to."""
    site = HOUSE.replace('url: "http://192.0.2.2"', "url: attic") + (
        '  hut: {type: sonnen, url: "http://192.0.2.3", api: v1, battery: {control: false}}\n'
    )
    code, text = release(site, record="[")
    assert (code, handed_back) == (4, ["cellar"])
    assert "attic is not handed back: perhaps: the record is damaged" in text


def test_after_damage_a_device_is_told_that_its_settings_from_before_are_lost(
    release: Release, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without that, one whose settings were never kept would be taken for one that we never touched."""
    seen: list[tuple[object, set[str]]] = []

    class Noting(ObedientBattery):
        def __init__(self, keep: Keep) -> None:
            super().__init__([])
            self._keep = keep

        async def hand_back(self, battery: str) -> None:
            seen.append((self._keep.load(battery), set(Ownership(tmp_path / "state").held)))

    factories = {**FACTORIES, "sonnen": lambda _config, _clock, keep: Noting(keep)}
    monkeypatch.setattr("optimizer.cli.run.devices.FACTORIES", factories)
    assert release(HOUSE, record="[")[0] == 0
    assert seen[0] == ({}, {"battery.attic", "battery.cellar"})
    assert [kept for kept, _ in seen] == [{}, {}]
    record = Ownership(tmp_path / "state")
    assert (record.held, record.load("cellar")) == ({}, None)


@pytest.mark.parametrize("site", ["state_dir: [1]\n" + HOUSE, "devices: 7\n", "devices: {\n"])
def test_settings_that_do_not_say_where_the_record_or_a_device_is(
    release: Release, handed_back: list[str], site: str
) -> None:
    code, text = release(site, "battery.cellar")
    assert (code, handed_back) == (2, []), text


@pytest.mark.parametrize("missing", [True, False])
def test_without_a_record_nobody_knows_what_is_held(
    release: Release, handed_back: list[str], tmp_path: Path, missing: bool
) -> None:
    release(HOUSE, "battery.cellar")
    handed_back.clear()
    state = tmp_path / "state"
    if missing:
        state.rename(tmp_path / "away")
    else:
        for file in state.iterdir():
            file.unlink()
    code, text = call("release", "--config", str(tmp_path / "site.yaml"))
    assert (code, handed_back) == (4, [])
    assert "the held devices are not known" in text
    assert "no device is held" not in text


@pytest.mark.parametrize(("address", "moved"), [("http://192.0.2.9", True), ("http://192.0.2.1", False)])
def test_a_device_that_was_exchanged_under_the_same_name_is_pointed_out(
    address: str, moved: bool, release: Release, handed_back: list[str]
) -> None:
    """Only the new one can be handed back, and the former one may go on with its last command."""
    entry = {"since": "2026-01-01T00:00:00+00:00", "brand": "sonnen", "address": f"sonnen {address}"}
    record = json.dumps({"version": 1, "devices": {"battery.cellar": entry}, "settings": {}})
    code, output = release(HOUSE, record=record)
    assert (code, handed_back) == (0, ["cellar"])
    now = "sonnen http://192.0.2.1"
    said = f"another address (sonnen {address}) than the settings have now ({now}), and is handed back only"
    assert (said in output) is moved
