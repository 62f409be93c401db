"""The shipped rules: an owner may switch on any of those that are off, alone or all together."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from optimizer.model.fields import DeviceNames
from optimizer.rules.book.files import book_from_texts
from optimizer.rules.tools.lints import lints
from optimizer.rules.tools.never_known import rules_that_never_act
from optimizer.settings import Settings
from optimizer.settings.unreported import unreported
from tests.rules.scene import NAMES

FOLDER = Path(__file__).parents[2] / "rules"
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.yaml"))}
OFF = [
    found[1]
    for text in TEXTS.values()
    for found in re.finditer(r"^  - id: (\S+)\n(?:(?!  - id:).*\n)*?    enabled: false$", text, re.MULTILINE)
]
BERLIN = ZoneInfo("Europe/Berlin")


def switched_on(*names: str) -> dict[str, str]:
    texts = dict(TEXTS)
    for name in names:
        for file, text in texts.items():
            texts[file] = re.sub(
                rf"(^  - id: {name}\n(?:(?!  - id:).*\n)*?    enabled: )false$", r"\1true", text, flags=re.MULTILINE
            )
    return texts


def enabled(names: DeviceNames, *on: str) -> set[str]:
    book = book_from_texts(switched_on(*on), names, BERLIN)
    return {part.name for part in book.parts}


def test_there_are_rules_that_are_off() -> None:
    assert {"export-costs-money", "night-tariff", "grid-limit"} <= set(OFF)


@pytest.mark.parametrize("name", OFF)
def test_each_can_be_switched_on(name: str) -> None:
    assert name in enabled(NAMES, name)


def test_all_can_be_switched_on() -> None:
    assert set(OFF) <= enabled(NAMES, *OFF)


def test_a_house_with_a_charger_alone_is_not_warned_of_rules_for_a_battery() -> None:
    devices = {"carport": {"type": "nrgkick", "url": "http://192.168.1.20"}}
    missing = unreported(Settings(devices=devices))  # type: ignore[arg-type]
    book = book_from_texts(TEXTS, DeviceNames(("carport",)), BERLIN)
    assert [problem.render() for problem in lints(book, missing)] == []
    idle = dict(rules_that_never_act(book, missing))
    assert idle["hold-battery"] == "no battery is configured"
    assert "battery.soc is never known here: no battery is configured" in idle["evening-reserve"]
