"""The settings of inputs: what each may be, and where it is read from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from optimizer.model.inputs import InputSpec
from optimizer.model.kinds import UNITS
from optimizer.model.state import InputValue
from optimizer.settings.devices import Name
from optimizer.settings.meters import HttpPlace, JmesPath, ModbusPlace, MqttPlace
from optimizer.settings.site import Section
from optimizer.sources.inputs.decode import by_hand
from optimizer.sources.inputs.port import InputError
from optimizer.words.text import Text

Unit = Literal[
    "", "W", "kW", "MW", "Wh", "kWh", "MWh", "A", "mA", "V", "%", "°C", "C", "ct", "s", "min", "h", "d", "km", "mi"
]  # fmt: skip
RESERVED = frozenset({"and", "or", "not", "in", "is", "between", "true", "false", "unknown", "missing"})
"""Words that have another meaning in rules, in tests of rules, or in commands."""
MONTH_S = 31 * 86400.0


def _texts(values: Any) -> Any:
    """Keys such as 2, which YAML reads as numbers, as text."""
    if not isinstance(values, Mapping):
        return values
    return {
        str(key): str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        for key, value in values.items()
    }


Words = Annotated[dict[str, str], BeforeValidator(_texts), Field(max_length=100)]
Option = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]


class InputSource(Section):
    """The meaning of a value of a source."""

    connection: Name
    """Name of the connection under `connections`."""
    unit: Unit = ""
    """Unit of the raw value. Empty: the unit that stands behind it, or that of the input."""
    factor: float = 1.0
    """Factor for a number, before its unit: 0.1 for tenths."""
    inverted: bool = False
    """True if a switch says the opposite, or if a number has the opposite sign."""
    decimal_comma: bool = False
    """True if the source writes numbers with a decimal comma, such as "1.234,5"."""
    values: Words = Field(default_factory=dict)
    """Meaning of raw values: `{"0": off, "2": heating}`. Other values are unknown."""


class HttpInput(HttpPlace, InputSource):
    """A value in the JSON of a server (`type: http_json`)."""


class ModbusInput(ModbusPlace, InputSource):
    """A value in the registers of a device (`type: modbus`)."""


class MqttInput(MqttPlace, InputSource):
    """A value in the messages of a broker (`type: mqtt`)."""


class EntityInput(InputSource):
    """An entity of Home Assistant (`type: home_assistant`)."""

    entity: str = Field(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$", max_length=200)
    """Entity, such as input_boolean.holiday."""
    path: JmesPath = Field(default="state", min_length=1)
    """JMESPath to the value in the entity: `state`, or `attributes.battery_level`."""
    time: JmesPath = ""
    """JMESPath to the time of the value, such as `last_reported`. Empty: the time of the request."""


AnySource = HttpInput | ModbusInput | MqttInput | EntityInput
CONNECTIONS: Mapping[type[InputSource], str] = {
    HttpInput: "http_json",
    ModbusInput: "modbus",
    MqttInput: "mqtt",
    EntityInput: "home_assistant",
}
"""The type of connection that each source needs."""


class InputSettings(Section):
    """A value of your own. Without `http`, `modbus`, `mqtt`, or `entity` it is set by hand."""

    type: Literal["number", "switch", "choice", "time"]
    """number, switch (on or off), choice (one word of `options`), or time (a local time such as 07:00)."""
    about: str = Field(default="", max_length=200)
    """What it is, for lists."""
    unit: Unit = ""
    """Unit of a number. Empty: a plain number."""
    min: float | None = None
    """Smallest number, in its unit."""
    max: float | None = None
    """Largest number, in its unit."""
    options: tuple[Option, ...] = Field(default=(), max_length=50)
    """Words of a choice."""
    default: str | float | bool | None = None
    """Value until somebody sets one, and after its end. Empty: unknown. An input with a source has none."""
    max_age_s: float | None = Field(default=None, gt=0, le=MONTH_S)
    """Age in s from which the value is unknown, or the default again. Empty: never if it is set by hand, after 300 s
    for MQTT, and after three readings for other sources."""
    http: HttpInput | None = None
    """Read it from JSON over HTTP."""
    modbus: ModbusInput | None = None
    """Read it from Modbus registers."""
    mqtt: MqttInput | None = None
    """Read it from MQTT messages."""
    entity: EntityInput | None = None
    """Read it from an entity of Home Assistant."""

    @property
    def source(self) -> AnySource | None:
        """The source that it is read from. None: it is set by hand."""
        return self.http or self.modbus or self.mqtt or self.entity

    def spec(self, name: str) -> InputSpec:
        """The type and the range of the input `name`."""
        size = UNITS[self.unit][1] if self.unit else 1.0
        return InputSpec(
            name,
            self.type,
            unit=self.unit,
            low=None if self.min is None else self.min * size,
            high=None if self.max is None else self.max * size,
            options=self.options,
            meaning=self.about,
        )

    def default_value(self, name: str) -> InputValue | None:
        """The default in base units, or None."""
        return None if self.default is None else by_hand(self.spec(name), self.default)

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.type != "number" and (self.unit or self.min is not None or self.max is not None):
            raise ValueError(Text("unit, min, and max belong to a number, and this is a {type}", type=self.type))
        if (self.type == "choice") != bool(self.options):
            raise ValueError(Text("a choice needs `options`, and only a choice has them"))
        if (wrong := next((word for word in self.options if word in RESERVED), None)) is not None:
            raise ValueError(Text("“{wrong}” has another meaning in rules; use another word in `options`", wrong=wrong))
        if len(set(self.options)) != len(self.options):
            raise ValueError(Text("a word of `options` is named twice"))
        if self.min is not None and self.max is not None and self.min >= self.max:
            raise ValueError(Text("`min` must be below `max`"))
        return self

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        given = [one for one in (self.http, self.modbus, self.mqtt, self.entity) if one is not None]
        if len(given) > 1:
            raise ValueError(Text("give only one of `http`, `modbus`, `mqtt`, and `entity`"))
        if given and self.default is not None:
            raise ValueError(Text("an input with a source has no default; while the source is silent, it is unknown"))
        if given and self.unit and given[0].unit and UNITS[given[0].unit][0] is not UNITS[self.unit][0]:
            raise ValueError(
                Text("the source brings {unit}, which is not a unit for {wanted}", unit=given[0].unit, wanted=self.unit)
            )
        try:
            self.default_value("this")
        except InputError as error:
            raise ValueError(Text("the default does not fit: {error}", error=error.args[0])) from None
        return self


assert set(get_args(Unit)) == {"", *UNITS}
