"""A charger and a battery of the virtual house: their part of State, and how they receive orders.

Writes to a charger take effect at once and are read back after 2 s, as with the dispatcher. A sequence (phases, then
current) continues within a tick. Unchanged readings and the objects around them are reused.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from optimizer.control.limiter import READ_BACK_S, ChargerWrite, applied, next_write
from optimizer.model.decision import AUTO, BatteryAction, BatteryOrder, EvOrder
from optimizer.model.reading import NOT_MEASURED, Reading
from optimizer.model.site import BatterySite, ChargerSite
from optimizer.model.state import CHARGING, CONNECTED, DISCONNECTED, Commanded, Ev
from optimizer.model.state import Battery as BatteryState
from optimizer.study.house.car import Car, Garage
from optimizer.twin.battery import Battery
from optimizer.twin.charger import ON, Charger

START_A = 6.0
"""The setting of a paused charger before the first write."""
QUIET_S = 60.0
"""After this time without a write, the readings of an idle charger no longer change and are reused."""


class Stall:
    """One charger with its car: its settings, its part of State, and how it receives an order."""

    __slots__ = (
        "_commanded",
        "_idle",
        "_offered",
        "_paused",
        "_phases",
        "_rated",
        "_tells_soc",
        "car",
        "charger",
        "current_a",
        "garage",
        "paused",
        "phases",
        "site",
        "writes",
    )  # fmt: skip

    def __init__(self, site: ChargerSite, car: Car, charger: Charger, garage: Garage) -> None:
        self.site = site
        self.car = car
        self.charger = charger
        self.garage = garage
        self.current_a = START_A
        self.paused = True
        self.phases = charger.spec.initial_phases
        self.writes: Counter[str] = Counter()
        self._tells_soc = car.reports_soc and not car.endless
        self._rated = Reading(site.max_current_a, 0.0)
        self._commanded: Commanded | None = None
        self._idle: Ev | None = None
        self._read_back(0.0)

    def _read_back(self, now_s: float) -> None:
        self._offered = Reading(self.current_a, now_s)
        self._paused = Reading(self.paused, now_s)
        self._phases = Reading(self.phases, now_s)

    def come_and_go(self, now_s: float) -> None:
        """Let the car arrive or leave at its time."""
        garage, charger = self.garage, self.charger
        while garage.event_s <= now_s:
            if charger.plugged:
                garage.leave()
                charger.unplug()
            else:
                has_wh = garage.arrive(charger.car_wh)
                charger.plug_in(now_s, 100.0 * has_wh / charger.spec.car.capacity_wh)
        if garage.waiting:
            garage.look(charger.car_wh, now_s)

    def look(self, now_s: float) -> Ev:
        """The charger in State."""
        charger, commanded = self.charger, self._commanded
        power_w = charger.power_w
        if commanded is not None and self._offered.at_s < commanded.at_s + READ_BACK_S <= now_s:
            self._read_back(now_s)
        on = charger.state == ON
        status = (CHARGING if on else CONNECTED) if charger.plugged else DISCONNECTED
        idle = self._idle
        if idle is not None:
            if (
                not on
                and idle.status.value is status
                and idle.commanded is commanded
                and idle.offered_a is self._offered
            ):
                return idle
            self._idle = None
        amps: tuple[Reading[float], ...] = ()
        if on:
            live = Reading(charger.current_a, now_s)
            dead = Reading(0.0, now_s)
            active = charger.active_phases
            amps = tuple(live if k < active else dead for k in range(len(self.site.phase_map)))
        ev = Ev(
            name=self.site.name,
            status=Reading(status, now_s),
            power_w=Reading(power_w, now_s),
            phase_current_a=amps,
            offered_a=self._offered,
            signalled_a=NOT_MEASURED,
            paused=self._paused,
            phases=self._phases,
            rated_a=self._rated,
            session_energy_wh=Reading(charger.session_wh, now_s),
            energy_total_wh=NOT_MEASURED,
            energy_limit_wh=Reading(charger.limit_wh, now_s),
            soc_percent=Reading(charger.car_soc_percent, now_s)
            if self._tells_soc and charger.plugged
            else NOT_MEASURED,
            blocked="",
            commanded=commanded,
        )
        if not on and (commanded is None or now_s - commanded.at_s > QUIET_S):
            self._idle = ev
        return ev

    def obey(self, order: EvOrder, ev: Ev, now_s: float, until_s: float) -> None:
        """Write what the limiter asks for, one write at a time, until `until_s`."""
        at_s = now_s
        while True:
            write = next_write(order, ev, self.site, at_s)
            if write is None:
                commanded = ev.commanded
                if commanded is None or commanded.at_s < at_s or at_s + READ_BACK_S >= until_s:
                    return
                at_s += READ_BACK_S
                self._read_back(at_s)
            else:
                self._write(write, at_s)
            ev = replace(
                ev,
                commanded=self._commanded,
                offered_a=self._offered,
                paused=self._paused,
                phases=self._phases,
                energy_limit_wh=Reading(self.charger.limit_wh, at_s),
            )

    def _write(self, write: ChargerWrite, at_s: float) -> None:
        self.writes[write.kind] += 1
        self._idle = None
        charger = self.charger
        if write.kind == "energy_limit":
            charger.limit_wh = write.value
            if charger.done:
                charger.resume(at_s)
            return
        raised_at_s = None if self._commanded is None else self._commanded.raised_at_s
        before = Commanded(self.current_a, self.paused, self.phases, at_s, raised_at_s=raised_at_s)
        self._commanded = after = applied(before, write, at_s)
        self.current_a, self.paused, self.phases = after.current_a, after.paused, after.phases
        charger.command(at_s, self.phases, 0.0 if self.paused else self.current_a)


class Cellar:
    """One battery: its part of State, and how it receives an order."""

    __slots__ = ("_capacity", "_changed_s", "_charge", "_discharge", "_order", "battery", "shadow", "site", "writes")

    def __init__(self, site: BatterySite, battery: Battery, shadow: Battery) -> None:
        spec = battery.spec
        self.site = site
        self.battery = battery
        self.shadow = shadow
        self.writes = 0
        self._capacity = Reading(spec.capacity_wh, 0.0)
        self._charge = Reading(spec.max_charge_w, 0.0)
        self._discharge = Reading(spec.max_discharge_w, 0.0)
        self._order: BatteryOrder = AUTO
        self._changed_s = float("-inf")

    def look(self, now_s: float) -> BatteryState:
        """The battery in State."""
        battery = self.battery
        return BatteryState(
            name=self.site.name,
            power_w=Reading(battery.power_w, now_s),
            soc_percent=Reading(100.0 * battery.energy_wh / battery.spec.capacity_wh, now_s),
            capacity_wh=self._capacity,
            max_charge_w=self._charge,
            max_discharge_w=self._discharge,
        )

    def obey(self, order: BatteryOrder, now_s: float) -> None:
        """Follow a new order. The house without cars follows it only if it sets a power.

        Most orders with bounds exist because of the car.
        """
        standing = self._order
        if order is standing or order == standing or now_s - self._changed_s < self.site.min_interval_s:
            return
        self._order, self._changed_s = order, now_s
        self.writes += 1
        if order.action is BatteryAction.POWER:
            self.battery.command(order.power_w, order.power_w, follow=False)
            self.shadow.command(order.power_w, order.power_w, follow=False)
            return
        self.shadow.command()
        if order.action is BatteryAction.BOUNDS:
            charge_w, discharge_w = order.max_charge_w, order.max_discharge_w
            inf = float("inf")
            self.battery.command(-inf if charge_w is None else -charge_w, inf if discharge_w is None else discharge_w)
        else:
            self.battery.command()
