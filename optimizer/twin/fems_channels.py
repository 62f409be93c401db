"""The channels of the simulated Edge as one table: type, access, unit and where the value comes from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from optimizer.twin.battery import Battery
from optimizer.twin.charger import VOLTAGE_V
from optimizer.twin.fems_unit import WRITABLE, FemsUnit

Access = Literal["RO", "RW", "WO"]

TEXTS = {
    "State": "0:Ok, 1:Info, 2:Warning, 3:Fault",
    "GridActivePower": "Grid exchange power. Negative values for sell-to-grid; positive for buy-from-grid",
    "ProductionActivePower": "Total production; always positive",
    "ConsumptionActivePower": "Active power of the electrical consumption",
    "EssSoc": "Range 0..100",
    "Soc": "State of Charge of the energy storage system",
    "SetActivePowerEquals": "Write command for a charge power (-) or discharge power (+). Range e.g. [-5000 to 5000]",
    "GridMode": "On-Grid: 1, Off-Grid: 2",
}
"""What an Edge writes beside some values."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of one component."""

    component: str
    name: str
    unit: str
    value: Callable[[], float | str | None]
    kind: str = "INTEGER"
    access: Access = "RO"

    def as_json(self, dead: bool) -> dict[str, object]:
        """As the REST API shows it; write-only ones have no value at all."""
        shown: dict[str, object] = {
            "address": f"{self.component}/{self.name}",
            "type": self.kind,
            "accessMode": self.access,
            "text": TEXTS.get(self.name, ""),
            "unit": self.unit,
        }
        if self.access != "WO":
            value = None if dead else self.value()
            shown["value"] = round(value) if isinstance(value, float | int) else value
        return shown


def total(values: Iterable[float | None]) -> float | None:
    """A sum as the Edge makes it: what is null is left out, and only nothing at all is null."""
    known = [v for v in values if v is not None]
    return sum(known) if known else None


class Channels:
    """All channels of an Edge, found by regular expression."""

    def __init__(self, unit: FemsUnit) -> None:
        self._unit = unit
        self._all = [*self._sum(), *self._meter(), *self._pv(), *self._core()]
        for component, battery in unit.batteries().items():
            self._all += self._ess(component, battery)

    def find(self, component: str, channel: str) -> list[Channel]:
        """Those whose whole names match both expressions. Raises re.error."""
        components, channels = re.compile(component), re.compile(channel)
        return [c for c in self._all if components.fullmatch(c.component) and channels.fullmatch(c.name)]

    def exact(self, component: str, channel: str) -> Channel | None:
        """The one of these literal names."""
        return next((c for c in self._all if c.component == component and c.name == channel), None)

    def components(self) -> list[str]:
        """The ids of all components, in order."""
        return list(dict.fromkeys(c.component for c in self._all))

    def has_component(self, component: str) -> bool:
        """Whether there is a component of this id."""
        return any(c.component == component for c in self._all)

    def _warm(self, value: float) -> float | None:
        """Null while the Edge warms up."""
        return value if self._unit.phase == "running" else None

    def _alive(self, component: str, value: Callable[[], float | None]) -> float | None:
        return None if component in self._unit.dead else value()

    def _sum(self) -> Iterable[Channel]:
        unit, physics = self._unit, self._unit.live.physics
        batteries = unit.batteries()
        mine = list(batteries.values())
        hybrid = any(b.spec.dc_pv_share > 0.0 for b in mine)
        only_dc = sum(b.dc_pv_share for b in physics.spec.batteries) >= 1.0

        def ess(value: Callable[[Battery], float]) -> float | None:
            return total(None if name in unit.dead else self._warm(value(b)) for name, b in batteries.items())

        def grid() -> float | None:
            return self._alive("meter0", lambda: physics.grid_w)

        def ac_pv() -> float | None:
            return None if only_dc else self._alive("pvInverter0", lambda: physics.ac_pv_w)

        def dc_pv() -> float | None:
            return self._alive("charger0", lambda: sum(b.dc_pv_w for b in mine)) if hybrid else None

        def soc() -> float | None:
            capacity = ess(lambda b: b.spec.capacity_wh)
            energy = ess(lambda b: b.energy_wh)
            return None if not capacity or energy is None else 100.0 * energy / capacity

        yield Channel("_sum", "GridActivePower", "W", grid)
        for i in range(3):
            yield Channel(
                "_sum",
                f"GridActivePowerL{i + 1}",
                "W",
                lambda i=i: self._alive("meter0", lambda: physics.phase_power_w()[i]),  # type: ignore[misc]
            )
        powers: dict[str, Callable[[], float | None]] = {
            "ProductionAcActivePower": ac_pv,
            "ProductionDcActualPower": dc_pv,
            "ProductionActivePower": lambda: total((ac_pv(), dc_pv())),
            "ConsumptionActivePower": lambda: total((grid(), ac_pv(), ess(lambda b: b.ac_w))),
            "EssActivePower": lambda: ess(lambda b: b.ac_w),
            "EssDischargePower": lambda: ess(lambda b: b.power_w),
        }
        for name, value in powers.items():
            yield Channel("_sum", name, "W", value)
        yield Channel("_sum", "EssSoc", "%", soc)
        yield Channel("_sum", "EssCapacity", "Wh", lambda: ess(lambda b: b.spec.capacity_wh))
        yield Channel("_sum", "EssMaxApparentPower", "VA", lambda: ess(lambda b: b.spec.max_apparent_w))
        yield Channel("_sum", "GridMode", "", lambda: unit.grid_mode)
        yield Channel("_sum", "State", "", lambda: unit.sum_state)
        dc_wh = lambda: unit.dc_pv_wh if hybrid else None  # noqa: E731
        energies: dict[str, Callable[[], float | None]] = {
            "GridBuyActiveEnergy": lambda: physics.import_wh,
            "GridSellActiveEnergy": lambda: physics.export_wh,
            "ProductionActiveEnergy": lambda: physics.pv_wh,
            "ProductionAcActiveEnergy": lambda: physics.pv_wh - unit.dc_pv_wh,
            "ProductionDcActiveEnergy": dc_wh,
            "ConsumptionActiveEnergy": lambda: physics.home_wh + physics.ev_wh,
            "EssActiveChargeEnergy": lambda: sum(unit.ac_charge_wh.values()),
            "EssActiveDischargeEnergy": lambda: sum(unit.ac_discharge_wh.values()),
            "EssDcChargeEnergy": lambda: ess(lambda b: b.charged_wh),
            "EssDcDischargeEnergy": lambda: ess(lambda b: b.discharged_wh),
        }
        for name, value in energies.items():
            yield self._energy("_sum", name, value)

    def _energy(self, component: str, name: str, value: Callable[[], float | None]) -> Channel:
        unit = self._unit
        return Channel(
            component,
            name,
            "Wh_Σ",
            value=lambda: value() if unit.since_start_s >= unit.spec.energies_after_s else None,
            kind="LONG",
        )

    def _meter(self) -> Iterable[Channel]:
        physics = self._unit.live.physics
        yield Channel("meter0", "ActivePower", "W", lambda: physics.grid_w)
        for i in range(3):
            yield Channel(
                "meter0",
                f"ActivePowerL{i + 1}",
                "W",
                lambda i=i: physics.phase_power_w()[i],  # type: ignore[misc]
            )
            yield Channel(
                "meter0",
                f"CurrentL{i + 1}",
                "mA",
                lambda i=i: 1000.0 * physics.phase_current_a()[i],  # type: ignore[misc]
            )
            yield Channel("meter0", f"VoltageL{i + 1}", "mV", lambda: 1000.0 * VOLTAGE_V)
        yield Channel("meter0", "Frequency", "mHz", lambda: 50_010)
        yield self._energy("meter0", "ActiveProductionEnergy", lambda: physics.import_wh)
        yield self._energy("meter0", "ActiveConsumptionEnergy", lambda: physics.export_wh)
        yield self._state("meter0")

    def _pv(self) -> Iterable[Channel]:
        unit, physics = self._unit, self._unit.live.physics
        mine = list(unit.batteries().values())
        if sum(b.dc_pv_share for b in physics.spec.batteries) < 1.0:
            yield Channel("pvInverter0", "ActivePower", "W", lambda: physics.ac_pv_w)
            yield self._energy("pvInverter0", "ActiveProductionEnergy", lambda: physics.pv_wh - unit.dc_pv_wh)
            yield self._state("pvInverter0")
        if any(b.spec.dc_pv_share > 0.0 for b in mine):
            yield Channel("charger0", "ActualPower", "W", lambda: sum(b.dc_pv_w for b in mine))
            yield self._energy("charger0", "ActualEnergy", lambda: unit.dc_pv_wh)
            yield self._state("charger0")

    def _core(self) -> Iterable[Channel]:
        unit = self._unit
        yield Channel("_meta", "Version", "", value=lambda: unit.spec.version, kind="STRING")
        yield self._state("_meta")
        yield self._state("ctrlApiRest0")
        yield Channel("ctrlApiRest0", "RunFailed", "", value=lambda: 0, kind="BOOLEAN")
        if unit.spec.has_log:
            yield Channel("ctrlApiRest0", "ApiWorkerLog", "", value=lambda: unit.log_text, kind="STRING")

    def _state(self, component: str) -> Channel:
        return Channel(component, "State", "", lambda: 0)

    def _ess(self, component: str, battery: Battery) -> Iterable[Channel]:
        unit, spec = self._unit, battery.spec
        yield Channel(component, "Soc", "%", lambda: battery.soc_percent)
        yield Channel(component, "Capacity", "Wh", lambda: spec.capacity_wh)
        yield Channel(component, "MaxApparentPower", "VA", lambda: spec.max_apparent_w)
        yield Channel(component, "ActivePower", "W", lambda: self._warm(battery.ac_w))
        if spec.dc_pv_share > 0.0:
            yield Channel(component, "DcDischargePower", "W", lambda: self._warm(battery.power_w))
        yield Channel(component, "AllowedChargePower", "W", lambda: unit.allowed_w(battery)[0])
        yield Channel(component, "AllowedDischargePower", "W", lambda: unit.allowed_w(battery)[1])
        yield Channel(component, "DebugSetActivePower", "W", lambda: unit.debug_w.get(component))
        yield Channel(component, "GridMode", "", lambda: unit.grid_mode)
        yield self._energy(component, "ActiveChargeEnergy", lambda: unit.ac_charge_wh.get(component))
        yield self._energy(component, "ActiveDischargeEnergy", lambda: unit.ac_discharge_wh.get(component))
        yield self._state(component)
        for name in WRITABLE:
            yield Channel(component, name, "var" if "Reactive" in name else "W", lambda: None, access="WO")
