"""The Modbus registers of an NRGkick as one table: 82 values in registers 0–263, without gaps.

Source: the vendor's Modbus document. "Little endian" there means the order of words: the low word comes
first; inside a register the bytes are in the ordinary Modbus order. Strings are not swapped.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["uint16", "int16", "uint32", "int32", "uint64", "float32", "string"]


@dataclass(frozen=True, slots=True)
class Register:
    """One value."""

    address: int
    count: int
    """Registers; they must be read whole."""
    factor: int
    """value = raw / factor; 1 for strings."""
    kind: Kind
    path: str
    """Path in the JSON API, which gives the same value in the same unit."""
    unit: str
    meaning: str


TABLE: tuple[Register, ...] = (
    Register(0, 11, 1, "string", "info.general.serial_number", "", "serial number"),
    Register(11, 16, 1, "string", "info.general.model_type", "", "model"),
    Register(27, 8, 1, "string", "info.general.device_name", "", "name given by its owner"),
    Register(35, 1, 1, "uint16", "info.general.rated_current", "A", "rated current of the charger"),
    Register(36, 1, 1, "uint16", "info.connector.phase_count", "", "phases of the attachment"),
    Register(37, 1, 10, "uint16", "info.connector.max_current", "A", "largest current of the attachment"),
    Register(38, 1, 1, "uint16", "info.connector.type", "", "type of the attachment (code)"),
    Register(39, 4, 1, "string", "info.connector.serial", "", "serial number of the attachment"),
    Register(43, 1, 1, "uint16", "info.grid.voltage", "V", "detected type of voltage"),
    Register(44, 1, 1, "uint16", "info.grid.frequency", "Hz", "detected type of frequency"),
    Register(45, 1, 1, "uint16", "info.grid.phases", "", "phases of the grid (bits L1 = 1, L2 = 2, L3 = 4)"),
    Register(46, 8, 1, "string", "info.network.ip_address", "", "IP address"),
    Register(54, 9, 1, "string", "info.network.mac_address", "", "MAC address"),
    Register(63, 16, 1, "string", "info.network.ssid", "", "name of the WiFi"),
    Register(79, 1, 1, "int16", "info.network.rssi", "dBm", "signal of the WiFi"),
    Register(80, 8, 1, "string", "info.cellular.imei", "", "IMEI of the cellular module"),
    Register(88, 8, 1, "string", "info.cellular.imsi", "", "IMSI of the SIM"),
    Register(96, 16, 1, "string", "info.cellular.operator", "", "cellular operator"),
    Register(112, 1, 1, "int16", "info.cellular.rssi", "dBm", "cellular signal"),
    Register(113, 1, 1, "uint16", "info.cellular.mode", "", "cellular mode (code)"),
    Register(114, 2, 1, "float32", "info.gps.latitude", "°", "latitude"),
    Register(116, 2, 1, "float32", "info.gps.longitude", "°", "longitude"),
    Register(118, 2, 1, "float32", "info.gps.altitude", "m", "altitude"),
    Register(120, 2, 1, "float32", "info.gps.accuracy", "m", "accuracy of the position"),
    Register(122, 8, 1, "string", "info.versions.sw_sm", "", "software of the SmartModule"),
    Register(130, 8, 1, "string", "info.versions.hw_sm", "", "hardware of the SmartModule"),
    Register(138, 8, 1, "string", "info.versions.sw_ma", "", "software of the main controller"),
    Register(146, 8, 1, "string", "info.versions.hw_ma", "", "hardware of the main controller"),
    Register(154, 8, 1, "string", "info.versions.sw_to", "", "software of the touch controller"),
    Register(162, 8, 1, "string", "info.versions.hw_to", "", "hardware of the touch controller"),
    Register(170, 8, 1, "string", "info.versions.sw_st", "", "software of the star controller"),
    Register(178, 8, 1, "string", "info.versions.hw_st", "", "hardware of the star controller"),
    Register(186, 8, 1, "string", "info.versions.sw_cm", "", "software of the cellular module"),
    Register(194, 1, 10, "uint16", "control.current_set", "A", "current set, per phase"),
    Register(195, 1, 1, "uint16", "control.charge_pause", "", "1 = paused"),
    Register(196, 2, 1, "uint32", "control.energy_limit", "Wh", "limit of the session, 0 = none"),
    Register(198, 1, 1, "uint16", "control.phase_count", "", "phases set"),
    Register(199, 4, 1, "uint64", "values.energy.total_charged_energy", "Wh", "energy ever charged"),
    Register(203, 2, 1, "uint32", "values.energy.charged_energy", "Wh", "energy of the session"),
    Register(205, 1, 100, "uint16", "values.powerflow.charging_voltage", "V", "mean of the voltages"),
    Register(206, 1, 10, "uint16", "values.powerflow.charging_current", "A", "current signalled to the car"),
    Register(207, 1, 100, "uint16", "values.powerflow.grid_frequency", "Hz", "frequency"),
    Register(208, 2, 1000, "int32", "values.powerflow.peak_power", "W", "highest power of the session"),
    Register(210, 2, 1000, "int32", "values.powerflow.total_active_power", "W", "active power"),
    Register(212, 2, 1000, "int32", "values.powerflow.total_reactive_power", "var", "reactive power"),
    Register(214, 2, 1000, "uint32", "values.powerflow.total_apparent_power", "VA", "apparent power"),
    Register(216, 1, 1000, "int16", "values.powerflow.total_power_factor", "", "power factor"),
    Register(217, 1, 100, "uint16", "values.powerflow.l1.voltage", "V", "voltage L1"),
    Register(218, 1, 100, "uint16", "values.powerflow.l2.voltage", "V", "voltage L2"),
    Register(219, 1, 100, "uint16", "values.powerflow.l3.voltage", "V", "voltage L3"),
    Register(220, 1, 1000, "uint16", "values.powerflow.l1.current", "A", "current L1"),
    Register(221, 1, 1000, "uint16", "values.powerflow.l2.current", "A", "current L2"),
    Register(222, 1, 1000, "uint16", "values.powerflow.l3.current", "A", "current L3"),
    Register(223, 1, 1000, "uint16", "values.powerflow.n.current", "A", "current of the neutral conductor"),
    Register(224, 2, 1000, "int32", "values.powerflow.l1.active_power", "W", "active power L1"),
    Register(226, 2, 1000, "int32", "values.powerflow.l2.active_power", "W", "active power L2"),
    Register(228, 2, 1000, "int32", "values.powerflow.l3.active_power", "W", "active power L3"),
    Register(230, 2, 1000, "int32", "values.powerflow.l1.reactive_power", "var", "reactive power L1"),
    Register(232, 2, 1000, "int32", "values.powerflow.l2.reactive_power", "var", "reactive power L2"),
    Register(234, 2, 1000, "int32", "values.powerflow.l3.reactive_power", "var", "reactive power L3"),
    Register(236, 2, 1000, "uint32", "values.powerflow.l1.apparent_power", "VA", "apparent power L1"),
    Register(238, 2, 1000, "uint32", "values.powerflow.l2.apparent_power", "VA", "apparent power L2"),
    Register(240, 2, 1000, "uint32", "values.powerflow.l3.apparent_power", "VA", "apparent power L3"),
    Register(242, 1, 1000, "int16", "values.powerflow.l1.power_factor", "", "power factor L1"),
    Register(243, 1, 1000, "int16", "values.powerflow.l2.power_factor", "", "power factor L2"),
    Register(244, 1, 1000, "int16", "values.powerflow.l3.power_factor", "", "power factor L3"),
    Register(245, 2, 1, "float32", "values.general.charging_rate", "km/h", "range gained"),
    Register(247, 2, 1, "uint32", "values.general.vehicle_connect_time", "s", "time connected"),
    Register(249, 2, 1, "uint32", "values.general.vehicle_charging_time", "s", "time charging"),
    Register(251, 1, 1, "uint16", "values.general.status", "", "status (code)"),
    Register(252, 1, 1, "uint16", "values.general.charge_permitted", "", "1 = the car may charge"),
    Register(253, 1, 1, "uint16", "values.general.relay_state", "", "relays (bits N = 1, L1 = 2, L2 = 4, L3 = 8)"),
    Register(254, 1, 1, "uint16", "values.general.charge_count", "", "times a car was plugged in"),
    Register(255, 1, 1, "uint16", "values.general.rcd_trigger", "", "residual current device (code)"),
    Register(256, 1, 1, "uint16", "values.general.warning_code", "", "warning (code)"),
    Register(257, 1, 1, "uint16", "values.general.error_code", "", "error (code)"),
    Register(258, 1, 100, "int16", "values.temperatures.housing", "°C", "housing"),
    Register(259, 1, 100, "int16", "values.temperatures.connector_l1", "°C", "attachment, L1"),
    Register(260, 1, 100, "int16", "values.temperatures.connector_l2", "°C", "attachment, L2"),
    Register(261, 1, 100, "int16", "values.temperatures.connector_l3", "°C", "attachment, L3"),
    Register(262, 1, 100, "int16", "values.temperatures.domestic_plug_1", "°C", "domestic plug, pin 1"),
    Register(263, 1, 100, "int16", "values.temperatures.domestic_plug_2", "°C", "domestic plug, pin 2"),
)

BY_PATH = {register.path: register for register in TABLE}

FORMATS: dict[Kind, str] = {
    "uint16": ">H",
    "int16": ">h",
    "uint32": ">I",
    "int32": ">i",
    "uint64": ">Q",
    "float32": ">f",
}


@dataclass(frozen=True, slots=True)
class Block:
    """A run of registers that one request reads."""

    address: int
    count: int
    optional: bool = False
    """Only on models with that hardware; others answer with an exception."""

    @property
    def registers(self) -> tuple[Register, ...]:
        """The values in it."""
        return tuple(r for r in TABLE if self.address <= r.address < self.address + self.count)


LIVE = Block(194, 70)
"""Control and all values."""
INFO = (
    Block(0, 80),
    Block(80, 34, optional=True),
    Block(114, 8, optional=True),
    Block(122, 64),
    Block(186, 8, optional=True),
)
"""General to network; cellular; GPS; versions; version of the cellular module."""


def decode(register: Register, words: Sequence[int]) -> object:
    """The value of the registers `words`; None for a float32 that is no finite number."""
    if register.kind == "string":
        raw = b"".join(struct.pack(">H", word) for word in words)
        return raw.partition(b"\0")[0].decode("utf-8", "replace")
    packed = b"".join(struct.pack(">H", word) for word in reversed(words))
    (value,) = struct.unpack(FORMATS[register.kind], packed)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if register.factor == 1 else value / register.factor


def encode(register: Register, value: float) -> list[int]:
    """The registers that say `value` (an integer kind), low word first. Raises ValueError outside its range."""
    try:
        packed = struct.pack(FORMATS[register.kind], round(value * register.factor))
    except struct.error as error:
        raise ValueError(f"{register.path} cannot be {value}: {error}") from None
    words = struct.unpack(f">{register.count}H", packed)
    return list(reversed(words))
