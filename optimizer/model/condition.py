"""ChargerCondition: a charger's faults, temperatures, voltages, relays, and signal, as it reports them."""

from __future__ import annotations

from optimizer.model.reading import NOT_MEASURED, Reading, unknown
from optimizer.model.value import value

NO_WORD: Reading[str] = unknown("not read here")


@value
class ChargerCondition:
    """The condition of one charger. Rules can use it. Decisions about currents do not."""

    error: Reading[str] = NO_WORD
    """A word of `faults.ERRORS`. `none` without an error."""
    warning: Reading[str] = NO_WORD
    """A word of `faults.WARNINGS`."""
    rcd: Reading[str] = NO_WORD
    """A word of `faults.RCD_FAULTS`: the detection of the residual current device."""
    relays: Reading[str] = NO_WORD
    """The conductors that the relays connect, such as `N, L1, L2, L3`. `none` while all are open."""
    housing_temp_c: Reading[float] = NOT_MEASURED
    """Temperatures are in °C."""
    connector_temp_c: tuple[Reading[float], ...] = ()
    """Contacts L1 to L3 of the attachment. Empty if not measured."""
    plug_temp_c: tuple[Reading[float], ...] = ()
    """Pins 1 and 2 of a domestic plug. Empty with any other attachment."""
    voltage_v: tuple[Reading[float], ...] = ()
    """L1 to L3 against N, V. 0 on a phase that is not connected. Empty if not measured."""
    neutral_current_a: Reading[float] = NOT_MEASURED
    signal_dbm: Reading[float] = NOT_MEASURED
    """Strength of the Wi-Fi signal, or of the cellular one without Wi-Fi."""
