"""The commands of GivTCP: the writes and the answer of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from optimizer.twin.givtcp import version_2
from optimizer.twin.givtcp.forced import force_charge, force_export, pause_charge, pause_discharge
from optimizer.twin.givtcp.inverter import Body, Failed, Inverter, enabled, integer, times
from optimizer.twin.givtcp.registers import LEAST_PERCENT, PAUSE_MODES, SLOTS

NEVER = None
"""Commands without an answer. The REST side has a timeout of 15 s."""


def run(inverter: Inverter, command: str, body: Body) -> str | None:
    """Carry out a command. Returns the text of `result`, or None if the real software never answers."""
    if match := re.fullmatch(r"set(Charge|Discharge|Export)Slot([123]?)", command):
        return _slot(inverter, body, match[1], match[2] or str(body.get("slot", "")))
    try:
        return COMMANDS[command](inverter, body)
    except Failed as error:
        return str(error)


def _rate(inverter: Inverter, body: Body) -> str:
    watts = integer(body.get("chargeRate"), "Setting battery charge rate", 431)
    inverter.regs.charge_rate = inverter.plate.to_register(watts)
    return f"Setting battery charge rate {watts} was a success"


def _discharge_rate(inverter: Inverter, body: Body) -> str:
    watts = integer(body.get("dischargeRate"), "Setting battery discharge rate", 440)
    inverter.regs.discharge_rate = inverter.plate.to_register(watts)
    return f"Setting battery discharge limit {watts} was a success"


def _rate_ac(inverter: Inverter, body: Body) -> str:
    percent = integer(body.get("chargeRate"), "Setting battery charge rate AC", 445)
    inverter.regs.charge_rate_ac = percent
    return f"Setting battery charge rate AC to {percent}% was a success"


def _discharge_rate_ac(inverter: Inverter, body: Body) -> str:
    return f"Setting battery discharge rate {body.get('dischargeRate')} failed"


def _target(inverter: Inverter, body: Body) -> str:
    what = "Setting Charge Target"
    percent = integer(body.get("chargeToPercent"), what, 332)
    if inverter.version == 2:
        inverter.regs.target_soc = max(LEAST_PERCENT, min(100, percent))
        inverter.regs.enable_target = inverter.regs.target_soc < 100
        return "{}"
    if not LEAST_PERCENT <= percent <= 100:
        raise Failed(what, "ValueError", 335)
    inverter.regs.target_soc = percent
    return f"{what} {percent} was a success"


def _enable_target(inverter: Inverter, body: Body) -> str:
    on = enabled(body, "Setting Charge Target", "KeyError", 321)
    if not on:
        inverter.regs.target_soc = 100
    if not on or inverter.version == 3:
        inverter.regs.enable_target = on
    return f"{'Enabling' if inverter.regs.enable_target else 'Disabling'} Charge Target was a success"


def _enable_charge(inverter: Inverter, body: Body) -> str:
    state = body.get("state")
    inverter.regs.enable_charge = enabled(body, f"Setting charge schedule {state}", "UnboundLocalError", 261)
    return f"Setting Charge Schedule to {state} was a success"


def _enable_discharge(inverter: Inverter, body: Body) -> str:
    state = body.get("state")
    inverter.regs.enable_discharge = enabled(body, f"Setting discharge schedule {state}", "UnboundLocalError", 281)
    return f"Setting Discharge Schedule to {state} was a success"


def _reserve(inverter: Inverter, body: Body) -> str:
    what = "Setting Battery Reserve"
    percent = max(LEAST_PERCENT, integer(body.get("reservePercent"), what, 448))
    if percent > 100:
        raise Failed(what, "ValueError", 452)
    inverter.regs.reserve = inverter.regs.saved_reserve = percent
    return f"Setting battery reserve {percent} was a success"


def _cutoff(inverter: Inverter, body: Body) -> str:
    what = "Setting battery power reserve"
    percent = integer(body.get("dischargeToPercent"), what, 470)
    if not LEAST_PERCENT <= percent <= 100:
        raise Failed(what, "ValueError", 472)
    inverter.regs.cutoff = percent
    return f"{what} to {percent} was a success"


def _mode(inverter: Inverter, body: Body) -> str:
    regs, mode = inverter.regs, str(body.get("mode"))
    match mode:
        case "Eco" if inverter.version == 2:
            saved = regs.saved_reserve
            regs.eco, regs.enable_discharge, regs.reserve = True, False, LEAST_PERCENT
            inverter.afterwards.append(lambda: setattr(regs, "reserve", saved))
        case "Eco":
            regs.eco, regs.enable_discharge, regs.reserve = True, False, regs.saved_reserve
        case "Eco (Paused)":
            if regs.reserve < 100:
                regs.saved_reserve = regs.reserve
            regs.eco, regs.enable_discharge, regs.reserve = True, False, 100
            return "Setting dynamic mode was a success"
        case "Timed Demand":
            regs.eco, regs.enable_discharge = True, True
        case "Timed Export":
            regs.eco, regs.enable_discharge = False, True
        case _:
            return f"Invalid Mode requested{mode}"
    return f"Setting {mode} mode was a success"


def _eco(inverter: Inverter, body: Body) -> str:
    inverter.regs.eco = enabled(body, "Setting Eco Mode", "KeyError", 520)
    return f"Setting Eco Mode {body['state']} was a success"


def _pause(inverter: Inverter, body: Body) -> str:
    state = str(body.get("state"))
    if state not in PAUSE_MODES:
        return f"Invalid Mode requested: {state}"
    inverter.regs.pause = PAUSE_MODES.index(state)
    return f"Setting Battery Pause Mode to {state} was a success"


def _pause_slot(inverter: Inverter, body: Body) -> str:
    slot = times(body, "Setting Battery Pause Slot", 691)
    inverter.regs.pause_slot = slot
    return f"Setting Pause Slot to: {body['start']} - {body['finish']} was a success"


def _slot(inverter: Inverter, body: Body, kind: str, number: str) -> str:
    what = f"Setting {kind} Slot {number}"
    try:
        if kind == "Export" and not inverter.export_slots:
            raise Failed(what, "AttributeError", 664)
        if not number.isdecimal() or not 1 <= int(number) <= SLOTS:
            raise Failed(what, "AttributeError", 664)
        slot, index, regs = times(body, what, 662), int(number) - 1, inverter.regs
        if kind == "Charge":
            if "chargeToPercent" in body:
                percent = integer(body["chargeToPercent"], what, 655)
                regs.charge_targets[index] = percent
                regs.target_soc = percent if index == 0 else regs.target_soc
            regs.charge_slots[index] = slot
        else:
            if "dischargeToPercent" in body:
                # It writes the reserve of the battery and not a target of the slot.
                regs.reserve = max(LEAST_PERCENT, integer(body["dischargeToPercent"], what, 655))
            regs.discharge_slots[index] = slot
    except Failed as error:
        return str(error)
    return f"{what} to: {body['start']} - {body['finish']} was a success"


def _discharge_target(inverter: Inverter, body: Body) -> str | None:
    if "dischargeToPercent" not in body:
        return NEVER  # the key that the document names
    number = integer(body.get("slot"), "Setting Discharge Target", 350)
    inverter.regs.discharge_targets[number - 1] = integer(body["dischargeToPercent"], "Setting Discharge Target", 351)
    return f"Setting Discharge Target {number} was a success"


def _sync(_inverter: Inverter, _body: Body) -> str:
    return "Setting inverter time was a success"


def _date(inverter: Inverter, body: Body) -> str:
    raise Failed("Setting inverter DateTime", "TypeError", 1473)


def _never(inverter: Inverter, body: Body) -> None:
    return NEVER


def _tariff(inverter: Inverter, body: Body) -> str:
    return "External rate setting not allowed. Enable Dynamic Tariff in settings"


def _export_target(inverter: Inverter, body: Body) -> str:
    raise Failed("Setting Export Target", "AttributeError", 360)


COMMANDS: Mapping[str, Callable[[Inverter, Body], str | None]] = {
    "setChargeRate": _rate,
    "setDischargeRate": _discharge_rate,
    "setChargeRateAC": _rate_ac,
    "setDischargeRateAC": _discharge_rate_ac,
    "setChargeTarget": _target,
    "enableChargeTarget": _enable_target,
    "enableChargeSchedule": _enable_charge,
    "enableDischargeSchedule": _enable_discharge,
    "setBatteryReserve": _reserve,
    "setBatteryCutoff": _cutoff,
    "setBatteryMode": _mode,
    "setEcoMode": _eco,
    "setBatteryPauseMode": _pause,
    "setPauseSlot": _pause_slot,
    "setDischargeTarget": _discharge_target,
    "setExportTarget": _export_target,
    "setDateTime": _date,
    "syncDateTime": _sync,
    "switchRate": _tariff,
    "forceCharge": force_charge,
    "forceExport": force_export,
    "tempPauseCharge": pause_charge,
    "tempPauseDischarge": pause_discharge,
    "enableDischarge": _never,
    "setCarChargeBoost": _never,
    "setForceCharge": _never,
    "setForceDischarge": _never,
    "setACCharge": _never,
}
"""All commands without the many slots: setChargeSlot, setChargeSlot1..3, and others."""


def known(command: str, version: int = 3) -> bool:
    """Whether the REST side of the inverter has a POST route with this name."""
    if version == 2:
        return command in version_2.ROUTES
    return command in COMMANDS or re.fullmatch(r"set(Charge|Discharge|Export)Slot[123]?", command) is not None
