"""The component `_sum` of the simulated Edge: sums over its devices, per phase, and where energy comes from."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from optimizer.twin.battery import Battery
from optimizer.twin.fems_channel import PHASES, Channel, nothing, total
from optimizer.twin.fems_unit import FemsUnit

FLOWS = (
    "ProductionToConsumption", "ProductionToEss", "ProductionToGrid", "GridToConsumption", "GridToEss",
    "EssToConsumption", "EssToGrid",
)  # fmt: skip
"""Energy from a source to a sink. A real Edge counts it in its store, which this one does not have: null."""
Watts = Callable[[], float | None]


class Sums:
    """The channels of `_sum`."""

    def __init__(self, unit: FemsUnit) -> None:
        self._unit = unit
        self._physics = unit.live.physics
        self._batteries = unit.batteries()
        self._has_dc = any(b.spec.dc_pv_share > 0.0 for b in self._batteries.values())
        self._has_ac = sum(b.dc_pv_share for b in self._physics.spec.batteries) < 1.0
        self._grid_w: deque[tuple[float, float]] = deque()
        """The grid power by time, for a late meter."""
        self._extreme_w: dict[str, float] = {}
        """The lowest or highest value that was read since the start, by channel."""

    def channels(self) -> Iterator[Channel]:
        """All of them."""
        unit = self._unit
        powers: dict[str, Watts] = {
            "GridActivePower": self._grid,
            "ProductionAcActivePower": self._ac_pv,
            "ProductionDcActualPower": self._dc_pv,
            "ProductionActivePower": self._pv,
            "UnmanagedProductionActivePower": self._pv,
            "ConsumptionActivePower": self._consumption,
            "UnmanagedConsumptionActivePower": self._consumption,
            "EssActivePower": self._ess_ac,
            "EssDischargePower": lambda: self._ess(lambda b: b.power_w),
            "GridGensetActivePower": nothing,
            "GridMinActivePower": lambda: self._extreme("GridMinActivePower", min, self._grid),
            "GridMaxActivePower": lambda: self._extreme("GridMaxActivePower", max, self._grid),
            "ProductionMaxActivePower": lambda: self._extreme("ProductionMaxActivePower", max, self._pv),
            "ConsumptionMaxActivePower": lambda: self._extreme("ConsumptionMaxActivePower", max, self._consumption),
            "EssMinDischargePower": lambda: self._extreme("EssMinDischargePower", min, self._ess_ac),
            "EssMaxDischargePower": lambda: self._extreme("EssMaxDischargePower", max, self._ess_ac),
            **self._flows(),
        }
        for name, value in powers.items():
            yield Channel("_sum", name, "W", value)
        yield from self._phases()
        yield Channel("_sum", "EssSoc", "%", self._soc)
        yield Channel("_sum", "EssCapacity", "Wh", lambda: self._ess(lambda b: b.spec.capacity_wh))
        yield Channel("_sum", "EssMaxApparentPower", "VA", lambda: self._ess(lambda b: b.spec.max_apparent_w))
        yield Channel("_sum", "EssReactivePower", "var", lambda: self._ess(lambda b: 0.0))
        yield Channel("_sum", "GridBuyPrice", "€/MWh", nothing, kind="DOUBLE")
        yield Channel("_sum", "GridMode", "", lambda: unit.grid_mode)
        yield Channel("_sum", "GridModeOffGridTime", "sec_Σ", lambda: 0, kind="LONG")
        yield Channel("_sum", "GridModeOffGridGensetTime", "sec_Σ", lambda: 0, kind="LONG")
        yield Channel("_sum", "HasIgnoredComponentStates", "", lambda: 0, kind="BOOLEAN")
        yield Channel("_sum", "State", "", lambda: unit.sum_state)

    def energies(self) -> dict[str, Watts]:
        """Counters in Wh, by name of the channel."""
        unit, physics = self._unit, self._physics
        return {
            "GridBuyActiveEnergy": lambda: physics.import_wh,
            "GridSellActiveEnergy": lambda: physics.export_wh,
            "ProductionActiveEnergy": lambda: physics.pv_wh,
            "ProductionAcActiveEnergy": lambda: physics.pv_wh - unit.dc_pv_wh,
            "ProductionDcActiveEnergy": lambda: unit.dc_pv_wh if self._has_dc else None,
            "ConsumptionActiveEnergy": lambda: physics.home_wh + physics.ev_wh,
            "EssActiveChargeEnergy": lambda: sum(unit.ac_charge_wh.values()),
            "EssActiveDischargeEnergy": lambda: sum(unit.ac_discharge_wh.values()),
            "EssDcChargeEnergy": lambda: self._ess(lambda b: b.charged_wh),
            "EssDcDischargeEnergy": lambda: self._ess(lambda b: b.discharged_wh),
            **{f"{name}Energy": nothing for name in FLOWS},
        }

    def _phases(self) -> Iterator[Channel]:
        for i, phase in enumerate(PHASES):
            yield Channel("_sum", f"GridActivePower{phase}", "W", lambda i=i: self._grid_phase(i))  # type: ignore[misc]
            yield Channel("_sum", f"GridGensetActivePower{phase}", "W", nothing)
            thirds: dict[str, Watts] = {
                "ProductionAcActivePower": self._ac_pv,
                "ConsumptionActivePower": self._consumption,
                "EssActivePower": self._ess_ac,
            }
            for name, value in thirds.items():
                yield Channel("_sum", f"{name}{phase}", "W", lambda value=value: _third(value()))  # type: ignore[misc]

    def _flows(self) -> dict[str, Watts]:
        """The power from each source to each sink: production first, then storage, then the grid."""

        def flow(of: Callable[[float, float, float], float]) -> Watts:
            def watts() -> float | None:
                production, consumption, storage = self._pv(), self._consumption(), self._ess_ac()
                if production is None or consumption is None or storage is None:
                    return None
                return max(0.0, of(production, consumption, storage))

            return watts

        return {
            "ProductionToConsumptionPower": flow(lambda pv, load, ess: min(pv, load)),
            "ProductionToEssPower": flow(lambda pv, load, ess: min(pv - load, -ess)),
            "ProductionToGridPower": flow(lambda pv, load, ess: pv - load - max(0.0, -ess)),
            "GridToConsumptionPower": flow(lambda pv, load, ess: load - pv - max(0.0, ess)),
            "GridToEssPower": flow(lambda pv, load, ess: -ess - max(0.0, pv - load)),
            "EssToConsumptionPower": flow(lambda pv, load, ess: min(ess, load - pv)),
        }

    def _extreme(self, name: str, pick: Callable[[float, float], float], value: Watts) -> float:
        self._extreme_w[name] = pick(self._extreme_w.get(name, 0.0), value() or 0.0)
        return self._extreme_w[name]

    def _ess(self, value: Callable[[Battery], float]) -> float | None:
        running = self._unit.phase == "running"
        return total(
            value(battery) if running and name not in self._unit.dead else None
            for name, battery in self._batteries.items()
        )

    def _ess_ac(self) -> float | None:
        return self._ess(lambda b: b.ac_w)

    def _soc(self) -> float | None:
        capacity, energy = self._ess(lambda b: b.spec.capacity_wh), self._ess(lambda b: b.energy_wh)
        return None if not capacity or energy is None else 100.0 * energy / capacity

    def _grid(self) -> float | None:
        return self._alive("meter0", self._late_grid)

    def _late_grid(self) -> float:
        """The grid power of `meter_delay_s` ago, or the oldest one that was read since."""
        now_s, delay_s = self._unit.live.t_s, self._unit.spec.meter_delay_s
        if delay_s <= 0.0:
            return self._physics.grid_w
        if not self._grid_w or self._grid_w[-1][0] < now_s:
            self._grid_w.append((now_s, self._physics.grid_w))
        while len(self._grid_w) > 1 and self._grid_w[1][0] <= now_s - delay_s:
            self._grid_w.popleft()
        return self._grid_w[0][1]

    def _grid_phase(self, i: int) -> float | None:
        return self._alive("meter0", lambda: self._physics.phase_power_w()[i])

    def _ac_pv(self) -> float | None:
        return self._alive("pvInverter0", lambda: self._physics.ac_pv_w) if self._has_ac else None

    def _dc_pv(self) -> float | None:
        if not self._has_dc:
            return None
        return self._alive("charger0", lambda: sum(b.dc_pv_w for b in self._batteries.values()))

    def _pv(self) -> float | None:
        return total((self._ac_pv(), self._dc_pv()))

    def _consumption(self) -> float | None:
        return total((self._grid(), self._ac_pv(), self._ess_ac()))

    def _alive(self, component: str, value: Callable[[], float]) -> float | None:
        return None if component in self._unit.dead else value()


def _third(watts: float | None) -> float | None:
    return None if watts is None else watts / 3.0
