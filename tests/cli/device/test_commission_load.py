"""`optimizer commission LOAD`: what a minute of a switchable load tells, and that it is off afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from optimizer.cli.device.commission_load_verdict import LoadLook, LoadTrial, judge_load
from optimizer.model.site import SwitchSite
from optimizer.runtime.record.ownership import Ownership
from optimizer.twin.battery import BatterySpec
from optimizer.twin.faults import Fault
from optimizer.twin.fems import FemsSpec, FemsTwin
from optimizer.twin.house import HouseSpec, RunningHouse
from optimizer.twin.physics import LoadSpec, PhysicsSpec
from optimizer.twin.shelly import ShellyTraps, ShellyTwin
from tests.cli.village import Village, call, site, village
from tests.direct import Steady

SITE = """\
site: {{fuse_a: {fuse}}}
devices:
  fems: {{type: fems, url: "{fems}", password: owner}}
switches:
  boiler: {{type: shelly, url: "{boiler}", power_w: {power}, phases: [{phase}]}}
"""
BOILER = SwitchSite("boiler", 2000.0, (3,))


def house(traps: ShellyTraps | None = None, load_w: float = 600.0, soc_percent: float = 0.0) -> HouseSpec:
    """A boiler on L3, and a battery that is empty."""
    return HouseSpec(
        "tried",
        PhysicsSpec((), (BatterySpec(initial_soc_percent=soc_percent),), loads=(LoadSpec("boiler", 2000.0, phase=3),)),
        (partial(FemsTwin, spec=FemsSpec()), partial(ShellyTwin, load=0, traps=traps)),
        Steady(0.0, load_w),
    )


def load_of(running: RunningHouse) -> tuple[bool, int]:
    load = running.live.physics.loads[0]
    return load.on, load.operations


@pytest.fixture
def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    def run(
        running: Village, *words: str, stdin: str = "", power: int = 2000, phase: str = "L3", fuse: int = 35
    ) -> tuple[int, str]:
        monkeypatch.setattr("optimizer.model.clock.SystemClock", lambda: running.clock)
        text = SITE.format(**running.house.endpoints, power=power, phase=phase, fuse=fuse)
        return call("commission", "boiler", "--config", str(site(tmp_path, text)), *words, stdin=stdin)

    return run


def test_a_load_as_configured_is_measured_and_off_afterwards(
    tried: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    with village(house(), speed=60.0) as running:
        code, text = tried(running, stdin="y\n")
        assert code == 0, text
        assert text.count("as configured") == 4, text
        assert "2000 W by the relay" in text
        assert running.look(load_of) == (False, 1)
        assert not Ownership(tmp_path / "state").held


def test_another_power_and_another_phase_are_found(tried: Callable[..., tuple[int, str]]) -> None:
    with village(house(), speed=60.0) as running:
        code, text = tried(running, "--yes", power=1200, phase="L1")
        assert code == 1, text
        assert "set `power_w: 2000`, because the fuses count it" in " ".join(text.split())
        assert "set `phases: [L3]`" in " ".join(text.split())
        assert running.look(load_of) == (False, 1)


def test_without_consent_nothing_is_switched(tried: Callable[..., tuple[int, str]]) -> None:
    with village(house(), speed=60.0) as running:
        code, text = tried(running, stdin="n\n")
        assert code != 0
        assert "nothing was done" in text
        assert running.look(load_of) == (False, 0)


@pytest.mark.parametrize(
    ("spec", "fuse", "why"),
    [
        (house(ShellyTraps(overpower=True)), 35, "refuses commands"),
        (house(load_w=15_000.0), 16, "it would exceed the fuse"),
    ],
)
def test_a_load_that_must_not_run_is_not_switched(
    spec: HouseSpec, fuse: int, why: str, tried: Callable[..., tuple[int, str]]
) -> None:
    with village(spec, speed=60.0) as running:
        code, text = tried(running, "--yes", fuse=fuse)
        assert code != 0
        assert why in text
        assert running.look(load_of) == (False, 0)


def test_a_load_is_not_switched_on_while_the_current_at_the_fuse_is_unknown(
    tried: Callable[..., tuple[int, str]],
) -> None:
    with village(house(load_w=15_000.0), speed=60.0) as running:
        running.look(lambda running: running.faults.set("fems", Fault("drop")))
        code, text = tried(running, "--yes", fuse=16)
        assert code != 0
        assert "the grid meter does not answer" in text
        assert running.look(load_of) == (False, 0)


def test_a_load_that_is_on_already_stays_on(tried: Callable[..., tuple[int, str]]) -> None:
    with village(house(), speed=60.0) as running:
        running.look(lambda running: running.live.physics.loads[0].switch(True))
        code, text = tried(running, "--yes")
        assert code != 0
        assert "is on already" in text
        assert running.look(load_of) == (True, 1)


def test_a_relay_that_ignores_its_commands_is_found(tried: Callable[..., tuple[int, str]]) -> None:
    with village(house(ShellyTraps(deaf=True)), speed=60.0) as running:
        code, text = tried(running, "--yes")
        assert code != 0
        assert "it reports off" in text


def trial(own_w: float | None, supply_w: float | None, house_a: tuple[float, ...] = ()) -> LoadTrial:
    idle_a = tuple(0.0 for _ in house_a)
    before = tuple(LoadLook(-10.0 + 2 * k, False, 0.0, 500.0, idle_a, 0.0) for k in range(5))
    supply = None if supply_w is None else 500.0 + supply_w
    during = tuple(LoadLook(2.0 * k, True, own_w, supply, house_a, 0.0) for k in range(30))
    return LoadTrial(before, during)


@pytest.mark.parametrize(
    ("own_w", "supply_w", "verdicts"),
    [
        (2000.0, 2000.0, ("as configured", "as configured")),
        (None, 2000.0, ("as configured", "no result")),
        (None, None, ("no result", "no result")),
        (0.0, 0.0, ("no result", "no result")),
        (2000.0, -2000.0, ("as configured", "differs")),
        (2000.0, 900.0, ("as configured", "no result")),
        (900.0, 900.0, ("differs", "as configured")),
    ],
)
def test_power_and_meter_are_judged(own_w: float | None, supply_w: float | None, verdicts: tuple[str, str]) -> None:
    _, power, meter, _ = judge_load(trial(own_w, supply_w), BOILER)
    assert (power.verdict, meter.verdict) == verdicts


@pytest.mark.parametrize(
    ("house_a", "verdict", "advice"),
    [
        ((0.0, 0.0, 8.7), "as configured", ""),
        ((8.7, 0.0, 0.0), "differs", "set `phases: [L1]`"),
        ((2.9, 2.9, 2.9), "differs", "set `phases: [L1, L2, L3]`"),
        ((8.7, 8.7, 0.0), "no result", "try again"),
        ((), "no result", ""),
    ],
)
def test_phases_are_judged(house_a: tuple[float, ...], verdict: str, advice: str) -> None:
    phases = judge_load(trial(2000.0, 2000.0, house_a), BOILER)[-1]
    assert (phases.verdict, phases.advice) == (verdict, advice)


def test_a_battery_of_unknown_power_leaves_the_phases_unknown() -> None:
    known = trial(2000.0, 2000.0, (0.0, 0.0, 8.7))
    unknown = replace(known, during=tuple(replace(look, battery_w=None, supply_w=None) for look in known.during))
    assert judge_load(unknown, BOILER)[-1].verdict == "no result"
