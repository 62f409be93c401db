"""GivTCP's cache read into our units and signs: versions 2 and 3, single-phase and three-phase (contract: givtcp)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import cast

from optimizer.devices.port import DeviceError, Sample
from optimizer.devices.values import MOST_W, not_negative, number_at
from optimizer.devices.words import printable
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.state import Battery, Grid, Pv
from optimizer.model.text_numbers import as_number
from optimizer.words.text import Text

Fields = Mapping[str, object]
NOTHING: Fields = {}
NOISE_W = 100.0
MOST_KWH = 1e7
FAR = timedelta(days=1)
FULL_RATE = 50
"""The register's value of the full rate; below it a rate counts in percent of the capacity."""


class NoData(DeviceError):
    """GivTCP answers, but has not read the inverter yet."""

    def __init__(self, where: str, said: str) -> None:
        super().__init__(
            "garbled",
            Text(
                "{where}: GivTCP is running but has no data of the inverter yet (it says: {said}). "
                "It reads the inverter every 30 s, so wait a minute. If that does not help, check in "
                "GivTCP's settings that the inverter's address is right, and in its log whether the "
                "inverter answers",
                where=where,
                said=said,
            ),
        )


@dataclass(frozen=True, slots=True)
class Plate:
    """The nameplate that the inverter reports. None for each value that it does not report."""

    serial: str = ""
    model: str = ""
    firmware: str = ""
    capacity_wh: float | None = None
    max_rate_w: float | None = None
    """The battery's largest rate, both ways."""
    rates_settable: bool = True
    """False where GivTCP knows no largest rate (it says 0): a command of any rate would set the full one."""

    @property
    def unit_w(self) -> float | None:
        """The resolution of a rate: 1 % of the capacity, in W."""
        return None if self.capacity_wh is None else self.capacity_wh / 100.0

    @property
    def full_w(self) -> float | None:
        """The W that the full rate reads back as: the largest rate, or 50 % of the capacity if that is less."""
        if self.max_rate_w is None or self.unit_w is None:
            return self.max_rate_w
        return min(self.max_rate_w, FULL_RATE * self.unit_w)


@dataclass(frozen=True, slots=True)
class Cache:
    """One body of runAll, as it was read."""

    power: Fields
    control: Fields
    slots: Fields
    energy: Fields
    raw: Fields
    plate: Plate
    updated: datetime
    """Last_Updated_Time, aware: when GivTCP last asked the inverter."""
    inverter_time: datetime | None
    """The inverter's own clock at that moment, in the container's zone: slots follow it."""
    write_count: float | None
    """Writes that wear the flash memory, as GivTCP counts them; None where it does not."""
    version: str

    @property
    def real_time(self) -> bool:
        """Whether rates, slot 1, target, mode, reserve and pause are volatile and wear nothing."""
        return self.control.get("Real_Time_Control") == "enable"

    @property
    def has_target_switch(self) -> bool:
        """Whether the target has a switch of its own (version 3); in version 2 setChargeTarget is its switch too."""
        return "Enable_Charge_Target" in self.control

    def clock(self, since_s: float) -> time:
        """The inverter's local time `since_s` after this cache was updated."""
        at = self.inverter_time
        if at is None or abs(at - self.updated) > FAR:
            at = self.updated
        return (at + timedelta(seconds=since_s)).time()

    def sample(self, name: str, at_s: float) -> Sample:
        """As the port wants it; `at_s` is when these values were measured."""
        watts = self.plate.max_rate_w
        rate: Reading[float] = unknown(Text("the inverter does not report its rate"), at_s)
        most = rate if watts is None else known(watts, at_s)
        capacity = self.plate.capacity_wh
        battery = Battery(
            name=name,
            power_w=_difference(self.power, "Battery_Power", ("Battery_Discharge_Power", "Battery_Charge_Power"), at_s),
            soc_percent=number_at(self.power, ("SOC",), at_s, 0.0, 100.0),
            capacity_wh=unknown(Text("not reported"), at_s) if capacity is None else known(capacity, at_s),
            max_charge_w=most,
            max_discharge_w=most,
            reserve_soc_percent=number_at(self.control, ("Battery_Power_Reserve",), at_s, 0.0, 100.0),
        )
        export_w = _difference(self.power, "Grid_Power", ("Meter_Export_Power", "Meter_Import_Power"), at_s)
        pv = Pv(
            name,
            power_w=not_negative(number_at(self.power, ("PV_Power",), at_s, -NOISE_W, MOST_W)),
            energy_total_wh=_energy(_object(self.energy, "Total"), "PV_Energy_Total_kWh", at_s),
            energy_day_wh=_energy(_object(self.energy, "Today"), "PV_Energy_Today_kWh", at_s),
        )
        # GivTCP counts export as positive; we count import.
        grid_w = export_w if export_w.value is None else known(0.0 - export_w.value, at_s)
        return Sample(grid=Grid(power_w=grid_w), pvs=(pv,), batteries=(battery,))


def parsed(body: object, where: str) -> Cache:
    """The cache in `body`. DeviceError garbled for what is none, or is none yet."""
    if not isinstance(body, dict):
        raise DeviceError("garbled", Text("{where}: the answer is not an object", where=where))
    fields = cast(Fields, body)
    for word in ("result", "Result"):
        if isinstance(result := fields.get(word), str):
            raise NoData(where, printable(result))
    power, control = _object(_object(fields, "Power"), "Power"), _object(fields, "Control")
    if not power or not control:
        raise DeviceError("garbled", Text("{where}: a body without Power and Control", where=where))
    stats = _object(fields, "Stats") or fields
    updated = _moment(stats.get("Last_Updated_Time"))
    if updated is None:
        raise DeviceError("garbled", Text("{where}: a body without Last_Updated_Time", where=where))
    details = _details(fields)
    return Cache(
        power=power,
        control=control,
        slots=_object(fields, "Timeslots"),
        energy=_object(fields, "Energy"),
        raw=_object(_object(fields, "raw"), "invertor"),
        plate=_plate(details),
        updated=updated,
        inverter_time=_moment(details.get("Invertor_Time")),
        write_count=as_number(stats.get("Write_Count")),
        version=printable(str(stats.get("GivTCP_Version", "")), 20),
    )


def _details(fields: Fields) -> Fields:
    """The block of the inverter: `Invertor_Details` in version 2, named by the serial number in version 3."""
    named = _object(fields, "Invertor_Details")
    if named:
        return named
    for value in fields.values():
        if isinstance(value, dict) and "Invertor_Serial_Number" in value:
            return value
    return NOTHING


def _plate(details: Fields) -> Plate:
    capacity_kwh = as_number(details.get("Battery_Capacity_kWh"))
    rate_w = as_number(details.get("Invertor_Max_Bat_Rate"))
    return Plate(
        serial=printable(str(details.get("Invertor_Serial_Number", "")), 40),
        model=printable(str(details.get("Invertor_Type", "")), 40),
        firmware=printable(str(details.get("Invertor_Firmware", "")), 40),
        capacity_wh=capacity_kwh * 1000.0 if capacity_kwh is not None and 0.1 <= capacity_kwh <= 1000.0 else None,
        max_rate_w=rate_w if rate_w is not None and 0.0 < rate_w <= 1e5 else None,
        rates_settable=rate_w != 0.0,
    )


def _difference(power: Fields, single: str, three: tuple[str, str], at_s: float) -> Reading[float]:
    """The signed value, or on three-phase inverters plus minus minus."""
    if power.get(single) is not None:
        return number_at(power, (single,), at_s, -MOST_W, MOST_W)
    plus, minus = (number_at(power, (key,), at_s, 0.0, MOST_W) for key in three)
    if plus.value is None or minus.value is None:
        return unknown(
            Text(
                "the device reports neither {single} nor {plus} and {minus}",
                single=single,
                plus=three[0],
                minus=three[1],
            ),
            at_s,
        )
    return known(plus.value - minus.value, at_s)


def _energy(fields: Fields, key: str, at_s: float) -> Reading[float]:
    reading = number_at(fields, (key,), at_s, 0.0, MOST_KWH)
    return reading if reading.value is None else known(reading.value * 1000.0, at_s)


def _object(fields: Fields, key: str) -> Fields:
    value = fields.get(key)
    return cast(Fields, value) if isinstance(value, dict) else NOTHING


def _moment(value: object) -> datetime | None:
    """An aware ISO time; None for anything else."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo is not None and 2000 < at.year < 9000 else None
