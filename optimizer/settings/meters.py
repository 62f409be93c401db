"""Generic types of device for any meter: JSON over HTTP, Modbus TCP, MQTT."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Generic, Literal, TypeVar

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, model_validator

from optimizer.devices.generic.quantity import KINDS, Quantity, checked_together
from optimizer.settings.devices import (
    BatterySettings,
    BatteryTraits,
    DeviceSettings,
    GridMeterSettings,
    HttpSettings,
)
from optimizer.settings.errors import MistakeBelow, did_you_mean
from optimizer.settings.secret import Password, Token
from optimizer.settings.site import Host, Port, Section
from optimizer.words.text import Text


def known_quantity(word: str) -> str:
    """`word`, if it is a quantity that a meter can report. Otherwise raises ValueError."""
    if word not in KINDS:
        raise ValueError(
            Text(
                "“{word}” is not a quantity of a meter; {hint}",
                word=word,
                hint=did_you_mean(word, KINDS) or ", ".join(KINDS),
            )
        )
    return word


def checked_path(expression: str) -> str:
    """`expression`, if it is JMESPath or empty. Otherwise raises ValueError."""
    if expression:
        from optimizer.devices.generic.paths import compiled  # noqa: PLC0415 - only such meters need its library

        compiled(expression)
    return expression


JmesPath = Annotated[str, StringConstraints(max_length=500), AfterValidator(checked_path)]
FIELDS_BY_READING: Mapping[str, frozenset[str]] = {
    "pv.power_w": frozenset({"pv_power"}),
    "pv.energy_day_wh": frozenset({"pv_energy_day"}),
    "battery.power_w": frozenset({"battery_power", "battery_charge", "battery_discharge"}),
    "battery.charge_w": frozenset({"battery_power", "battery_charge", "battery_discharge"}),
    "battery.discharge_w": frozenset({"battery_power", "battery_charge", "battery_discharge"}),
    "battery.soc": frozenset({"battery_soc"}),
    "battery.capacity_wh": frozenset({"battery_capacity"}),
    "battery.reserve_soc": frozenset(),
}
"""Fields of rules, each with its possible readings. One of them is enough."""

QuantityName = Annotated[str, AfterValidator(known_quantity)]


class ReadingSettings(Section):
    """One quantity, and the meaning of its value."""

    unit: Literal["", "W", "kW", "MW", "Wh", "kWh", "MWh", "Ws", "A", "mA", "%"] = ""
    """Unit of the raw value. Empty: W, Wh, A, or %."""
    factor: float = 1.0
    """Factor for the value, before its unit: 0.1 for tenths."""
    inverted: bool = False
    """True if the meter has the opposite sign. In the service, + is import, and discharge of a battery."""
    decimal_comma: bool = False
    """True if the meter writes numbers with a decimal comma, such as "1.234,5"."""
    max_age_s: float | None = Field(default=None, gt=0, le=3600)
    """Age in s from which a value is unknown. Empty: the `max_age_s` of the device."""

    @property
    def unit_beside(self) -> bool:
        """Whether a unit that the meter names beside the value applies. The word of the settings goes first."""
        return not self.unit and self.factor == 1.0

    def quantity(self, name: str, device: DeviceSettings) -> Quantity:
        """The quantity for the adapter."""
        age_s = self.max_age_s if self.max_age_s is not None else device.max_age_s
        return Quantity(
            name,
            self.unit,
            factor=self.factor,
            inverted=self.inverted,
            max_age_s=age_s,
            decimal_comma=self.decimal_comma,
        )


R = TypeVar("R", bound=ReadingSettings)


class MeterSettings(GridMeterSettings, Generic[R]):
    """The common part of generic meters. Their `readings` define the quantities that they report."""

    readings: dict[QuantityName, R] = Field(min_length=1)
    """The readings by quantity: `grid_power`, `pv_power`, `battery_soc`, and others."""

    @model_validator(mode="after")
    def _readings_fit(self) -> MeterSettings[R]:
        for name, reading in self.readings.items():
            units = KINDS[name].units
            if reading.unit and reading.unit not in units:
                what = Text(
                    "{name} comes in {units}, not in “{unit}”", name=name, units=", ".join(units), unit=reading.unit
                )
                raise MistakeBelow(what, "readings", name, "unit")
        checked_together(self.quantities().values())
        return self

    def quantities(self) -> Mapping[str, Quantity]:
        """The quantities for the adapter."""
        return {name: reading.quantity(name, self) for name, reading in self.readings.items()}

    @property
    def never_reports(self) -> frozenset[str]:
        """Fields without a reading."""
        return frozenset(field for field, keys in FIELDS_BY_READING.items() if not keys & self.readings.keys())

    @property
    def measures_grid(self) -> bool:
        """Whether one of its readings is the grid power."""
        return any(name in self.readings for name in ("grid_power", "grid_import"))

    def pvs(self, name: str) -> tuple[str, ...]:
        """The PV system, if a reading is of PV."""
        return (name,) if any(key.startswith("pv_") for key in self.readings) else ()

    def batteries(self, name: str) -> Mapping[str, tuple[BatterySettings, BatteryTraits]]:
        """The battery, if a reading is of a battery. The service only reads it."""
        if not any(key.startswith("battery_") for key in self.readings):
            return {}
        return {name: (BatterySettings(control=False), BatteryTraits())}


class HttpPlace(Section):
    """The place of a value in a JSON body."""

    path: JmesPath = Field(min_length=1)
    """JMESPath to the number: `emeters[0].power`, `data.grid`, `sum([a.w, b.w, c.w])`. `@` is the whole body, also a
    text such as `1234.5 W`."""
    request: str = Field(default="/", pattern=r"^/\S*$", max_length=500)
    """Path of the request, with its query: `/rpc/EM.GetStatus?id=0`."""
    time: JmesPath = ""
    """JMESPath to the time of the measurement (unix s or ms, or ISO with a zone). Empty: the time of the request."""


class HttpReading(HttpPlace, ReadingSettings):
    """One quantity in a JSON body."""


class HttpJsonSettings(HttpSettings, MeterSettings[HttpReading]):
    """Any meter that answers with JSON over HTTP. The service only reads it."""

    type: Literal["http_json"]
    token: Token = SecretStr("")
    """Sent as `Authorization: Bearer …`, if the meter requires a token."""

    @property
    def reading_exchanges(self) -> int:
        """One for each request path."""
        return len({reading.request for reading in self.readings.values()})


RegisterAddress = Annotated[int, Field(ge=0, le=65535)]


class ModbusScale(Section):
    """A register that scales a value: a signed power of ten (SunSpec: the `_SF` point)."""

    address: RegisterAddress
    """Address as sent on the wire, in the same table as the value."""


class ModbusPlace(Section):
    """The place of a value in the registers of a device."""

    address: RegisterAddress | Annotated[list[RegisterAddress], Field(min_length=1, max_length=12)]
    """Address as sent on the wire: 40001 in a document is often 0. The values of a list are added: `[40, 42, 44]`."""
    type: Literal["int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"] = "int16"
    """Type of the number."""
    words: Literal["high_first", "low_first"] = "high_first"
    """Order of the 16-bit words of a longer number."""
    table: Literal["holding", "input", "coil", "discrete"] = "holding"
    """Holding registers (function 3), input registers (4), coils (1), or discrete inputs (2). Coils and discrete inputs
    have the value 0 or 1."""
    missing: int | None = None
    """Raw number that means “not available”, if it is not the usual one of the type (int16: -32768, uint16: 65535)."""
    scale: ModbusScale | None = None
    """Where the scale factor of the value is, if it has one: `{address: 45}`."""

    @property
    def addresses(self) -> tuple[int, ...]:
        """The addresses of the values that are added."""
        return tuple(self.address) if isinstance(self.address, list) else (self.address,)

    @property
    def exchanges(self) -> int:
        """One for each value. Four with a scale factor that is not near it."""
        return len(self.addresses) * (4 if self.scale is not None else 1)


class ModbusReading(ModbusPlace, ReadingSettings):
    """One quantity in the registers of a meter."""


class ModbusAddress(Section):
    """The connection to a device over Modbus TCP."""

    host: Host
    """Host name or address."""
    port: Port = 502
    """TCP port."""
    unit: int = Field(default=1, ge=0, le=255)
    """Unit (slave) number. Devices with the same host and port share one connection."""


class ModbusSettings(ModbusAddress, MeterSettings[ModbusReading]):
    """Any meter with Modbus TCP. The service only reads it."""

    type: Literal["modbus"]

    @property
    def reading_exchanges(self) -> int:
        """The exchanges of all its values."""
        return sum(one.exchanges for one in self.readings.values())

    @property
    def modbus_line(self) -> tuple[str, int] | None:
        """Its host and port."""
        return self.host, self.port


class MqttPlace(Section):
    """The place of a value in the messages of a broker."""

    topic: str = Field(pattern=r"^[^+#\x00]+$", max_length=500)
    """Topic, without wildcards."""
    path: JmesPath = ""
    """JMESPath to the number in a JSON payload. Empty: the payload is the number."""
    retained: bool = False
    """True uses the retained message of the broker as a present value, although its time is unknown."""


class MqttReading(MqttPlace, ReadingSettings):
    """One quantity in the messages of a topic."""


class MqttAddress(Section):
    """The connection to a broker."""

    host: Host
    """Host name or address of the broker."""
    port: Port = 1883
    """TCP port of the broker."""
    user: str = Field(default="", max_length=200)
    """User at the broker."""
    password: Password = SecretStr("")
    """Password at the broker."""
    tls: bool = False
    """Whether to use TLS to the broker."""
    ca_file: str = Field(default="", max_length=300)
    """PEM file of the authority that signed the certificate of the broker. Empty: the authorities of the system."""


class MqttSettings(MqttAddress, MeterSettings[MqttReading]):
    """Any meter that publishes its values over MQTT. The service only reads it."""

    exchanges: ClassVar[int] = 2

    type: Literal["mqtt"]
