"""Mistakes in a rule file, as its author reads them: file, line, column, a caret, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from optimizer.model.fields import FAMILIES, DeviceNames
from optimizer.model.inputs import PREFIX
from optimizer.words.excerpt import around, sentence
from optimizer.words.text import Text, joined, stacked

MOST_SHOWN = 50
"""A message has at most so many mistakes, the first ones. A person does not read more."""
MOST_LINES = 20
"""A repeated mistake names at most so many of its lines."""


class ExpressionError(Exception):
    """A mistake in one expression: the only error that the language raises."""

    def __init__(self, message: str, at: int, end: int | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        """Offset in the expression."""
        self.end = at + 1 if end is None else max(end, at + 1)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake or, as a warning, a probable mistake."""

    file: str
    line: int
    """From 1; 0: the whole file."""
    column: int
    """From 1."""
    message: str
    hint: str = ""
    """What to do."""
    source: str = ""
    """The line of the file."""
    width: int = 1
    """Number of characters that the caret underlines."""
    warning: bool = False

    def render(self) -> str:
        """The message, the line with a caret at the place, and the hint."""
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        kind = Text("warning" if self.warning else "error")
        lines: list[str] = [Text("{where}: {kind}: {message}", where=where, kind=kind, message=self.message)]
        if self.source.strip():
            number = f"{self.line:5} | "
            quoted, caret = around(self.source.replace("\t", " "), self.column - 1)
            width = max(1, min(self.width, len(quoted) - caret))
            lines += [number + quoted, " " * (len(number) - 2) + "| " + " " * caret + "^" * width]
        if self.hint:
            lines.append(Text("      = {hint}", hint=self.hint))
        lines = [sentence(line) for line in lines]
        return stacked(lines)


class RuleErrors(Exception):
    """All mistakes in a rule book, in the order of its files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        found = sorted(problems, key=lambda p: (p.file, p.line, p.column))
        self.problems: tuple[Problem, ...] = tuple(_each_once(found))
        super().__init__(self.render())

    def render(self) -> str:
        """The first MOST_SHOWN messages and the number of all. A mistake that is repeated in a file counts once."""
        shown = [one.render() for one in self.problems[:MOST_SHOWN]]
        return stacked([*shown, _count_text(len(self.problems))])


def _count_text(count: int) -> str:
    if count == 1:
        return Text("1 error in the rules")
    if count > MOST_SHOWN:
        return Text("{count} errors in the rules. The first {shown} are shown", count=count, shown=MOST_SHOWN)
    return Text("{count} errors in the rules", count=count)


def _each_once(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Each mistake of a file once: at its first place, with the lines of the others."""
    same: dict[tuple[str, str, str], list[Problem]] = {}
    for one in problems:
        same.setdefault((one.file, one.message, one.hint), []).append(one)
    for first, *others in same.values():
        lines = sorted({one.line for one in others} - {first.line})
        hints = [first.hint] if first.hint else []
        if lines:
            also = "also in line {lines}" if len(lines) == 1 else "also in lines {lines}"
            named = ", ".join(map(str, lines[:MOST_LINES])) + ", …" * (len(lines) > MOST_LINES)
            hints.append(Text(also, lines=named))
        yield replace(first, hint=joined(hints, "{first}; {then}"))


def did_you_mean(word: str, candidates: Sequence[str]) -> str:
    """“did you mean battery.soc?” for a near miss, else an empty string."""
    if len(word) > 80:
        return ""
    by_lower = {candidate.lower(): candidate for candidate in candidates}
    near = difflib.get_close_matches(word.lower(), list(by_lower), n=1, cutoff=0.6)
    return Text("did you mean {name}?", name=by_lower[near[0]]) if near else ""


def no_such_device(name: str, known: Container[str], names: DeviceNames) -> str:
    """A hint for `ev.garage.mode` without a charger of this name: the names of the configured ones; else empty.

    `known` holds the names without a device. The same for `input.holiday` without such an input.
    """
    if name.startswith(PREFIX):
        own = [spec.field_name for spec in names.inputs]
        return did_you_mean(name, own) or (
            Text("write {words}", words=one_of(own)) if own else Text("define it under inputs: in site.yaml")
        )
    parts = name.split(".")
    for family, word in FAMILIES.items():
        if len(parts) == 3 and parts[0] == family and f"{family}.{parts[2]}" in known:
            own = [f"{family}.{device}.{parts[2]}" for device in names.of(family)]
            write = Text("write {words}", words=one_of(own)) if own else Text("none is configured")
            return Text("there is no {word} {name}; {write}", word=word, name=parts[1], write=write)
    return ""


def one_of(words: Iterable[str]) -> str:
    """“a, b or c”."""
    listed = list(words)
    return listed[0] if len(listed) == 1 else Text("{words} or {last}", words=", ".join(listed[:-1]), last=listed[-1])
