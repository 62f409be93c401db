"""The shipped planner as a provider for an external judge of schedules.

    PYTHONPATH=. python DIR/plan_judge.py --provider bench.schedule:Shipped

The judge asks every quarter hour with what is known then, and lives through it with the true sun and consumption. The
provider builds the problem, solves it with the product's own solver, and answers in the modes of rules. It solves every
hour, and at once when the car, its goal, or the published prices change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from optimizer.control.grid_share import grid_share_of
from optimizer.model.schedule import CarMode, Goal, Schedule, ScheduleSlot
from optimizer.model.series import Series, Slot, Span
from optimizer.schedule.problem import Battery, Car, Problem, SpareWorth, Step
from optimizer.schedule.solve import solve
from optimizer.schedule.spare import MOST_ARRIVALS, Arrival, CarPast, spare_worths, usual_worth_ct
from optimizer.schedule.spreads import USUAL_HOME_ERROR, PvErrors, pv_spreads
from optimizer.sources.forecast.correction import NOTHING_LEARNT, corrected, joined, learn
from optimizer.sources.forecast.fading import after_last_day, following, following_sun
from optimizer.sources.forecast.feed import Place
from optimizer.sources.forecast.load import home_forecast
from optimizer.sources.forecast.persistence import persistence

NAME = "carport"
QUARTER_S, DAY = 900.0, 96
HORIZON, FINE, FURTHEST = 144, 64, 192
"""Quarter hours of a schedule, those before half hours begin, and those of the judge's forecasts."""
DAY_S = 86_400.0
ZONE, PLACE = ZoneInfo("Europe/Berlin"), Place(48.8, 9.2)
"""The judge does not tell where its houses are. The place sets only which hours are noon."""
LEAST_SUN_W = 400.0
NOTHING_W = 1.0
LATE = 8
"""Quarter hours before a departure with an open need, in which every quarter hour has a new schedule."""


@dataclass
class Decision:
    """The answer in the terms of the judge."""

    ev: str = "surplus"
    ev_max_w: float = 11_040.0
    battery: str = "auto"
    battery_w: float = 0.0
    battery_first: bool = True
    battery_feeds_ev: bool = False
    grid_share: float = 0.5
    why: str = ""


class Shipped:
    """One house over one segment."""

    def __init__(self) -> None:
        self._schedule: Schedule | None = None
        self._key: tuple[Any, ...] = ()
        self._made = 0
        self._mode: CarMode | None = None
        self._phases: int | None = None
        self._charging = False
        self._battery: str | None = None
        self._energy: float | None = None
        self._here: list[bool] = []
        self._arrivals: list[Arrival] = []
        self._left_kwh = self._over_kwh = 0.0
        self._is_valued = True
        self._forecast: list[float] = []
        self._correction = NOTHING_LEARNT
        self._sun_before = self._home = Series()

    def decide(self, known: Any) -> Decision:
        """The modes of this quarter hour."""
        self._remember(known)
        ev = known.ev
        key = (None if ev is None else (known.i + ev.departs_in, ev.target), known.i + len(known.import_ct))
        late = ev is not None and ev.departs_in <= LATE and ev.energy < ev.target
        if self._schedule is None or key != self._key or known.i - self._made >= 4 or late:
            self._schedule, self._key, self._made = solve(self._problem(known)), key, known.i
            self._value(self._schedule)
        slot = self._schedule.slot_at(known.now.timestamp())
        assert slot is not None
        return self._decision(slot, known)

    def _remember(self, known: Any) -> None:
        ev = known.ev
        came = ev is not None and (self._energy is None or ev.energy < self._energy - 0.5)
        self._here.append(ev is not None)
        if came:
            self._left_kwh, self._is_valued = self._over_kwh, False
        if ev is not None:
            self._over_kwh = max(0.0, ev.energy - ev.target)
        power_w = 0.0 if ev is None or self._energy is None or came else 4000.0 * (ev.energy - self._energy)
        self._charging = power_w > NOTHING_W
        if self._charging:
            self._phases = 1 if power_w <= known.site.ev_max_1p else 3
        self._energy = None if ev is None else ev.energy
        self._forecast.append(float(known.pv_fc_w[0]))
        if known.i % DAY == 0:
            self._learn(known)

    def _decision(self, slot: ScheduleSlot, known: Any) -> Decision:
        answer = Decision(battery_first=slot.battery_first)
        if slot.battery is not None:
            mode = slot.battery.mode
            answer.battery = "nocharge" if mode == "no_charge" else mode
            answer.battery_w, answer.battery_feeds_ev = abs(slot.battery.power_w), mode == "discharge"
            self._battery = mode
        car = slot.cars.get(NAME)
        self._mode = None if car is None else car.mode
        if car is not None:
            answer.ev = car.mode
            answer.grid_share = grid_share_of(slot.import_ct, slot.feed_in_ct, car.worth_ct)
            if car.mode == "fast":
                answer.ev_max_w = car.power_w
        return answer

    def _problem(self, known: Any) -> Problem:
        now_s, site = known.now.timestamp(), known.site
        steps = self._steps(known)
        slot = None if self._schedule is None else self._schedule.slot_at(now_s)
        planned = None if slot is None else slot.battery
        battery = Battery(
            energy_wh=1000.0 * known.soc,
            floor_wh=1000.0 * site.floor,
            capacity_wh=1000.0 * site.battery_kwh,
            charge_w=site.battery_w,
            discharge_w=site.battery_w,
            charge_efficiency=site.eta_c,
            discharge_efficiency=site.eta_d,
            wear_ct=site.wear_ct,
            may_sell=site.battery_to_grid,
            running=self._battery,  # type: ignore[arg-type]
            planned=None if planned is None else planned.mode,
        )
        return Problem(
            at_s=now_s,
            steps=steps,
            prices_known_until_s=now_s + QUARTER_S * len(known.import_ct),
            cars=() if known.ev is None else (self._car(known, slot),),
            battery=battery,
            most_export_w=site.export_cap_w if site.export_cap_w < 1e8 else None,
        )

    def _car(self, known: Any, slot: ScheduleSlot | None) -> Car:
        ev, now_s = known.ev, known.now.timestamp()
        planned = None if slot is None else slot.cars.get(NAME)
        need_wh = 1000.0 * max(0.0, ev.target - ev.energy)
        room_wh = 1000.0 * max(0.0, ev.ceiling - ev.energy)
        return Car(
            charger=NAME,
            goal=Goal(charger=NAME, ready_at_s=now_s + QUARTER_S * ev.departs_in, need_wh=need_wh),
            room_wh=room_wh,
            efficiency=1.0,
            spare=self._spare(known, max(1.0, room_wh)),
            lack_ct=known.site.elsewhere_ct,
            running=self._mode,
            running_phases=self._phases,
            charging=self._charging,
            planned=None if planned is None else planned.mode,
        )

    def _steps(self, known: Any) -> tuple[Step, ...]:
        imports = _extended(known.import_ct, known.past_import_ct)
        feed_in = [min(pair) for pair in zip(_extended(known.feed_in_ct, known.past_feed_in_ct), imports, strict=True)]
        sun, home = self._sun_now(known), self._home_now(known)
        count = HORIZON if known.ev is None else max(HORIZON, min(FURTHEST, known.ev.departs_in + LATE))
        leaves = None if known.ev is None else known.ev.departs_in
        start_s, place, cuts = known.now.timestamp(), 0, list[slice]()
        while place < count:
            width = 1 if place < FINE or place + 1 in (leaves, FURTHEST) else 2
            cuts.append(slice(place, place + width))
            place += width
        powers = [(start_s + QUARTER_S * cut.start, _mean(sun[cut])) for cut in cuts]
        errors = PvErrors(self._correction.error, self._correction.day_error)
        return tuple(
            Step(
                start_s=step_s,
                end_s=start_s + QUARTER_S * cut.stop,
                import_ct=_mean(imports[cut]),
                feed_in_ct=_mean(feed_in[cut]),
                is_known=cut.start < len(known.import_ct),
                pv_w=pv_w,
                home_w=_mean(home[cut]),
                pv_spread_w=spread.step_w,
                pv_day_spread_w=spread.day_w,
                home_spread_w=_mean(home[cut]) * USUAL_HOME_ERROR,
            )
            for cut, (step_s, pv_w), spread in zip(cuts, powers, pv_spreads(powers, errors, start_s), strict=True)
        )

    def _learn(self, known: Any) -> None:
        """Learn sun and consumption from the days before, at the beginning of each day."""
        now_s, past = known.now.timestamp(), len(known.past_pv_w)
        span = Span(now_s, now_s + DAY_S + QUARTER_S * FURTHEST)
        measured = _series(now_s - QUARTER_S * past, known.past_pv_w)
        forecast = _series(now_s - QUARTER_S * past, self._forecast[known.i - past : known.i])
        peak_w = max(map(float, known.past_pv_w), default=0.0)
        self._correction = learn(forecast, measured, peak_w, PLACE, now_s, ZONE)
        self._sun_before = persistence(measured, now_s, span)
        record = _series(now_s - QUARTER_S * past, known.past_load_w)
        self._home = home_forecast(record, now_s, Span(now_s - DAY_S, span.end_s), ZONE)

    def _sun_now(self, known: Any) -> list[float]:
        """The expected sun, W, by quarter hour from now on."""
        now_s = known.now.timestamp()
        service = _series(now_s - QUARTER_S, [*self._forecast[-2:-1], *known.pv_fc_w][-FURTHEST - 1 :])
        sun = corrected(service, self._correction, PLACE, float("inf"))
        sun = joined(sun, self._sun_before, self._correction.service_part, float("inf"))
        measured_w = float(known.past_pv_w[-1]) if known.i else None
        sun = following_sun(sun, measured_w, sun.at(now_s - QUARTER_S), now_s, LEAST_SUN_W)
        return _values(sun, now_s, known.pv_fc_w)

    def _home_now(self, known: Any) -> list[float]:
        """The expected consumption, W, by quarter hour from now on."""
        now_s, last = known.now.timestamp(), known.past_load_w[-DAY:]
        home = after_last_day(self._home, _series(now_s - QUARTER_S * len(last), last), Span(now_s - DAY_S, now_s))
        measured_w = float(last[-1]) if known.i else None
        home = following(home, measured_w, home.at(now_s - QUARTER_S), now_s)
        return _values(home, now_s, known.load_fc_w)

    def _value(self, schedule: Schedule) -> None:
        """Keep what more energy would have been worth when the car came."""
        outcome = schedule.outcome_of(NAME)
        if outcome is not None and outcome.worths_ct and not self._is_valued:
            self._arrivals = [*self._arrivals, Arrival(outcome.worths_ct, 1000.0 * self._left_kwh)][-MOST_ARRIVALS:]
            self._is_valued = True

    def _spare(self, known: Any, room_wh: float) -> tuple[SpareWorth, ...]:
        """The worth of energy beyond the need."""
        feed_in_ct = _mean([*known.past_feed_in_ct, *known.feed_in_ct])
        usual_ct = usual_worth_ct(min(map(float, known.import_ct)), feed_in_ct)
        return spare_worths(CarPast(tuple(self._arrivals), 1000.0 * self._over_kwh), usual_ct, feed_in_ct, room_wh)


def _series(start_s: float, values: Iterable[Any]) -> Series:
    """Quarter hours from `start_s` on."""
    starts = ((start_s + QUARTER_S * place, float(value)) for place, value in enumerate(values))
    return Series.of(Slot(at_s, at_s + QUARTER_S, value) for at_s, value in starts)


def _values(series: Series, start_s: float, otherwise: Sequence[float]) -> list[float]:
    """The values from `start_s` on, and `otherwise` where they are unknown."""
    found = (series.at(start_s + QUARTER_S * place) for place in range(FURTHEST))
    return [float(other) if value is None else value for value, other in zip(found, otherwise, strict=True)]


def _mean(values: Sequence[float]) -> float:
    return float(sum(values)) / len(values)


def _extended(known: Any, past: Any) -> list[float]:
    """Prices beyond the published ones: the mean of the same time over seven days."""
    prices, whole = [float(value) for value in known[:FURTHEST]], [*map(float, past[-7 * DAY :]), *map(float, known)]
    while len(prices) < FURTHEST:
        ahead = len(prices) - len(known)
        same = [whole[place] for day in range(1, 8) if (place := len(whole) + ahead % DAY - DAY * day) >= 0]
        prices.append(_mean(same or whole))
    return prices
