"""What the feed shows beyond readings: a smart load and nameplates, of devices that there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.settings import SettingsErrors, load_settings

SITE = """\
rules: .
devices:
  carport: {type: nrgkick, url: "http://192.168.1.20"}
  yard: {type: givtcp_evc, url: "http://192.168.1.50:8099/REST1", charger: {phases: [L2]}}
serve:
  feed:
    smart_load: SMART
    plates:
      PLATE: {model: Tesla, max_dc_w: 9000}
"""


def loaded(folder: Path, smart: str, plate: str) -> str:
    (folder / "site.yaml").write_text(SITE.replace("SMART", smart).replace("PLATE", plate))
    try:
        settings = load_settings(folder / "site.yaml", {})
    except SettingsErrors as errors:
        return errors.render()
    assert settings.serve.feed is not None
    assert settings.serve.feed.plates[plate].max_dc_w == 9000.0
    return settings.serve.feed.smart_load or ""


def test_devices_that_there_are(tmp_path: Path) -> None:
    assert loaded(tmp_path, "yard", "carport") == "yard"


@pytest.mark.parametrize(
    ("smart", "plate", "words"),
    [
        ("yerd", "carport", ("site.yaml:7:", "there is no charger “yerd”", "carport, yard")),
        ("yard", "carpark", ("site.yaml:9:", "there is no device “carpark”; did you mean “carport”?")),
    ],
)
def test_devices_that_there_are_not(tmp_path: Path, smart: str, plate: str, words: tuple[str, ...]) -> None:
    text = loaded(tmp_path, smart, plate)
    for word in words:
        assert word in text
