"""Rule files on disk: from a directory (or one file) to a compiled book, or to a list of all mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from optimizer.model.fields import DeviceNames
from optimizer.rules.book.assemble import assemble
from optimizer.rules.book.book import Book, Rule, Setting
from optimizer.rules.book.by_hand import is_overlay, overlay_of, switched
from optimizer.rules.book.document import MAX_BYTES, read_document
from optimizer.rules.book.exclude import ties
from optimizer.rules.book.read import read_file
from optimizer.rules.book.unreleased import unreleased
from optimizer.rules.language.errors import Problem, RuleErrors
from optimizer.words.text import Text, message_of

MAX_FILES = 50
MAX_ALL_RULES = 1000
SUFFIXES = (".yaml", ".yml")


def load_book(path: Path, names: DeviceNames, zone: ZoneInfo) -> Book:
    """The book of all rule files in `path` (a directory without its subdirectories) or of one file.

    Raises RuleErrors with every problem: unreadable files, mistakes, repeated ids, and ties.
    """
    return book_from_texts(read_texts(path), names, zone)


def rule_files(path: Path) -> list[Path]:
    """The rule files of a directory in the order of their names, without hidden files."""
    if not path.is_dir():
        return [path]
    return sorted(
        file for file in path.iterdir() if file.suffix in SUFFIXES and not file.name.startswith(".") and file.is_file()
    )


def read_texts(path: Path) -> dict[str, str]:
    """File name -> text. Raises RuleErrors."""
    try:
        files = rule_files(path)
    except OSError as error:
        raise RuleErrors([Problem(str(path), 0, 0, Text("cannot be read: {error}", error=message_of(error)))]) from None
    if not files:
        raise RuleErrors(
            [
                Problem(
                    str(path),
                    0,
                    0,
                    message=Text("the folder contains no rule files"),
                    hint=Text("rule files end in .yaml"),
                )
            ]
        )
    if len(files) > MAX_FILES:
        raise RuleErrors(
            [
                Problem(
                    str(path),
                    0,
                    0,
                    Text("{count} rule files, but only {max_files} are allowed", count=len(files), max_files=MAX_FILES),
                )
            ]
        )
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for file in files:
        text = _read(file, problems)
        if text is not None:
            texts[str(file)] = text
    if problems:
        raise RuleErrors(problems)
    return texts


def _read(file: Path, problems: list[Problem]) -> str | None:
    try:
        if file.exists() and not file.is_file():
            problems.append(Problem(str(file), 0, 0, Text("not a file")))
            return None
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            problems.append(
                Problem(
                    str(file),
                    0,
                    0,
                    message=Text("the file is larger than {max_bytes} KiB", max_bytes=MAX_BYTES // 1024),
                    hint=Text("split it"),
                )
            )
            return None
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problems.append(
            Problem(str(file), line, 1, message=Text("not UTF-8 text"), hint=Text("save the file as UTF-8"))
        )
    except OSError as error:
        problems.append(Problem(str(file), 0, 0, Text("cannot be read: {error}", error=message_of(error))))
    return None


def book_from_texts(texts: Mapping[str, str], names: DeviceNames, zone: ZoneInfo) -> Book:
    """The book of rule files given as file name -> text. Raises RuleErrors."""
    rules, defaults = read_rules(texts, names)
    problems = list(ties(rules))
    if problems:
        raise RuleErrors(problems)
    return assemble(rules, defaults, names, zone)


def read_rules(texts: Mapping[str, str], names: DeviceNames) -> tuple[list[Rule], list[Setting]]:
    """The checked rules and defaults of rule files, as an overlay among them has switched them. Raises RuleErrors."""
    problems: list[Problem] = []
    rules: list[Rule] = []
    defaults: list[Setting] = []
    for file, text in texts.items():
        if is_overlay(file):
            continue
        try:
            document = read_document(text, file)
        except RuleErrors as error:
            problems.extend(error.problems)
            continue
        found = read_file(document, names, file, problems)
        rules.extend(found.rules)
        defaults.extend(found.defaults)
    _unique(rules, defaults, problems)
    switched_rules = switched(rules, overlay_of(texts))
    problems += unreleased(switched_rules)
    if len(rules) > MAX_ALL_RULES:
        problems.append(
            Problem(
                rules[0].span.file,
                0,
                0,
                Text(
                    "{count} rules, but only {max_all_rules} are allowed", count=len(rules), max_all_rules=MAX_ALL_RULES
                ),
            )
        )
    if problems:
        raise RuleErrors(problems)
    return switched_rules, defaults


def _unique(rules: list[Rule], defaults: list[Setting], problems: list[Problem]) -> None:
    ids: dict[str, Rule] = {}
    for rule in rules:
        first = ids.setdefault(rule.id, rule)
        if first is not rule:
            span, where = rule.span, f"{first.span.file}:{first.span.line}"
            problems.append(
                Problem(
                    span.file,
                    span.line,
                    span.column,
                    message=Text("the id {id} is used twice", id=rule.id),
                    hint=Text("first in {where}", where=where),
                    source=span.text,
                )
            )
    targets: dict[str, Setting] = {}
    for setting in defaults:
        other = targets.setdefault(setting.target.name, setting)
        if other is not setting:
            span, where = setting.span, f"{other.span.file}:{other.span.line}"
            message = Text("{name} has two defaults", name=setting.target.name)
            problems.append(
                Problem(
                    span.file,
                    span.line,
                    span.column,
                    message=message,
                    hint=Text("the other in {where}", where=where),
                    source=span.text,
                )
            )
