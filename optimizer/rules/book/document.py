"""YAML 1.2 with places: every scalar knows its place in the file, also inside multi-line text.

The reader supports only the needs of rule files: mappings, lists, and plain, quoted, or block scalars. It supports no
anchors, no tags, and only one document.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from optimizer.rules.language.errors import ExpressionError, Problem, RuleErrors
from optimizer.rules.language.span import Span
from optimizer.words.excerpt import LINE_BREAK
from optimizer.words.not_yaml import BRACKET, NO_COLON, advice_for, without_colon
from optimizer.words.text import Text

MAX_BYTES = 256 * 1024
MAX_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one file."""

    file: str
    lines: tuple[str, ...]

    def span(self, line: int, column: int, width: int = 1) -> Span:
        """A place; lines and columns from 0."""
        text = self.lines[line] if 0 <= line < len(self.lines) else ""
        return Span(self.file, line + 1, column + 1, text=text, width=width)


@dataclass(frozen=True, slots=True)
class Scalar:
    """One word, number or text."""

    text: str
    plain: bool
    """Whether it is written without quotes. Only then can `true` be a truth value."""
    source: Source
    line: int
    """From 0, like `column`."""
    column: int
    end_line: int
    end_column: int
    style: str
    """`""` plain, `'`, `"`, `|` or `>`."""

    @property
    def span(self) -> Span:
        """Its place in the file."""
        one_line = self.end_line == self.line
        return self.source.span(self.line, self.column, max(1, self.end_column - self.column) if one_line else 1)

    def place(self, at: int, end: int) -> Span:
        """The place of its characters [at, end) in the file.

        YAML folds lines and drops indentation but keeps the visible characters in order, so the nth visible one of
        the value is the nth visible one in the file.
        """
        nth = sum(1 for c in self.text[:at] if not c.isspace())
        last = max(0, sum(1 for c in self.text[:end] if not c.isspace()) - nth)
        places = list(self._visible())
        if nth >= len(places):
            if not places:
                return self.span
            line, column = places[-1]
            return self.source.span(line, column + 1)
        line, column = places[nth]
        width = sum(1 for other in places[nth : nth + last] if other[0] == line)
        stop = places[nth + width - 1][1] if width else column
        return self.source.span(line, column, stop - column + 1)

    def _visible(self) -> Iterator[tuple[int, int]]:
        """(line, column) of each visible character of the content in the file."""
        block = self.style in ("|", ">")
        first = self.line + 1 if block else self.line
        quoted = 1 if self.style in ("'", '"') else 0
        for line in range(first, min(self.end_line + 1, len(self.source.lines))):
            text = self.source.lines[line]
            begin = self.column + quoted if line == self.line else 0
            stop = self.end_column - quoted if line == self.end_line else len(text)
            skip = False
            for column in range(begin, min(stop, len(text))):
                if text[column].isspace():
                    continue
                if quoted and not skip and text[column] == ("\\" if self.style == '"' else "'"):
                    skip = True  # an escape: two characters in the file, one in the value
                    continue
                skip = False
                yield line, column


LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Listing:
    """A list."""

    items: tuple[Doc, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping."""

    entries: tuple[tuple[Scalar, Doc], ...]
    span: Span

    def get(self, key: str) -> Doc | None:
        """The value under `key`."""
        return next((value for name, value in self.entries if name.text == key), None)


Doc = Scalar | Listing | Table


def problem(span: Span, message: str, hint: str = "", *, warning: bool = False) -> Problem:
    """A problem at a place."""
    return Problem(
        span.file,
        span.line,
        span.column,
        message=message,
        hint=hint,
        source=span.text,
        width=span.width,
        warning=warning,
    )


def problem_in(scalar: Scalar, error: ExpressionError) -> Problem:
    """A problem inside an expression."""
    return problem(scalar.place(error.at, error.end), error.message, error.hint)


def read_document(text: str, file: str) -> Doc | None:
    """The document in `text`; None if it is empty. Raises RuleErrors."""
    source = Source(file, tuple(LINE_BREAK.split(text)))
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise RuleErrors(
            [
                Problem(
                    file,
                    0,
                    0,
                    message=Text("the file is larger than {max_bytes} KiB", max_bytes=MAX_BYTES // 1024),
                    hint=Text("split it"),
                )
            ]
        )
    try:
        return _Reader(source).read(YAML(typ="safe", pure=True).parse(io.StringIO(text)))
    except MarkedYAMLError as error:
        raise RuleErrors([_yaml_problem(error, source)]) from None
    except YAMLError as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise RuleErrors([Problem(file, 0, 0, Text("not YAML: {error}", error=reason))]) from None
    except (ValueError, IndexError, TypeError, AttributeError, KeyError, RecursionError, AssertionError) as error:
        # On text that is not YAML, the YAML reader may raise exceptions of other types.
        raise RuleErrors(
            [Problem(file, 0, 0, Text("not YAML: {error}", error=f"{type(error).__name__}: {error}"))]
        ) from None


def _yaml_problem(error: MarkedYAMLError, source: Source) -> Problem:
    mark = error.problem_mark or error.context_mark
    message = " ".join(part for part in (error.context, error.problem) if part)
    if error.context == "while scanning a simple key" and error.context_mark is not None:
        mark = error.context_mark  # the line without its colon, and not the one after it
    if mark is None:
        said = Text("not YAML: {error}", error=message) if message else Text("not YAML")
        return Problem(source.file, 0, 0, message=said)
    before = without_colon(message, source.lines, mark.line)
    if before is not None:
        return problem(source.span(*before), Text("not YAML: this line has no colon"), NO_COLON)
    said = Text("not YAML: {error}", error=message) if message else Text("not YAML")
    if "alias" in message or "anchor" in message:
        in_quotes = Text('put a text that begins with * or & in quotes: cron: "*/15 * * * *"')
        return problem(source.span(mark.line, mark.column), said, in_quotes)
    hint = advice_for(message, source.lines, mark.line)
    said = Text("not YAML") if hint and BRACKET not in message else said
    return problem(source.span(mark.line, mark.column), said, hint)


class _Reader:
    """Builds the document from the events of the YAML reader, without recursion."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def read(self, events: Iterator[Event]) -> Doc | None:
        root: Doc | None = None
        documents = 0
        stack: list[tuple[Event, list[Doc]]] = []
        for event in events:
            if isinstance(event, StreamStartEvent | StreamEndEvent | DocumentEndEvent):
                continue
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(event, Text("a file can hold only one document"), Text("remove the line ---"))
                continue
            done = self._step(event, stack)
            if done is None:
                continue
            if stack:
                stack[-1][1].append(done)
            else:
                root = done
        return None if isinstance(root, Scalar) and root.plain and root.text == "" else root

    def _step(self, event: Event, stack: list[tuple[Event, list[Doc]]]) -> Doc | None:
        """A finished value, or None while one is open."""
        if isinstance(event, AliasEvent):
            self._refuse(event, Text("aliases (*name) are not allowed"), Text("write the value out, or quote it"))
        if isinstance(event, MappingStartEvent | SequenceStartEvent | ScalarEvent):
            if event.anchor is not None:
                self._refuse(event, Text("anchors (&name) are not allowed"), Text("write the value out, or quote it"))
            if event.tag is not None and str(event.tag) != "!":
                self._refuse(event, Text("tags (!name) are not allowed"), Text("quote the text, or remove the tag"))
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            stack.append((event, []))
            if len(stack) > MAX_DEPTH:
                self._refuse(event, Text("the file is nested deeper than {max_depth} levels", max_depth=MAX_DEPTH))
            return None
        if isinstance(event, SequenceEndEvent):
            start, items = stack.pop()
            return Listing(tuple(items), self._span(start))
        if isinstance(event, MappingEndEvent):
            start, items = stack.pop()
            return self._table(start, items)
        assert isinstance(event, ScalarEvent)
        return self._scalar(event)

    def _table(self, start: Event, items: list[Doc]) -> Table:
        entries: list[tuple[Scalar, Doc]] = []
        seen: dict[str, Scalar] = {}
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, Scalar):
                raise RuleErrors([problem(key.span, Text("a key must be a word"))])
            first = seen.setdefault(key.text, key)
            if first is not key:
                raise RuleErrors(
                    [
                        problem(
                            key.span,
                            Text("{text} is given twice", text=key.text),
                            Text("first in line {line}", line=first.line + 1),
                        )
                    ]
                )
            entries.append((key, value))
        return Table(tuple(entries), self._span(start))

    def _scalar(self, event: ScalarEvent) -> Scalar:
        start, end = event.start_mark, event.end_mark
        style = event.style or ""
        end_line, end_column = end.line, end.column
        if style in ("|", ">") and end_column == 0 and end_line > start.line:
            end_line -= 1
            end_column = len(self.source.lines[end_line]) if end_line < len(self.source.lines) else 0
        text = event.value
        if LONE_SURROGATE.search(text):
            self._refuse(
                event, Text("an escape from \\ud800 to \\udfff is not a character"), Text("write the character itself")
            )
        if style == "":
            text = re.sub(r"\s+", " ", text)
        return Scalar(
            text=text,
            plain=style == "",
            source=self.source,
            line=start.line,
            column=start.column,
            end_line=end_line,
            end_column=end_column,
            style=style,
        )

    def _span(self, event: Event) -> Span:
        return self.source.span(event.start_mark.line, event.start_mark.column)

    def _refuse(self, event: Event, message: str, hint: str = "") -> NoReturn:
        raise RuleErrors([problem(self._span(event), message, hint)])
