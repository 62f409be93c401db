"""Schema and reference are generated from the tables and stand in the repository as generated."""

from pathlib import Path

from optimizer.model.fields import FIELDS
from optimizer.model.targets import CLAIMS, LIMITS
from optimizer.rules.tools.reference import reference_text
from optimizer.rules.tools.schema import rules_schema, schema_text

ROOT = Path(__file__).parents[3]


def test_the_schema_is_current() -> None:
    assert (ROOT / "schema" / "rules.schema.json").read_text("utf-8") == schema_text(), (
        "python -m optimizer.rules.tools.schema > schema/rules.schema.json"
    )


def test_the_reference_is_current() -> None:
    assert (ROOT / "docs" / "reference" / "rules.md").read_text("utf-8") == reference_text(), (
        "python -m optimizer.rules.tools.reference > docs/reference/rules.md"
    )


def test_shipped_files_point_to_the_schema() -> None:
    for file in (ROOT / "rules").glob("*.yaml"):
        first = file.read_text("utf-8").splitlines()[0]
        assert first == "# yaml-language-server: $schema=../schema/rules.schema.json"


def test_both_name_everything() -> None:
    text = reference_text()
    assert all(f"| `{name}` |" in text for name in (*FIELDS, *CLAIMS, *LIMITS))
    rule = rules_schema()["properties"]["rules"]["items"]["properties"]
    assert set(rule["claim"]["properties"]) == set(CLAIMS)
    assert set(rule["limit"]["properties"]) == set(LIMITS)
