"""Small houses to look at: reports of a tick as the loop would hand them over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from optimizer.control.report import DeviceHealth, LeaseStatus, TickReport
from optimizer.model.decision import BatteryAction, BatteryOrder, Cause, Command, Decision, EvOrder
from optimizer.model.reading import known, unknown
from optimizer.model.site import BatterySite, ChargerSite, Site, SwitchSite
from optimizer.model.state import Battery, Commanded, Ev, EvStatus, Grid, Pv, State, Switch
from optimizer.rules.book.verdict import Claimed, Limited, Verdict

NOON = datetime(2025, 6, 21, 12, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
SITE = Site(
    zone=BERLIN,
    chargers={"carport": ChargerSite("carport")},
    batteries={"cellar": BatterySite("cellar")},
    switches={"boiler": SwitchSite("boiler", power_w=2000.0)},
)


class HandClock:
    """A clock that stands still until it is moved."""

    boot = ""

    def __init__(self, start: datetime = NOON) -> None:
        self._start = start
        self.mono_s = 1000.0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.mono_s - 1000.0)

    def monotonic_s(self) -> float:
        return self.mono_s

    async def sleep(self, seconds: float) -> None:
        self.mono_s += seconds

    def timeout(self, seconds: float) -> Any:
        raise AssertionError("nothing here waits for a device")


def state(
    mono_s: float = 1000.0,
    grid_w: float | None = -542.0,
    pv_w: float | None = 2974.0,
    battery_w: float | None = -749.0,
    ev_w: float | None = 0.0,
    soc: float | None = 78.2,
) -> State:
    """A house with one PV system, one battery, one charger, and a boiler that is on; None makes a reading unknown."""

    def reading(value: float | None) -> Any:
        return unknown("no answer", mono_s) if value is None else known(value, mono_s)

    now = NOON + timedelta(seconds=mono_s - 1000.0)
    return State(
        now=now,
        local=now.astimezone(BERLIN),
        mono_s=mono_s,
        grid=Grid(power_w=reading(grid_w)),
        pvs={"roof": Pv("roof", power_w=reading(pv_w), energy_total_wh=known(346890.0, mono_s))},
        batteries={
            "cellar": Battery(
                "cellar", power_w=reading(battery_w), soc_percent=reading(soc), capacity_wh=known(4700.0, mono_s)
            )
        },
        evs={
            "carport": Ev(
                "carport",
                status=known(EvStatus.CHARGING, mono_s),
                power_w=reading(ev_w),
                offered_a=known(8.0, mono_s),
                paused=known(False, mono_s),
                phases=known(3, mono_s),
                commanded=Commanded(8.0, False, 3, mono_s - 20.0),
            )
        },
        switches={
            "boiler": Switch(
                "boiler",
                on=known(True, mono_s),
                power_w=known(1980.0, mono_s),
                energy_total_wh=known(12345.0, mono_s),
            )
        },
    )


EV_ORDER = EvOrder(current_a=8.0, phases=3)
BATTERY_ORDER = BatteryOrder(BatteryAction.BOUNDS, max_discharge_w=0.0)


def report(snapshot: State | None = None, ticks: int = 1, **changes: Any) -> TickReport:
    """A tick over `snapshot` with an order for each device."""
    snapshot = snapshot or state()
    mono_s = snapshot.mono_s
    orders: Mapping[str, EvOrder | BatteryOrder] = {"ev.carport": EV_ORDER, "battery.cellar": BATTERY_ORDER}
    commands = {key: Command(key, order, mono_s, mono_s + 60.0) for key, order in orders.items()}
    causes = (
        Cause("guard.fuse", "ev.carport", numbers=(("allowed_a", 8.0),)),
        Cause("reading.unknown", "ev.carport.soc_percent", detail="not measured here"),
    )
    return replace(
        TickReport(
            state=snapshot,
            decision=Decision(snapshot.now, mono_s, commands, causes),
            verdict=Verdict(
                claims={"ev.carport.mode": Claimed("surplus", "surplus-charging")},
                limits={"battery.discharge_w": Limited(0.0, "hold-battery")},
                causes=(Cause("rule.won", "ev.carport.mode", "surplus-charging"),),
            ),
            duration_s=0.004,
            ticks=ticks,
            overruns=0,
            devices=(
                DeviceHealth(
                    "carport",
                    "nrgkick",
                    True,
                    last_ok_s=mono_s - 1.0,
                    latency_s=0.05,
                    reads=7,
                    errors={"timeout": 2},
                    writes={"current": 3},
                ),
            ),
            leases=(LeaseStatus("battery.cellar", BATTERY_ORDER, mono_s - 5.0, mono_s + 55.0, mono_s - 4.0, 20.0),),
            book_version="abc123",
        ),
        **changes,
    )
