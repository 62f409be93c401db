"""Faults: the words for the errors, warnings, and residual currents that a charger reports, each with its meaning.

The words are the texts of the NRGkick's JSON API in lower case. One word starts with a digit there (32A_ATTACHMENT_…).
A rule cannot name it, so its parts are swapped. `none` is no fault. `other` is a code that the vendor's list lacks.
"""

from __future__ import annotations

from collections.abc import Mapping

NONE = "none"
OTHER = "other"

ERRORS: Mapping[str, str] = {
    NONE: "no error",
    "general_error": "general error",
    "attachment_32a_on_16a_unit": "a 32 A attachment is plugged into a 16 A charger",
    "voltage_drop_detected": "the supply voltage drops too much under load",
    "unplug_detection_triggered": "the attachment was unplugged while the car charged",
    "type2_not_authorized": "the type 2 attachment is not authorized",
    "residual_current_detected": "a residual current was detected",
    "cp_signal_voltage_error": "the control pilot signal has a wrong voltage",
    "cp_signal_impermissible": "the control pilot signal is not permitted",
    "ev_diode_fault": "the diode in the car's control pilot circuit is faulty",
    "pe_self_test_failed": "the self-test of the protective earth failed",
    "rcd_self_test_failed": "the self-test of the residual current device failed",
    "relay_self_test_failed": "the self-test of the relays failed",
    "pe_and_rcd_self_test_failed": "the self-tests of protective earth and residual current device failed",
    "pe_and_relay_self_test_failed": "the self-tests of protective earth and relays failed",
    "rcd_and_relay_self_test_failed": "the self-tests of residual current device and relays failed",
    "pe_and_rcd_and_relay_self_test_failed": (
        "the self-tests of protective earth, residual current device, and relays failed"
    ),
    "supply_voltage_error": "the charger's own supply voltage is wrong",
    "phase_shift_error": "the phase shift between the grid's phases is wrong",
    "overvoltage_detected": "the grid voltage is too high",
    "undervoltage_detected": "the grid voltage is too low",
    "overvoltage_without_pe_detected": "the grid voltage is too high, and the protective earth is missing",
    "undervoltage_without_pe_detected": "the grid voltage is too low, and the protective earth is missing",
    "underfrequency_detected": "the grid frequency is too low",
    "overfrequency_detected": "the grid frequency is too high",
    "unknown_frequency_type": "the grid frequency is neither 50 nor 60 Hz",
    "unknown_grid_type": "the type of the grid is unknown",
    "general_overtemperature": "a part is too hot",
    "housing_overtemperature": "the housing is too hot",
    "attachment_overtemperature": "the attachment is too hot",
    "domestic_plug_overtemperature": "the domestic plug is too hot",
    OTHER: "an error that is not in the vendor's list",
}
"""Word and meaning of each error."""

WARNINGS: Mapping[str, str] = {
    NONE: "no warning",
    "no_pe": "the protective earth is missing",
    "blackout_protection": "blackout protection is active",
    "energy_limit_reached": "the energy limit of the session is reached",
    "ev_does_not_comply_standard": "the car does not comply with the charging standard",
    "unsupported_charging_mode": "the car asks for a charging mode that the charger does not support",
    "no_attachment_detected": "no attachment is detected",
    "no_comm_with_type2_attachment": "the charger cannot communicate with the type 2 attachment",
    "increased_temperature": "the temperature is increased",
    "increased_housing_temperature": "the temperature of the housing is increased",
    "increased_attachment_temperature": "the temperature of the attachment is increased",
    "increased_domestic_plug_temperature": "the temperature of the domestic plug is increased",
    OTHER: "a warning that is not in the vendor's list",
}
"""Word and meaning of each warning."""

RCD_FAULTS: Mapping[str, str] = {
    NONE: "no residual current",
    "ac_30ma_fault": "AC residual current above 30 mA",
    "ac_60ma_fault": "AC residual current above 60 mA",
    "ac_150ma_fault": "AC residual current above 150 mA",
    "dc_positive_6ma_fault": "positive DC residual current above 6 mA",
    "dc_negative_6ma_fault": "negative DC residual current above 6 mA",
    OTHER: "a residual current that is not in the vendor's list",
}
"""Word and meaning of each fault of the residual current device (RCD)."""


def error_text(error: str | None, rcd: str | None) -> str:
    """The reason of a charger's error in words. None is an unknown code."""
    parts = [
        meanings[word]
        for word, meanings in ((error, ERRORS), (rcd, RCD_FAULTS))
        if word is not None and word != NONE and word in meanings
    ]
    if parts:
        return ", ".join(parts)
    return "it gives no reason; see its app" if error is not None else "its code is unknown; see its app"
