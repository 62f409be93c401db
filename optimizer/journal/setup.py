"""Setup: what decisions depend on beside state, memory and rules, as it was while the service ran."""

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
    """What comes from the settings: no addresses and no secrets, only what a decision is made of."""

    site: Site
    params: Params
    names: DeviceNames
    """What rules may call the devices."""

    def to_json(self) -> str:
        """As it is kept."""
        return json.dumps(encode(Setup, self), separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_json(cls, document: str) -> Setup:
        """Raises CodecError when it is damaged, or from a program that knew other settings."""
        try:
            parsed = json.loads(document)
        except (ValueError, RecursionError) as error:
            raise CodecError(f"not a recorded setup: {error}") from error
        setup: Setup = decode(Setup, parsed)
        return setup


def setup_at(setups: Sequence[tuple[datetime, Setup]], at: datetime) -> Setup | None:
    """Of setups with the moments from which they held (in order), the one of `at`; None before the first."""
    index = bisect_right(setups, at, key=lambda one: one[0])
    return setups[index - 1][1] if index else None
