"""The settings of vehicles: where the state of charge of a car comes from, and at which charger it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from pydantic import Field, model_validator

from optimizer.settings.devices import Name
from optimizer.settings.inputs import MONTH_S, HttpInput, InputSettings, MqttInput
from optimizer.settings.site import Section


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
    soc: Name | None = None
    """Input with its state of charge in %."""
    limit_soc: Name | None = None
    """Input with its own charging limit in %."""
    teslamate: TeslaMateSource | None = None
    """Read both from TeslaMate."""
    evcc: EvccSource | None = None
    """Read both from evcc."""
    start_soc_percent: float | None = Field(default=None, ge=0, le=100)
    """State of charge in % that is assumed at plug-in, if no value is known."""
    charge_efficiency: float = Field(default=0.9, ge=0.7, le=1)
    """Part of the energy of the charger that reaches the battery of the car."""

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        given = [name for name in ("soc", "teslamate", "evcc") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"give only one of {' and '.join(given)}")
        if self.limit_soc is not None and given and given[0] != "soc":
            raise ValueError(f"{given[0]} brings the limit too; leave out limit_soc")
        return self

    def soc_input(self, name: str) -> str:
        """The input with the state of charge of the vehicle `name`. Empty: none."""
        return f"{name}_soc" if self.teslamate or self.evcc else self.soc or ""

    def limit_input(self, name: str) -> str:
        """The input with its charging limit."""
        return f"{name}_limit_soc" if self.teslamate or self.evcc else self.limit_soc or ""

    def inputs(self, name: str, connection: str) -> Iterator[tuple[str, InputSettings]]:
        """The inputs that the vehicle `name` brings. `connection` is the type of the connection of its source."""
        quantities = ((self.soc_input(name), "state of charge"), (self.limit_input(name), "charging limit"))
        if self.teslamate is not None:
            for (key, what), quantity in zip(quantities, ("usable_battery_level", "charge_limit_soc"), strict=True):
                yield key, _percent(f"{what} of {name}, from TeslaMate", mqtt=_of_teslamate(self.teslamate, quantity))
        if self.evcc is not None:
            for (key, what), quantity in zip(quantities, ("vehicleSoc", "vehicleLimitSoc"), strict=True):
                about = f"{what} of {name}, from evcc"
                if connection == "http_json":
                    yield key, _percent(about, http=_of_evcc_api(self.evcc, quantity))
                else:
                    yield key, _percent(about, mqtt=_of_evcc_topic(self.evcc, quantity))


def _percent(about: str, mqtt: MqttInput | None = None, http: HttpInput | None = None) -> InputSettings:
    """Values of a car that sleeps are old and right. Over HTTP, each request brings a value."""
    age_s = MONTH_S if mqtt is not None else None
    return InputSettings(type="number", unit="%", min=0, max=100, about=about, max_age_s=age_s, mqtt=mqtt, http=http)


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
