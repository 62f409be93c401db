"""The settings of switchable loads: their relay, their power, and how often they may switch."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from optimizer.settings.devices import HousePhase, HttpAddress, Name
from optimizer.settings.meters import JmesPath
from optimizer.settings.site import Section
from optimizer.words.text import Text

RequestPath = Annotated[str, Field(pattern=r"^/\S*$", max_length=500)]
TopicName = Annotated[str, Field(pattern=r"^[^+#\x00]+$", max_length=200)]


class ShellyRelay(HttpAddress):
    """One relay of a Shelly, of any generation."""

    type: Literal["shelly"]
    user: str = Field(default="admin", max_length=200)
    """User. Generations 2 to 4 know only `admin`."""
    channel: int = Field(default=0, ge=0, le=15)
    """Number of the relay in the device, from 0."""
    timer_s: float = Field(default=120.0, ge=30, le=3600)
    """Time in s after which the relay switches off by itself, if the service does not repeat the command."""


class TasmotaRelay(HttpAddress):
    """One relay of a device with Tasmota."""

    type: Literal["tasmota"]
    relay: int = Field(default=1, ge=1, le=32)
    """Number of the relay in the device, from 1."""
    timer_s: float | None = Field(default=None, ge=30, le=3600)
    """Writes this time in s as the PulseTime of the relay, which then switches off by itself. Empty: the service does
    not change it, and the relay stays on if the service ends without a hand-back."""


class SwitchSettings(Section):
    """The load behind a relay."""

    min_on_default_s: ClassVar[float] = 300.0
    min_off_default_s: ClassVar[float] = 300.0
    starts_per_hour_default: ClassVar[int] = 6

    power_w: float = Field(gt=0, le=50_000)
    """Largest power of the load in W. The fuses count it."""
    phases: tuple[HousePhase, ...] | None = Field(default=None, min_length=1, max_length=3)
    """The phases of the house that it is connected to. Empty: one unknown phase, which counts on each."""
    priority: int = Field(default=-1, ge=-100, le=100)
    """Its place in the surplus, together with the `priority` of chargers. The higher one gets the surplus first. At
    equal numbers the charger comes first."""
    before_battery: bool = False
    """Whether it may use the surplus that is reserved for the house battery."""
    start_w: float | None = Field(default=None, ge=0, le=50_000)
    """Surplus in W from which the state `surplus` switches it on. Empty: `power_w`."""
    stop_w: float | None = Field(default=None, ge=-50_000, le=50_000)
    """Surplus in W, with its own power counted as available, below which it is switched off. Empty: half of
    `power_w`."""
    delay_s: float = Field(default=60.0, ge=0, le=3600)
    """How long the surplus must be above `start_w`, or below `stop_w`, in s."""
    min_on_s: float | None = Field(default=None, ge=0, le=86_400)
    """Shortest time on in s. Empty: 300, and 600 for SG Ready."""
    min_off_s: float | None = Field(default=None, ge=0, le=86_400)
    """Shortest time off in s. Empty: 300, and 1200 for SG Ready."""
    starts_per_hour: int | None = Field(default=None, ge=1, le=60)
    """How often it may be switched on in an hour. Empty: 6, and 3 for SG Ready."""
    starts_per_day: int = Field(default=30, ge=1, le=500)
    """How often it may be switched on in a day."""
    poll_s: float = Field(default=5.0, ge=1, le=60)
    """Time in s between two readings."""
    timeout_s: float = Field(default=5.0, ge=0.2, le=30)
    """Deadline in s of one exchange."""
    max_age_s: float = Field(default=20.0, ge=3, le=3600)
    """Age in s from which its state is unknown."""

    @property
    def brand(self) -> str:
        """The value of `type`."""
        return str(getattr(self, "type", ""))

    @field_validator("phases")
    @classmethod
    def _one_or_three(cls, phases: tuple[HousePhase, ...] | None) -> tuple[HousePhase, ...] | None:
        if phases is not None and (len(set(phases)) != len(phases) or len(phases) == 2):
            raise ValueError(Text("name one phase or all three, each once"))
        return phases

    @model_validator(mode="after")
    def _stops_below_start(self) -> Self:
        if self.stop_from_w >= self.start_from_w > 0.0:
            raise ValueError(
                Text(
                    "stop_w ({stop_from}) must be less than start_w ({start_from})",
                    stop_from=f"{self.stop_from_w:g}",
                    start_from=f"{self.start_from_w:g}",
                )
            )
        return self

    @property
    def start_from_w(self) -> float:
        """The surplus that switches it on, W."""
        return self.power_w if self.start_w is None else self.start_w

    @property
    def stop_from_w(self) -> float:
        """The surplus below which it is switched off, W."""
        return self.power_w / 2.0 if self.stop_w is None else self.stop_w


class ShellySwitch(ShellyRelay, SwitchSettings):
    """A load behind a Shelly."""


class TasmotaSwitch(TasmotaRelay, SwitchSettings):
    """A load behind a relay with Tasmota."""


class HttpCallSettings(Section):
    """A request that switches a relay."""

    request: RequestPath
    """Path with its query, such as `/switch/on`."""
    method: Literal["GET", "POST", "PUT"] = "GET"
    """HTTP method."""
    body: dict[str, Any] | None = None
    """Body, sent as JSON."""


class HttpValue(Section):
    """The place of a value in a JSON body."""

    path: JmesPath = Field(min_length=1)
    """JMESPath to the value."""
    request: RequestPath = "/"
    """Path of the request, with its query."""
    factor: float = 1.0
    """Factor for the value in W or Wh."""


class HttpSwitch(SwitchSettings):
    """Any relay that is switched over HTTP. It has no timer: it stays on if the service ends without a hand-back."""

    type: Literal["http"]
    connection: Name
    """Name of the server (`type: http_json`) under `connections`."""
    switch_on: HttpCallSettings
    """The request that switches it on."""
    switch_off: HttpCallSettings
    """The request that switches it off."""
    state: HttpValue | None = None
    """Where its state is. Empty: what was written counts, and nothing verifies it."""
    power: HttpValue | None = None
    """Where its measured power is, in W."""
    energy: HttpValue | None = None
    """Where its energy counter is, in Wh."""
    on_word: str = Field(default="", max_length=40)
    """The state that means on, if it is not `on`, `true`, or 1."""
    off_word: str = Field(default="", max_length=40)
    """The state that means off, if it is not `off`, `false`, or 0."""


class MqttValue(Section):
    """The place of a value in MQTT messages."""

    topic: TopicName
    """Topic, without wildcards."""
    path: JmesPath = ""
    """JMESPath to the value in a JSON message. Empty: the message is the value."""
    factor: float = 1.0
    """Factor for the value in W or Wh."""


class MqttSwitch(SwitchSettings):
    """Any relay that is switched over MQTT. It has no timer: it stays on if the service ends without a hand-back."""

    type: Literal["mqtt"]
    connection: Name
    """Name of the broker (`type: mqtt`) under `connections`."""
    topic: TopicName
    """Topic of the commands."""
    on_payload: str = Field(default="ON", min_length=1, max_length=200)
    """Message that switches it on."""
    off_payload: str = Field(default="OFF", min_length=1, max_length=200)
    """Message that switches it off."""
    state: MqttValue | None = None
    """Topic of its state. Empty: what was written counts, and nothing verifies it."""
    power: MqttValue | None = None
    """Topic of its measured power, in W."""
    energy: MqttValue | None = None
    """Topic of its energy counter, in Wh."""
    on_word: str = Field(default="", max_length=40)
    """The state that means on, if it is not `on`, `true`, or 1."""
    off_word: str = Field(default="", max_length=40)
    """The state that means off, if it is not `off`, `false`, or 0."""
    max_age_s: float = Field(default=600.0, ge=3, le=3600)
    """Age in s from which its state is unknown. Relays publish it rarely."""


Contact = Annotated[ShellyRelay | TasmotaRelay, Field(discriminator="type")]


class SgReadySwitch(SwitchSettings):
    """A heat pump with SG Ready. It is recommended to run (state 3), or ordered to (state 4) with a second contact."""

    min_on_default_s: ClassVar[float] = 600.0
    min_off_default_s: ClassVar[float] = 1200.0
    starts_per_hour_default: ClassVar[int] = 3

    type: Literal["sg_ready"]
    recommend: Contact
    """The relay of the second contact of the pump. It alone is closed in state 3."""
    order: Contact | None = None
    """The relay of the first contact. With it, `on` is state 4: both contacts are closed. The pump may then use its
    heating rod, which `power_w` must include."""


Switch = Annotated[ShellySwitch | TasmotaSwitch | HttpSwitch | MqttSwitch | SgReadySwitch, Field(discriminator="type")]
