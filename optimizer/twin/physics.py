"""The physics of the simulated house: PV, load, chargers, and batteries. The grid balances the rest.

Pure and deterministic: no clock, no socket, no random number. The servers advance it to the house clock. A study steps
it through virtual time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from optimizer.twin.battery import Battery, BatterySpec
from optimizer.twin.charger import VOLTAGE_V, Charger, ChargerSpec
from optimizer.twin.switched import LoadSpec, SwitchedLoad

__all__ = [
    "VOLTAGE_V",
    "Battery",
    "BatterySpec",
    "Charger",
    "ChargerSpec",
    "House",
    "LoadSpec",
    "PhysicsSpec",
    "SwitchedLoad",
]


@dataclass(frozen=True, slots=True)
class PhysicsSpec:
    """The devices of the house."""

    chargers: tuple[ChargerSpec, ...] = field(default_factory=lambda: (ChargerSpec(),))
    batteries: tuple[BatterySpec, ...] = field(default_factory=lambda: (BatterySpec(),))
    home_split: tuple[float, float, float] = (0.5, 0.3, 0.2)
    """The parts of the home load on L1..L3. Their sum is 1."""
    pv_phase_map: tuple[int, ...] = (1, 2, 3)
    """The house phases of the AC inverters of the PV, each with the same part."""
    shadow: bool = True
    """Also run the same house without cars, to separate grid energy from surplus."""
    loads: tuple[LoadSpec, ...] = ()
    """The switchable loads. They count as part of the home."""


class House:
    """The state of the house, and its steps in time. Powers in W: grid + import, battery + discharge."""

    __slots__ = (
        "_ac_share", "_shadow", "batteries", "battery_to_ev_wh", "chargers", "ev_w", "ev_wh", "export_wh", "grid_w",
        "home_w", "home_wh", "import_wh", "loads", "pv_w", "pv_wh", "shadow_export_wh", "shadow_import_wh", "spec",
        "t_s",
    )  # fmt: skip

    def __init__(self, spec: PhysicsSpec | None = None) -> None:
        self.spec = spec = spec or PhysicsSpec()
        self.t_s = 0.0
        """House seconds since the start."""
        self.chargers = [Charger(c) for c in spec.chargers]
        self.batteries = [Battery(b) for b in spec.batteries]
        self.loads = [SwitchedLoad(one) for one in spec.loads]
        self._shadow = [Battery(b) for b in spec.batteries] if spec.shadow else []
        self._ac_share = 1.0 - sum(b.dc_pv_share for b in spec.batteries)
        if self._ac_share < -1e-9:
            raise ValueError("the dc_pv_share of all batteries together is above 1")
        self.pv_w = self.home_w = self.ev_w = self.grid_w = 0.0
        self.pv_wh = self.home_wh = self.ev_wh = self.import_wh = self.export_wh = 0.0
        self.shadow_import_wh = self.shadow_export_wh = 0.0
        self.battery_to_ev_wh = 0.0
        """Energy that the batteries supplied to cars, beyond the need of the home."""

    @property
    def ac_pv_w(self) -> float:
        """PV on AC inverters, W."""
        return self.pv_w - self.dc_pv_w

    @property
    def dc_pv_w(self) -> float:
        """PV on the DC side of hybrid inverters, W."""
        return sum(b.dc_pv_w for b in self.batteries)

    @property
    def battery_w(self) -> float:
        """All batteries together, + discharge."""
        return sum(b.power_w for b in self.batteries)

    def step(self, dt: float, pv_w: float, load_w: float) -> None:
        """Step by `dt` s (at most about 10 s) with the PV power `pv_w` and the home load `load_w`."""
        for load in self.loads:
            load_w += load.step(dt)
        ev = ev_mean = 0.0
        for charger in self.chargers:
            ev_mean += charger.step(self.t_s, dt)
            ev += charger.power_w
        home_net = load_w - pv_w * self._ac_share
        net = home_net + ev_mean
        ac = curtailed = given = 0.0
        for battery in self.batteries:
            # Each battery gets the rest of those before it, so that several do not work against each other.
            mean = battery.step(dt, net, pv_w * battery.spec.dc_pv_share)
            net -= mean
            given += max(0.0, mean - battery.dc_pv_w)
            ac += battery.ac_w
            curtailed += battery.curtailed_w
        hours = dt / 3600.0
        if ev_mean > 0.0 and given > 0.0:
            # The home is supplied first. The cars get the rest of the battery power.
            self.battery_to_ev_wh += min(ev_mean, max(0.0, given - max(0.0, load_w - pv_w))) * hours
        if net >= 0.0:
            self.import_wh += net * hours
        else:
            self.export_wh -= net * hours
        if self.spec.shadow:
            net = home_net
            for battery in self._shadow:
                net -= battery.step(dt, net, pv_w * battery.spec.dc_pv_share)
            if net >= 0.0:
                self.shadow_import_wh += net * hours
            else:
                self.shadow_export_wh -= net * hours
        self.ev_w = ev
        self.home_w = load_w
        self.grid_w = home_net + ev - ac
        self.pv_w = pv_w - curtailed
        self.pv_wh += self.pv_w * hours
        self.home_wh += load_w * hours
        self.ev_wh += ev_mean * hours
        self.t_s += dt

    @property
    def ev_from_grid_wh(self) -> float:
        """Import with the cars minus import without them, Wh. Raises ValueError if the spec has no shadow.

        Energy that the batteries hold more than without the cars counts as saved import. Energy that they hold less
        counts as later import, as far as they supplied it to the cars. PV energy that charged a car instead of a
        battery counts as PV. If it is missing at night, the import of the night shows it.
        """
        if not self.spec.shadow:
            raise ValueError("this house runs without a shadow: nothing tells grid energy from surplus")
        owed = sum(
            b.spec.discharge_efficiency * (s.energy_wh - b.energy_wh)
            for b, s in zip(self.batteries, self._shadow, strict=False)
        )
        return self.import_wh - self.shadow_import_wh + min(owed, self.battery_to_ev_wh)

    @property
    def battery_throughput_wh(self) -> float:
        """Energy charged and discharged, at the terminals of the batteries."""
        return sum(b.charged_wh + b.discharged_wh for b in self.batteries)

    def phase_power_w(self) -> tuple[float, float, float]:
        """Grid power on L1..L3, + import, with PV, batteries, and cars as they are wired."""
        switched_w = sum(load.power_w for load in self.loads)
        phases = [max(0.0, self.home_w - switched_w) * share for share in self.spec.home_split]
        for load in self.loads:
            phases[load.spec.phase - 1] += load.power_w
        sources = [(self.ac_pv_w, self.spec.pv_phase_map), *((b.ac_w, b.spec.phase_map) for b in self.batteries)]
        for power_w, phase_map in sources:
            for phase in phase_map:
                phases[phase - 1] -= power_w / len(phase_map)
        for charger in self.chargers:
            active = charger.active_phases
            for house_phase in charger.spec.phase_map[:active]:
                phases[house_phase - 1] += charger.power_w / active
        return phases[0], phases[1], phases[2]

    def phase_current_a(self) -> tuple[float, float, float]:
        """Grid current on L1..L3 in A, + import."""
        l1, l2, l3 = self.phase_power_w()
        return l1 / VOLTAGE_V, l2 / VOLTAGE_V, l3 / VOLTAGE_V
