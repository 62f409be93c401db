"""The units of what GivTCP names, for people to read."""

from __future__ import annotations

import pytest

from optimizer.devices.givtcp.documented import documented

UNITS = {
    "Power.Power.Grid_Power": "W",
    "Power.Power.SOC": "%",
    "Power.Power.SOC_kWh": "kWh",
    "Power.Power.Grid_Current": "A",
    "Power.Power.Grid_Frequency": "Hz",
    "Power.Power.PV_Voltage_String_1": "V",
    "Power.Flows.Solar_to_House": "W",
    "Control.Battery_Charge_Rate": "W",
    "Control.Battery_Charge_Rate_AC": "%",
    "Control.Battery_Discharge_Rate_AC": "%",
    "Control.Active_Power_Rate": "%",
    "Control.Battery_Power_Reserve": "%",
    "Control.Battery_Power_Cutoff": "%",
    "Control.Charge_Target_SOC_1": "%",
    "Control.Target_SOC": "%",
    "Control.Force_Charge_Num": "min",
    "Control.Temp_Pause_Discharge_Num": "min",
    "SA0000G000.Battery_Capacity_kWh": "kWh",
    "SA0000G000.Invertor_Max_Bat_Rate": "W",
    "SA0000G000.Export_Limit": "W",
    "SA0000G000.Invertor_Temperature": "°C",
    "Battery_Details.Battery_Stack_1.DX0000G000.Battery_Design_Capacity": "Ah",
    "Battery_Details.Battery_Stack_1.DX0000G000.Battery_Cells": "",
    "Battery_Details.Battery_Stack_1.DX0000G000.Battery_Cell_1_Temperature": "°C",
    "Energy.Rates.Current_Rate": "",
    "Energy.Rates.Day_Cost": "",
    "Energy.Rates.Import_ppkwh_Today": "",
    "Energy.Rates.Day_Energy_kWh": "kWh",
    "Energy.Today.PV_Energy_Today_kWh": "kWh",
    "Energy.Today.Charge_Time_Remaining": "min",
    "Stats.Time_Since_Last_Update": "s",
    "Stats.Write_Count": "",
    "Charger.Charge_Limit": "A",
    "Charger.Import_Cap": "A",
    "Charger.Active_Power_L1": "W",
    "Charger.Meter_Energy": "kWh",
    "Charger.Max_Session_Energy": "kWh",
    "Charger.Voltage_L1": "V",
}


@pytest.mark.parametrize(("path", "unit"), UNITS.items())
def test_the_unit_of_a_value(path: str, unit: str) -> None:
    body: object = 1
    for key in reversed(path.split(".")):
        body = {key: body}
    (value,) = documented(body, 7.0)
    assert (value.name, value.unit) == (path, unit)


def test_texts_and_switches_have_no_unit() -> None:
    body = {"Control": {"Battery_Charge_Rate": "3600", "Mode": "Eco", "Battery_Power_Reserve": True}}
    assert [value.unit for value in documented(body, 7.0)] == ["", "", ""]
