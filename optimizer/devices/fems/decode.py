"""From channels to a Sample: signs agree with ours, null is unknown, and a doubtful sum is too."""

from __future__ import annotations

import math

from optimizer.devices.fems.channels import LINES, Channels, has_component, number, whole
from optimizer.devices.fems.config import EssConfig, FemsConfig
from optimizer.devices.fems.headroom import HeadroomInputs
from optimizer.devices.fems.inventory import Inventory, is_all_storage, no_storage
from optimizer.devices.fems.wire import Found
from optimizer.devices.port import Sample
from optimizer.devices.values import not_negative
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.site import NOMINAL_VOLTAGE_V
from optimizer.model.state import Battery, Grid, Pv
from optimizer.words.text import Text

NOTHING_LISTED = Inventory()
MOST_W = 10_000_000.0
MOST_WH = 1e15
FAULT = 3
STANDBY_W = 200.0
"""Inverters draw up to this power at night. A sum of PV may be negative by it, and is then 0."""


def sample_from(config: FemsConfig, found: Found, inventory: Inventory = NOTHING_LISTED) -> Sample:
    """One poll, decoded. `inventory` names what the Edge has, for the battery that it does not have."""
    channels, at_s = found.channels, found.at_s
    doubt = _doubt(config, channels)
    return Sample(
        grid=_grid(config, channels, at_s, doubt) if config.grid else None,
        pvs=(_pv(config, found, doubt),) if config.pv else (),
        batteries=tuple(_battery(config, ess, found, doubt, inventory) for ess in config.ess),
    )


def dc_pv_w(config: FemsConfig, ess: EssConfig, channels: Channels, at_s: float) -> Reading[float]:
    """PV on the battery's own inverter in W: 0 where there is none.

    With one hybrid that is all the storage it is the Edge's sum. Otherwise it is what the system puts out beyond its
    battery.
    """
    if not ess.hybrid:
        return known(0.0, at_s)
    own = _less(_watts(channels, f"{ess.component}/ActivePower", at_s), battery_w(ess, channels, at_s))
    if sum(other.hybrid for other in config.ess) == 1 and (is_all_storage(ess, channels) or len(config.ess) > 1):
        return not_negative(number(channels, "_sum/ProductionDcActualPower", at_s, -STANDBY_W, MOST_W))
    return not_negative(own)


def battery_w(ess: EssConfig, channels: Channels, at_s: float) -> Reading[float]:
    """The battery's own power without PV in W, + discharge, as its own component tells."""
    return _watts(channels, f"{ess.component}/{'DcDischargePower' if ess.hybrid else 'ActivePower'}", at_s)


def headroom_inputs(config: FemsConfig, ess: EssConfig, found: Found) -> HeadroomInputs | None:
    """The readings that a hybrid's headroom follows from. None if its DC PV is unknown."""
    channels, at_s = found.channels, found.at_s
    pv = dc_pv_w(config, ess, channels, at_s).value
    if pv is None:
        return None
    lowest = _allowed(ess, channels, found.slow_at_s)[0].value
    alone = len(config.ess) == 1
    soc = _either(ess, channels, found.slow_at_s, "Soc", "EssSoc" if alone else "", 100.0)
    power = battery_w(ess, channels, at_s)
    other_pv = _less(_watts(channels, "_sum/ProductionActivePower", at_s), known(pv, at_s)).value
    return HeadroomInputs(
        dc_pv_w=pv,
        battery_w=power.value,
        may_charge_w=None if lowest is None else max(0.0, -lowest),
        soc_percent=soc.value,
        at_s=at_s,
        other_pv_w=other_pv,
    )


def _doubt(config: FemsConfig, channels: Channels) -> str:
    if config.sums_in_fault or whole(channels, "_sum/State") != FAULT:
        return ""
    return Text("FEMS is in state Fault: its sums may lack a device")


def _sum_w(channels: Channels, name: str, at_s: float, doubt: str, low: float = -MOST_W) -> Reading[float]:
    return unknown(doubt, at_s) if doubt else number(channels, f"_sum/{name}", at_s, low, MOST_W)


def _grid(config: FemsConfig, channels: Channels, at_s: float, doubt: str) -> Grid:
    return Grid(
        power_w=_sum_w(channels, "GridActivePower", at_s, doubt),
        phase_current_a=_currents(config, channels, at_s, doubt),
        on_grid=_on_grid(channels, at_s),
    )


def _currents(config: FemsConfig, channels: Channels, at_s: float, doubt: str) -> tuple[Reading[float], ...]:
    """Per phase, + import; empty where the Edge measures no phases.

    A meter's currents carry no dependable sign, so that of the phase's power is taken.
    """
    powers = [_sum_w(channels, f"GridActivePower{line}", at_s, doubt) for line in LINES]
    if not config.grid_meter or not has_component(channels, config.grid_meter):
        if not any(f"_sum/GridActivePower{line}" in channels for line in LINES):
            return ()
        return tuple(p if p.value is None else known(p.value / NOMINAL_VOLTAGE_V, at_s) for p in powers)
    return tuple(
        _signed(number(channels, f"{config.grid_meter}/Current{line}", at_s, -MOST_W, MOST_W), power, at_s)
        for line, power in zip(LINES, powers, strict=True)
    )


def _signed(milliamperes: Reading[float], power: Reading[float], at_s: float) -> Reading[float]:
    if milliamperes.value is None or power.value is None:
        return milliamperes if milliamperes.value is None else power
    return known(math.copysign(milliamperes.value / 1000.0, power.value), at_s)


def _on_grid(channels: Channels, at_s: float) -> Reading[bool]:
    mode = whole(channels, "_sum/GridMode")
    if mode in (1, 2):
        return known(mode == 1, at_s)
    return unknown(Text("FEMS reports grid mode {value}", value="nothing" if mode is None else mode), at_s)


def _pv(config: FemsConfig, found: Found, doubt: str) -> Pv:
    channels = found.channels
    power = _sum_w(channels, "ProductionActivePower", found.at_s, doubt, low=-STANDBY_W)
    return Pv(
        name=config.name,
        power_w=not_negative(power),
        energy_total_wh=number(channels, "_sum/ProductionActiveEnergy", found.slow_at_s, 0.0, MOST_WH),
    )


def _battery(config: FemsConfig, ess: EssConfig, found: Found, doubt: str, inventory: Inventory) -> Battery:
    channels, at_s, slow_at_s = found.channels, found.at_s, found.slow_at_s
    if not has_component(channels, ess.component):
        nothing: Reading[float] = unknown(no_storage(ess.component, inventory), at_s)
        return Battery(
            ess.name, power_w=nothing, soc_percent=nothing, capacity_wh=nothing, max_charge_w=nothing,
            max_discharge_w=nothing, setpoint_w=nothing,
        )  # fmt: skip
    alone = len(config.ess) == 1 and is_all_storage(ess, channels)
    dc_w = dc_pv_w(config, ess, channels, at_s)
    allowed_charge_w, allowed_discharge_w = _allowed(ess, channels, slow_at_s)
    return Battery(
        name=ess.name,
        power_w=_power(ess, channels, at_s, doubt, alone),
        soc_percent=_either(ess, channels, slow_at_s, "Soc", "EssSoc" if alone else "", 100.0),
        capacity_wh=_either(ess, channels, slow_at_s, "Capacity", "EssCapacity" if alone else "", MOST_WH),
        # Whether a hybrid counts its DC PV into the lower end differs from inverter to inverter; not counting it
        # here gives the lesser power in either case.
        max_charge_w=not_negative(_less(known(0.0, slow_at_s), allowed_charge_w)),
        max_discharge_w=not_negative(_less(allowed_discharge_w, dc_w)),
        setpoint_w=_less(_watts(channels, f"{ess.component}/DebugSetActivePower", at_s), dc_w),
    )


def _power(ess: EssConfig, channels: Channels, at_s: float, doubt: str, alone: bool) -> Reading[float]:
    """The battery without PV: its own value, or the Edge's sum where it has none and is all the storage."""
    own = battery_w(ess, channels, at_s)
    if own.known or not alone:
        return own
    return _sum_w(channels, "EssDischargePower", at_s, doubt)


def _either(ess: EssConfig, channels: Channels, at_s: float, own: str, of_sum: str, most: float) -> Reading[float]:
    reading = number(channels, f"{ess.component}/{own}", at_s, 0.0, most)
    return number(channels, f"_sum/{of_sum}", at_s, 0.0, most) if of_sum and not reading.known else reading


def _allowed(ess: EssConfig, channels: Channels, at_s: float) -> tuple[Reading[float], Reading[float]]:
    """The range of the AC setpoint now, in W: what the battery allows, within what the inverter can."""
    apparent = number(channels, f"{ess.component}/MaxApparentPower", at_s, 0.0, MOST_W)
    lowest = _watts(channels, f"{ess.component}/AllowedChargePower", at_s)
    highest = _watts(channels, f"{ess.component}/AllowedDischargePower", at_s)
    if apparent.value is not None:
        lowest = lowest if lowest.value is None else known(max(lowest.value, -apparent.value), at_s)
        highest = highest if highest.value is None else known(min(highest.value, apparent.value), at_s)
    return lowest, highest


def _watts(channels: Channels, address: str, at_s: float) -> Reading[float]:
    return number(channels, address, at_s, -MOST_W, MOST_W)


def _less(minuend: Reading[float], subtrahend: Reading[float]) -> Reading[float]:
    """The difference, unknown where either is."""
    if minuend.value is None or subtrahend.value is None:
        return minuend if minuend.value is None else subtrahend
    return minuend._replace(value=minuend.value - subtrahend.value)
