"""The lasting effects of a command of GivTCP, for a person who calls it by hand."""

from __future__ import annotations

from collections.abc import Mapping

STAYS = "This stays until somebody changes it. The service does not record it and does not put it back"
EVERY_DAY = "The slot returns every day until somebody clears it (00:00 to 00:00). The service does not put it back"
REVERTS = (
    "GivTCP puts the earlier values back when the time is over, or soon after a cancel. If GivTCP restarts before "
    "that, these may stay: "
)
NONE = ""

BY_COMMAND: Mapping[str, str] = {
    "forceCharge": REVERTS + "full charge rate, charge slot 1, charge schedule on, target 100 %",
    "forceExport": REVERTS + "full discharge rate, discharge slot 1, Timed Export, reserve 4 %",
    "tempPauseCharge": REVERTS + "charge rate 0",
    "tempPauseDischarge": REVERTS + "discharge rate 0",
    "enableChargeTarget": f"{STAYS}. `disable` also sets the target to 100 %",
    "setBatteryMode": f"{STAYS}. Eco (Paused) also sets the reserve to 100 % until the mode is Eco again",
    "setChargeTarget": f"{STAYS}. Version 2 of GivTCP also switches the target on if it is below 100 %",
    "setDischargeSlot": f"{EVERY_DAY}. dischargeToPercent also changes the battery's reserve for good",
    **{
        f"setDischargeSlot{number}": f"{EVERY_DAY}. dischargeToPercent also changes the battery's reserve for good"
        for number in (1, 2, 3)
    },
    "setChargeSlot": f"{EVERY_DAY}. chargeToPercent also changes the charge target for good",
    **{
        f"setChargeSlot{number}": f"{EVERY_DAY}. chargeToPercent also changes the charge target for good"
        for number in (1, 2, 3)
    },
    **{f"setExportSlot{number}": EVERY_DAY for number in (1, 2, 3)},
    "setPauseSlot": EVERY_DAY,
    "setMaxSessionEnergy": f"{STAYS}. GivTCP ends every later session at this energy; 0 means no limit",
    "setChargingMode": f"{STAYS}. In Hybrid and Solar, GivTCP controls the car and the service does not write to it",
    "setChargeControl": "This stays until you or the running service changes it",
    "setCurrentLimit": "This stays until you or the running service changes it",
    "setImportCap": STAYS,
    "settings": "This replaces all settings of GivTCP for good",
    "syncDateTime": NONE,
    "reboot": NONE,
    "restart": NONE,
}
"""Command → what stays. Those that are not named set one value that stays."""


def stays(command: str) -> str:
    """The lasting effects of `command`, as sentences without the last period. Empty if nothing stays."""
    return BY_COMMAND.get(command, STAYS)
