"""The open steps of `optimizer init` stay on the page until they are done."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from optimizer.cli.run.books import shipped_rules
from optimizer.cli.run.reminders import COMMISSIONED_FILE, STEPS, commissioned, keep_commissioned, reminders
from optimizer.settings import Settings, load_settings
from optimizer.settings.site import Reminder
from optimizer.words.language import language_of
from optimizer.words.text import in_language

DEVICES = """\
devices:
  carport: {type: nrgkick, url: "http://x", charger: {max_current_a: 16}}
  cellar: {type: sonnen, url: "http://y", token: t0ken, battery: {}}
"""
DONE = {
    "prices": "tariff: {import_ct: 30, feed_in_ct: 8}\n",
    "car": "vehicles: {car: {charger: carport, capacity_wh: 57000}}\n",
    "forecast": "site: {latitude: 48.8, longitude: 9.2}\nforecast: {roofs: {south: {peak_w: 5000}}}\n",
    "page": "serve: {status: {host: 0.0.0.0, token: 0123456789abcdef}}\n",
}


def house(folder: Path, text: str, devices: str = DEVICES) -> Settings:
    path = folder / "site.yaml"
    path.write_text(f"rules: {shipped_rules()}\n{devices}{text}")
    return load_settings(path, {})


@pytest.mark.parametrize("word", get_args(Reminder))
def test_each_word_has_its_sentence(tmp_path: Path, word: str) -> None:
    found = reminders(house(tmp_path, f"reminders: [{word}]\n"), tmp_path)
    assert len(found) == 1
    assert found[0].endswith(".")


@pytest.mark.parametrize("word", DONE)
def test_what_is_set_needs_no_reminder(tmp_path: Path, word: str) -> None:
    assert not reminders(house(tmp_path, f"reminders: [{word}]\n{DONE[word]}"), tmp_path)


def test_without_words_there_is_nothing(tmp_path: Path) -> None:
    assert not reminders(house(tmp_path, ""), tmp_path)


def test_phases_of_a_battery_that_needs_none(tmp_path: Path) -> None:
    devices = DEVICES.replace("battery: {}", "battery: {phases: [L1]}")
    assert not reminders(house(tmp_path, "reminders: [battery_phases]\n", devices), tmp_path)


def test_a_market_price_without_fees_is_not_a_price_yet(tmp_path: Path) -> None:
    contract = "prices:\n  sources: {m: {type: awattar}}\n  feed_in: {ct: 8}\n  import: {source: m"
    assert reminders(house(tmp_path, f"reminders: [prices]\n{contract}}}\n"), tmp_path)
    fees = ", fees: {all: {ct: 15}}}\n"
    assert not reminders(house(tmp_path, f"reminders: [prices]\n{contract}{fees}"), tmp_path)


def test_a_secret_that_was_left_for_later(tmp_path: Path) -> None:
    devices = DEVICES.replace("t0ken", "later")
    (sentence,) = reminders(house(tmp_path, "reminders: [car]\n" + DONE["car"], devices), tmp_path)
    assert "The secret of cellar is missing" in sentence


def test_a_trial_is_remembered_for_each_charger(tmp_path: Path) -> None:
    settings = house(
        tmp_path,
        "reminders: [commission]\n",
        DEVICES + '  yard: {type: nrgkick, url: "http://z", charger: {max_current_a: 16}}\n',
    )
    assert len(reminders(settings, tmp_path)) == 2
    keep_commissioned(tmp_path, "yard")
    keep_commissioned(tmp_path, "yard")
    (rest,) = reminders(settings, tmp_path)
    assert "`optimizer commission carport`" in rest
    keep_commissioned(tmp_path, "carport")
    assert not reminders(settings, tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"7", b"\xff\xfe"])
def test_a_damaged_record_reminds_again(tmp_path: Path, content: bytes) -> None:
    (tmp_path / COMMISSIONED_FILE).write_bytes(content)
    assert commissioned(tmp_path) == ()


def test_each_reminder_has_words_for_a_person_in_each_language() -> None:
    assert set(STEPS) == set(get_args(Reminder))
    german = language_of("de")
    assert german is not None
    for text in STEPS.values():
        assert in_language(text, german) != text
