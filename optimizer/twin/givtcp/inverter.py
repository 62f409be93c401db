"""The view of commands on one inverter, and the values in the body of a command."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from optimizer.twin.givtcp.registers import Plate, Registers, Slot

Body = Mapping[str, Any]


class Failed(Exception):
    """The exception of the real software, with the name in its answer."""

    def __init__(self, what: str, kind: str, line: int) -> None:
        super().__init__(f"{what} failed: ('{kind}', 'write.py', {line})")


@dataclass(slots=True)
class Job:
    """A command that reverts by itself, such as forceCharge."""

    due: datetime
    """House wall time, aware."""
    revert: Callable[[], None]


@dataclass(slots=True)
class Inverter:
    """The view of the commands on one inverter."""

    plate: Plate
    regs: Registers
    jobs: dict[str, Job] = field(default_factory=dict)
    now: datetime = datetime.min  # noqa: DTZ901 - set before any command runs
    """Local house time of the command that runs."""
    export_slots: bool = False
    """Whether the plant has export slots."""
    version: int = 3
    """Version of GivTCP. Version 2 writes other registers for the same command."""
    afterwards: list[Callable[[], None]] = field(default_factory=list)
    """Register writes of the same command that follow a second later."""

    def is_due(self, now: datetime) -> bool:
        """Whether `tick` will change anything."""
        return bool(self.afterwards) or any(job.due <= now for job in self.jobs.values())

    def tick(self, now: datetime) -> None:
        """End the jobs that are due."""
        self.now = now
        while self.afterwards:
            self.afterwards.pop(0)()
        for name in [name for name, job in self.jobs.items() if job.due <= now]:
            self.jobs.pop(name).revert()


def integer(value: Any, what: str, line: int) -> int:
    """The value as an integer. Raises Failed with the line of the real software."""
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise Failed(what, type(error).__name__, line) from None


def enabled(body: Body, what: str, kind: str, line: int) -> bool:
    """Whether `state` is `enable`. Raises Failed unless it is `enable` or `disable`."""
    state = body.get("state")
    if state not in ("enable", "disable"):
        raise Failed(what, kind, line)
    return bool(state == "enable")


def times(body: Body, what: str, line: int) -> Slot:
    """The times `start` and `finish`. Raises Failed unless both are HH:MM."""
    texts = [str(body.get(key)) for key in ("start", "finish")]
    try:
        if not all(re.fullmatch(r"\d{1,2}:\d{2}", text) for text in texts):
            raise ValueError
        start, end = (time(int(text[:-3]), int(text[-2:])) for text in texts)
    except ValueError:
        raise Failed(what, "ValueError", line) from None
    return start, end
