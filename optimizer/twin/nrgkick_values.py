"""The three documents of an NRGkick, with enums as numbers. The protocols differ only in the encoding."""

from __future__ import annotations

from math import sqrt

from optimizer.twin.charger import ON
from optimizer.twin.nrgkick_unit import NrgkickUnit

Document = dict[str, dict[str, object]]
POWER_FACTOR = 0.997
DOMESTIC = 2
WH_PER_KM = 199.2
NOISE_W, NOISE_A = 0.8, 0.02


def number(value: float, digits: int = 3) -> float | int:
    """Rounded, and an int if it is whole, as the device prints it."""
    value = round(value, digits)
    return int(value) if value == int(value) else value


def info(unit: NrgkickUnit) -> Document:
    """`/info`."""
    spec = unit.spec
    phases = len(unit.charger.spec.phase_map)
    document: Document = {
        "general": {
            "serial_number": spec.serial,
            "model_type": "NRGkick Gen2",
            "device_name": spec.device_name,
            "rated_current": number(unit.rated_a),
        },
        "connector": {
            "phase_count": phases,
            "max_current": number(spec.connector_max_a),
            "type": spec.connector_type,
            "serial": "A7654321",
        },
        "grid": {"voltage": 230, "frequency": 50, "phases": (1 << phases) - 1},
        "network": {
            "ip_address": "127.0.0.1",
            "mac_address": "02:00:00:00:00:01",
            "ssid": "House",
            "rssi": -58,
        },
    }
    if spec.cellular:
        document["cellular"] = {
            "imei": "350000000000001",
            "imsi": "232000000000001",
            "operator": "Twin Mobile",
            "rssi": -71,
            "mode": 3,
        }
        document["gps"] = {"latitude": 48.1, "longitude": 11.6, "altitude": 520.5, "accuracy": 12}
    document["versions"] = {
        "sw_sm": "3.0.0.9" if spec.old_firmware else "4.1.14.241",
        "hw_sm": "1.0.0.300",
        "sw_ma": "4.2.2.2",
        "hw_ma": "1.1.0.0",
        "sw_to": "1.5.0.0",
        "hw_to": "1.1.0.0",
        "sw_st": "1.4.4.0",
        "hw_st": "1.2.0.0",
    }
    if spec.cellular:
        document["versions"]["sw_cm"] = "1951B15V01"
    return document


def control(unit: NrgkickUnit) -> dict[str, object]:
    """`/control`."""
    shown = unit.shown()
    return {
        "current_set": number(shown.current_set),
        "charge_pause": shown.charge_pause,
        "energy_limit": shown.energy_limit,
        "phase_count": shown.phase_count,
    }


def values(unit: NrgkickUnit) -> Document:
    """`/values`."""
    charger = unit.charger
    charging = charger.state == ON
    active = charger.active_phases if charging else 0
    wired = len(charger.spec.phase_map)
    volts = [v if i < wired else 0.0 for i, v in enumerate(unit.voltages_v)]
    watts = [charger.power_w / active if i < active else 0.0 for i in range(3)]
    factor = POWER_FACTOR if charging else 0.0
    apparent = [w / factor if w else 0.0 for w in watts]
    amps = [s / v if v else 0.0 for s, v in zip(apparent, volts, strict=True)]
    if unit.spec.noise and not charging:
        watts[0], amps[0] = NOISE_W, NOISE_A
    reactive = [sqrt(max(0.0, s * s - w * w)) if s else 0.0 for s, w in zip(apparent, watts, strict=True)]
    flow: dict[str, object] = {
        "charging_voltage": number(sum(volts) / wired, 2),
        "charging_current": number(
            charger.signalled_a
            if unit.pv_mode
            else min(unit.settings.current_set, charger.derate_a, unit.max_current_a)
        ),
        "grid_frequency": 50.01,
        "peak_power": number(charger.peak_w),
        "total_active_power": number(sum(watts)),
        "total_reactive_power": number(sum(reactive)),
        "total_apparent_power": number(sum(apparent)),
        "total_power_factor": factor,
    }
    for i in range(3):
        flow[f"l{i + 1}"] = {
            "voltage": number(volts[i], 2),
            "current": number(amps[i]),
            "active_power": number(watts[i]),
            "reactive_power": number(reactive[i]),
            "apparent_power": number(apparent[i]),
            "power_factor": factor if watts[i] and charging else 0,
        }
    # Other attachments have no sensors in a plug, but the values exist.
    plug_c = number(24.0 + 0.6 * amps[0], 2) if unit.spec.connector_type == DOMESTIC else 0
    # Three equal phases cause no neutral current. One or two phases return through the neutral.
    flow["n"] = {"current": number(amps[0] if 0 < active < 3 else 0.2 if active else 0.0)}
    return {
        "energy": {
            "total_charged_energy": int(charger.total_wh),
            "charged_energy": int(charger.session_wh),
        },
        "powerflow": flow,
        "general": {
            "charging_rate": number(charger.power_w / WH_PER_KM, 1),
            "vehicle_connect_time": int(charger.connected_s),
            "vehicle_charging_time": int(charger.charging_s),
            "status": unit.status(),
            "charge_permitted": int(charger.plugged and not unit.settings.charge_pause and not unit.limit_reached),
            "relay_state": 1 + sum(2 << i for i in range(active)) if active else 0,
            "charge_count": charger.plugs,
            "rcd_trigger": unit.rcd_code,
            "warning_code": unit.warning(),
            "error_code": unit.error_code,
        },
        "temperatures": {
            "housing": number(28.0 + 0.5 * charger.current_a, 2),
            "connector_l1": number(26.0 + 0.4 * amps[0], 2),
            "connector_l2": number(26.0 + 0.4 * amps[1], 2),
            "connector_l3": number(26.0 + 0.4 * amps[2], 2),
            "domestic_plug_1": plug_c,
            "domestic_plug_2": plug_c,
        },
    }
