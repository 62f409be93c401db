"""Who has set something by hand, as it is recorded, in words that can be read in another language.

A record is English for journal, log, and programs: `page from 192.168.1.7`, `ada (command line) from 127.0.0.1`.
"""

from __future__ import annotations

import re

from optimizer.words.text import Text

ADDRESS = r"(?=\S*[.:])[0-9A-Fa-f.:]+(?:%[\w.-]+)?"
RECORD = re.compile(rf"(?P<who>.*?)(?P<shell> \(command line\))?(?: from (?P<client>{ADDRESS}))?", re.DOTALL)
PLACES = {"page": Text("page"), "command line": Text("command line")}
"""Those that are words, and no names."""
LONGEST = 60
"""Characters of a record."""


def api_record(by: str, client: str) -> str:
    """The record of a request to the API. `by` names a person or program, `client` the address. Both may be empty."""
    who = by or "API"
    return f"{who} from {client}" if client else who


def kept_record(record: str) -> str:
    """The record as it is kept: printable and short."""
    return "".join(one if one.isprintable() else "?" for one in record)[:LONGEST].strip() or "unknown"


def who_text(record: str) -> str:
    """The record as a text. The English text is the record itself."""
    found = RECORD.fullmatch(record)
    assert found is not None  # everything matches
    who = found["who"]
    text = PLACES.get(who, who)
    if found["shell"]:
        text = Text("{name} (command line)", name=text)
    return Text("{who} from {client}", who=text, client=found["client"]) if found["client"] else text
