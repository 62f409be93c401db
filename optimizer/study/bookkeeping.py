"""Bookkeeper: counts the energies, the money, and the events of a simulated house, tick by tick."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Mapping
from math import isnan

from optimizer.rules.book.verdict import Claimed, Verdict
from optimizer.study.house.house import VirtualHouse, World
from optimizer.study.result import COLUMNS, SLOT_S, LoadShare, Result, RuleShare, Words
from optimizer.words.text import Text

NOBODY = "no rule"
"""The name used while no rule claims the charger's mode."""
NAN = float("nan")


class Paid:
    """The prices of import and export in a tick, ct/kWh. None: unknown."""

    __slots__ = ("_feed_in", "_imports", "_row", "feed_in_ct", "import_ct")

    def __init__(self, world: World) -> None:
        self._imports, self._feed_in = world.series.price_ct, world.series.feed_in_ct
        self._row = -1
        self.import_ct = world.tariff.import_ct
        self.feed_in_ct = world.tariff.feed_in_ct

    def changes(self, row: int) -> bool:
        """Go on to this row of the series. Whether a price has changed."""
        if row == self._row:
            return False
        first, self._row = self._row < 0, row
        import_ct = self.import_ct if self._imports is None else _known(self._imports[row])
        feed_in_ct = self.feed_in_ct if self._feed_in is None else _known(self._feed_in[row])
        changed = first or import_ct != self.import_ct or feed_in_ct != self.feed_in_ct
        self.import_ct, self.feed_in_ct = import_ct, feed_in_ct
        return changed


def _known(value: float) -> float | None:
    return None if isnan(value) else value


class Bookkeeper:
    """Counts energies and events from the meters of the house after each tick."""

    def __init__(self, house: VirtualHouse, label: str) -> None:
        self._house = house
        self._label = label
        self._slot = 0
        world = house.world
        self.ticks_a_slot = round(SLOT_S / world.tick_s)
        slots = math.ceil(world.series.duration_s / SLOT_S)
        self._slots = {name: array("d", [NAN]) * slots for name in COLUMNS}
        self._slot_rules = array("h", [-1]) * slots
        self._names: list[str] = []
        self._index: dict[str, int] = {}
        self._modes = [f"ev.{stall.site.name}.mode" for stall in house.stalls]
        self._shares: dict[str, RuleShare] = {}
        self._verdict = Verdict({}, {}, ())
        self._slot_words = array("i", [-1]) * slots
        self._words: dict[Words, int] = {}
        self._claims: Mapping[str, Claimed] | None = None
        self._ruling: list[RuleShare] = []
        self._rule = -1
        self.ticks = self._slot_ticks = 0
        self.skipped_s = 0.0
        self._drained_wh = 0.0
        self._total_wh = [stall.charger.total_wh for stall in house.stalls]
        self._import_ct, self._feed_in_ct = world.tariff.import_ct, world.tariff.feed_in_ct
        self._feed_in_sum = 0.0
        self._paid_ticks = 0
        self._unpaid_wh = 0.0
        self._priced = [0.0, 0.0, 0.0, 0.0]
        self._cost_ct = self._cost_without_ct = self._price_sum = 0.0
        self._priced_ticks = 0
        self._unpriced_wh = 0.0
        self._before = self._meters()
        self._stored_wh = sum(battery.energy_wh for battery in house.physics.batteries)
        self._car_wh = _in_cars_wh(house)

    def new_prices(self, paid: Paid) -> None:
        """Energy costs and pays this from now on."""
        self._settle()
        self._import_ct, self._feed_in_ct = paid.import_ct, paid.feed_in_ct

    def book(self, load_w: float, verdict: Verdict) -> None:
        """One tick."""
        house = self._house
        physics = house.physics
        self.ticks += 1
        self._slot_ticks += 1
        if self._import_ct is not None:
            self._price_sum += self._import_ct
            self._priced_ticks += 1
        if self._feed_in_ct is not None:
            self._feed_in_sum += self._feed_in_ct
            self._paid_ticks += 1
        self._verdict = verdict
        if verdict.claims is not self._claims:
            self._new_claims(verdict.claims)
        tick_s = house.world.tick_s
        for at, stall in enumerate(house.stalls):
            share = self._ruling[at]
            share.seconds += tick_s
            if stall.charger.total_wh != self._total_wh[at]:
                share.ev_wh += stall.charger.total_wh - self._total_wh[at]
                self._total_wh[at] = stall.charger.total_wh
        ev_w = physics.ev_w
        if ev_w > 0.0:
            short_w = load_w - physics.pv_w
            straight_w = min(ev_w, -short_w) if short_w < 0.0 else 0.0
            spare_w = physics.battery_w - (short_w if short_w > 0.0 else 0.0)
            if spare_w > 0.0:
                self._drained_wh += min(ev_w - straight_w, spare_w) * tick_s / 3600.0

    def _new_claims(self, claims: Mapping[str, Claimed]) -> None:
        self._claims = claims
        self._ruling = []
        for mode in self._modes:
            claim = claims.get(mode)
            rule = NOBODY if claim is None else claim.rule
            if rule not in self._index:
                self._index[rule] = len(self._names)
                self._names.append(rule)
                self._shares[rule] = RuleShare()
            self._ruling.append(self._shares[rule])
            if mode is self._modes[0]:
                self._rule = self._index[rule]

    def _meters(self) -> tuple[float, ...]:
        physics, shadow = self._house.physics, self._house.shadow
        charged_wh = sum(battery.charged_wh for battery in physics.batteries)
        discharged_wh = sum(battery.discharged_wh for battery in physics.batteries)
        return (
            physics.pv_wh,
            physics.home_wh,
            physics.ev_wh,
            physics.import_wh,
            physics.export_wh,
            physics.import_wh - shadow.import_wh,
            discharged_wh - charged_wh,
            self._cost_ct,
        )

    def _settle(self) -> None:
        """Price the energy metered since the last call."""
        physics, shadow = self._house.physics, self._house.shadow
        now = [physics.import_wh, physics.export_wh, shadow.import_wh, shadow.export_wh]
        imported, exported, without, fed = (a - b for a, b in zip(now, self._priced, strict=True))
        self._priced = now
        # Feed-in is paid even if the import price is unknown.
        if self._feed_in_ct is None:
            self._unpaid_wh += exported
        else:
            self._cost_ct -= exported * self._feed_in_ct / 1e3
            self._cost_without_ct -= fed * self._feed_in_ct / 1e3
        if self._import_ct is None:
            self._unpriced_wh += imported
        else:
            self._cost_ct += imported * self._import_ct / 1e3
            self._cost_without_ct += without * self._import_ct / 1e3

    def end_slot(self) -> None:
        """A quarter hour is over."""
        if self._slot_ticks:
            self._settle()
            now = self._meters()
            for name, before, after in zip(COLUMNS, self._before, now, strict=False):
                self._slots[name][self._slot] = after - before
            self._before = now
            batteries = self._house.physics.batteries
            capacity_wh = sum(battery.spec.capacity_wh for battery in batteries)
            if capacity_wh > 0.0:
                energy_wh = sum(battery.energy_wh for battery in batteries)
                self._slots["soc_percent"][self._slot] = 100.0 * energy_wh / capacity_wh
            self._slot_rules[self._slot] = self._rule
            self._slot_words[self._slot] = self._words.setdefault(words_of(self._verdict), len(self._words))
            self._slot_ticks = 0
        self._slot += 1

    def close(self, complete: bool) -> Result:
        """The result."""
        if self._slot_ticks:
            self.end_slot()
        self._settle()
        house = self._house
        physics, shadow, tariff = house.physics, house.shadow, house.world.tariff
        batteries = physics.batteries
        # Signed: energy that a battery holds in addition to the case without cars is already bought.
        owed_wh = sum(
            mine.spec.discharge_efficiency * (other.energy_wh - mine.energy_wh)
            for mine, other in zip(batteries, shadow.batteries, strict=True)
        )
        writes: Counter[str] = Counter()
        for stall in house.stalls:
            writes.update(stall.writes)
        if house.cellars:
            writes["battery"] = sum(cellar.writes for cellar in house.cellars)
        if house.relays:
            writes["switch"] = sum(relay.writes for relay in house.relays)
        priced = self._priced_ticks > 0
        return Result(
            label=self._label,
            start=house.world.series.start,
            end=house.now,
            complete=complete,
            ticks=self.ticks,
            tick_s=house.world.tick_s,
            skipped_s=self.skipped_s,
            pv_wh=physics.pv_wh,
            home_wh=physics.home_wh,
            ev_wh=physics.ev_wh,
            ev_grid_wh=physics.import_wh - shadow.import_wh + owed_wh,
            ev_drained_wh=self._drained_wh,
            import_wh=physics.import_wh,
            export_wh=physics.export_wh,
            import_without_wh=shadow.import_wh,
            throughput_wh=physics.battery_throughput_wh,
            battery_wh=sum(battery.spec.capacity_wh for battery in batteries),
            stored_wh=(self._stored_wh, sum(battery.energy_wh for battery in batteries)),
            stored_without_wh=sum(battery.energy_wh for battery in shadow.batteries),
            car_wh=(self._car_wh, _in_cars_wh(house)),
            cost_ct=self._cost_ct if priced else None,
            cost_without_ct=self._cost_without_ct if priced else None,
            mean_import_ct=self._price_sum / self._priced_ticks if priced else None,
            feed_in_ct=self._feed_in_sum / self._paid_ticks if self._paid_ticks else 0.0,
            elsewhere_ct=tariff.alternative_ct,
            starts=sum(stall.charger.starts for stall in house.stalls),
            switches=sum(stall.charger.switches for stall in house.stalls),
            writes=dict(writes),
            visits=sum(stall.garage.visits for stall in house.stalls),
            waits_h=tuple(wait for stall in house.stalls for wait in stall.garage.waits_h),
            shortfall_wh=sum(stall.garage.shortfall_wh / stall.car.efficiency for stall in house.stalls),
            loads={
                relay.site.name: LoadShare(relay.load.energy_wh, relay.on_s, relay.load.operations)
                for relay in house.relays
            },
            rules=self._shares,
            slots=self._slots,
            slot_rules=self._slot_rules,
            rule_names=tuple(self._names),
            slot_words=self._slot_words,
            words=tuple(self._words),
            notes=self._notes(),
        )

    def _notes(self) -> tuple[str, ...]:
        notes = list(self._house.world.series.notes)
        if self.skipped_s:
            notes.append(Text("{skipped_1d} h without data are left out.", skipped_1d=self.skipped_s / 3600.0))
        if self._unpriced_wh > 0.0 and self._priced_ticks:
            notes.append(
                Text(
                    "{unpriced_1d} kWh were imported at times without a price and cost nothing.",
                    unpriced_1d=self._unpriced_wh / 1e3,
                )
            )
        if self._unpaid_wh > 0.0 and self._paid_ticks:
            notes.append(
                Text(
                    "{unpaid_1d} kWh were exported at times without a price and paid nothing.",
                    unpaid_1d=self._unpaid_wh / 1e3,
                )
            )
        if self._house.relays:
            notes.append(
                Text("Switchable loads draw their whole power_w while they are on, beside the consumption given.")
            )
        return (*notes, *self._house.prices.notes(), *self._house.forecasts.notes())


def words_of(verdict: Verdict) -> Words:
    """The claims and limits in force, with their rules and values."""
    claims = [(target, claim.rule, claim.value) for target, claim in verdict.claims.items()]
    limits = [(f"limit {target}", limit.rule, limit.value) for target, limit in verdict.limits.items()]
    return tuple(sorted((*claims, *limits)))


def _in_cars_wh(house: VirtualHouse) -> float:
    return sum(stall.charger.car_wh / stall.car.efficiency for stall in house.stalls)
