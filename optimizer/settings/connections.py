"""Connections: servers, brokers, and devices that inputs are read from, each with its address and credentials."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from optimizer.settings.devices import HttpAddress, Url
from optimizer.settings.meters import ModbusAddress, MqttAddress
from optimizer.settings.secret import Token
from optimizer.settings.site import Section


class ConnectionSettings(Section):
    """The common settings of connections."""

    poll_s: float = Field(default=10.0, ge=0.5, le=3600)
    """Time in s between two readings."""
    timeout_s: float = Field(default=5.0, ge=0.2, le=60)
    """Deadline in s of one exchange."""

    @property
    def brand(self) -> str:
        """The value of `type`."""
        return str(getattr(self, "type", ""))

    @property
    def usual_age_s(self) -> float:
        """Age from which a value is unknown, if the input sets no other, s: three readings."""
        return 3.0 * self.poll_s + self.timeout_s

    @property
    def modbus_line(self) -> tuple[str, int] | None:
        """Host and port of its Modbus server. None: no such server."""
        return None


class HttpConnection(HttpAddress, ConnectionSettings):
    """A server that answers with JSON."""

    type: Literal["http_json"]
    token: Token = SecretStr("")
    """Sent as `Authorization: Bearer …`, if the server requires a token."""


class ModbusConnection(ModbusAddress, ConnectionSettings):
    """A device with Modbus TCP."""

    type: Literal["modbus"]

    @property
    def modbus_line(self) -> tuple[str, int] | None:
        """Its host and port."""
        return self.host, self.port


class MqttConnection(MqttAddress, ConnectionSettings):
    """An MQTT broker."""

    type: Literal["mqtt"]
    poll_s: float = Field(default=1.0, ge=0.5, le=60)
    """Time in s between two looks at the received messages."""

    @property
    def usual_age_s(self) -> float:
        """Publishers repeat a value rarely."""
        return 300.0


class HomeAssistantConnection(ConnectionSettings):
    """A Home Assistant, whose entities are read over its REST API."""

    type: Literal["home_assistant"]
    url: Url
    """Address, such as http://homeassistant.local:8123."""
    token: Token
    """Long-lived access token. Put it in a file (`token_file`), a credential, or the environment."""
    verify_tls: bool = True
    """For https: false accepts any certificate, also a self-signed one."""
    ca_file: str = Field(default="", max_length=300)
    """For https: PEM file of the authority that signed the certificate."""


Connection = Annotated[
    HttpConnection | ModbusConnection | MqttConnection | HomeAssistantConnection, Field(discriminator="type")
]
