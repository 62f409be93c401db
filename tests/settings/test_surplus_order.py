"""`surplus_order` through the whole decision: any list is obeyed, also with the battery or loads between two cars."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from optimizer.cli.run.books import RuleFiles
from optimizer.control.decide import decide
from optimizer.control.params import Params
from optimizer.control.plan import Plan, initial_memory
from optimizer.model.decision import EvOrder, SwitchAction, SwitchOrder
from optimizer.model.site import Site
from optimizer.model.state import EvStatus, Switch, SwitchCommanded
from optimizer.rules.book.assemble import empty_book
from optimizer.rules.book.verdict import Claimed, Verdict
from optimizer.settings import load_settings
from optimizer.settings.mapping import to_site
from optimizer.settings.surplus_order import beside_rules
from tests.control.house import battery, ev, reading, state
from tests.control.ruled import ruled_by
from tests.examples import one_in

HOUSE = """
devices:
  carport: {type: nrgkick, url: "http://one"}
  yard: {type: nrgkick, url: "http://two"}
  cellar: {type: fems, url: "http://three"}
switches:
  boiler: {type: shelly, url: "http://four", power_w: 3000, min_on_s: 60, min_off_s: 60, starts_per_hour: 60}
  pool: {type: shelly, url: "http://five", power_w: 1000, min_on_s: 60, min_off_s: 60, starts_per_hour: 60}
"""
NAMES = ("carport", "yard", "battery", "boiler", "pool")
LOADS = {"boiler": 3000.0, "pool": 1000.0}
LEAST_W, MOST_W = 6 * 690.0, 16 * 690.0
BATTERY_W = 4000.0
TICK_S = 5.0
NEAR_W = 350.0
"""Nearer to a threshold, hysteresis decides."""


def claims(priority: str = "") -> Verdict:
    own = {f"switch.{name}.state": Claimed("surplus", "test") for name in LOADS}
    own |= {f"ev.{name}.mode": Claimed("surplus", "test") for name in ("carport", "yard")}
    own |= {"surplus.priority": Claimed(priority, "test")} if priority else {}
    return Verdict(own, {}, ())


@dataclass
class House:
    """Cars that follow their offer at once, loads, and a battery that takes what is left over."""

    site: Site
    now_s: float = 1000.0
    cars_a: dict[str, float] = field(default_factory=lambda: {"carport": 0.0, "yard": 0.0})
    on: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(LOADS, False))
    commanded: dict[str, SwitchCommanded] = field(default_factory=dict)

    def run(self, seconds: float, verdict: Verdict, surplus_w: float) -> dict[str, float]:
        """The power of each one after this time, W."""
        plan = Plan(self.site, empty_book(), Params(grid_share=0.0))
        memory = initial_memory(plan)
        powers: dict[str, float] = {}
        for _ in range(int(seconds / TICK_S)):
            powers = {name: a * 690.0 for name, a in self.cars_a.items()}
            powers |= {name: LOADS[name] if on else 0.0 for name, on in self.on.items()}
            left_w = surplus_w - sum(powers.values())
            powers["battery"] = max(-BATTERY_W, min(BATTERY_W, left_w))
            evs = tuple(
                ev(name, at_s=self.now_s, power_w=a * 690.0, offered_a=a or 6.0, paused=not a, drawn_a=(a,) * 3,
                   status=EvStatus.CHARGING if a else EvStatus.CONNECTED)
                for name, a in self.cars_a.items()
            )  # fmt: skip
            grid_w = powers["battery"] - left_w
            snapshot = state(
                mono_s=self.now_s, grid_w=grid_w, grid_at_s=self.now_s, pv_w=surplus_w + 300.0, evs=evs,
                grid_a=(grid_w / 690.0,) * 3,
                batteries=(battery("cellar", at_s=self.now_s, power_w=-powers["battery"], soc=40.0),),
            )  # fmt: skip
            switches = {
                name: Switch(
                    name, reading(on, self.now_s), reading(powers[name], self.now_s), commanded=self.commanded.get(name)
                )
                for name, on in self.on.items()
            }
            with ruled_by(verdict):
                outcome = decide(replace(snapshot, switches=switches), memory, plan)
            memory = outcome.memory
            for name in LOADS:
                order = outcome.decision.commands[f"switch.{name}"].order
                assert isinstance(order, SwitchOrder)
                wanted = order.action is SwitchAction.ON
                if order.action is not SwitchAction.LEAVE and wanted != self.on[name]:
                    self.on[name], self.commanded[name] = wanted, SwitchCommanded(wanted, self.now_s)
            for name in self.cars_a:
                car = outcome.decision.commands[f"ev.{name}"].order
                assert isinstance(car, EvOrder)
                self.cars_a[name] = car.current_a
            self.now_s += TICK_S
        return powers


def shares(order: tuple[str, ...], surplus_w: float) -> dict[str, float] | None:
    """The share of each if it takes all that it can in this order. None: too near a threshold to say."""
    found: dict[str, float] = {}
    left_w = surplus_w
    for name in order:
        least_w = LOADS.get(name, LEAST_W)
        # A car may take a part of its least power from what comes after it.
        low_w = least_w if name in LOADS else LEAST_W * 2.0 / 3.0
        if name != "battery" and low_w - NEAR_W < left_w < least_w + NEAR_W:
            return None
        if name == "battery":
            found[name] = max(0.0, min(BATTERY_W, left_w))
        elif name in LOADS:
            found[name] = LOADS[name] if left_w >= least_w else 0.0
        else:
            found[name] = min(MOST_W, left_w) if left_w >= least_w else 0.0
        left_w -= found[name]
    return found


def site_of(order: tuple[str, ...], folder: Path) -> Site:
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "site.yaml").write_text(f"{HOUSE}surplus_order: [{', '.join(order)}]\n")
    made = to_site(load_settings(folder / "site.yaml", {}))
    return replace(
        made, fuse_a=100.0, batteries={n: replace(b, max_charge_w=BATTERY_W) for n, b in made.batteries.items()}
    )


@settings(max_examples=one_in(4), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.sampled_from(list(permutations(NAMES))), surplus_w=st.floats(0.0, 32_000.0))
def test_each_takes_what_it_can_in_the_order_of_the_list(
    order: tuple[str, ...], surplus_w: float, tmp_path: Path
) -> None:
    expected = shares(order, surplus_w)
    assume(expected is not None)
    assert expected is not None
    found = House(site_of(order, tmp_path)).run(3600.0, claims(), surplus_w)
    for name in NAMES:
        # The battery gets what the current of the cars is rounded by.
        assert found[name] == pytest.approx(expected[name], abs=200.0 if name != "battery" else 400.0), (
            found,
            expected,
        )


BETWEEN = ("carport", "battery", "yard", "boiler", "pool")


@pytest.mark.parametrize(
    ("surplus_w", "priority", "shares_w"),
    [
        (15_540.0, "", (MOST_W, BATTERY_W, 0.0)),
        (15_540.0, "ev_first", (MOST_W, 0.0, 4500.0)),
        (9000.0, "", (9000.0, 0.0, 0.0)),
        (9000.0, "battery_first", (5000.0, BATTERY_W, 0.0)),
    ],
)
def test_a_rule_about_battery_and_cars_goes_before_the_list(
    surplus_w: float, priority: str, shares_w: tuple[float, float, float], tmp_path: Path
) -> None:
    found = House(site_of(BETWEEN, tmp_path)).run(1800.0, claims(priority), surplus_w)
    assert (found["carport"], found["battery"], found["yard"]) == tuple(pytest.approx(w, abs=400.0) for w in shares_w)


RULES = """
version: 1
defaults: {surplus.priority: ev_first}
rules:
  - {id: evening, when: battery.soc < 80%, claim: {surplus.priority: battery_first}}
  - {id: tried, enabled: dry-run, claim: {surplus.priority: battery_first}}
"""


@pytest.mark.parametrize(
    ("order", "warned"),
    [(BETWEEN, True), (("battery", "boiler"), False), (("carport", "boiler"), False), ((), False)],
)
def test_check_warns_of_rules_that_go_before_the_list(order: tuple[str, ...], warned: bool, tmp_path: Path) -> None:
    site_of(order, tmp_path)
    (tmp_path / "rules" / "mine.yaml").write_text(RULES)
    given_settings = load_settings(tmp_path / "site.yaml", {})
    found = list(beside_rules(given_settings, RuleFiles.load(given_settings).book))
    assert [(one.line, one.warning) for one in found] == [(5, True)] * warned
    said = "battery among the cars, but evening, defaults claim surplus.priority and decide it instead"
    assert all(said in one.message for one in found)
