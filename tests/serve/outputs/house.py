"""A house whose values are published, for the tests of outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from optimizer.journal.kept_file import KeptFiles
from optimizer.model.inputs import InputSpec
from optimizer.rules.book.overrides import Override
from optimizer.runtime.inputs.board import InputBoard
from optimizer.runtime.inputs.kept import KeptInputs
from optimizer.serve.outputs.discovery import House
from optimizer.serve.outputs.entities import entities
from optimizer.serve.outputs.entity import Entity
from optimizer.sources.inputs.port import InputPlan
from tests.serve.house import SITE

HOUSE = House("abc123", "home", "1.0", topic="optimizer")
INPUTS = (
    InputPlan(InputSpec("holiday", "switch", meaning="Nobody is at home")),
    InputPlan(InputSpec("target_w", "number", unit="kW", low=0.0, high=5000.0)),
    InputPlan(InputSpec("guests", "choice", options=("few", "many"))),
    InputPlan(InputSpec("ready", "time")),
    InputPlan(InputSpec("heat_w", "number", unit="W"), max_age_s=60.0, source="MQTT broker"),
)


class Overrides:
    """Takes overrides and remembers them."""

    def __init__(self) -> None:
        self.held: dict[str, Override] = {}

    def override(self, override: Override) -> None:
        self.held[override.target] = override

    def release(self, target: str) -> None:
        self.held.pop(target, None)


def published(*, commands: bool = True, repeating: tuple[str, ...] = ()) -> tuple[Entity, ...]:
    return entities(SITE, INPUTS, pvs=("roof",), currency="EUR", commands=commands, repeating=repeating)


def board(folder: Path, clock: Any) -> InputBoard:
    return InputBoard(INPUTS, clock, KeptInputs(KeptFiles(folder)))
