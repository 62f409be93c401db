"""The targets that the rules set for each device: the verdict in the terms of control, read once per verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field

from optimizer.control.descriptors import BatteryInfo, ChargerInfo, SwitchInfo
from optimizer.model.decision import AUTO, HOLD_POWER, WITHIN_BOUNDS, BatteryOrder, Cause, EvMode, make_battery_order
from optimizer.model.site import BatterySite
from optimizer.model.value import value
from optimizer.rules.book.verdict import Claimed, Limited, Verdict

MODES: dict[float | str, EvMode] = {mode.value: mode for mode in EvMode}
MOST_ENERGY_WH = 1_000_000


@value
class ChargerTargets:
    """The targets of one charger."""

    mode: EvMode = EvMode.OFF
    """Off if no rule claims it."""
    rule: str = ""
    """The rule that claims the mode."""
    current_a: float = math.inf
    """The claimed upper limit."""
    current: Limited | None = None
    power: Limited | None = None
    phases: tuple[int, ...] | None = None
    """The claimed number as the only one. None: control chooses."""
    energy_limit_wh: int | None = None


@value
class BatteryTargets:
    """The targets of one battery, without the discharge limit that excludes the cars."""

    order: BatteryOrder
    cause: Cause | None
    charge: Limited | None
    """Its share of the limits on charging."""
    discharge: Limited | None
    """Its share of the limits on discharging."""


@value
class SwitchTargets:
    """The target of one switchable load."""

    state: str = ""
    """`on`, `off`, or `surplus`. Empty if no rule claims it."""
    rule: str = ""


@value
class Targets:
    """The targets of all devices."""

    chargers: Mapping[str, ChargerTargets]
    batteries: Mapping[str, BatteryTargets]
    import_w: Limited | None
    """The limit on grid import."""
    grid_target_w: float | None
    grid_share: float | None
    battery_first: bool
    priority_claimed: bool
    """Whether a rule claims the priority. Otherwise the order of the settings holds, also between two cars."""
    priority_rule: str
    """The rule that claims the priority between battery and cars."""
    switches: Mapping[str, SwitchTargets] = field(default_factory=dict)


def read(
    verdict: Verdict,
    chargers: tuple[ChargerInfo, ...],
    batteries: tuple[BatteryInfo, ...],
    switches: tuple[SwitchInfo, ...] = (),
    *,
    cars_first: bool = False,
) -> Targets:
    """The targets of these devices in the verdict. `cars_first`: the order of cars and battery without a claim."""
    claims = verdict.claims
    priority = claims.get("surplus.priority")
    return Targets(
        chargers={info.name: _of_charger(verdict, info.device) for info in chargers},
        batteries={info.name: _of_battery(verdict, info) for info in batteries},
        import_w=verdict.limits.get("grid.import_w"),
        grid_target_w=_number(claims.get("surplus.grid_target_w")),
        grid_share=_number(claims.get("surplus.grid_share")),
        battery_first=not cars_first if priority is None else priority.value == "battery_first",
        priority_claimed=priority is not None,
        priority_rule=priority.rule if priority is not None else "",
        switches={info.name: _of_switch(verdict, info) for info in switches},
    )


def _of_switch(verdict: Verdict, info: SwitchInfo) -> SwitchTargets:
    claim = verdict.claims.get(info.subject)
    return SwitchTargets() if claim is None else SwitchTargets(str(claim.value), claim.rule)


def _number(claim: Claimed | None) -> float | None:
    return None if claim is None else float(claim.value)


def _of_charger(verdict: Verdict, device: str) -> ChargerTargets:
    claims, limits = verdict.claims, verdict.limits
    mode, phases = claims.get(f"{device}.mode"), claims.get(f"{device}.phases")
    current_a, energy_wh = _number(claims.get(f"{device}.current_a")), _number(claims.get(f"{device}.energy_limit_wh"))
    if current_a is None:
        current_a = math.inf
    return ChargerTargets(
        mode=MODES[mode.value] if mode is not None else EvMode.OFF,
        rule=mode.rule if mode is not None else "",
        current_a=current_a if current_a >= 0.0 else 0.0,  # NaN counts as the strictest limit
        current=limits.get(f"{device}.current_a"),
        power=limits.get(f"{device}.power_w"),
        phases=None if phases is None or phases.value == "auto" else (3,) if float(phases.value) > 1 else (1,),
        energy_limit_wh=None if energy_wh is None else max(0, min(MOST_ENERGY_WH, int(energy_wh))),
    )


def _of_battery(verdict: Verdict, info: BatteryInfo) -> BatteryTargets:
    charge, discharge = _limit(verdict, info, "charge_w"), _limit(verdict, info, "discharge_w")
    power = _claimed_power(verdict, info)
    if power is None:
        return BatteryTargets(*bounds(info, charge, discharge, None), charge, discharge)
    power_w, rule = power
    if charge is not None:
        power_w = max(power_w, -charge.value)
    if discharge is not None:
        power_w = min(power_w, discharge.value)
    cause = Cause("battery.power", info.subject, rule, (("power_w", power_w),))
    return BatteryTargets(BatteryOrder(HOLD_POWER, power_w), cause, charge, discharge)


def _claimed_power(verdict: Verdict, info: BatteryInfo) -> tuple[float, str] | None:
    """The claimed power of one battery (W, + discharge) with its rule, or None for its own control."""
    site: BatterySite = info.site
    mode, _ = _claim(verdict, info, "mode")
    power, whole = _claim(verdict, info, "power_w")
    amount = float(power.value) * (info.share if whole else 1.0) if power is not None else None
    if mode is None:
        return None if power is None or amount is None else (amount, power.rule)
    if mode.value == "auto":
        return None
    if mode.value == "charge":
        return (-abs(amount) if amount is not None else -site.max_charge_w), mode.rule
    return (abs(amount) if amount is not None else site.max_discharge_w), mode.rule


def _claim(verdict: Verdict, info: BatteryInfo, quantity: str) -> tuple[Claimed | None, bool]:
    """The claim on one battery, and whether it is a claim on all batteries."""
    own = verdict.claims.get(f"{info.device}.{quantity}")
    if own is not None:
        return own, False
    return verdict.claims.get(f"battery.{quantity}"), True


def _limit(verdict: Verdict, info: BatteryInfo, quantity: str) -> Limited | None:
    """The smaller of the battery's own limit and its share of the limit on all batteries."""
    found: Limited | None = None
    for target, part in ((f"{info.device}.{quantity}", 1.0), (f"battery.{quantity}", info.share)):
        limit = verdict.limits.get(target)
        if limit is not None and (found is None or limit.value * part < found.value):
            found = Limited(max(0.0, limit.value * part), limit.rule)
    return found


def bounds(
    info: BatteryInfo, charge: Limited | None, discharge: Limited | None, home_w: float | None
) -> tuple[BatteryOrder, Cause | None]:
    """The order for its own control within the rules' limits. `home_w` limits the discharge to the power that the home
    needs beyond PV while a car draws too much. None: no such limit."""
    limit_w, rule = (discharge.value, discharge.rule) if discharge is not None else (None, "")
    code = "battery.limit"
    if home_w is not None and (limit_w is None or home_w < limit_w):
        limit_w, rule, code = home_w, "", "battery.home_only"
    if limit_w is None and charge is None:
        return AUTO, None
    numbers: tuple[tuple[str, float], ...] = ()
    if limit_w is not None:
        numbers = (("max_discharge_w", limit_w),)
    if charge is not None:
        numbers += (("max_charge_w", charge.value),)
        rule = rule or charge.rule
    order = make_battery_order(WITHIN_BOUNDS, 0.0, charge.value if charge is not None else None, limit_w)
    return order, Cause(code, info.subject, rule, numbers)
