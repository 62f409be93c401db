"""XML from outside, without document types and entities, and with limits of depth and size.

An entity can expand to gigabytes or name a file of this machine. Documents of the services need none, so the first sign
of one ends the reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from optimizer.sources.port import SourceError
from optimizer.words.text import Text

MOST_DEPTH = 20
MOST_ELEMENTS = 50_000
"""A document with a week of quarter hours has about 2,500."""


@dataclass(slots=True)
class Element:
    """One element without its attributes."""

    tag: str
    """Without the namespace."""
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def all(self, tag: str) -> Iterator[Element]:
        """The children with this tag."""
        return (child for child in self.children if child.tag == tag)

    def find(self, *path: str) -> Element | None:
        """The first element at `path` below this one."""
        here: Element | None = self
        for tag in path:
            here = None if here is None else next(here.all(tag), None)
        return here

    def get(self, *path: str) -> str:
        """The text of the first element at `path`. Empty if there is none."""
        found = self.find(*path)
        return "" if found is None else found.text.strip()


def read_xml(text: str) -> Element:
    """The root of a document. Raises SourceError if it is not XML, has a document type, or exceeds a limit."""
    reader = _Reader()
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        fault = expat.ErrorString(error.code)
        text = Text("the answer is not XML, line {line}: {fault}", line=f"{error.lineno}", fault=fault)
        raise SourceError("garbled", text) from None
    return reader.root.children[0]


class _Reader:
    """Builds the tree from the events of the parser."""

    def __init__(self) -> None:
        self.root = Element("")
        self._open = [self.root]
        self._count = 0

    def refuse(self, *_: object) -> NoReturn:
        raise SourceError("garbled", Text("the answer has a document type or entities, which are not read"))

    def start(self, name: str, _attributes: object) -> None:
        self._count += 1
        if len(self._open) > MOST_DEPTH or self._count > MOST_ELEMENTS:
            text = Text(
                "the answer has more than {most} elements or {deepest} levels",
                most=f"{MOST_ELEMENTS}",
                deepest=f"{MOST_DEPTH}",
            )
            raise SourceError("garbled", text)
        element = Element(name.rpartition(" ")[2])
        self._open[-1].children.append(element)
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def data(self, text: str) -> None:
        self._open[-1].text += text
