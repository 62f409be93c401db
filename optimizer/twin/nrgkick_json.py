"""The JSON API of the NRGkick. Every call is a GET. Refusals have the texts of the device."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import parse_qsl

from optimizer.twin import nrgkick_values
from optimizer.twin.http import Request, Response, json_response
from optimizer.twin.nrgkick_unit import (
    CURRENT_TEXT,
    DISABLED_TEXT,
    LIMIT_TEXT,
    PAUSE_TEXT,
    PHASES_TEXT,
    NrgkickUnit,
    RefusedError,
)
from optimizer.twin.nrgkick_values import Document

CURRENT = re.compile(r"[0-9]{1,2}(\.[0-9]{1,2})?")
CONTROL_KEYS = ("current_set", "charge_pause", "energy_limit", "phase_count")


def _bits(names: tuple[str, ...], none: str) -> dict[int, str]:
    return {code: ", ".join(n for i, n in enumerate(names) if code >> i & 1) or none for code in range(1 << len(names))}


ENUMS: dict[str, dict[int, str]] = {
    "connector.type": {1: "CEE", 2: "DOMESTIC", 3: "TYPE2", 4: "WALL", 5: "AUS"},
    "grid.phases": _bits(("L1", "L2", "L3"), "UNKNOWN"),
    "cellular.mode": {1: "NO_SERVICE", 2: "GSM", 3: "LTE_CAT_M1", 4: "LTE_NB_IOT"},
    "general.status": {1: "STANDBY", 2: "CONNECTED", 3: "CHARGING", 6: "ERROR", 7: "WAKEUP"},
    "general.relay_state": _bits(("N", "L1", "L2", "L3"), "NO_RELAY"),
    "general.rcd_trigger": {
        0: "NO_FAULT",
        1: "AC_30MA_FAULT",
        2: "AC_60MA_FAULT",
        3: "AC_150MA_FAULT",
        4: "DC_POSITIVE_6MA_FAULT",
        5: "DC_NEGATIVE_6MA_FAULT",
    },
    "general.warning_code": {
        0: "NO_WARNING",
        1: "NO_PE",
        2: "BLACKOUT_PROTECTION",
        3: "ENERGY_LIMIT_REACHED",
        4: "EV_DOES_NOT_COMPLY_STANDARD",
        5: "UNSUPPORTED_CHARGING_MODE",
        6: "NO_ATTACHMENT_DETECTED",
        7: "NO_COMM_WITH_TYPE2_ATTACHMENT",
        16: "INCREASED_TEMPERATURE",
        17: "INCREASED_HOUSING_TEMPERATURE",
        18: "INCREASED_ATTACHMENT_TEMPERATURE",
        19: "INCREASED_DOMESTIC_PLUG_TEMPERATURE",
    },
    "general.error_code": {
        0: "NO_ERROR",
        1: "GENERAL_ERROR",
        2: "32A_ATTACHMENT_ON_16A_UNIT",
        3: "VOLTAGE_DROP_DETECTED",
        4: "UNPLUG_DETECTION_TRIGGERED",
        5: "TYPE2_NOT_AUTHORIZED",
        16: "RESIDUAL_CURRENT_DETECTED",
        32: "CP_SIGNAL_VOLTAGE_ERROR",
        33: "CP_SIGNAL_IMPERMISSIBLE",
        34: "EV_DIODE_FAULT",
        48: "PE_SELF_TEST_FAILED",
        49: "RCD_SELF_TEST_FAILED",
        50: "RELAY_SELF_TEST_FAILED",
        51: "PE_AND_RCD_SELF_TEST_FAILED",
        52: "PE_AND_RELAY_SELF_TEST_FAILED",
        53: "RCD_AND_RELAY_SELF_TEST_FAILED",
        54: "PE_AND_RCD_AND_RELAY_SELF_TEST_FAILED",
        64: "SUPPLY_VOLTAGE_ERROR",
        65: "PHASE_SHIFT_ERROR",
        66: "OVERVOLTAGE_DETECTED",
        67: "UNDERVOLTAGE_DETECTED",
        68: "OVERVOLTAGE_WITHOUT_PE_DETECTED",
        69: "UNDERVOLTAGE_WITHOUT_PE_DETECTED",
        70: "UNDERFREQUENCY_DETECTED",
        71: "OVERFREQUENCY_DETECTED",
        72: "UNKNOWN_FREQUENCY_TYPE",
        73: "UNKNOWN_GRID_TYPE",
        80: "GENERAL_OVERTEMPERATURE",
        81: "HOUSING_OVERTEMPERATURE",
        82: "ATTACHMENT_OVERTEMPERATURE",
        83: "DOMESTIC_PLUG_OVERTEMPERATURE",
    },
}
"""Texts of the codes in the vendor's document. Any other code is UNKNOWN."""

OLD_KEYS = {"max_current": "max_current:", "frequency": "frequency:", "voltage": "voltage:"}
"""Keys of firmware before 4.0.0.100."""


class NrgkickJson:
    """Answers requests for one unit."""

    def __init__(self, unit: NrgkickUnit) -> None:
        self._unit = unit

    async def handle(self, request: Request) -> Response:
        """Any request."""
        unit = self._unit
        if request.method != "GET":
            return refusal(405, "405 Method Not Allowed")
        if request.path == "/":
            return json_response({"json": unit.api_enabled, "modbus": unit.modbus_enabled})
        if not self._may(request):
            return refusal(401, "401 Unauthorized")
        if request.path not in ("/info", "/values", "/control"):
            return refusal(404, "404 Not Found")
        if not unit.api_enabled:
            return refusal(200, DISABLED_TEXT)
        words = dict(parse_qsl(request.query, keep_blank_values=True))
        if request.path == "/info":
            return json_response(self._sections(nrgkick_values.info(unit), words))
        if request.path == "/values":
            return json_response(self._sections(nrgkick_values.values(unit), words))
        wanted = {key: text for key, text in words.items() if key in CONTROL_KEYS}
        if not wanted:
            return json_response(nrgkick_values.control(unit))
        try:
            return json_response(self._write(wanted))
        except RefusedError as refused:
            return refusal(refused.status, refused.text)

    def _may(self, request: Request) -> bool:
        spec = self._unit.spec
        if not spec.password:
            return True
        scheme, _, blob = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            return base64.b64decode(blob, validate=True).decode() == f"{spec.username}:{spec.password}"
        except (binascii.Error, UnicodeDecodeError):
            return False

    def _sections(self, document: Document, words: dict[str, str]) -> dict[str, object]:
        asked = [s for s in document if s in words] or list(document)
        raw = "raw" in words
        return {
            section: {self._key(section, k): self._value(section, k, v, raw) for k, v in document[section].items()}
            for section in asked
        }

    def _key(self, section: str, key: str) -> str:
        old = self._unit.spec.old_firmware and (section, key) in {("connector", "max_current"), ("grid", "frequency")}
        return OLD_KEYS[key] if old else key

    def _value(self, section: str, key: str, value: object, raw: bool) -> object:
        if isinstance(value, dict):
            return {OLD_KEYS.get(k, k): v for k, v in value.items()} if self._unit.spec.old_firmware else value
        texts = ENUMS.get(f"{section}.{key}")
        if texts is None or raw or not isinstance(value, int):
            return value
        return texts.get(value, "UNKNOWN")

    def _write(self, wanted: dict[str, str]) -> dict[str, object]:
        """Write all values or none. The answer has only the written keys."""
        values = {key: self._parsed(key, text) for key, text in wanted.items()}
        self._unit.write(values)
        settings = self._unit.settings
        return {key: nrgkick_values.number(getattr(settings, key)) for key in values}

    def _parsed(self, key: str, text: str) -> float:
        refuse = self._unit.refuse_form
        if key == "current_set":
            # At most four characters: the device accepts 10.0 and refuses 10.00.
            if len(text) > 4 or not CURRENT.fullmatch(text) or not 6.0 <= float(text) <= 32.0:
                raise refuse(CURRENT_TEXT, f"current_set={text}")
            return float(text)
        if key == "charge_pause":
            if text not in ("0", "1"):
                raise refuse(PAUSE_TEXT, f"charge_pause={text}")
            return float(text)
        if key == "energy_limit":
            if not text.isascii() or not text.isdigit() or len(text) > 7 or int(text) > 1_000_000:
                raise refuse(LIMIT_TEXT, f"energy_limit={text}")
            return float(text)
        if text not in ("1", "2", "3"):
            raise refuse(PHASES_TEXT, f"phase_count={text}")
        return float(text)


def refusal(status: int, text: str) -> Response:
    """The refusal of the device."""
    return json_response({"Response": text}, status)
