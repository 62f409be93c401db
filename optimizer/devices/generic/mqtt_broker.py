"""The address of an MQTT broker, with user and password: one record for meters, relays, inputs, and the output."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Broker:
    """The connection to one broker."""

    host: str
    """Name or address."""
    port: int = 1883
    """TCP port."""
    user: str = ""
    """Empty: no user."""
    password: str = field(default="", repr=False)
    """Empty: no password."""
    tls: bool = False
    ca_file: str = ""
    """PEM file of the authority behind the broker's certificate. Empty: the authorities of the system."""
    timeout_s: float = 5.0
    """Deadline of one exchange, s."""

    @property
    def where(self) -> str:
        """`host:port`, for messages."""
        return f"{self.host}:{self.port}"
