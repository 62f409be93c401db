"""A person who answers the questions of `optimizer init`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.cli.village import call

CAR = ("later", "?", "?")
"""Capacity, least current, and phases of the car at one charger."""
LATER = ("later", "later")
"""Prices and roofs."""


def asked(
    folder: Path,
    devices: Sequence[str],
    *,
    language: str = "",
    fuse: str = "35",
    rule: str = "0",
    search: str = "n",
    switches: Sequence[str] = (),
    cars: Sequence[str] = (),
    house: Sequence[str] = LATER,
    end: Sequence[str] = ("n",),
) -> tuple[int, str]:
    """Exit code and output of `init`. `devices` are the answers about devices, without the empty one that ends them.
    `end` is whether the page is open, and what the devices need beside each other."""
    words = ("init", "--name", "home", "--time-zone", "Europe/Berlin", "-o", str(folder / "site.yaml"))
    answers = (language, fuse, rule, search, *devices, "", *switches, "", *cars, *house, *end)
    return call(*words, stdin="\n".join(answers) + "\n")
