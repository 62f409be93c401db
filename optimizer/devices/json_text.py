"""The JSON of devices. Some write NaN or Infinity for a value that they do not have, which JSON does not know."""

from __future__ import annotations

import json


def parsed(text: str, *, nan_is_null: bool = False) -> object:
    """The document. Raises ValueError for what is not JSON.

    `nan_is_null` makes null of NaN and Infinity inside it. Otherwise they are not JSON either.
    """
    try:
        body: object = json.loads(text, parse_constant=_no_value if nan_is_null else _refuse)
    except RecursionError:
        raise ValueError("the document is nested too deep") from None
    if body is None and text.strip() != "null":
        raise ValueError("a NaN alone is not JSON")
    return body


def _no_value(_word: str) -> None:
    return None


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not JSON")
