"""The REST side of GivTCP 2: its routes, and its answers, which come before anything is written."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.twin.givtcp.inverter import Body

ROUTES = frozenset(
    {
        "enableChargeTarget", "enableChargeSchedule", "enableDischargeSchedule", "enableDischarge", "setChargeTarget",
        "setBatteryReserve", "setChargeRate", "setDischargeRate", "setChargeSlot1", "setChargeSlot2",
        "setDischargeSlot1", "setDischargeSlot2", "tempPauseDischarge", "tempPauseCharge", "forceCharge", "forceExport",
        "setBatteryMode", "setDateTime", "switchRate",
    }
)  # fmt: skip
"""The routes of version 2. It answers 404 to all others of version 3."""
MODES = ("Eco", "Eco (Paused)", "Timed Demand", "Timed Export")
SENTENCES: Mapping[str, str] = {
    "setBatteryMode": "Setting Battery Mode was a success",
    "forceCharge": "Charge successfully forced",
    "forceExport": "Export successfully forced",
    "tempPauseCharge": "Charge paused",
    "tempPauseDischarge": "Discharge paused",
    "setDateTime": "Setting inverter time was a success",
    "switchRate": "Setting rate was a success",
}
"""It answers with a sentence to these, and with `{}` to all others."""


def immediate_answer(command: str, body: Body) -> str | None:
    """The immediate answer of version 2 as JSON text. None for its error 500."""
    if command.startswith("setDischargeSlot") and "dischargeToPercent" in body:
        return None
    if command == "setBatteryMode" and body.get("mode") not in MODES:
        return '{"result": "Invalid Mode requested"}'
    sentence = SENTENCES.get(command)
    return "{}" if sentence is None else f'{{"result": "{sentence}"}}'
