"""The page about configuration, the shipped example and the unit say what the settings say."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from optimizer.settings import Settings, load_settings
from optimizer.settings.reference import brought_up_to_date, tables
from optimizer.settings.schema import Reference, allowed

ROOT = Path(__file__).parents[2]


def test_the_page_is_up_to_date() -> None:
    page = (ROOT / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")
    assert page == brought_up_to_date(page), "python -m optimizer.settings.reference docs/reference/configuration.md"


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks the lines"):
        brought_up_to_date("# Configuration\n")


def test_every_setting_has_a_meaning() -> None:
    for heading in Reference(Settings.model_json_schema()).sections():
        assert heading.meaning, heading.key
        for row in heading.rows:
            assert row.meaning, f"{heading.key}.{row.key}"
            assert row.allowed, f"{heading.key}.{row.key}"
            assert row.allowed == row.allowed.strip(), f"{heading.key}.{row.key}"


def test_a_cell_never_breaks_its_table() -> None:
    rows = [line for line in tables().splitlines() if line.startswith("| `")]
    assert len(rows) > 40
    assert {line.replace("\\|", "").count("|") for line in rows} == {4, 5}


def test_what_is_allowed_in_words() -> None:
    assert allowed({"type": "number", "minimum": 6, "maximum": 32}, "current_a") == "a number from 6 to 32 A"
    assert allowed({"type": "number", "exclusiveMinimum": 0.5}, "x") == "a number above 0.5"
    assert allowed({"type": "integer"}, "power_w") == "a whole number in W"
    assert allowed({"type": "array"}) == "a list"
    assert allowed({"type": "array", "items": {"type": "string"}}) == "a list of text"
    assert allowed({"type": "array", "items": {"$ref": "#/$defs/Goal"}}) == "a list in which each entry begins with `-`"
    assert allowed({"anyOf": [{"type": "string"}, {"type": "integer"}]}) == "text or a whole number"


def test_the_shipped_example_is_a_valid_site(tmp_path: Path) -> None:
    example = ROOT / "site.example.yaml"
    uncommented = re.search(r"install -m \d+ site.example.yaml site.yaml", example.read_text(encoding="utf-8"))
    assert uncommented is not None
    (tmp_path / "rules").mkdir()
    shutil.copy(example, tmp_path)
    subprocess.run(uncommented[0].split(), cwd=tmp_path, check=True)
    settings = load_settings(tmp_path / "site.yaml", {})
    assert list(settings.devices) == ["carport", "house"]
    assert settings.warnings == ()


def test_the_examples_comments_are_settings_too(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "carport.txt").write_text("x\n")
    (tmp_path / "token.txt").write_text("0123456789abcdef\n")
    lines = (ROOT / "site.example.yaml").read_text(encoding="utf-8").splitlines()[4:]
    uncommented = [
        line.replace("# ", "", 1) if ":" in line.partition("#")[2] and "# " in line[:9] else line for line in lines
    ]
    (tmp_path / "site.yaml").write_text("\n".join(line for line in uncommented if not line.startswith("#")))
    settings = load_settings(tmp_path / "site.yaml", {})
    assert settings.grid == "house"
    assert settings.tariff.import_ct == 30
    assert settings.serve.feed is not None
    assert settings.site.unbalance_a == 20


def test_the_container_mounts_and_listens_where_its_image_expects() -> None:
    compose = YAML(typ="safe").load((ROOT / "deploy" / "compose.yaml").read_text())
    service = compose["services"]["optimizer"]
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    for volume in service["volumes"]:
        target = volume.rsplit(":ro", 1)[0].rpartition(":")[2]
        assert str(Path(target).parent) in dockerfile
    assert service["read_only"] is True
    assert all(image["image"].rpartition(":")[2] not in ("", "latest") for image in compose["services"].values())


def test_prometheus_may_ask_under_the_name_that_it_uses(tmp_path: Path) -> None:
    environment = YAML(typ="safe").load((ROOT / "deploy" / "compose.yaml").read_text())["services"]["optimizer"][
        "environment"
    ]
    (tmp_path / "rules").mkdir()
    (tmp_path / "site.yaml").write_text("")
    status = load_settings(tmp_path / "site.yaml", environment).serve.status
    assert status is not None
    assert f"targets: [{status.allowed_hosts[0]}:8080]" in (ROOT / "deploy/prometheus/prometheus.yml").read_text()
