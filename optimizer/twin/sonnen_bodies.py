"""The answers of a sonnen: the bodies of both generations of its API, from the state of the house."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from optimizer.twin.physics import Battery, House

Variant = Literal["document", "field", "modern"]
"""document: the ten keys of the vendor's document with its misprint `Pac total_W`. field: the same ten in the spelling
of firmware. modern: also GridFeedIn_W, OperatingMode, and others."""

MODULE_WH = 5000
VOLTAGE_V = 230
BATTERY_V = 212


@dataclass(frozen=True, slots=True)
class View:
    """The values of the bodies."""

    house: House
    battery: Battery
    mode: int
    setpoint_w: float
    """+ discharge."""
    local: datetime
    """House time in the zone of the system."""
    system_status: str = "OnGrid"

    @property
    def usoc(self) -> int:
        """State of charge for the user."""
        return round(self.battery.soc_percent)

    @property
    def rsoc(self) -> int:
        """State of charge of the cells. The user cannot use a part of it at both ends."""
        return round(8.0 + 0.9 * self.battery.soc_percent)

    @property
    def consumption_w(self) -> int:
        """House and car, because the meter is at the grid connection."""
        return round(self.house.home_w + self.house.ev_w)


def status(view: View, variant: Variant) -> dict[str, Any]:
    """`/status` of v1 and v2."""
    ten: dict[str, Any] = {
        "Consumption_W": view.consumption_w,
        "Fac": 50.01,
        "IsSystemInstalled": 1,
        "Pac total_W" if variant == "document" else "Pac_total_W": round(view.battery.ac_w),
        "Production_W": round(view.house.pv_w),
        "RSOC": view.rsoc,
        "Timestamp": _stamp(view.local),
        "USOC": view.usoc,
        "Uac": VOLTAGE_V,
        "Ubat": BATTERY_V,
    }
    if variant != "modern":
        return ten
    charging, discharging = view.battery.ac_w < -5.0, view.battery.ac_w > 5.0
    modern: dict[str, Any] = {
        "Apparent_output": round(abs(view.battery.ac_w)),
        "BackupBuffer": "0",
        "BatteryCharging": charging,
        "BatteryDischarging": discharging,
        "Consumption_Avg": view.consumption_w,
        "FlowConsumptionBattery": discharging,
        "FlowConsumptionGrid": view.house.grid_w > 5.0,
        "FlowConsumptionProduction": view.house.pv_w > 5.0,
        "FlowGridBattery": False,
        "FlowProductionBattery": charging and view.house.pv_w > 5.0,
        "FlowProductionGrid": view.house.grid_w < -5.0,
        "GridFeedIn_W": round(-view.house.grid_w),
        "OperatingMode": str(view.mode),
        "RemainingCapacity_Wh": round(view.battery.energy_wh),
        "Sac1": round(abs(view.battery.ac_w)),
        "Sac2": None,
        "Sac3": None,
        "SystemStatus": view.system_status,
        "dischargeNotAllowed": False,
        "generator_autostart": False,
    }
    return ten | modern


def latest_data(view: View) -> dict[str, Any]:
    """`/api/v2/latestdata`."""
    return {
        "Consumption_W": view.consumption_w,
        "FullChargeCapacity": round(view.battery.spec.capacity_wh),
        "GridFeedIn_W": round(-view.house.grid_w),
        "Pac_total_W": round(view.battery.ac_w),
        "Production_W": round(view.house.pv_w),
        "RSOC": view.rsoc,
        "SetPoint_W": round(view.setpoint_w),
        "Timestamp": _stamp(view.local),
        "USOC": view.usoc,
        "UTC_Offet": round((view.local.utcoffset() or timedelta()).total_seconds() / 3600.0),
        "ic_status": {
            "nrbatterymodules": _modules(view),
            "secondssincefullcharge": 7200,
            "statebms": "ready",
            "statecorecontrolmodule": "ongrid",
            "stateinverter": "running",
            "timestamp": _stamp(view.local),
        },
    }


def battery(view: View) -> dict[str, Any]:
    """`/api/v2/battery`."""
    soc = view.rsoc
    capacity_ah = view.battery.spec.capacity_wh / BATTERY_V
    return {
        "balancechargerequest": 0.0,
        "chargecurrentlimit": 39.97,
        "cyclecount": 30.0,
        "dischargecurrentlimit": 39.97,
        "fullchargecapacity": round(capacity_ah, 2),
        "maximumcelltemperature": 19.95,
        "maximumcellvoltage": 3.257,
        "maximummodulecurrent": 0.0,
        "maximummoduledcvoltage": 104.15,
        "maximummoduletemperature": -273.15,
        "minimumcelltemperature": 18.95,
        "minimumcellvoltage": 3.251,
        "minimummodulecurrent": 0.0,
        "minimummoduledcvoltage": 104.15,
        "minimummoduletemperature": -273.15,
        "relativestateofcharge": float(soc),
        "remainingcapacity": round(capacity_ah * soc / 100.0, 2),
        "systemalarm": 0.0,
        "systemcurrent": round(-view.battery.power_w / BATTERY_V, 2),
        "systemdcvoltage": float(BATTERY_V),
        "systemstatus": 49.0,
        "systemwarning": 0.0,
    }


def inverter(view: View) -> dict[str, Any]:
    """`/api/v2/inverter`."""
    power_w = view.battery.ac_w
    return {
        "fac": 50.01,
        "iac_total": round(abs(power_w) / VOLTAGE_V, 2),
        "ibat": round(power_w / BATTERY_V, 2),
        "ipv": 0.0,
        "pac_microgrid": 0.0,
        "pac_total": round(power_w, 1),
        "pbat": round(power_w, 1),
        "phi": 0.0,
        "ppv": 0.0,
        "sac_total": round(abs(power_w), 1),
        "tmax": 33.2,
        "uac": float(VOLTAGE_V),
        "ubat": float(BATTERY_V),
        "upv": 0.0,
    }


def powermeter(view: View) -> list[dict[str, Any]]:
    """`/api/v2/powermeter`: one meter for production, one for consumption."""
    rows = (
        (1, "production", view.house.pv_w, view.house.pv_wh),
        (2, "consumption", view.house.home_w + view.house.ev_w, view.house.home_wh + view.house.ev_wh),
    )
    return [
        {
            "channel": channel,
            "deviceid": 4,
            "direction": direction,
            "error": 0,
            "kwh_exported": 0.0,
            "kwh_imported": round(energy_wh / 1000.0, 1),
            "v_l1_n": float(VOLTAGE_V),
            "w_total": round(power_w, 1),
        }
        for channel, direction, power_w, energy_wh in rows
    ]


def configurations(view: View) -> dict[str, str]:
    """`/api/v2/configurations`. Every value is a string."""
    return {
        "CM_MarketingModuleCapacity": str(MODULE_WH),
        "DE_Software": "1.15.6",
        "EM_OperatingMode": str(view.mode),
        "EM_ToU_Schedule": "[]",
        "EM_USOC": "0",
        "IC_BatteryModules": str(_modules(view)),
        "IC_InverterMaxPower_w": str(round(view.battery.spec.max_apparent_w)),
    }


def _modules(view: View) -> int:
    return max(1, round(view.battery.spec.capacity_wh / MODULE_WH))


def _stamp(local: datetime) -> str:
    """Local time without a zone, in the format of the device."""
    return local.strftime("%Y-%m-%d %H:%M:%S")
