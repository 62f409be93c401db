"""`optimizer check` and its messages in another language."""

from __future__ import annotations

from contextvars import Context
from pathlib import Path

from optimizer.words.language import language_of, speak
from tests.cli.village import call, site

MISTAKES = """\
site: {name: x, time_zone: Europe/Berlim, fuse_a: 3, langage: de}
devices:
  carport: {type: nrgkik, url: 192.168.1.20}
  giv: {type: givtcp, url: "ftp://x", battery: {max_charge_w: viel}}
"""
HOUSE = """\
devices:
  giv: {type: givtcp, url: "http://x:8099/REST1"}
  car: {type: nrgkick, url: "http://y", charger: {}}
tariff: {import_ct: 0.3}
"""


def in_german(*words: str) -> str:
    """The output of a command for a person whose locale is German."""

    def said() -> str:
        german = language_of("de")
        assert german is not None
        speak(german)
        return call(*words)[1]

    return Context().run(said)


def english_in(text: str) -> list[str]:
    """Sentences without values that have a translation and were not translated."""
    german = language_of("de")
    assert german is not None
    return [one for one in german.texts if " " in one and len(one) > 12 and "{" not in one and one in text]


def test_mistakes_in_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(MISTAKES)
    text = in_german("check", "-c", str(path))
    assert "ist keine Zeitzone; meinten Sie „Europe/Berlin“?" in text
    assert "erlaubt: eine Zahl von 6 bis 125 A" in text
    assert "hier gibt es keine Einstellung „langage“" in text
    assert text.rstrip().endswith("6 Fehler in den Einstellungen")
    assert not english_in(text)


def test_a_house_with_warnings(tmp_path: Path) -> None:
    text = in_german("check", "-c", str(site(tmp_path, HOUSE)))
    assert "Ansprüche auf jedes Ziel" in text
    assert "Preise sind in ct: 0.3 € schreibt man 30" in text
    assert "Regeln, die hier nie wirken können:" in text
    assert not english_in(text)


def test_the_language_of_the_settings_counts_if_the_locale_names_none(tmp_path: Path) -> None:
    path = site(tmp_path, f"site: {{language: de}}\n{HOUSE}")
    assert "Ansprüche auf jedes Ziel" in Context().run(call, "check", "-c", str(path))[1]
