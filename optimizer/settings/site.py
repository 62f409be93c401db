"""The settings of the house: site, tariff, servers, and journal.

Each field has its unit in its name. Its description is the text of the reference table.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from optimizer.settings.meanings import described
from optimizer.settings.secret import Token
from optimizer.settings.zones import meant_zone, zone_names
from optimizer.words.language import tags
from optimizer.words.text import Text

Port = Annotated[int, Field(ge=1, le=65535)]


def _without_port(host: str) -> str:
    """The host. An IPv6 address has more than one colon."""
    name, colon, port = host.partition(":")
    if colon and port.isdecimal():
        raise ValueError(Text("a host has no port. Write host: {name} and port: {port}", name=name, port=port))
    return host


Host = Annotated[
    str,
    StringConstraints(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9_.:%-]+$"),
    AfterValidator(_without_port),
]
Topic = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$", max_length=100)]
SHORTEST_TOKEN = 16


class Section(BaseModel):
    """A part of the file. Unknown keys are mistakes. Values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return described(cls, handler(core), handler)


class SiteSettings(Section):
    """The house and its grid connection."""

    name: str = Field(default="home", min_length=1, max_length=60)
    """Name of the house on the status page."""
    time_zone: str = Field(default="UTC", max_length=60)
    """IANA time zone of the house, such as Europe/Berlin. Rules use it."""
    language: str = "en"
    """Language of the notifications: `en` or `de`. Page and terminal use the language of their reader."""
    latitude: float | None = Field(default=None, ge=-90, le=90)
    """Degrees north. Forecasts and the times of sunrise and sunset need it; two decimals are enough."""
    longitude: float | None = Field(default=None, ge=-180, le=180)
    """Degrees east."""
    holidays: tuple[date, ...] = Field(default=(), max_length=400)
    """Public holidays for rules (`time.holiday`). Write those of the next year before it begins."""
    fuse_a: float = Field(default=35.0, ge=6, le=125)
    """Fuse of each phase at the grid connection, in A. No setpoint exceeds it."""
    house_max_a: float = Field(default=16.0, ge=0, le=125)
    """Current in A reserved on each phase for the house, if its load is not measured per phase."""
    unbalance_a: float | None = Field(default=None, ge=6, le=63)
    """Largest single-phase load in A, if the grid operator has such a rule (20 in Germany, 16 in Austria)."""
    dimmed_w: float = Field(default=4200.0, ge=0, le=50000)
    """Power in W for controllable loads while the grid operator dims the house (§14a EnWG)."""

    dimmed_by: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]{0,30}$")
    """Input (a switch) that is on while the grid operator dims the house, such as a relay contact."""

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        if name not in zone_names():
            raise ValueError(Text("“{name}” is not a time zone; {meant}", name=name, meant=meant_zone(name)))
        return name

    @field_validator("language")
    @classmethod
    def _is_a_language(cls, tag: str) -> str:
        if tag not in tags():
            raise ValueError(Text("“{tag}” is not available. There are {names}", tag=tag, names=", ".join(tags())))
        return tag

    @property
    def zone(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.time_zone)


class TariffSettings(Section):
    """Prices of energy in ct/kWh that do not change. `prices` has the ones that do."""

    import_ct: float | None = Field(default=None, ge=-100, le=500)
    """Price of a kWh from the grid."""
    feed_in_ct: float | None = Field(default=None, ge=-100, le=500)
    """Payment for a kWh fed in."""
    alternative_ct: float | None = Field(default=None, ge=-100, le=500)
    """Price of a kWh for the car elsewhere, such as a night tariff or a public charger."""


Reminder = Literal["commission", "site", "devices", "battery_phases", "switches", "prices", "car", "forecast", "page"]
"""Something that is still to do after the first settings."""
PRICES = tuple(TariffSettings.model_fields)


class ListenSettings(Section):
    """One port on which the service listens."""

    host: Host = "127.0.0.1"
    """Address to listen on. 127.0.0.1 allows only this machine, 0.0.0.0 allows the home network."""
    port: Port
    """TCP port."""


class StatusSettings(ListenSettings):
    """The status page, its API, /metrics, and /healthz."""

    port: Port = 8080
    """TCP port."""
    token: Token | None = None
    """Token for every change (overrides). A browser gives it once, to log in. Without it no change is possible."""
    allowed_hosts: tuple[Host, ...] = ()
    """Further host names of the page, beside IP addresses, localhost, this machine's own, and names in .local."""

    @field_validator("token")
    @classmethod
    def _is_long_enough(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and len(token.get_secret_value()) < SHORTEST_TOKEN:
            raise ValueError(
                Text(
                    "is shorter than {shortest_token} characters; make one with `openssl rand -hex 16`",
                    shortest_token=SHORTEST_TOKEN,
                )
            )
        return token


class PlateSettings(Section):
    """The data of a device in the charger's app. Data that you leave out comes from the device, if it reports them."""

    model: str = Field(default="", max_length=60)
    """Make and model."""
    serial: str = Field(default="", max_length=60)
    """Serial number."""
    max_dc_w: float | None = Field(default=None, gt=0, le=1_000_000)
    """Largest DC power of the inverter in W."""
    max_ac_w: float | None = Field(default=None, gt=0, le=1_000_000)
    """Largest AC power of the inverter in W."""


class FeedSettings(ListenSettings):
    """The NRGkick Custom API feed for the charger's own PV mode."""

    port: Port = 8081
    """TCP port. Enter the same port in the charger's app."""
    smart_load: str | None = None
    """Name of another charger of the house, to show as a smart load."""
    meters: tuple[str, ...] = ()
    """Names of devices whose meters are shown beside the grid meter, at most 4, such as a heat pump."""
    meter_location: int = Field(default=2, ge=2, le=255)
    """Location of these meters in the feed: a number of the vendor. Only 1 (the grid) is documented."""
    plates: dict[str, PlateSettings] = Field(default_factory=dict)
    """Nameplate data of devices, by the name of the device."""


class MqttOutputSettings(Section):
    """The values that the service publishes over MQTT, for Home Assistant and for any other program."""

    connection: str = Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")
    """Name of the broker under `connections`."""
    topic: Topic = "optimizer"
    """First part of all topics. Two services at one broker need different ones."""
    home_assistant: bool = True
    """Whether to publish discovery messages, from which Home Assistant makes devices and entities."""
    discovery_prefix: str = Field(
        default="homeassistant", pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$", max_length=100
    )
    """First part of the discovery topics, as set in Home Assistant."""
    commands: bool = False
    """Whether modes and inputs can be set over MQTT. Whoever may publish at the broker can then do so."""


class ServeSettings(Section):
    """The servers of the service: status page and feed."""

    status: StatusSettings | None = StatusSettings()
    """Status page and metrics. An empty `status:` turns them off."""
    feed: FeedSettings | None = None
    """The feed for a charger. Without this section there is no feed."""
    mqtt: MqttOutputSettings | None = None
    """Values of the house over MQTT. Without this section nothing is published."""

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        if self.status and self.feed and self.status.port == self.feed.port:
            raise ValueError(Text("status and feed both want port {port}; give each its own port", port=self.feed.port))
        return self


class JournalSettings(Section):
    """The record of readings and decisions on disk."""

    enabled: bool = True
    """Whether to keep a journal."""
    keep_days: int = Field(default=400, ge=1, le=4000)
    """Days until records are dropped. A smaller value takes effect over some days."""
    max_mb: int = Field(default=4000, ge=10, le=1_000_000)
    """Size in MB above which the oldest records are dropped."""


OnExit = Literal["pause", "minimum", "keep"]
