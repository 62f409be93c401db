"""What an owner may say about a device: how to reach it, how it is wired, how far it may be used."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints, field_validator

from optimizer.model.site import MAX_CURRENT_A, MIN_CURRENT_A
from optimizer.settings.site import Section

HousePhase = Literal["L1", "L2", "L3"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]


class ChargerSettings(Section):
    """How a charger is wired, and its place among others."""

    max_current_a: float = Field(default=16.0, ge=MIN_CURRENT_A, le=MAX_CURRENT_A)
    """Largest current per phase in A; the charger's own rating and its connector limit it further."""
    phases: tuple[HousePhase, ...] = Field(default=("L1", "L2", "L3"), min_length=1, max_length=3)
    """The house's phase behind each of the charger's phases, in the charger's order."""
    phase_switching: bool = False
    """Whether it may change between one and three phases; must be enabled in the charger's app too."""
    priority: int = Field(default=0, ge=-100, le=100)
    """Higher is served first when several chargers share one surplus; equal ones share."""
    write_interval_s: float = Field(default=10.0, ge=2, le=300)
    """Least time in s between two writes of the current."""
    settle_s: float = Field(default=13.0, ge=1, le=120)
    """Time in s until a car has followed a write."""

    @field_validator("phases")
    @classmethod
    def _each_once(cls, phases: tuple[HousePhase, ...]) -> tuple[HousePhase, ...]:
        if len(set(phases)) != len(phases):
            raise ValueError("a phase is named twice")
        if len(phases) == 2:
            raise ValueError("two phases are not supported; name one or three")
        return phases


class BatterySettings(Section):
    """How a house battery may be used."""

    control: bool = True
    """Whether we may write setpoints; false only reads."""
    floor_soc_percent: float = Field(default=10.0, ge=0, le=100)
    """We never discharge it under this state of charge, in %."""
    max_charge_w: float = Field(default=5000.0, gt=0, le=100000)
    """Largest charging power in W."""
    max_discharge_w: float = Field(default=5000.0, gt=0, le=100000)
    """Largest discharging power in W."""
    phases: Literal[1, 3] = 3
    """On how many phases its inverter sits."""


class DeviceSettings(Section):
    """What every device has."""

    poll_s: float = Field(default=5.0, ge=0.5, le=600)
    """Time in s between two readings."""
    timeout_s: float = Field(default=5.0, ge=0.2, le=60)
    """Deadline in s of one exchange with the device."""
    max_age_s: float = Field(default=15.0, ge=1, le=3600)
    """A reading older than this, in s, counts as unknown."""


class HttpSettings(DeviceSettings):
    """A device that is reached over HTTP."""

    url: str = Field(max_length=300)
    """Address, such as http://192.168.1.20; user and password are settings of their own."""
    user: str = Field(default="", max_length=200)
    """User for basic authentication."""
    password: SecretStr = SecretStr("")
    """Password for basic authentication; better in a file (`password_file`), a credential or the environment."""
    verify_tls: bool = True
    """For https: false accepts any certificate, as of a device that signed its own."""
    ca_file: str = ""
    """For https: PEM file of the authority behind the device's certificate."""

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        return checked_url(url)


def checked_url(url: str) -> str:
    """The URL without a trailing slash; ValueError (which never repeats it) when it cannot be a device's."""
    scheme, separator, rest = url.partition("://")
    authority = rest.partition("/")[0]
    if scheme not in ("http", "https") or not separator or not authority:
        raise ValueError("an address begins with http:// or https:// and a host")
    if "@" in authority:
        raise ValueError("user and password do not belong into the address; they are settings of their own")
    if any(character in rest for character in "?#") or any(character.isspace() for character in url):
        raise ValueError("an address has no query, fragment or blanks")
    host, _, port = authority.rpartition(":") if not authority.endswith("]") else (authority, "", "")
    if host and not (port.isdigit() and 0 < int(port) < 65536):
        raise ValueError("the port is a number from 1 to 65535")
    return url.rstrip("/")
