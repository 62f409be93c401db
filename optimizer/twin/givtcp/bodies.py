"""The cache of GivTCP as its GET routes return it: versions 2 and 3, single-phase and three-phase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, Literal

from optimizer.twin.battery import Battery
from optimizer.twin.givtcp.registers import PAUSE_MODES, Plate, Registers, Slot
from optimizer.twin.physics import VOLTAGE_V, House

Version = Literal[2, 3]
CELL_VOLTAGE_V = 51.2
"""Factor from the battery capacity in Ah to that in Wh."""


@dataclass(frozen=True, slots=True)
class Powers:
    """The measurements of the inverter at one refresh."""

    grid_w: int
    """+ export, as in GivTCP."""
    battery_w: int
    """+ discharge."""
    pv_w: int
    load_w: int
    soc: int
    import_kwh: float
    export_kwh: float
    pv_kwh: float


@dataclass(frozen=True, slots=True)
class Stamp:
    """The state of the cache itself."""

    updated: datetime
    """Aware, in the container's zone."""
    before: datetime
    """The time of the refresh before."""
    writes: int
    safe_writes: int
    real_time: bool
    said: Mapping[str, str] = field(default_factory=dict)
    """Keys of `Control` that a command has set in the cache, independent of the registers."""


def measure(house: House, battery: Battery) -> Powers:
    """The measurements of the house now."""
    return Powers(
        grid_w=-round(house.grid_w),
        battery_w=round(battery.power_w),
        pv_w=round(house.pv_w),
        load_w=round(house.home_w + house.ev_w),
        soc=round(battery.soc_percent),
        import_kwh=round(house.import_wh / 1000.0, 1),
        export_kwh=round(house.export_wh / 1000.0, 1),
        pv_kwh=round(house.pv_wh / 1000.0, 1),
    )


def power(now: Powers, *, three_phase: bool) -> dict[str, Any]:
    """`Power.Power`. Three-phase inverters have other keys for grid and battery."""
    export_w, import_w = max(0, now.grid_w), max(0, -now.grid_w)
    discharge_w, charge_w = max(0, now.battery_w), max(0, -now.battery_w)
    common: dict[str, Any] = {
        "AC_Charge_Power": 0,
        "Charge_Power": charge_w,
        "Discharge_Power": discharge_w,
        "EPS_Power": 0,
        "Export_Power": export_w,
        "Grid_Frequency": 50.02,
        "Grid_Voltage": VOLTAGE_V,
        "Import_Power": import_w,
        "Load_Power": now.load_w,
        "PV_Power": now.pv_w,
        "PV_Power_String_1": now.pv_w,
        "PV_Power_String_2": 0,
        "SOC": now.soc,
    }
    if three_phase:
        return common | {
            "Battery_Charge_Power": charge_w,
            "Battery_Discharge_Power": discharge_w,
            "Meter_Export_Power": export_w,
            "Meter_Import_Power": import_w,
        }
    return common | {
        "Battery_Power": now.battery_w,
        "Grid_Current": round(abs(now.grid_w) / VOLTAGE_V, 2),
        "Grid_Power": now.grid_w,
        "Invertor_Power": now.pv_w + now.battery_w,
        "Self_Consumption_Power": max(0, now.load_w - import_w),
    }


def control(
    regs: Registers, plate: Plate, running: frozenset[str], version: Version, real_time: bool
) -> dict[str, Any]:
    """`Control`."""
    body: dict[str, Any] = {
        "Active_Power_Rate": 100,
        "Battery_Charge_Rate": plate.shown(regs.charge_rate),
        "Battery_Discharge_Rate": plate.shown(regs.discharge_rate),
        "Battery_Power_Cutoff": regs.cutoff,
        "Battery_Power_Reserve": regs.reserve,
        "Battery_pause_mode": PAUSE_MODES[regs.pause],
        "Enable_Charge_Schedule": _able(regs.enable_charge),
        "Enable_Discharge_Schedule": _able(regs.enable_discharge),
        "Force_Charge": _running("Force Charge" in running),
        "Force_Export": _running("Force Export" in running),
        "Mode": regs.mode,
        "Target_SOC": regs.target_soc,
        "Temp_Pause_Charge": _running("Temp Pause Charge" in running),
        "Temp_Pause_Discharge": _running("Temp Pause Discharge" in running),
    }
    if version == 2:
        return body | {"Battery_Power_Mode": _able(regs.eco), "Enable_Discharge": "enable"}
    body |= {
        "Battery_Charge_Rate_AC": regs.charge_rate_ac,
        "Battery_Discharge_Rate_AC": regs.discharge_rate_ac,
        "Battery_Calibration": "Off",
        "Eco_Mode": _able(regs.eco),
        "Enable_Charge_Target": _able(regs.enable_target),
        "Force_Charge_Num": 0,
        "Force_Export_Num": 0,
        "Real_Time_Control": _able(real_time),
        "Reboot_Addon": "disable",
        "Reboot_Invertor": "disable",
        "Sync_Time": "disable",
        "Temp_Pause_Charge_Num": 0,
        "Temp_Pause_Discharge_Num": 0,
    }
    for index, (charge, discharge) in enumerate(zip(regs.charge_targets, regs.discharge_targets, strict=True), 1):
        body[f"Charge_Target_SOC_{index}"] = charge
        body[f"Discharge_Target_SOC_{index}"] = discharge
    return body


def timeslots(regs: Registers, version: Version) -> dict[str, str]:
    """`Timeslots`, in HH:MM:SS."""
    body = _slot("Battery_pause_{}_time_slot", regs.pause_slot)
    for index, slot in enumerate(regs.charge_slots[: 1 if version == 2 else None], 1):
        body |= _slot(f"Charge_{{}}_time_slot_{index}", slot)
    for index, slot in enumerate(regs.discharge_slots[: 2 if version == 2 else None], 1):
        body |= _slot(f"Discharge_{{}}_time_slot_{index}", slot)
    return body


def whole(
    now: Powers, regs: Registers, plate: Plate, stamp: Stamp, running: frozenset[str], *,
    version: Version, three_phase: bool,
) -> dict[str, Any]:  # fmt: skip
    """The cache."""
    details: dict[str, Any] = {
        "Battery_Capacity_kWh": plate.capacity_kwh,
        "Battery_Type": "Lithium",
        "Export_Limit": 6000,
        "Invertor_Firmware": "D0.316-A0.316",
        "Invertor_Max_Bat_Rate": plate.shown_max_w,
        "Invertor_Max_Inv_Rate": plate.max_rate_w,
        "Invertor_Serial_Number": plate.serial,
        "Invertor_Temperature": 35.0,
        "Invertor_Time": stamp.updated.isoformat(timespec="seconds"),
        "Invertor_Type": "Hybrid_3ph" if three_phase else plate.model,
        "Meter_Type": "Em115",
        "Modbus_Version": "1.40",
    }
    if version == 2:
        del details["Export_Limit"]
        details |= {"Invertor_Firmware": 449, "Modbus_Version": 1.4}
    body: dict[str, Any] = {
        "Battery_Details": {},
        "Control": control(regs, plate, running, version, stamp.real_time) | dict(stamp.said),
        "Energy": {
            "Today": {"PV_Energy_Today_kWh": now.pv_kwh},
            "Total": {
                "Export_Energy_Total_kWh": now.export_kwh,
                "Import_Energy_Total_kWh": now.import_kwh,
                "PV_Energy_Total_kWh": now.pv_kwh,
            },
        },
        "Power": {"Flows": {}, "Power": power(now, three_phase=three_phase)},
        "Timeslots": timeslots(regs, version),
        "raw": {"invertor": _raw(regs, plate, version)},
    }
    # Like the real one: the age is the age of the refresh before, at the time of this one.
    age_s = (stamp.updated - stamp.before).total_seconds()
    if version == 2:
        return body | {
            "GivTCP_Version": "2.4.1",
            "Invertor_Details": details,
            "Last_Updated_Time": stamp.updated.isoformat(),
            "Time_Since_Last_Update": age_s,
            "status": "online",
        }
    return body | {
        "Meter_Details": {},
        plate.serial: details,
        "Stats": {
            "GivTCP_Version": "3.5",
            "Last_Updated_Time": stamp.updated.isoformat(),
            "Safe_Write_Count": stamp.safe_writes,
            "Time_Since_Last_Update": age_s,
            "Write_Count": stamp.writes,
            "status": "online",
        },
    }


def _raw(regs: Registers, plate: Plate, version: Version) -> dict[str, Any]:
    """A few of the hundreds of registers. In version 3 every value is a string."""
    values: dict[str, Any] = {
        "battery_charge_limit": regs.charge_rate,
        "battery_discharge_limit": regs.discharge_rate,
        "battery_nominal_capacity": round(plate.capacity_kwh * 1000.0 / CELL_VOLTAGE_V, 1),
        "enable_charge_target": regs.enable_target,
    }
    if version == 2:
        return values | {"inverter_serial_number": plate.serial}
    values["serial_number"] = plate.serial
    return {key: _able(value).capitalize() if isinstance(value, bool) else str(value) for key, value in values.items()}


def _slot(pattern: str, slot: Slot) -> dict[str, str]:
    return {pattern.format("start"): _hms(slot[0]), pattern.format("end"): _hms(slot[1])}


def _hms(at: time) -> str:
    return at.strftime("%H:%M:%S")


def _able(on: bool) -> str:
    return "enable" if on else "disable"


def _running(on: bool) -> str:
    return "Running" if on else "Normal"
