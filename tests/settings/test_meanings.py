"""The descriptions of settings are the docstrings under the fields, as pydantic itself would read them."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict, Field

from optimizer.control.params import Params
from optimizer.settings import Settings
from optimizer.settings.meanings import meanings
from optimizer.settings.site import SiteSettings


class Base(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    kept: int = 1
    """Kept by the class below."""
    renewed: int = 2
    """Said otherwise below."""
    silenced: int = 3
    """Declared again below, without a docstring."""


class Below(Base):
    renewed: int = 4
    """Of two
    lines."""
    silenced: int = 5
    own: int = Field(default=6)
    """Its own."""
    bare: int = 7


@pytest.mark.parametrize("kind", [Base, Below])
def test_they_are_what_pydantic_reads(kind: type[BaseModel]) -> None:
    read = {name: field.description for name, field in kind.model_fields.items() if field.description is not None}
    assert of_fields(kind) == read


def of_fields(kind: type[BaseModel]) -> dict[str, str]:
    """Without those of the class that pydantic gives all models."""
    return {name: text for name, text in meanings(kind).items() if name in kind.model_fields}


def test_a_class_without_a_source_has_those_of_its_bases() -> None:
    assert meanings(type("Made", (Below,), {})) == meanings(Below)
    assert meanings(int) == {}


def test_a_dataclass_has_them_too() -> None:
    assert meanings(Params)["follow_tick_s"]


def test_the_schema_has_them() -> None:
    properties = Settings.model_json_schema()["$defs"]["SiteSettings"]["properties"]
    assert {name: one["description"] for name, one in properties.items()} == of_fields(SiteSettings)
    assert set(SiteSettings.model_fields) == set(properties)
    tariff = Settings.model_json_schema()["properties"]["tariff"]
    assert tariff["description"] == meanings(Settings)["tariff"]
