"""The channels of the simulated Edge as one table: type, access, unit, and where the value comes from."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache

from optimizer.twin.battery import Battery
from optimizer.twin.charger import VOLTAGE_V
from optimizer.twin.fems_channel import PHASES, Channel, nothing
from optimizer.twin.fems_sums import Sums
from optimizer.twin.fems_unit import WRITABLE, FemsUnit


class Channels:
    """All channels of an Edge, found by regular expression."""

    def __init__(self, unit: FemsUnit) -> None:
        self._unit = unit
        sums = Sums(unit)
        listed = [*sums.channels(), *self._grid_meter(), *self._pv(), *self._core()]
        listed += [self._energy("_sum", name, value) for name, value in sums.energies().items()]
        for component, battery in unit.batteries().items():
            listed += self._ess(component, battery)
        # An Edge lists its channels in the order of a hash map. Clients cannot rely on an order.
        self._all = sorted(listed, key=lambda c: zlib.crc32(f"{c.component}/{c.name}".encode()))
        self._matching = lru_cache(maxsize=16)(self._matches)  # a client asks for the same ones again and again

    def find(self, component: str, channel: str) -> list[Channel]:
        """The channels whose whole names match both expressions. Raises re.error."""
        return list(self._matching(component, channel))

    def _matches(self, component: str, channel: str) -> tuple[Channel, ...]:
        components, channels = re.compile(component), re.compile(channel)
        return tuple(c for c in self._all if components.fullmatch(c.component) and channels.fullmatch(c.name))

    def exact(self, component: str, channel: str) -> Channel | None:
        """The channel of these literal names."""
        return next((c for c in self._all if c.component == component and c.name == channel), None)

    def components(self) -> list[str]:
        """The ids of all components, sorted."""
        return sorted({c.component for c in self._all})

    def has_component(self, component: str) -> bool:
        """Whether there is a component of this id."""
        return any(c.component == component for c in self._all)

    def _warm(self, value: float) -> float | None:
        """Null while the Edge warms up."""
        return value if self._unit.phase == "running" else None

    def _energy(self, component: str, name: str, value: Callable[[], float | None]) -> Channel:
        unit = self._unit
        return Channel(
            component,
            name,
            "Wh_Σ",
            value=lambda: value() if unit.since_start_s >= unit.spec.energies_after_s else None,
            kind="LONG",
        )

    def _grid_meter(self) -> Iterator[Channel]:
        physics = self._unit.live.physics
        yield from self._meter("meter0", lambda: physics.grid_w, physics.phase_power_w, physics.phase_current_a)
        yield self._energy("meter0", "ActiveProductionEnergy", lambda: physics.import_wh)
        yield self._energy("meter0", "ActiveConsumptionEnergy", lambda: physics.export_wh)

    def _meter(
        self,
        component: str,
        power_w: Callable[[], float],
        phase_power_w: Callable[[], tuple[float, ...]],
        phase_current_a: Callable[[], tuple[float, ...]],
    ) -> Iterator[Channel]:
        """An electricity meter without reactive power and energies of each phase, as most of them are."""
        yield Channel(component, "ActivePower", "W", power_w)
        yield Channel(component, "Current", "mA", lambda: 1000.0 * sum(phase_current_a()))
        yield Channel(component, "Voltage", "mV", lambda: 1000.0 * VOLTAGE_V)
        yield Channel(component, "Frequency", "mHz", lambda: 50_010)
        yield Channel(component, "ReactivePower", "var", nothing)
        for i, phase in enumerate(PHASES):
            yield Channel(component, f"ActivePower{phase}", "W", lambda i=i: phase_power_w()[i])  # type: ignore[misc]
            yield Channel(component, f"Current{phase}", "mA", lambda i=i: 1000.0 * phase_current_a()[i])  # type: ignore[misc]
            yield Channel(component, f"Voltage{phase}", "mV", lambda: 1000.0 * VOLTAGE_V)
            yield Channel(component, f"ReactivePower{phase}", "var", nothing)
            for name in ("ActiveProductionEnergy", "ActiveConsumptionEnergy"):
                yield Channel(component, f"{name}{phase}", "Wh_Σ", nothing, kind="LONG")
        yield self._state(component)

    def _pv(self) -> Iterator[Channel]:
        unit, physics = self._unit, self._unit.live.physics
        mine = list(unit.batteries().values())
        if sum(b.dc_pv_share for b in physics.spec.batteries) < 1.0:
            yield from self._meter(
                "pvInverter0",
                lambda: physics.ac_pv_w,
                lambda: (physics.ac_pv_w / 3.0,) * 3,
                lambda: (physics.ac_pv_w / 3.0 / VOLTAGE_V,) * 3,
            )
            yield self._energy("pvInverter0", "ActiveProductionEnergy", lambda: physics.pv_wh - unit.dc_pv_wh)
            yield self._energy("pvInverter0", "ActiveConsumptionEnergy", nothing)
        if any(b.spec.dc_pv_share > 0.0 for b in mine):
            yield Channel("charger0", "ActualPower", "W", lambda: sum(b.dc_pv_w for b in mine))
            yield Channel("charger0", "MaxActualPower", "W", nothing)
            yield Channel("charger0", "Voltage", "mV", nothing)
            yield Channel("charger0", "Current", "mA", nothing)
            yield self._energy("charger0", "ActualEnergy", lambda: unit.dc_pv_wh)
            yield self._state("charger0")

    def _core(self) -> Iterator[Channel]:
        unit = self._unit
        yield Channel("_meta", "Version", "", value=lambda: unit.spec.version, kind="STRING")
        yield self._state("_meta")
        yield self._state("ctrlApiRest0")
        yield Channel("ctrlApiRest0", "RunFailed", "", value=lambda: 0, kind="BOOLEAN")
        if unit.spec.has_log:
            yield Channel("ctrlApiRest0", "ApiWorkerLog", "", value=lambda: unit.log_text, kind="STRING")

    def _state(self, component: str) -> Channel:
        return Channel(component, "State", "", lambda: 0)

    def _ess(self, component: str, battery: Battery) -> Iterator[Channel]:
        unit, spec = self._unit, battery.spec
        yield Channel(component, "Soc", "%", lambda: battery.soc_percent)
        yield Channel(component, "Capacity", "Wh", lambda: spec.capacity_wh)
        yield Channel(component, "MaxApparentPower", "VA", lambda: spec.max_apparent_w)
        yield Channel(component, "ActivePower", "W", lambda: self._warm(battery.ac_w))
        yield Channel(component, "ReactivePower", "var", lambda: self._warm(0.0))
        if spec.dc_pv_share > 0.0:
            yield Channel(component, "DcDischargePower", "W", lambda: self._warm(battery.power_w))
        yield Channel(component, "AllowedChargePower", "W", lambda: unit.allowed_w(battery)[0])
        yield Channel(component, "AllowedDischargePower", "W", lambda: unit.allowed_w(battery)[1])
        yield Channel(component, "DebugSetActivePower", "W", lambda: unit.debug_w.get(component))
        yield Channel(component, "DebugSetReactivePower", "var", lambda: 0 if component in unit.debug_w else None)
        yield Channel(component, "GridMode", "", lambda: unit.grid_mode)
        yield Channel(component, "StartStop", "", lambda: -1)
        yield Channel(component, "ApplyPowerFailed", "", lambda: 0, kind="BOOLEAN")
        for name, one in (("CellVoltage", "mV"), ("CellTemperature", "°C")):
            yield Channel(component, f"Min{name}", one, nothing)
            yield Channel(component, f"Max{name}", one, nothing)
        yield self._energy(component, "ActiveChargeEnergy", lambda: unit.ac_charge_wh.get(component))
        yield self._energy(component, "ActiveDischargeEnergy", lambda: unit.ac_discharge_wh.get(component))
        yield self._state(component)
        for name in WRITABLE:
            yield Channel(component, name, "var" if "Reactive" in name else "W", lambda: None, access="WO")
