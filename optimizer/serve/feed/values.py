"""Builds the NRGkick "Custom API" feed, from which the PV mode of the charger reads this house. Pure.

The vendor's Custom API description defines groups, field names, signs, and string indices. The feed never invents
values. Without a fresh grid reading there is no document, and a group with an unknown reading is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from optimizer.control.report import TickReport
from optimizer.model.reading import Reading
from optimizer.model.state import Battery, Pv, State

MAX_INDICES = 5
"""Inverters and meters have the indices "0" to "4". Further inverters are added to the last one."""
MAX_AGE_S = 15.0
"""Oldest reading that is served. The charger expects fresh values every 7 s."""
GRID_CONNECTION = 1
"""`location` of a meter at the grid connection."""
ELSEWHERE = 2
"""`location` of any other meter; the document names no number but that of the grid connection."""
MODE_NORMAL = 0

Number = int | float
Fields = dict[str, Number | bool | str]
Group = dict[str, Fields]
Document = dict[str, dict[str, Group | Number]]


@dataclass(frozen=True, slots=True)
class Nameplate:
    """The entry of one device in /info.json. An unknown rating is left out."""

    model: str = ""
    serial: str = ""
    max_dc_w: float | None = None
    max_ac_w: float | None = None


@dataclass(frozen=True, slots=True)
class FeedConfig:
    """The settings of the feed: the devices as the charger gets them."""

    nameplates: Mapping[str, Nameplate] = field(default_factory=dict)
    """By device key: `grid`, `meter.<name>`, `pv.<name>`, `battery.<name>`, `ev.<name>`."""
    hybrid: Mapping[str, str] = field(default_factory=dict)
    """PV name → battery name if one inverter carries both. Its AC power then includes the battery."""
    max_age_s: float = MAX_AGE_S
    smart_load: str = ""
    """Name of another charger that is shown as the smart load of the house, or empty."""
    meters: tuple[str, ...] = ()
    """Further meters (keys of State.meters) with the indices "1" to "4" in this order. More are left out."""
    meter_location: int = ELSEWHERE
    """`location` of those."""


NO_ENERGIES: Mapping[str, float] = {}


def feed_values(
    report: TickReport, config: FeedConfig, now_s: float, counted_wh: Mapping[str, float] = NO_ENERGIES
) -> Document | None:
    """The body of /api/v1/values.json at monotonic `now_s`, or None while the grid power is unknown or stale.

    Powers are whole W (grid − feed-in, + consumption; battery − charge, + discharge), energies whole
    Wh, `soc` in %, temperatures in °C. `counted_wh` is the energy since midnight by PV system, for those that do not
    report it. `load_power_w` is the house with its cars; it balances with the other figures.
    """
    view = _View(report.shown, config, now_s, counted_wh)
    grid_w = view.watt(report.shown.grid.power_w)
    if grid_w is None:
        return None
    values: dict[str, Group | Number] = {}
    inverters = {
        str(index): fields for index, pvs in enumerate(_slots(view.pvs)) if (fields := view.inverter(pvs)) is not None
    }
    if inverters:
        values["inverters"] = inverters
    meters: Group = {index: {"grid_power_w": watt} for index, (_, watt) in view.meters().items()}
    values["energy_meters"] = {"0": {"grid_power_w": grid_w}, **meters}
    battery = view.battery()
    if battery is not None:
        values["batteries"] = {"0": battery}
    smart_w = view.smart_load_w()
    if smart_w is not None:
        values["smart_loads"] = {"0": {"sl_power_w": smart_w, **view.smart_load_temp(), "mode": MODE_NORMAL}}
    load_w = view.load_w(grid_w)
    if load_w is not None:
        values["load_power_w"] = load_w
    return {"device_values": values}


def feed_info(report: TickReport, config: FeedConfig, now_s: float) -> Document:
    """The body of /api/v1/info.json: the devices that /values.json lists at `now_s`, under the same indices."""
    view = _View(report.shown, config, now_s)
    info: dict[str, Group | Number] = {}
    inverters = {
        str(index): _inverter_info([pv.name for pv in pvs], config)
        for index, pvs in enumerate(_slots(view.pvs))
        if view.inverter(pvs) is not None
    }
    if inverters:
        info["inverters"] = inverters
    meters: Group = {
        index: {**_name(f"meter.{name}", name, config), "location": config.meter_location}
        for index, (name, _) in view.meters().items()
    }
    info["energy_meters"] = {"0": {**_name("grid", "grid", config), "location": GRID_CONNECTION}, **meters}
    if view.battery() is not None:
        info["batteries"] = {"0": _battery_info(view.batteries, config)}
    if view.smart_load_w() is not None:
        info["smart_loads"] = {"0": _name(f"ev.{config.smart_load}", config.smart_load, config)}
    return {"device_info": info}


class _View:
    """The state at one moment for the feed. Stale readings count as unknown."""

    def __init__(
        self, state: State, config: FeedConfig, now_s: float, counted_wh: Mapping[str, float] = NO_ENERGIES
    ) -> None:
        self.config = config
        self.now_s = now_s
        self.pvs: tuple[Pv, ...] = tuple(state.pvs.values())
        self.batteries: tuple[Battery, ...] = tuple(state.batteries.values())
        self._battery_by_name = state.batteries
        self._evs = state.evs
        self._meters = state.meters
        self._counted_wh = counted_wh

    def watt(self, reading: Reading[float]) -> int | None:
        value = reading.fresh(self.now_s, self.config.max_age_s).value
        return None if value is None else round(value)

    def inverter(self, pvs: Sequence[Pv]) -> Fields | None:
        """One inverter, or several added up. None if the power of a part is unknown."""
        power_w = 0
        for pv in pvs:
            parts = [pv.power_w]
            if (battery := self._battery_of(pv)) is not None:
                parts.append(battery.power_w)
            for part in parts:
                watt = self.watt(part)
                if watt is None:
                    return None
                power_w += watt
        fields: Fields = {"inv_power_ac_w": power_w}
        for key, energies in (
            ("pv_energy_day_wh", [self._day_wh(pv) for pv in pvs]),
            ("pv_energy_total_wh", [pv.energy_total_wh.value for pv in pvs]),
        ):
            known = [energy for energy in energies if energy is not None]
            if len(known) == len(energies):
                fields[key] = round(sum(known))
        fields["battery_connected"] = any(self._battery_of(pv) is not None for pv in pvs)
        return fields

    def battery(self) -> Fields | None:
        """All batteries as one, because the contract has only index "0". None if power or SoC is unknown."""
        power_w = self._sum([battery.power_w for battery in self.batteries])
        soc = _mean_soc([(b.soc_percent.value, b.capacity_wh.value) for b in self.batteries])
        if power_w is None or soc is None:
            return None
        return {"bat_power_w": power_w, "soc": round(soc, 1), "mode": MODE_NORMAL}

    def meters(self) -> dict[str, tuple[str, int]]:
        """Name and power in W of each further meter by its index. An unknown meter leaves its index free."""
        found: dict[str, tuple[str, int]] = {}
        for index, name in enumerate(self.config.meters[: MAX_INDICES - 1], start=1):
            reading = self._meters.get(name)
            watt = None if reading is None else self.watt(reading)
            if watt is not None:
                found[str(index)] = name, watt
        return found

    def smart_load_w(self) -> int | None:
        """Power of the charger that is shown as a smart load, or None if there is none or it is unknown."""
        ev = self._evs.get(self.config.smart_load)
        return None if ev is None else self.watt(ev.power_w)

    def smart_load_temp(self) -> Fields:
        """The temperature of that charger's housing in °C, if it measures one."""
        ev = self._evs.get(self.config.smart_load)
        value = None if ev is None else ev.condition.housing_temp_c.fresh(self.now_s, self.config.max_age_s).value
        return {} if value is None else {"temp": round(value, 1)}

    def _day_wh(self, pv: Pv) -> float | None:
        reported = pv.energy_day_wh.value
        return self._counted_wh.get(pv.name) if reported is None else reported

    def load_w(self, grid_w: int) -> int | None:
        """PV + battery + grid, from the rounded figures so that the charger's own balance closes."""
        pv_w = self._sum([pv.power_w for pv in self.pvs]) if self.pvs else 0
        battery_w = self._sum([battery.power_w for battery in self.batteries]) if self.batteries else 0
        if pv_w is None or battery_w is None:
            return None
        return max(0, pv_w + battery_w + grid_w)

    def _battery_of(self, pv: Pv) -> Battery | None:
        return self._battery_by_name.get(self.config.hybrid.get(pv.name, ""))

    def _sum(self, readings: Sequence[Reading[float]]) -> int | None:
        watts = [self.watt(reading) for reading in readings]
        known = [watt for watt in watts if watt is not None]
        return sum(known) if known and len(known) == len(watts) else None


def _slots(pvs: tuple[Pv, ...]) -> list[tuple[Pv, ...]]:
    """At most five groups of PV systems, one for each index."""
    edges = [*range(min(len(pvs), MAX_INDICES)), len(pvs)]
    return [pvs[start:end] for start, end in pairwise(edges)]


def _mean_soc(parts: Sequence[tuple[float | None, float | None]]) -> float | None:
    """SoC in % of several batteries, weighted by capacity, or None if a capacity is unknown."""
    if len(parts) == 1:
        return parts[0][0]
    weighted = [(soc, capacity) for soc, capacity in parts if soc is not None and capacity is not None]
    total = sum(capacity for _, capacity in weighted)
    if len(weighted) < len(parts) or total <= 0:
        return None
    return sum(soc * capacity for soc, capacity in weighted) / total


def _name(key: str, shown: str, config: FeedConfig) -> Fields:
    plate = config.nameplates.get(key, Nameplate())
    return {"name": shown, "model": plate.model, "serial": plate.serial}


def _inverter_info(names: Sequence[str], config: FeedConfig) -> Fields:
    fields = _name(f"pv.{names[0]}", "+".join(names), config)
    plates = [config.nameplates.get(f"pv.{name}", Nameplate()) for name in names]
    for key, ratings in (("max_dc_w", [p.max_dc_w for p in plates]), ("max_ac_w", [p.max_ac_w for p in plates])):
        known = [rating for rating in ratings if rating is not None]
        if len(known) == len(ratings):
            fields[key] = round(sum(known))
    return fields


def _battery_info(batteries: Sequence[Battery], config: FeedConfig) -> Fields:
    fields = _name(f"battery.{batteries[0].name}", "+".join(b.name for b in batteries), config)
    capacities = [b.capacity_wh.value for b in batteries if b.capacity_wh.value is not None]
    if len(capacities) == len(batteries):
        fields["capacity_wh"] = round(sum(capacities))
    return fields
