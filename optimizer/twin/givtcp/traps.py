"""The behavior of one simulated GivTCP: its version, and the faults of real ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from optimizer.twin.givtcp import bodies


@dataclass(slots=True)
class GivTcpTraps:
    """The behavior of this gateway, and its faults. Change it at any time."""

    version: bodies.Version = 3
    three_phase: bool = False
    real_time: bool = True
    """`Control.Real_Time_Control`: rates and modes are not written to flash."""
    soon_s: float | None = None
    """Time from a write to a partial refresh. None, like the real one: only the next regular refresh shows it."""
    link: bool = True
    """False: the inverter does not answer. Commands wait and are carried out after it answers again."""
    late_s: float = 0.0
    """Commands are carried out this much later."""
    frozen: bool = False
    """The cache does not change while `status` is online."""
    body: Literal["whole", "empty", "nothing", "no cache"] = "whole"
    """The content of a read: all, a body without Power and Control, no body, or the message of a GivTCP that has not
    read the inverter yet."""
    lies: dict[str, Literal["success", "failure"]] = field(default_factory=dict)
    """False answers by command: `success` without the write, or `failure` although it writes."""
    parallel_500: bool = True
    """The answer to a command during another one is 500, although it is carried out."""
    evc_500: bool = True
    """The answer to every command to the charger is 500."""
