"""A YAML 1.2 file as plain values, with the line and column of every key and value.

YAML 1.2 keeps `off` a word and `22:00` a time. Anchors, tags, and duplicate keys are refused, because they make a
configuration hard to read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent, ScalarEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from optimizer.settings.errors import Mistake, Place, SettingsErrors, may_be_private_url, may_be_secret
from optimizer.words.excerpt import LINE_BREAK, around
from optimizer.words.not_yaml import BRACKET, NO_COLON, advice_for, without_colon
from optimizer.words.text import Text, message_of

MAX_BYTES = 256 * 1024
MAX_DEPTH = 12
MOST_DIGITS = 1000
"""A longer whole number stays text. Python refuses to write one of more than 4300 decimal digits."""
TAG = "tag:yaml.org,2002:"
PLAIN_TAGS = frozenset(TAG + name for name in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp"))

UNREADABLE: Mapping[type[OSError], str] = {
    FileNotFoundError: Text("`optimizer init` writes one; --config names another place"),
    IsADirectoryError: Text("name the file, as in --config site.yaml"),
    PermissionError: Text("the file belongs to another user. Run the command as that user, or with sudo"),
}

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the text. Lines and columns count from 0. The end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(slots=True)
class Document:
    """The content of one file and the position of each part."""

    name: str
    """The name of the file in messages."""
    lines: list[str]
    data: dict[str, Any] = field(default_factory=dict)
    keys: dict[KeyPath, Spot] = field(default_factory=dict)
    """The key of each mapping entry, by path."""
    values: dict[KeyPath, Spot] = field(default_factory=dict)
    _on_line: dict[int, list[tuple[KeyPath, Spot, bool]]] = field(default_factory=dict)
    """By line: the values and keys on it, with whether it is a key. Made when the first line is quoted, since a file
    with thousands of mistakes would otherwise take hours."""
    _shown: dict[tuple[int, frozenset[KeyPath]], tuple[str, tuple[tuple[int, int], ...]]] = field(default_factory=dict)
    """By line and hidden parts: what is shown of the line, and the columns that are left out. A whole file may be one
    line with thousands of mistakes."""

    def place(self, path: KeyPath, *, key: bool = False, hidden: frozenset[KeyPath] = frozenset()) -> Place:
        """The position of `path`: its value or key, or its nearest existing part.

        The quoted line does not show values under `hidden` and values that may be secrets.
        """
        spot = self._spot(path, key=key)
        if spot is None:
            return Place(self.name)
        text, caret = self._quoted(spot, hidden)
        return Place(source=self.name, line=spot.line + 1, column=spot.column + 1, text=text, caret=caret + 1)

    def line(self, path: KeyPath) -> int:
        """The line of `path` or of its nearest existing part, from 1. 0: none."""
        spot = self._spot(path, key=False)
        return 0 if spot is None else spot.line + 1

    def _spot(self, path: KeyPath, *, key: bool) -> Spot | None:
        for length in range(len(path), 0, -1):
            part = path[:length]
            spot = self.keys.get(part) if key or length < len(path) or part not in self.values else self.values[part]
            if spot is not None:
                return spot
        return None

    def _quoted(self, at: Spot, hidden: frozenset[KeyPath]) -> tuple[str, int]:
        """The line of `at` with secrets as `…` and without a comment, and its new column."""
        key = (at.line, hidden)
        if key not in self._shown:
            self._shown[key] = self._line_without_secrets(at.line, hidden)
        text, cuts = self._shown[key]
        caret = at.column - sum(min(end, at.column) - start - 1 for start, end in cuts if start < at.column)
        return around(text, caret)

    def _line_without_secrets(self, line: int, hidden: frozenset[KeyPath]) -> tuple[str, tuple[tuple[int, int], ...]]:
        """A line with secrets as `…` and without a comment, and the columns of the secrets: begin and end."""
        text, comment = self._split(line)
        cuts: list[tuple[int, int]] = []
        for spot in self._hidden_on(line, comment, hidden):
            start = spot.column if spot.line == line else 0
            end = min(spot.end_column if spot.end_line == line else len(text), len(text))
            if cuts and start < cuts[-1][1]:  # a secret inside a secret section
                cuts[-1] = (cuts[-1][0], max(end, cuts[-1][1]))
            elif end > start:
                cuts.append((start, end))
        starts = [0, *(end for _, end in cuts)]
        ends = [*(start for start, _ in cuts), len(text)]
        shown = "…".join(text[start:end] for start, end in zip(starts, ends, strict=True))
        return shown.replace("\t", " ").rstrip(), tuple(cuts)

    def _hidden_on(self, line: int, comment: str, hidden: frozenset[KeyPath]) -> list[Spot]:
        """The parts on a line that must not be shown, from left to right."""
        found = (
            spot
            for path, spot, is_key in self._parts_on(line)
            if (
                may_be_private_url("", str(path[-1]))
                if is_key
                else _is_hidden(path, hidden) or self._is_private(path, comment)
            )
        )
        return sorted(found, key=lambda spot: spot.column if spot.line == line else 0)

    def _split(self, line: int) -> tuple[str, str]:
        """The line without its comment, and the comment. The owner may have meant it as part of a value."""
        text = self.lines[line]
        ends = (
            spot.end_column
            for path, spot, is_key in self._parts_on(line)
            if spot.end_line == line and (is_key or not _is_section(self._value(path)))
        )  # a section may end behind a comment
        at = text.find("#", max(ends, default=0))
        return (text, "") if at < 0 else (text[:at], text[at:])

    def _parts_on(self, line: int) -> list[tuple[KeyPath, Spot, bool]]:
        """The values and keys that stand on a line or go over it, with whether it is a key."""
        if not self._on_line:
            parts = [*((*one, False) for one in self.values.items()), *((*one, True) for one in self.keys.items())]
            for path, spot, is_key in parts:
                for each in range(spot.line, spot.end_line + 1):
                    self._on_line.setdefault(each, []).append((path, spot, is_key))
        return self._on_line.get(line, [])

    def _value(self, path: KeyPath) -> Any:
        value: Any = self.data
        for part in path:
            value = value[part]
        return value

    def _is_private(self, path: KeyPath, comment: str) -> bool:
        """Whether the value at `path` is an address with a user, query, or fragment."""
        value = self._value(path)
        return isinstance(value, str) and may_be_private_url(str(path[-1]), value + comment)


def _is_section(value: object) -> bool:
    return isinstance(value, dict | list) and bool(value)


def _is_hidden(path: KeyPath, hidden: frozenset[KeyPath]) -> bool:
    named = any(may_be_secret(part) for part in path if isinstance(part, str)) and not str(path[-1]).endswith("_file")
    return named or any(path[:length] in hidden for length in range(1, len(path) + 1))


def read_document(path: Path) -> Document:
    """Read and check one file. Raises SettingsErrors if it cannot be read or is not such YAML."""
    name = str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        hint = UNREADABLE.get(type(error), "")
        raise SettingsErrors(
            [Mistake(Place(name), "", Text("cannot be read: {strerror}", strerror=message_of(error)), hint=hint)]
        ) from None
    if len(raw) > MAX_BYTES:
        raise SettingsErrors(
            [Mistake(Place(name), "", Text("is larger than {max_bytes} KiB", max_bytes=MAX_BYTES // 1024))]
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        what, hint = Text("is not UTF-8 text from here on"), Text("save the file with the encoding UTF-8")
        raise SettingsErrors([Mistake(Place(name, line, 1), "", what, hint=hint)]) from None
    return parse_document(text, name)


def parse_document(text: str, name: str) -> Document:
    """The document in `text`. Messages call it `name`."""
    document = Document(name, LINE_BREAK.split(text))
    try:
        _refuse_tricks(text, document)
        node = YAML(typ="rt", pure=True).compose(text)
    except MarkedYAMLError as error:
        raise SettingsErrors([_not_yaml(document, error)]) from None
    except YAMLError as error:
        raise SettingsErrors(
            [Mistake(Place(name), "", Text("is not YAML: {value}", value=str(error).splitlines()[0]))]
        ) from None
    if node is None:
        return document
    mistakes: list[Mistake] = []
    data = _plain(node, (), document, mistakes)
    if not isinstance(data, dict):
        mistakes.append(
            _mistake_at(document, node.start_mark, Text("the file must be a mapping of settings (`site:` …)"))
        )
    if mistakes:
        raise SettingsErrors(mistakes)
    document.data = data
    return document


def _not_yaml(document: Document, error: MarkedYAMLError) -> Mistake:
    what = ", ".join(part for part in (error.problem, error.context) if part)
    mark = error.problem_mark or error.context_mark
    if error.context == "while scanning a simple key" and error.context_mark is not None:
        mark = error.context_mark  # the line without its colon, and not the one after it
    if mark is None:
        return _mistake_at(document, mark, Text("is not YAML: {what}", what=what))
    before = without_colon(what, document.lines, mark.line)
    if before is not None:
        line, column = before
        spot = Spot(line, column, line, len(document.lines[line]))
        return replace(_mistake_at(document, spot, Text("is not YAML: this line has no colon")), hint=NO_COLON)
    advice = advice_for(what, document.lines, mark.line)
    said = Text("is not YAML") if advice and BRACKET not in what else Text("is not YAML: {what}", what=what)
    return replace(_mistake_at(document, mark, said), hint=advice)


def _refuse_tricks(text: str, document: Document) -> None:
    depth = 0
    for event in YAML(typ="rt", pure=True).parse(text):
        if isinstance(event, ScalarEvent) and any("\ud800" <= character <= "\udfff" for character in event.value):
            what = Text("an escape from \\ud800 to \\udfff is not a character")
            raise SettingsErrors([_mistake_at(document, event.start_mark, what)])
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
            raise SettingsErrors([_mistake_at(document, event.start_mark, Text("anchors and aliases are not allowed"))])
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise SettingsErrors(
                [
                    _mistake_at(
                        document, event.start_mark, Text("is nested more than {max_depth} deep", max_depth=MAX_DEPTH)
                    )
                ]
            )


def _mistake_at(document: Document, mark: Any, what: str) -> Mistake:
    """A mistake that was found before the values are known. The line is quoted only up to its first value."""
    if mark is None:
        return Mistake(Place(document.name), "", what)
    text = document.lines[mark.line] if mark.line < len(document.lines) else ""
    head, colon, _ = text.partition(": ")
    shown = head + ": …" if colon else text if text.rstrip().endswith(":") else ""
    shown = shown.replace("\t", " ") if mark.column <= len(shown) else ""
    return Mistake(Place(document.name, mark.line + 1, mark.column + 1, shown), "", what)


def _plain(node: Node, path: KeyPath, document: Document, mistakes: list[Mistake]) -> Any:
    """The value of a node. Records the positions."""
    document.values[path] = _spot(node)
    if node.tag not in PLAIN_TAGS:
        mistakes.append(_mistake_at(document, node.start_mark, Text("the tag {tag} is not allowed", tag=str(node.tag))))
    if isinstance(node, MappingNode):
        return dict(_entries(node, path, document, mistakes))
    if isinstance(node, SequenceNode):
        return [_plain(item, (*path, index), document, mistakes) for index, item in enumerate(node.value)]
    return _scalar(str(node.tag).removeprefix(TAG), str(node.value))


def _entries(
    node: MappingNode, path: KeyPath, document: Document, mistakes: list[Mistake]
) -> Iterator[tuple[str, Any]]:
    for key, value in node.value:
        if not isinstance(key, ScalarNode):
            mistakes.append(_mistake_at(document, key.start_mark, Text("a key must be a word")))
            continue
        inner = (*path, str(key.value))
        if inner in document.keys:
            what = Text(
                "“{value}” is given twice, first in line {line}", value=key.value, line=document.keys[inner].line + 1
            )
            mistakes.append(_mistake_at(document, key.start_mark, what))
            continue
        document.keys[inner] = _spot(key)
        yield str(key.value), _plain(value, inner, document, mistakes)


def _scalar(kind: str, text: str) -> object:
    try:
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind == "int" and len(text) <= MOST_DIGITS:
            digits = text.replace("_", "")
            return int(digits, 0) if digits.lstrip("+-")[:2].lower() in ("0x", "0o", "0b") else int(digits)
        if kind == "float":
            return float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return text
    return text


def _spot(node: Node) -> Spot:
    start, end = node.start_mark, node.end_mark
    return Spot(start.line, start.column, end.line, end.column)
