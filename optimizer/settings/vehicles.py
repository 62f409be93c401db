"""The settings of vehicles: where the state of charge of a car comes from, and at which charger it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, Self

from pydantic import Field, model_validator

from optimizer.model.site import MAX_CURRENT_A, MIN_CURRENT_A
from optimizer.settings.devices import Name
from optimizer.settings.inputs import MONTH_S, HttpInput, InputSettings, MqttInput
from optimizer.settings.site import Section
from optimizer.words.text import Text

LONGEST_KM = 2000.0
"""No car has a longer range."""


class TeslaMateSource(Section):
    """A car of TeslaMate, over its MQTT topics."""

    connection: Name
    """Name of the broker under `connections`."""
    car: int = Field(default=1, ge=1, le=99)
    """Number of the car in TeslaMate."""
    namespace: str = Field(default="", pattern=r"^[A-Za-z0-9_-]*$", max_length=60)
    """MQTT namespace of TeslaMate, if one is set there."""


class EvccSource(Section):
    """A vehicle of evcc, over MQTT or over its JSON API, by the type of the connection."""

    connection: Name
    """Name of the broker (`type: mqtt`) or of evcc itself (`type: http_json`) under `connections`."""
    loadpoint: int = Field(default=1, ge=1, le=20)
    """Number of the charging point in evcc."""
    topic: str = Field(default="evcc", pattern=r"^[^+#\x00]+$", max_length=100)
    """First part of the MQTT topics of evcc."""


class VehicleSettings(Section):
    """A car. Its state of charge comes from `soc`, `teslamate`, or `evcc`, and from the energy of the charger."""

    charger: Name | None = None
    """The charger at which it usually is."""
    capacity_wh: float | None = Field(default=None, ge=1000, le=300_000)
    """Usable capacity in Wh. It is needed to estimate the state of charge from energy."""
    min_current_a: float | None = Field(default=None, ge=MIN_CURRENT_A, le=MAX_CURRENT_A)
    """Least current in A at which it charges. It goes before `car_min_current_a` of the charger. Empty: learned."""
    phases: Literal[1, 2, 3] | None = None
    """Number of phases that it uses. It goes before `car_phases` of the charger. Empty: learned."""
    soc: Name | None = None
    """Input with its state of charge in %."""
    limit_soc: Name | None = None
    """Input with its own charging limit in %."""
    range: Name | None = None
    """Input with its range in km or mi."""
    teslamate: TeslaMateSource | None = None
    """Read all three from TeslaMate."""
    evcc: EvccSource | None = None
    """Read all three from evcc."""
    start_soc_percent: float | None = Field(default=None, ge=0, le=100)
    """State of charge in % that is assumed at plug-in, if no value is known."""
    charge_efficiency: float = Field(default=0.9, ge=0.7, le=1)
    """Part of the energy of the charger that reaches the battery of the car."""

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        given = [name for name in ("soc", "teslamate", "evcc") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(Text("give only one of {names}", names=" and ".join(given)))
        if given and given[0] != "soc":
            for key, what in (("limit_soc", Text("limit")), ("range", Text("range"))):
                if getattr(self, key) is not None:
                    raise ValueError(
                        Text("{given} brings the {what} too; leave out {key}", given=given[0], what=what, key=key)
                    )
        return self

    def soc_input(self, name: str) -> str:
        """The input with the state of charge of the vehicle `name`. Empty: none."""
        return f"{name}_soc" if self.teslamate or self.evcc else self.soc or ""

    def limit_input(self, name: str) -> str:
        """The input with its charging limit."""
        return f"{name}_limit_soc" if self.teslamate or self.evcc else self.limit_soc or ""

    def range_input(self, name: str) -> str:
        """The input with its range."""
        return f"{name}_range" if self.teslamate or self.evcc else self.range or ""

    def inputs(self, name: str, connection: str) -> Iterator[tuple[str, InputSettings]]:
        """The inputs that the vehicle `name` brings. `connection` is the type of the connection of its source."""
        keys = (self.soc_input(name), self.limit_input(name), self.range_input(name))
        for key, one in zip(keys, QUANTITIES, strict=True):
            if self.teslamate is not None:
                mqtt = _of_teslamate(self.teslamate, one.teslamate)
                yield key, one.settings(f"{one.what} of {name}, from TeslaMate", mqtt=mqtt)
            if self.evcc is not None:
                about = f"{one.what} of {name}, from evcc"
                if connection == "http_json":
                    yield key, one.settings(about, http=_of_evcc_api(self.evcc, one.evcc))
                else:
                    yield key, one.settings(about, mqtt=_of_evcc_topic(self.evcc, one.evcc))


class _Quantity(NamedTuple):
    """A quantity of a car, and its names in the programs that report it."""

    what: str
    unit: Literal["%", "km"]
    most: float
    teslamate: str
    evcc: str

    def settings(self, about: str, mqtt: MqttInput | None = None, http: HttpInput | None = None) -> InputSettings:
        """Values of a car that sleeps are old and right. Over HTTP, each request brings a value."""
        return InputSettings(
            type="number",
            unit=self.unit,
            min=0,
            max=self.most,
            about=about,
            max_age_s=MONTH_S if mqtt is not None else None,
            mqtt=mqtt,
            http=http,
        )


QUANTITIES = (
    _Quantity("state of charge", "%", 100.0, teslamate="usable_battery_level", evcc="vehicleSoc"),
    _Quantity("charging limit", "%", 100.0, teslamate="charge_limit_soc", evcc="vehicleLimitSoc"),
    _Quantity("range", "km", LONGEST_KM, teslamate="rated_battery_range_km", evcc="vehicleRange"),
)


def _of_teslamate(source: TeslaMateSource, quantity: str) -> MqttInput:
    namespace = f"/{source.namespace}" if source.namespace else ""
    topic = f"teslamate{namespace}/cars/{source.car}/{quantity}"
    return MqttInput(connection=source.connection, topic=topic, retained=True)


def _of_evcc_topic(source: EvccSource, quantity: str) -> MqttInput:
    topic = f"{source.topic}/loadpoints/{source.loadpoint}/{quantity}"
    return MqttInput(connection=source.connection, topic=topic, retained=True)


def _of_evcc_api(source: EvccSource, quantity: str) -> HttpInput:
    """Former versions of evcc put the state under `result`."""
    path = f"(loadpoints || result.loadpoints)[{source.loadpoint - 1}].{quantity}"
    return HttpInput(connection=source.connection, request="/api/state", path=path)
