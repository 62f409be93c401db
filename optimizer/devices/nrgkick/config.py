"""The settings of an NRGkick."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Protocol = Literal["json", "modbus", "auto"]


@dataclass(frozen=True, slots=True)
class NrgkickConfig:
    """The settings for one NRGkick Gen2."""

    name: str
    """The name of the charger in rules and on the status page."""
    url: str = ""
    """`http://host[:port]` of the JSON API; needed for json and auto."""
    protocol: Protocol = "json"
    """json: HTTP only · modbus: Modbus only · auto: reads over Modbus where that answers, all else over JSON."""
    modbus_host: str = ""
    """Host of the Modbus server; empty = the host of `url`."""
    modbus_port: int = 502
    modbus_unit: int = 1
    user: str = ""
    password: str = field(default="", repr=False)
    """Basic auth, where it is enabled in the app (JSON only; Modbus has none)."""
    timeout_s: float = 5.0
    """Deadline of one exchange in s."""
    verify_tls: bool = True
    """For https: False accepts any certificate."""
    ca_file: str = ""
    """For https: PEM file of the authority behind the certificate."""
