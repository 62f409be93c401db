"""The setup: the settings on which decisions depend besides state, memory, and rules."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from optimizer.control.params import Params
from optimizer.journal.codec import CodecError, decode, encode
from optimizer.model.fields import DeviceNames
from optimizer.model.site import Site


@dataclass(frozen=True, slots=True)
class Setup:
    """The part of the settings that decisions use. It has no addresses and no secrets."""

    site: Site
    params: Params
    names: DeviceNames
    """The names of the devices in rules."""

    def to_json(self) -> str:
        """The JSON text for the journal."""
        return json.dumps(encode(Setup, self), separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_json(cls, document: str) -> Setup:
        """The setup for its JSON text. Raises CodecError if it is damaged or has unknown settings."""
        try:
            parsed = json.loads(document)
        except (ValueError, RecursionError) as error:
            raise CodecError(f"not a recorded setup: {error}") from error
        setup: Setup = decode(Setup, parsed)
        return setup


def setup_at(setups: Sequence[tuple[datetime, Setup]], at: datetime) -> Setup | None:
    """The setup in force at `at`, or None before the first. `setups` are in the order of their times."""
    index = bisect_right(setups, at, key=lambda one: one[0])
    return setups[index - 1][1] if index else None
