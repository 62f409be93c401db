"""The registers of the NRGkick as data. Low word first. Only whole values can be read or written."""

from __future__ import annotations

import struct
from typing import Literal, NamedTuple

from optimizer.twin import nrgkick_values
from optimizer.twin.modbus import ILLEGAL_ADDRESS, ILLEGAL_VALUE, ModbusError
from optimizer.twin.nrgkick_unit import NrgkickUnit, RefusedError

Kind = Literal["string", "uint16", "int16", "uint32", "int32", "uint64", "float32"]
FORMATS = {"uint16": ">H", "int16": ">h", "uint32": ">I", "int32": ">i", "uint64": ">Q", "float32": ">f"}


class Register(NamedTuple):
    """One value."""

    address: int
    size: int
    kind: Kind
    factor: int
    path: str
    """Section and key of the JSON documents."""


def _table() -> tuple[Register, ...]:
    info: tuple[tuple[int, int, Kind, int, str], ...] = (
        (0, 11, "string", 1, "general.serial_number"),
        (11, 16, "string", 1, "general.model_type"),
        (27, 8, "string", 1, "general.device_name"),
        (35, 1, "uint16", 1, "general.rated_current"),
        (36, 1, "uint16", 1, "connector.phase_count"),
        (37, 1, "uint16", 10, "connector.max_current"),
        (38, 1, "uint16", 1, "connector.type"),
        (39, 4, "string", 1, "connector.serial"),
        (43, 1, "uint16", 1, "grid.voltage"),
        (44, 1, "uint16", 1, "grid.frequency"),
        (45, 1, "uint16", 1, "grid.phases"),
        (46, 8, "string", 1, "network.ip_address"),
        (54, 9, "string", 1, "network.mac_address"),
        (63, 16, "string", 1, "network.ssid"),
        (79, 1, "int16", 1, "network.rssi"),
        (80, 8, "string", 1, "cellular.imei"),
        (88, 8, "string", 1, "cellular.imsi"),
        (96, 16, "string", 1, "cellular.operator"),
        (112, 1, "int16", 1, "cellular.rssi"),
        (113, 1, "uint16", 1, "cellular.mode"),
        (114, 2, "float32", 1, "gps.latitude"),
        (116, 2, "float32", 1, "gps.longitude"),
        (118, 2, "float32", 1, "gps.altitude"),
        (120, 2, "float32", 1, "gps.accuracy"),
    )
    versions = ("sw_sm", "hw_sm", "sw_ma", "hw_ma", "sw_to", "hw_to", "sw_st", "hw_st", "sw_cm")
    values: tuple[tuple[int, int, Kind, int, str], ...] = (
        (194, 1, "uint16", 10, "control.current_set"),
        (195, 1, "uint16", 1, "control.charge_pause"),
        (196, 2, "uint32", 1, "control.energy_limit"),
        (198, 1, "uint16", 1, "control.phase_count"),
        (199, 4, "uint64", 1, "energy.total_charged_energy"),
        (203, 2, "uint32", 1, "energy.charged_energy"),
        (205, 1, "uint16", 100, "powerflow.charging_voltage"),
        (206, 1, "uint16", 10, "powerflow.charging_current"),
        (207, 1, "uint16", 100, "powerflow.grid_frequency"),
        (208, 2, "int32", 1000, "powerflow.peak_power"),
        (210, 2, "int32", 1000, "powerflow.total_active_power"),
        (212, 2, "int32", 1000, "powerflow.total_reactive_power"),
        (214, 2, "uint32", 1000, "powerflow.total_apparent_power"),
        (216, 1, "int16", 1000, "powerflow.total_power_factor"),
        *((217 + i, 1, "uint16", 100, f"powerflow.l{i + 1}.voltage") for i in range(3)),
        *((220 + i, 1, "uint16", 1000, f"powerflow.l{i + 1}.current") for i in range(3)),
        (223, 1, "uint16", 1000, "powerflow.n.current"),
        *((224 + 2 * i, 2, "int32", 1000, f"powerflow.l{i + 1}.active_power") for i in range(3)),
        *((230 + 2 * i, 2, "int32", 1000, f"powerflow.l{i + 1}.reactive_power") for i in range(3)),
        *((236 + 2 * i, 2, "uint32", 1000, f"powerflow.l{i + 1}.apparent_power") for i in range(3)),
        *((242 + i, 1, "int16", 1000, f"powerflow.l{i + 1}.power_factor") for i in range(3)),
        (245, 2, "float32", 1, "general.charging_rate"),
        (247, 2, "uint32", 1, "general.vehicle_connect_time"),
        (249, 2, "uint32", 1, "general.vehicle_charging_time"),
        (251, 1, "uint16", 1, "general.status"),
        (252, 1, "uint16", 1, "general.charge_permitted"),
        (253, 1, "uint16", 1, "general.relay_state"),
        (254, 1, "uint16", 1, "general.charge_count"),
        (255, 1, "uint16", 1, "general.rcd_trigger"),
        (256, 1, "uint16", 1, "general.warning_code"),
        (257, 1, "uint16", 1, "general.error_code"),
        (258, 1, "int16", 100, "temperatures.housing"),
        *((259 + i, 1, "int16", 100, f"temperatures.connector_l{i + 1}") for i in range(3)),
        *((262 + i, 1, "int16", 100, f"temperatures.domestic_plug_{i + 1}") for i in range(2)),
    )
    return tuple(
        Register(*row)
        for row in (
            *info,
            *((122 + 8 * i, 8, "string", 1, f"versions.{name}") for i, name in enumerate(versions)),
            *values,
        )
    )


TABLE: tuple[Register, ...] = _table()
"""All 82 values, registers 0–263."""
STARTS = {r.address: r for r in TABLE}
CONTROL = range(194, 199)
FIRST_VALUE = 194


def encode(register: Register, value: object) -> list[int]:
    """A value as registers. 32 and 64 bits: low word first. Strings: first character in the high byte."""
    if register.kind == "string":
        room = 2 * register.size
        data = str(value).encode()[:room]
        if len(data) < room:
            # The first NUL ends the text. Old characters may follow.
            data += b"\0" + b"~" * (room - len(data) - 1)
        return list(struct.unpack(f">{register.size}H", data))
    assert isinstance(value, int | float)
    packed = (
        struct.pack(">f", value)
        if register.kind == "float32"
        else struct.pack(FORMATS[register.kind], round(value * register.factor))
    )
    return list(struct.unpack(f">{register.size}H", packed))[::-1]


class NrgkickRegisters:
    """Registers of one unit."""

    def __init__(self, unit: NrgkickUnit) -> None:
        self._unit = unit

    def read(self, address: int, count: int) -> list[int]:
        """Read whole values. Ranges that this model does not have do not exist. Raises ModbusError."""
        documents = self._documents(address, address + count)
        words: list[int] = []
        taken = 0
        while len(words) < count:
            register = STARTS.get(address + len(words))
            if register is None or (taken and not self._unit.spec.modbus_blocks):
                raise ModbusError(ILLEGAL_ADDRESS)
            value: object = documents
            for key in register.path.split("."):
                value = value.get(key) if isinstance(value, dict) else None
            if value is None:
                raise ModbusError(ILLEGAL_ADDRESS)
            words += encode(register, value)
            taken += 1
        if len(words) != count:
            raise ModbusError(ILLEGAL_ADDRESS)
        return words

    def _documents(self, begin: int, end: int) -> dict[str, object]:
        unit = self._unit
        documents: dict[str, object] = {}
        if begin < FIRST_VALUE:
            documents.update(nrgkick_values.info(unit))
        if end > FIRST_VALUE:
            values = nrgkick_values.values(unit)
            if begin < FIRST_VALUE:
                # Both documents have a section "general" with different keys.
                values["general"] = {**values["general"], **nrgkick_values.info(unit)["general"]}
            documents.update(values)
            documents["control"] = nrgkick_values.control(unit)
        return documents

    def write(self, address: int, words: list[int]) -> None:
        """Write registers 194–198: whole values, all or none. Raises ModbusError. The codes are assumed."""
        values: dict[str, float] = {}
        position = 0
        while position < len(words):
            register = STARTS.get(address + position)
            if register is None or register.address not in CONTROL or position + register.size > len(words):
                raise ModbusError(ILLEGAL_ADDRESS)
            raw = words[position] + (words[position + 1] << 16 if register.size == 2 else 0)
            values[register.path.partition(".")[2]] = raw / register.factor
            position += register.size
        limits = {"current_set": (6.0, 32.0), "charge_pause": (0, 1), "energy_limit": (0, 1e6), "phase_count": (1, 3)}
        for key, value in values.items():
            low, high = limits[key]
            if not low <= value <= high:
                raise self._refused(f"{key}={value:g}")
        try:
            self._unit.write(values)
        except RefusedError as error:
            raise ModbusError(ILLEGAL_VALUE) from error

    def _refused(self, what: str) -> ModbusError:
        self._unit.refuse_form("", what)
        return ModbusError(ILLEGAL_VALUE)
