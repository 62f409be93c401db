"""`optimizer commission`: what a minute of charging tells, and that everything is as it was afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.cli.device.commission_delay import Moment, delay_of
from optimizer.cli.device.commission_verdict import Check, Look, Trial, judge
from optimizer.cli.run.reminders import commissioned
from optimizer.model.site import ChargerSite
from optimizer.runtime.record.lock import InstanceLock
from optimizer.runtime.record.ownership import Ownership
from optimizer.twin.battery import BatterySpec
from optimizer.twin.charger import CarSpec, ChargerSpec, Stay
from optimizer.twin.fems import FemsSpec, FemsTwin
from optimizer.twin.house import HouseSpec, RunningHouse
from optimizer.twin.nrgkick import NrgkickSpec, NrgkickTwin
from optimizer.twin.physics import PhysicsSpec
from tests.cli.village import Village, call, site, village
from tests.direct import Steady

SITE = """\
devices:
  carport: {{type: nrgkick, url: "{carport}", charger: {{settle_s: {settle}}}}}
  fems: {{type: fems, url: "{fems}", password: owner}}
"""
CHARGER = ChargerSite("carport", max_current_a=16.0, phase_map=(1, 2, 3), settle_s=13.0)


def house(meter_delay_s: float = 0.0, **charger: object) -> HouseSpec:
    """Some sun, a battery that would cover the car, and a charger that is paused at 16 A."""
    spec = replace(ChargerSpec(initial_paused=True), **charger)  # type: ignore[arg-type]
    return HouseSpec(
        "tried",
        PhysicsSpec((spec,), (BatterySpec(initial_soc_percent=60.0),)),
        (partial(NrgkickTwin, spec=NrgkickSpec()), partial(FemsTwin, spec=FemsSpec(meter_delay_s=meter_delay_s))),
        Steady(1000.0, 600.0),
    )


def settings(house: RunningHouse) -> tuple[float, int]:
    twin = house.twins["carport"]
    assert isinstance(twin, NrgkickTwin)
    return twin.unit.settings.current_set, twin.unit.settings.charge_pause


def left_in_fems(house: RunningHouse) -> dict[str, object]:
    twin = house.twins["fems"]
    assert isinstance(twin, FemsTwin)
    return dict(twin.unit.written)


@pytest.fixture
def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    def run(running: Village, *words: str, settle: float = 30, stdin: str = "") -> tuple[int, str]:
        monkeypatch.setattr("optimizer.model.clock.SystemClock", lambda: running.clock)
        config = site(tmp_path, SITE.format(**running.house.endpoints, settle=settle))
        return call("commission", "--config", str(config), *words, stdin=stdin)

    return run


def test_a_house_as_configured_and_everything_back_as_it_was(
    tried: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    with village(house(), speed=60.0) as running:
        code, text = tried(running, stdin="y\n")
        assert code == 0, text
        assert text.count("as configured") == 5
        assert "commanded 6.1 A, reported 6.1 A" in text
        assert running.look(settings) == (16.0, 1)
        assert not running.look(left_in_fems)
        assert not running.house.ledger.unsafe
    assert not Ownership(tmp_path / "state").held
    assert commissioned(tmp_path / "state") == ("carport",)


def test_a_phase_that_is_another_and_a_car_that_is_slower(tried: Callable[..., tuple[int, str]]) -> None:
    with village(house(phase_map=(3, 1, 2), dead_s=15.0, start_s=25.0, car=CarSpec(phases=1)), speed=60.0) as running:
        code, text = tried(running, "carport", "--yes")
        assert code == 1
        assert "the charger's L1 is the house's L3" in text
        assert "settle_s: " in text
        assert "2 of 5 differ from the settings: phase map, the car's lag" in text
        assert running.look(settings) == (16.0, 1)


def test_the_delay_of_a_late_meter_and_the_line_for_the_settings(tried: Callable[..., tuple[int, str]]) -> None:
    with village(house(meter_delay_s=24.0), speed=60.0) as running:
        code, text = tried(running, "--yes")
        assert code == 0, text
        found = re.search(r"set `delay_s: (\d+)`\s+in\s+devices\.fems", " ".join(text.split()))
        assert found is not None, text
        assert 20 <= int(found[1]) <= 30
        assert running.look(settings) == (16.0, 1)


def test_without_a_car_a_yes_or_the_lock_nothing_is_done(tried: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    with village(house(car=CarSpec(stays=(Stay(plug_s=1e9),))), speed=60.0) as running:
        code, text = tried(running, "--yes")
        assert (code, "plug it in" in text) == (1, True)
        code, text = tried(running, stdin="n\n")
        assert (code, "nothing was done" in text) == (2, True)
        lock = InstanceLock(tmp_path / "state")
        lock.acquire()
        try:
            assert tried(running, "--yes")[0] == 3
        finally:
            lock.release()
        assert tried(running, "fems", "--yes")[0] == 2
        assert dict(running.house.ledger.writes) == {}
    assert not Ownership(tmp_path / "state").held


def test_a_trial_that_fails_in_the_middle_puts_back_what_it_can(
    tried: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    with village(house(), speed=60.0) as running:

        def block_after_release(house: RunningHouse) -> None:
            twin = house.twins["carport"]
            assert isinstance(twin, NrgkickTwin)
            write = twin.unit.write

            def refusing(values: dict[str, float]) -> None:
                if values.get("charge_pause") == 0.0:
                    twin.unit.pv_mode = True
                write(values)

            twin.unit.write = refusing  # type: ignore[method-assign, assignment]

        running.look(block_after_release)
        code, text = tried(running, "--yes")
        assert code == 1
        assert "blocked by solar-charging" in text
        assert "Run `optimizer release` to try again" in text
        assert set(Ownership(tmp_path / "state").held) == {"ev.carport"}
        assert not running.look(left_in_fems)


def trial(
    grid: float = 1.0,
    battery_w: float = 0.0,
    phases: tuple[int, ...] = (1, 2, 3),
    ev_w: float = 4140.0,
    delay_s: float = 0.0,
) -> Trial:
    """A car that takes 6 A on three phases after 8 s; `grid` is the part of it that the meter shows, with sign."""

    def look(t_s: float, on: bool) -> Look:
        amps = tuple(6.0 * grid if on and phase in phases else 0.2 for phase in (1, 2, 3))
        return Look(
            t_s=t_s,
            ev_w=ev_w if on else 0.8,
            ev_a=(6.0, 6.0, 6.0)[: len(phases)] if on else (0.0, 0.0, 0.0),
            offered_a=6.0,
            grid_w=-500.0 + (ev_w * grid if t_s >= 8.0 + delay_s else 0.0),
            house_a=amps,
            battery_w=battery_w if on else 0.0,
            pv_w=500.0,
        )

    return Trial(
        before=tuple(look(t, False) for t in (-10.0, -8.0, -6.0)),
        during=tuple(look(float(t), t >= 8) for t in range(0, 60, 2)),
        step=(replace(look(62.0, True), offered_a=6.1),),
        step_to_a=6.1,
    )


def check(what: str, given: Trial, site: ChargerSite = CHARGER) -> Check:
    return next(one for one in judge(given, site) if one.what == what)


@pytest.mark.parametrize(
    ("what", "given", "verdict", "words"),
    [
        ("the meter's sign", trial(), "as configured", "the grid meter changed by +4140 W"),
        ("the meter's sign", trial(grid=-1.0), "differs", "opposite sign"),
        ("the meter's sign", trial(grid=0.1, battery_w=3700.0), "no result", "battery or PV supplied the car"),
        ("the meter's sign", trial(grid=0.4), "no result", "another load changed"),
        ("phase map", trial(), "as configured", "The order gives no result"),
        ("phase map", trial(grid=-1.0), "as configured", "L1, L2, L3"),
        ("phase map", trial(phases=(1,)), "as configured", "the car draws on L1"),
        ("phase map", trial(phases=(2,)), "differs", "the charger's L1 is the house's L2"),
        ("current steps", trial(), "as configured", "commanded 6.1 A"),
        ("the meter's delay", trial(), "as configured", "after 0 s"),
        ("the meter's delay", trial(grid=-1.0), "as configured", "after 0 s"),
        ("the meter's delay", trial(delay_s=16), "as configured", "after 16 s set `delay_s: 16`, or let the service"),
        ("the meter's delay", trial(grid=-1.0, delay_s=30), "as configured", "set `delay_s: 30`"),
        ("the meter's delay", trial(delay_s=80), "no result", "did not show the car"),
        ("the meter's delay", trial(grid=0.3), "no result", "did not show the car"),
        ("the car's lag", trial(), "as configured", "after 8 s"),
    ],
)
def test_verdicts(what: str, given: Trial, verdict: str, words: str) -> None:
    one = check(what, given)
    assert one.verdict == verdict
    assert words in f"{one.seen} {one.advice}"


def test_a_delay_in_the_settings_that_is_another() -> None:
    checks = {one.what: one for one in judge(trial(delay_s=16), CHARGER, "meter", 30.0)}
    one = checks["the meter's delay"]
    assert (one.verdict, one.advice) == ("differs", "set `delay_s: 16` in devices.meter (now 30)")
    assert judge(trial(delay_s=16), CHARGER, "meter", 14.0)[1].verdict == "as configured"


@given(
    delay_s=st.integers(0, 40),
    noise=st.lists(st.floats(-150.0, 150.0), min_size=60, max_size=60),
    before_w=st.sampled_from([0.0, 7000.0]),
    part=st.sampled_from([1.0, -1.0]),
)
def test_the_delay_is_found_despite_noise_and_a_charge_before(
    delay_s: int, noise: list[float], before_w: float, part: float
) -> None:
    def car_w(t_s: float) -> float:
        return before_w if t_s < -20.0 else 0.0 if t_s < 8.0 else 4140.0

    moments = [
        Moment(t_s, car_w(t_s), 600.0 + part * car_w(t_s - delay_s) + noise[index])
        for index, t_s in enumerate(float(t) for t in range(-30, 90, 2))
    ]
    found = delay_of(moments)
    assert found is not None
    assert abs(found - delay_s) <= 2.0


def test_what_is_not_measured_is_not_judged() -> None:
    blind = trial()
    blind = replace(
        blind,
        before=tuple(replace(look, grid_w=None, house_a=()) for look in blind.before),
        during=tuple(replace(look, grid_w=None, house_a=()) for look in blind.during),
        step=tuple(replace(look, offered_a=None) for look in blind.step),
    )
    verdicts = [one.verdict for one in judge(blind, CHARGER)]
    assert verdicts == ["no result", "no result", "no result", "no result", "as configured"]
    asleep = [one.verdict for one in judge(trial(ev_w=0.8), CHARGER)]
    assert asleep == ["no result", "no result", "no result", "as configured", "no result"]


def test_a_step_that_is_not_taken_and_a_late_car() -> None:
    coarse = replace(trial(), step=tuple(replace(look, offered_a=6.0) for look in trial().step))
    assert check("current steps", coarse).verdict == "differs"
    late = check("the car's lag", trial(), replace(CHARGER, settle_s=5.0))
    assert (late.verdict, "set settle_s: 10" in late.advice) == ("differs", True)
