"""Finds every sentence in the code that a person may read in another language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import typer.main
from ruamel.yaml import YAML

from optimizer.cli import application
from optimizer.cli.device.commission_verdict import Verdict
from optimizer.cli.help_texts import parts_with_help
from optimizer.cli.plural import COUNTED
from optimizer.control.sentences import SENTENCES
from optimizer.devices.fems import documented as fems
from optimizer.devices.givtcp import documented as givtcp
from optimizer.devices.nrgkick import registers as nrgkick
from optimizer.devices.sonnen import documented as sonnen
from optimizer.journal.changes import FAULTS, SWITCHED
from optimizer.model.goal_text import WEEKDAYS
from optimizer.model.targets import CLAIMS, LIMITS
from optimizer.rules.book.lifecycle import PHASE_NAMES
from optimizer.settings.explain import WHAT
from optimizer.study.tune import Goal
from optimizer.words.figures import PHASES
from optimizer.words.system import messages

ROOT = Path(__file__).parents[2]
CODE = ROOT / "optimizer"
MAKERS = ("Text", "_because", "fail", "Unreachable", "Refused", "OverrideError", "unknown", "joined")
"""Calls whose texts are sentences, as the first or the second argument."""
KINDS = ("error", "warning", "RCD", "disabled", "limit", "value", "winner")
"""Sentences that are written otherwise."""


@cache
def sentences() -> frozenset[str]:
    """All English templates of the service and its commands."""
    found = {text for path in CODE.rglob("*.py") for text in _of_file(path)}
    found |= {*SENTENCES.values(), *SWITCHED.values(), *PHASES, *KINDS, *WEEKDAYS, *WHAT.values(), *PHASE_NAMES}
    found |= {text for texts in COUNTED.values() for text in texts}
    found |= {meaning for _, _, meanings in FAULTS for meaning in meanings.values()} | {what for _, what, _ in FAULTS}
    found |= {target.unclaimed for table in (CLAIMS, LIMITS) for target in table.values() if target.unclaimed}
    found |= {*get_args(Verdict), *get_args(Goal), *messages()}
    found |= {register.meaning for register in nrgkick.TABLE} | {meaning for _, meaning in sonnen.MEANINGS.values()}
    channels = (fems.SUM_CHANNELS, fems.SUM_ALSO, fems.ESS_CHANNELS, fems.METER)
    found |= {fems.parted(text)[1] for table in channels for text in table.values()} | {*givtcp.MEANINGS.values()}
    found |= {part.help for part in parts_with_help(typer.main.get_command(application()))}
    return frozenset(text for text in found | set(_shipped()) if _has_words(text))


def _has_words(template: str) -> bool:
    """Whether there is something to translate beside the values: words, or quotation marks."""
    return re.search(r"[^\W\d_]|[“”]", re.sub(r"\{\w*\}", "", template)) is not None


def _shipped() -> Iterator[str]:
    """The `about` texts of the shipped rules."""
    for path in (ROOT / "rules").glob("*.yaml"):
        for rule in YAML(typ="safe").load(path)["rules"]:
            if "about" in rule:
                yield rule["about"].strip()


def _of_file(path: Path) -> Iterator[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    if _is_of_rich(nodes):
        return
    named = _constants(nodes)
    for node in nodes:
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if isinstance(node.func, ast.Attribute) and name == "of" and getattr(node.func.value, "id", "") == "Text":
                name = "Text"
            if name in MAKERS:
                for argument in node.args[:2]:
                    yield from _texts(argument, named)


def _is_of_rich(nodes: list[ast.AST]) -> bool:
    """Whether `Text` is the one of rich."""
    return any(
        isinstance(node, ast.ImportFrom) and node.module == "rich.text" and node.names[0].asname is None
        for node in nodes
    )


def _constants(nodes: list[ast.AST]) -> dict[str, list[ast.expr]]:
    """The values that are assigned to each name of the module."""
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).append(node.value)
    return found


def _texts(node: ast.expr, named: dict[str, list[ast.expr]]) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if node.value:
            yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body, named)
        yield from _texts(node.orelse, named)
    elif isinstance(node, ast.BoolOp):
        for one in node.values:
            yield from _texts(one, named)
    elif isinstance(node, ast.Name):
        for value in named.get(node.id, []):
            if not isinstance(value, ast.Name):
                yield from _texts(value, named)
