"""The common settings of devices: address, wiring, and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, field_validator

from optimizer.model.site import MAX_CURRENT_A, MIN_CURRENT_A
from optimizer.settings.secret import Password
from optimizer.settings.site import Section
from optimizer.words.text import Text

HousePhase = Literal["L1", "L2", "L3"]
BAD_HOST = "the host is no valid name or address. An IPv4 address has four numbers from 0 to 255, such as 192.168.1.20"
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]


def checked_url(url: str) -> str:
    """The URL without a trailing slash. Raises ValueError, without the URL in its text, if it is not valid."""
    import httpx  # noqa: PLC0415 - only a house with such an address needs it

    scheme, separator, rest = url.partition("://")
    authority = rest.partition("/")[0]
    if scheme not in ("http", "https") or not separator or not authority or authority.startswith(":"):
        raise ValueError(Text("an address begins with http:// or https:// and a host, such as http://192.168.1.20"))
    if "@" in rest:
        raise ValueError(Text("write user and password as separate settings, not in the address"))
    if any(character in rest for character in "?#") or any(character.isspace() for character in url):
        raise ValueError(Text("an address has no query, fragment, or spaces"))
    try:
        port = urlsplit(url).port
    except ValueError:
        raise ValueError(Text("the port is a number from 1 to 65535, and an IPv6 address stands in brackets")) from None
    if port == 0 or authority.endswith(":"):
        raise ValueError(Text("the port is a number from 1 to 65535"))
    try:
        httpx.URL(url)
    except httpx.InvalidURL:
        raise ValueError(Text(BAD_HOST)) from None
    return url.rstrip("/")


Url = Annotated[
    str, StringConstraints(max_length=300), AfterValidator(checked_url), Field(json_schema_extra={"format": "uri"})
]


class ChargerSettings(Section):
    """Wiring and priority of a charger."""

    max_current_a: float = Field(default=16.0, ge=MIN_CURRENT_A, le=MAX_CURRENT_A)
    """Largest current per phase in A. The charger's rating and its connector also limit it."""
    phases: tuple[HousePhase, ...] = Field(default=("L1", "L2", "L3"), min_length=1, max_length=3)
    """The phase of the house on each phase of the charger, in the order of the charger."""
    phase_switching: bool = False
    """Whether it may change between one and three phases. Enable this in the app of the charger too."""
    priority: int = Field(default=0, ge=-100, le=100)
    """The charger with the higher priority gets the surplus first. Chargers with equal priority share it."""
    write_interval_s: float = Field(default=10.0, ge=2, le=300)
    """Shortest time in s between two raises of the current."""
    settle_s: float = Field(default=13.0, ge=1, le=120)
    """Time in s until a car has followed a write."""
    car_min_current_a: float | None = Field(default=None, ge=MIN_CURRENT_A, le=MAX_CURRENT_A)
    """Least current in A at which the car charges. Below it, the service pauses the car. If not set, it is learned."""
    car_phases: Literal[1, 2, 3] | None = None
    """Number of phases that the car uses. If not set, it is learned."""

    @field_validator("phases")
    @classmethod
    def _each_once(cls, phases: tuple[HousePhase, ...]) -> tuple[HousePhase, ...]:
        if len(set(phases)) != len(phases):
            raise ValueError(Text("a phase is named twice"))
        if len(phases) == 2:
            raise ValueError(Text("two phases are not supported; name one or three"))
        return phases


class BatterySettings(Section):
    """Limits of a house battery."""

    control: bool = True
    """Whether the service may write setpoints. False: it only reads."""
    floor_soc_percent: float = Field(default=10.0, ge=0, le=100)
    """State of charge in % below which the service does not discharge it."""
    capacity_wh: float | None = Field(default=None, ge=100, le=1_000_000)
    """Usable capacity in Wh, for a battery that reports none (sonnen v1). It is the weight in the mean
    state of charge. A capacity that the device reports is used instead."""
    max_charge_w: float = Field(default=5000.0, gt=0, le=100000)
    """Largest charging power in W."""
    max_discharge_w: float = Field(default=5000.0, gt=0, le=100000)
    """Largest discharging power in W."""
    phases: tuple[HousePhase, ...] | Literal[1, 3] | None = None
    """The phases of the house that its inverter is connected to: one, or all three. If not set, a FEMS has three, and
    any other battery may load any one phase. The number 1 means one unknown phase, and 3 means all three."""

    @field_validator("phases")
    @classmethod
    def _one_or_three(cls, phases: tuple[HousePhase, ...] | int | None) -> tuple[HousePhase, ...] | int | None:
        if isinstance(phases, tuple):
            if len(set(phases)) != len(phases):
                raise ValueError(Text("a phase is named twice"))
            if len(phases) not in (1, 3):
                raise ValueError(Text("name one phase or all three"))
        return phases


@dataclass(frozen=True, slots=True)
class BatteryTraits:
    """The properties of a brand's battery that decisions need (model.site.BatterySite)."""

    can_bound_discharge: bool = True
    resolution_w: float = 1.0
    min_interval_s: float = 0.0
    lease_s: float = 60.0


class DeviceSettings(Section):
    """The settings of every device."""

    current_step_a: ClassVar[float] = 0.1
    """Resolution of the current of the brand's charger, in A."""
    exchanges: ClassVar[int] = 1
    """Exchanges for one reading, if they do not depend on other settings."""
    write_s: ClassVar[float] = 10.0
    """Longest time of a write until the device confirms it, in s."""
    follows_s: ClassVar[float] = 15.0
    """Time until a battery of the brand follows a write, in s."""
    three_phase_battery: ClassVar[bool] = False
    """Whether a battery of the brand has three phases if `phases` is not set."""
    hand_back_s: ClassVar[float] = 60.0
    """Longest time of a hand-back until the device confirms it, in s."""
    reports: ClassVar[frozenset[str]] = frozenset()
    """Which of `grid.dimmed` and `grid.on_grid` the brand's adapter reads."""

    poll_s: float = Field(default=5.0, ge=0.5, le=600)
    """Time in s between two readings."""
    timeout_s: float = Field(default=5.0, ge=0.2, le=60)
    """Deadline in s of one exchange with the device."""
    max_age_s: float = Field(default=15.0, ge=1, le=3600)
    """Age in s from which a reading is unknown."""

    @property
    def brand(self) -> str:
        """The value of `type`."""
        return str(getattr(self, "type", ""))

    @property
    def measures_grid(self) -> bool:
        """Whether it can be the meter of the grid connection."""
        return False

    @property
    def never_reports(self) -> frozenset[str]:
        """The fields of its chargers, batteries, and PV systems that it never reports, such as `ev.soc`."""
        return frozenset()

    @property
    def reports_capacity(self) -> bool:
        """Whether its batteries report their usable capacity."""
        return "battery.capacity_wh" not in self.never_reports

    @property
    def pace_s(self) -> float:
        """Time between two readings in s."""
        return self.poll_s

    @property
    def reading_exchanges(self) -> int:
        """Largest number of exchanges for one reading of this device."""
        return self.exchanges

    @property
    def modbus_line(self) -> tuple[str, int] | None:
        """Host and port of its Modbus server. Devices with the same server wait for each other. None: no server."""
        return None

    @property
    def own_timeout_s(self) -> float | None:
        """Time without a write after which the device drops a battery setpoint by itself, s. None: never."""
        return None

    def pvs(self, name: str) -> tuple[str, ...]:
        """The PV systems of the device `name`."""
        del name
        return ()

    def batteries(self, name: str) -> Mapping[str, tuple[BatterySettings, BatteryTraits]]:
        """The batteries of the device `name`, and their properties."""
        del name
        return {}

    def chargers(self, name: str) -> Mapping[str, ChargerSettings]:
        """The chargers of the device `name`."""
        del name
        return {}


class GridMeterSettings(DeviceSettings):
    """A device that can measure the grid connection."""

    delay_s: float | None = Field(default=None, ge=0, le=60)
    """Delay of the grid meter in s: how old its value is when the service reads it. If it is not set, the service
    learns it from the answers of the meter to the car."""


class HttpAddress(Section):
    """The connection to a server over HTTP."""

    url: Url
    """Address, such as http://192.168.1.20. User and password have their own settings."""
    user: str = Field(default="", max_length=200)
    """User for basic authentication."""
    password: Password = SecretStr("")
    """Password for basic authentication. Put it in a file (`password_file`), a credential, or the environment."""
    verify_tls: bool = True
    """For https: false accepts any certificate, also a self-signed one."""
    ca_file: str = Field(default="", max_length=300)
    """For https: PEM file of the authority that signed the certificate of the device."""


class HttpSettings(HttpAddress, DeviceSettings):
    """A device that is reached over HTTP."""
