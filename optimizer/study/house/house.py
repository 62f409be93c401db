"""The virtual house: the twin's physics in virtual time, observed as State and controlled by decisions. No sockets.

All readings are from the time of the tick. There are no faults, and devices obey.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from optimizer.model.decision import BatteryOrder, Decision, EvOrder, SwitchOrder
from optimizer.model.holidays import holiday_on
from optimizer.model.reading import Reading
from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.model.state import Ev, Grid, Pv, State, Switch
from optimizer.model.sun import sun_times
from optimizer.rules.book.asked import Asked
from optimizer.study.house.car import ENDLESS_WH, Car, Garage, moved, stays_between
from optimizer.study.house.devices import START_A, Cellar, Stall
from optimizer.study.house.forecasts import Forecasting, HouseForecasts
from optimizer.study.house.prices import HousePrices, Tariff
from optimizer.study.house.relay import Relay, load_spec
from optimizer.study.input.series import Series
from optimizer.twin.battery import Battery, BatterySpec
from optimizer.twin.charger import CarSpec, ChargerSpec
from optimizer.twin.physics import House, PhysicsSpec

NO_LOADS: Mapping[str, Switch] = {}


@dataclass(frozen=True, slots=True)
class World:
    """The part of a study that no decision changes: weather, load, prices, cars, and batteries."""

    series: Series
    cars: Mapping[str, Car] = field(default_factory=dict)
    """By charger; a charger without one has a car that is always there and never full."""
    batteries: Mapping[str, BatterySpec] = field(default_factory=dict)
    """By name. A battery of the site that is missing here gets 10 kWh."""
    tariff: Tariff = Tariff()
    pvs: tuple[str, ...] = ("pv",)
    """Names of the PV systems. Each gets an equal share of the power."""
    tick_s: float = 10.0
    forecasting: Forecasting = Forecasting()

    def over(self, series: Series) -> World:
        """The same in another part of its time. Recorded visits count from its start and are shifted."""
        by_s = (series.start - self.series.start).total_seconds()
        cars = {name: moved(car, by_s, series.duration_s) for name, car in self.cars.items()}
        return replace(self, series=series, cars=cars)


class Shadow:
    """The same house without cars: its batteries, import, and export. Switchable loads count as its load."""

    __slots__ = ("_ac_share", "batteries", "export_wh", "import_wh")

    def __init__(self, specs: tuple[BatterySpec, ...]) -> None:
        self.batteries = [Battery(spec) for spec in specs]
        self._ac_share = 1.0 - sum(spec.dc_pv_share for spec in specs)
        self.import_wh = self.export_wh = 0.0

    def step(self, dt_s: float, pv_w: float, load_w: float) -> None:
        """Move on by `dt_s`."""
        net_w = load_w - pv_w * self._ac_share
        for battery in self.batteries:
            net_w -= battery.step(dt_s, net_w, pv_w * battery.spec.dc_pv_share)
        if net_w >= 0.0:
            self.import_wh += net_w * dt_s / 3600.0
        else:
            self.export_wh -= net_w * dt_s / 3600.0


class VirtualHouse:
    """The house in virtual time, and the same house without cars."""

    def __init__(self, site: Site, world: World, asked: Asked | None = None) -> None:
        """`asked`: what the rules ask of prices and forecasts."""
        self.site = site
        self.world = world
        series = world.series
        cars = {name: world.cars.get(name, Car()) for name in site.chargers}
        batteries = tuple(battery_spec(world, battery) for battery in site.batteries.values())
        specs = tuple(_charger_spec(charger, cars[name]) for name, charger in site.chargers.items())
        loads = tuple(load_spec(one) for one in site.switches.values())
        self.physics = House(PhysicsSpec(specs, batteries, shadow=False, loads=loads))
        self.shadow = Shadow(batteries)
        self.stalls = [
            Stall(charger, cars[name], physical, _garage(cars[name], series, site))
            for (name, charger), physical in zip(site.chargers.items(), self.physics.chargers, strict=True)
        ]
        self.cellars = [
            Cellar(*three)
            for three in zip(site.batteries.values(), self.physics.batteries, self.shadow.batteries, strict=True)
        ]
        self.relays = [Relay(*both) for both in zip(site.switches.values(), self.physics.loads, strict=True)]
        self.now: datetime = series.start
        self.t_s = 0.0
        self._tick = timedelta(seconds=world.tick_s)
        self._at_s = series.start.timestamp()
        asked = asked or Asked()
        self.prices = HousePrices(series, world.tariff, site.zone, asked)
        self.forecasts = HouseForecasts(series, world.forecasting, site.zone, asked.forecasts)
        self._evs: dict[str, Ev] = {}

    def skip(self) -> None:
        """A tick without known values: time passes, but the house does not change."""
        self.now += self._tick
        self.t_s += self.world.tick_s
        self._at_s += self.world.tick_s
        self.physics.t_s = self.t_s

    def step(self, pv_w: float, load_w: float) -> State:
        """One tick of physics. Returns the state after it."""
        tick_s = self.world.tick_s
        self.physics.step(tick_s, pv_w, load_w)
        # Its switchable loads run at the same times, so that only the cars make a difference.
        self.shadow.step(tick_s, pv_w, self.physics.home_w)
        self.now = now = self.now + self._tick
        self.t_s = t_s = self.t_s + tick_s
        self._at_s = at_s = self._at_s + tick_s
        evs: dict[str, Ev] = {}
        for stall in self.stalls:
            if stall.garage.event_s <= t_s or stall.garage.waiting:
                stall.come_and_go(t_s)
            evs[stall.site.name] = stall.look(t_s)
        self._evs = evs
        names = self.world.pvs
        yield_w = Reading(self.physics.pv_w / len(names), t_s)
        local = now.astimezone(self.site.zone)
        return State(
            now=now,
            local=local,
            mono_s=t_s,
            grid=Grid(Reading(self.physics.grid_w, t_s)),
            pvs={name: Pv(name, yield_w) for name in names},
            batteries={cellar.site.name: cellar.look(t_s) for cellar in self.cellars},
            evs=evs,
            switches={relay.site.name: relay.look(t_s, tick_s) for relay in self.relays} if self.relays else NO_LOADS,
            prices=self.prices(at_s, t_s, tick_s),
            forecast=self.forecasts(at_s, t_s, tick_s),
            sun=sun_times(self.site.latitude, self.site.longitude, local),
            holiday=holiday_on(self.site.holidays, local.toordinal()),
        )

    def obey(self, decision: Decision) -> None:
        """Carry out the decision on the last state."""
        commands, t_s = decision.commands, self.t_s
        for stall in self.stalls:
            name = stall.site.name
            order = commands[f"ev.{name}"].order
            if isinstance(order, EvOrder):
                stall.obey(order, self._evs[name], t_s, t_s + self.world.tick_s)
        for cellar in self.cellars:
            command = commands.get(f"battery.{cellar.site.name}")
            if command is not None and isinstance(command.order, BatteryOrder):
                cellar.obey(command.order, t_s)
        for relay in self.relays:
            switch = commands[f"switch.{relay.site.name}"].order
            if isinstance(switch, SwitchOrder):
                relay.obey(switch, t_s)


def battery_spec(world: World, site: BatterySite) -> BatterySpec:
    """The simulated battery: as given, or 10 kWh with the powers and the floor of the settings."""
    given = world.batteries.get(site.name)
    if given is not None:
        return given
    return BatterySpec(
        site.name,
        max_charge_w=site.max_charge_w,
        max_discharge_w=site.max_discharge_w,
        floor_soc_percent=site.floor_soc_percent,
    )


def _charger_spec(site: ChargerSite, car: Car) -> ChargerSpec:
    return ChargerSpec(
        name=site.name,
        rated_a=site.max_current_a,
        phase_map=site.phase_map,
        can_switch_phases=site.can_switch_phases,
        initial_phases=1 if site.can_switch_phases else len(site.phase_map),
        initial_current_a=START_A,
        initial_paused=True,
        car=CarSpec(
            capacity_wh=ENDLESS_WH if car.endless else car.capacity_wh,
            initial_soc_percent=0.0 if car.endless else car.initial_soc_percent,
            phases=car.phases,
            max_current_a=car.max_current_a,
            efficiency=car.efficiency,
            stays=(),
        ),
    )


def _garage(car: Car, series: Series, site: Site) -> Garage:
    return Garage(car, stays_between(car, series.start, series.end, site.zone))
