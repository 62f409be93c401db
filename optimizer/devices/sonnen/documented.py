"""The values of a sonnen's documents for people. The control reads fewer of them (status.py)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from optimizer.devices.http import HttpDevice
from optimizer.devices.port import DeviceError, Value

MEANINGS: Mapping[str, tuple[str, str]] = {
    "Consumption_W": ("W", "the house with the car"),
    "Consumption_Avg": ("W", "the house, mean of a minute"),
    "Production_W": ("W", "PV"),
    "Pac_total_W": ("W", "battery, + discharge"),
    "Pac total_W": ("W", "battery, + discharge"),
    "GridFeedIn_W": ("W", "grid, + feed-in"),
    "RSOC": ("%", "state of charge of the cells"),
    "USOC": ("%", "state of charge that can be used"),
    "Fac": ("Hz", "frequency"),
    "Uac": ("V", "voltage of the grid"),
    "Ubat": ("V", "voltage of the battery"),
    "Timestamp": ("", "local time, without a zone"),
    "IsSystemInstalled": ("", "1 = installed"),
    "Apparent_output": ("VA", "apparent power of the inverter"),
    "BackupBuffer": ("%", "kept back for a power cut"),
    "OperatingMode": ("", "1 manual, 2 self-consumption, 6 module extension, 10 time of use"),
    "EM_OperatingMode": ("", "1 manual, 2 self-consumption, 6 module extension, 10 time of use"),
    "EM_USOC": ("%", "kept back for a power cut"),
    "RemainingCapacity_Wh": ("Wh", "energy in the cells"),
    "FullChargeCapacity": ("Wh", "energy when full"),
    "Sac1": ("VA", "apparent power on L1"),
    "Sac2": ("VA", "apparent power on L2"),
    "Sac3": ("VA", "apparent power on L3"),
    "SystemStatus": ("", "OnGrid or OffGrid"),
    "SetPoint_W": ("W", "setpoint, + discharge"),
    "IC_InverterMaxPower_w": ("W", "largest power of the inverter"),
    "CM_MarketingModuleCapacity": ("Wh", "capacity of one module"),
    "IC_BatteryModules": ("", "number of modules"),
    "DE_Software": ("", "version of the software"),
    "chargecurrentlimit": ("A", ""),
    "dischargecurrentlimit": ("A", ""),
    "maximummodulecurrent": ("A", ""),
    "minimummodulecurrent": ("A", ""),
    "systemcurrent": ("A", ""),
    "iac_total": ("A", ""),
    "ibat": ("A", ""),
    "ipv": ("A", ""),
    "fullchargecapacity": ("Ah", ""),
    "remainingcapacity": ("Ah", ""),
    "relativestateofcharge": ("%", ""),
    "maximumcelltemperature": ("°C", ""),
    "minimumcelltemperature": ("°C", ""),
    "maximummoduletemperature": ("°C", ""),
    "minimummoduletemperature": ("°C", ""),
    "tmax": ("°C", "hottest part of the inverter"),
    "maximumcellvoltage": ("V", ""),
    "minimumcellvoltage": ("V", ""),
    "maximummoduledcvoltage": ("V", ""),
    "minimummoduledcvoltage": ("V", ""),
    "systemdcvoltage": ("V", ""),
    "uac": ("V", ""),
    "ubat": ("V", ""),
    "upv": ("V", ""),
    "v_l1_n": ("V", ""),
    "v_l2_n": ("V", ""),
    "v_l3_n": ("V", ""),
    "fac": ("Hz", ""),
    "pac_total": ("W", "battery, + discharge"),
    "pac_microgrid": ("W", ""),
    "pbat": ("W", ""),
    "ppv": ("W", ""),
    "sac_total": ("VA", ""),
    "w_total": ("W", ""),
    "kwh_imported": ("kWh", ""),
    "kwh_exported": ("kWh", ""),
}
"""By key: unit and meaning; a key that is none of these is shown as it is."""

MOST_VALUES = 1000


async def documented(http: HttpDevice, paths: Sequence[str]) -> tuple[Value, ...]:
    """All that the API has. The first path must answer. Another one that does not is shown with its error."""
    found: list[Value] = []
    for path in paths:
        part = path.rpartition("/")[2]
        try:
            answer = await http.get_json(path)
        except DeviceError as error:
            if not found:
                raise
            found.append(Value(part, None, "", meaning=error.message, at_s=0.0))
            continue
        if answer.ok:
            found += _leaves(part, answer.body, answer.at_s)
    return tuple(found[:MOST_VALUES])


def _leaves(name: str, body: object, at_s: float, depth: int = 0) -> Iterator[Value]:
    if isinstance(body, dict) and depth < 4:
        for key, value in cast(Mapping[str, object], body).items():
            yield from _leaves(f"{name}.{key}", value, at_s, depth + 1)
    elif isinstance(body, list) and depth < 4:
        for index, value in enumerate(body):
            yield from _leaves(f"{name}[{index}]", value, at_s, depth + 1)
    else:
        unit, meaning = MEANINGS.get(name.rpartition(".")[2], ("", ""))
        yield Value(name, body, unit, meaning=meaning, at_s=at_s)
