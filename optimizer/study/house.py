"""The virtual house: the twin's physics under virtual time, seen as State and moved by decisions. No sockets.

Readings are of the moment of the tick. Writes to a charger take effect at once and are read back after 2 s, as the
dispatcher's are; a sequence (phases, then current) goes on within a tick. Objects that did not change are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from optimizer.control.limiter import READ_BACK_S, ChargerWrite, next_write
from optimizer.model.decision import AUTO, BatteryAction, BatteryOrder, Decision, EvOrder
from optimizer.model.reading import NOT_MEASURED, Reading
from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.model.state import Battery as BatteryState
from optimizer.model.state import Ev, EvStatus, Grid, Prices, Pv, State, Told
from optimizer.study.car import ENDLESS_WH, Car, Garage, stays_between
from optimizer.study.series import Series
from optimizer.twin.battery import Battery, BatterySpec
from optimizer.twin.charger import ON, CarSpec, Charger, ChargerSpec
from optimizer.twin.physics import House, PhysicsSpec

START_A = 6.0
"""What a charger is set to, paused, before anybody has written to it."""
QUIET_S = 60.0
"""After this time without a write an idle charger shows nothing new, and its readings are kept."""
CHARGING = EvStatus.CHARGING
CONNECTED = EvStatus.CONNECTED
DISCONNECTED = EvStatus.DISCONNECTED


@dataclass(frozen=True, slots=True)
class Tariff:
    """What energy costs, in ct/kWh; None where it is not known."""

    import_ct: float | None = None
    """Where the series has prices, those count instead."""
    feed_in_ct: float | None = None
    alternative_ct: float | None = None
    """What a kWh for the car costs elsewhere."""


@dataclass(frozen=True, slots=True)
class World:
    """All of a study that is not decided: weather, load, prices, cars and batteries."""

    series: Series
    cars: Mapping[str, Car] = field(default_factory=dict)
    """By charger; a charger without one has a car that is always there and never full."""
    batteries: Mapping[str, BatterySpec] = field(default_factory=dict)
    """By name; those of the site that are missing here are taken at 10 kWh."""
    tariff: Tariff = Tariff()
    pvs: tuple[str, ...] = ("pv",)
    """Names of the PV systems; the yield is shared evenly among them."""
    tick_s: float = 10.0


class Stall:
    """One charger with its car: what it is set to, how State shows it, how an order gets there."""

    __slots__ = (
        "_idle", "_offered", "_paused", "_phases", "_rated", "_told", "car", "charger", "current_a", "garage",
        "paused", "phases", "site", "writes",
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
        self._rated = Reading(site.max_current_a, 0.0)
        self._told: Told | None = None
        self._idle: Ev | None = None
        self._read_back(0.0)

    def _read_back(self, now_s: float) -> None:
        self._offered = Reading(self.current_a, now_s)
        self._paused = Reading(self.paused, now_s)
        self._phases = Reading(self.phases, now_s)

    def come_and_go(self, now_s: float) -> None:
        """Lets the car arrive or leave when its time has come."""
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
        """The charger as State carries it."""
        charger, told = self.charger, self._told
        power_w = charger.power_w
        if told is not None and self._offered.at_s < told.at_s + READ_BACK_S <= now_s:
            self._read_back(now_s)
        on = charger.state == ON
        status = (CHARGING if on else CONNECTED) if charger.plugged else DISCONNECTED
        idle = self._idle
        if idle is not None:
            if not on and idle.status.value is status and idle.told is told and idle.offered_a is self._offered:
                return idle
            self._idle = None
        amps: tuple[Reading[float], ...] = ()
        if on:
            live = Reading(charger.current_a, now_s)
            dead = Reading(0.0, now_s)
            active = charger.active_phases
            amps = tuple(live if k < active else dead for k in range(len(self.site.phase_map)))
        ev = Ev(
            self.site.name,
            Reading(status, now_s),
            Reading(power_w, now_s),
            amps,
            self._offered,
            NOT_MEASURED,
            self._paused,
            self._phases,
            self._rated,
            Reading(charger.session_wh, now_s),
            NOT_MEASURED,
            Reading(charger.limit_wh, now_s),
            NOT_MEASURED,
            "",
            told,
        )
        if not on and (told is None or now_s - told.at_s > QUIET_S):
            self._idle = ev
        return ev

    def obey(self, order: EvOrder, ev: Ev, now_s: float, until_s: float) -> None:
        """Writes what the limiter asks for, one write at a time, until `until_s`."""
        at_s = now_s
        while True:
            write = next_write(order, ev, self.site, at_s)
            if write is None:
                told = ev.told
                if told is None or told.at_s < at_s or at_s + READ_BACK_S >= until_s:
                    return
                at_s += READ_BACK_S
                self._read_back(at_s)
            else:
                self._write(write, at_s)
            ev = replace(
                ev,
                told=self._told,
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
        if write.kind == "current":
            self.current_a = write.value
        elif write.kind == "phases":
            self.phases = int(write.value)
        else:
            self.paused = write.kind == "pause"
        self._told = Told(self.current_a, self.paused, self.phases, at_s)
        charger.command(at_s, self.phases, 0.0 if self.paused else self.current_a)


class Cellar:
    """One battery: how State shows it, and how an order reaches it."""

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
        """The battery as State carries it."""
        battery = self.battery
        return BatteryState(
            self.site.name,
            Reading(battery.power_w, now_s),
            Reading(100.0 * battery.energy_wh / battery.spec.capacity_wh, now_s),
            self._capacity,
            self._charge,
            self._discharge,
        )

    def obey(self, order: BatteryOrder, now_s: float) -> None:
        """Follow a new order. The house without cars follows it only where it sets a power: bounds are mostly there
        because of the car."""
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


class Shadow:
    """The same house without cars: its batteries, and what it would import and export."""

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
    """The house in virtual time, beside it the same house without cars."""

    def __init__(self, site: Site, world: World) -> None:
        self.site = site
        self.world = world
        series = world.series
        cars = {name: world.cars.get(name, Car()) for name in site.chargers}
        batteries = tuple(battery_spec(world, battery) for battery in site.batteries.values())
        specs = tuple(_charger_spec(charger, cars[name]) for name, charger in site.chargers.items())
        self.physics = House(PhysicsSpec(specs, batteries, shadow=False))
        self.shadow = Shadow(batteries)
        self.stalls = [
            Stall(charger, cars[name], physical, _garage(cars[name], series, site))
            for (name, charger), physical in zip(site.chargers.items(), self.physics.chargers, strict=True)
        ]
        self.cellars = [
            Cellar(*three)
            for three in zip(site.batteries.values(), self.physics.batteries, self.shadow.batteries, strict=True)
        ]
        self.now: datetime = series.start
        self.t_s = 0.0
        self._tick = timedelta(seconds=world.tick_s)
        self._prices = Prices()
        self._price_ct: float | None = -1.0
        self._evs: dict[str, Ev] = {}

    def skip(self) -> None:
        """A tick of which nothing is known: time goes on, the house stands still."""
        self.now += self._tick
        self.t_s += self.world.tick_s
        self.physics.t_s = self.t_s

    def step(self, pv_w: float, load_w: float, price_ct: float | None) -> State:
        """One tick of physics, and how the house looks after it. `price_ct` of imported energy, None if unknown."""
        tick_s = self.world.tick_s
        self.physics.step(tick_s, pv_w, load_w)
        self.shadow.step(tick_s, pv_w, load_w)
        self.now = now = self.now + self._tick
        self.t_s = t_s = self.t_s + tick_s
        if price_ct != self._price_ct:
            self._new_price(price_ct)
        evs: dict[str, Ev] = {}
        for stall in self.stalls:
            if stall.garage.event_s <= t_s or stall.garage.waiting:
                stall.come_and_go(t_s)
            evs[stall.site.name] = stall.look(t_s)
        self._evs = evs
        names = self.world.pvs
        yield_w = Reading(self.physics.pv_w / len(names), t_s)
        return State(
            now,
            now.astimezone(self.site.zone),
            t_s,
            Grid(Reading(self.physics.grid_w, t_s)),
            {name: Pv(name, yield_w) for name in names},
            {cellar.site.name: cellar.look(t_s) for cellar in self.cellars},
            evs,
            self._prices,
        )

    def obey(self, decision: Decision) -> None:
        """Carry out what was decided on the state just seen."""
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

    def _new_price(self, price_ct: float | None) -> None:
        tariff = self.world.tariff
        self._price_ct = price_ct
        self._prices = Prices(
            _price(price_ct, self.t_s), _price(tariff.feed_in_ct, self.t_s), _price(tariff.alternative_ct, self.t_s)
        )


def _price(value: float | None, at_s: float) -> Reading[float]:
    return NOT_MEASURED if value is None else Reading(value, at_s)


def battery_spec(world: World, site: BatterySite) -> BatterySpec:
    """A battery as it is simulated: as given, or 10 kWh with the powers and the floor of the settings."""
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
