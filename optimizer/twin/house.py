"""A whole simulated house: physics, weather and the servers of its devices, started as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from optimizer.model.clock import Clock
from optimizer.twin.charger import CarSpec
from optimizer.twin.faults import Faults
from optimizer.twin.fems import FemsSpec, FemsTwin
from optimizer.twin.ledger import Ledger, Summary
from optimizer.twin.live import LiveHouse, Twin
from optimizer.twin.nrgkick import NrgkickSpec, NrgkickTwin
from optimizer.twin.physics import BatterySpec, ChargerSpec, House, PhysicsSpec
from optimizer.twin.trace import Source
from optimizer.twin.weather import Weather

TwinMaker = Callable[[LiveHouse], Twin]
"""Builds one device into a house: `partial(NrgkickTwin, spec=NrgkickSpec(...))`."""

FEMS_CELLS = BatterySpec("fems", initial_soc_percent=60.0, recharge_soc_percent=98.0)
"""The battery behind every FEMS here; its management has a hysteresis when full."""


@dataclass(frozen=True, slots=True)
class HouseSpec:
    """A house to be built."""

    name: str = "small"
    physics: PhysicsSpec = field(default_factory=PhysicsSpec)
    twins: tuple[TwinMaker, ...] = ()
    source: Source | None = None
    """None: a generated summer day of changing clouds."""
    seed: int = 1
    """Of the generated weather and of the faults."""


def small_house(source: Source | None = None, seed: int = 1) -> HouseSpec:
    """One NRGkick with a car on it (`carport`), one AC-coupled FEMS with a 10 kWh battery (`fems`)."""
    return _one_charger_one_fems("small", FEMS_CELLS, FemsSpec(), source, seed)


def hybrid_house(source: Source | None = None, seed: int = 1) -> HouseSpec:
    """As the small house, with all PV on the DC side of the FEMS's hybrid inverter and no PID filter (FENECON Home)."""
    return _one_charger_one_fems("hybrid", replace(FEMS_CELLS, dc_pv_share=1.0), FemsSpec(pid=False), source, seed)


def _one_charger_one_fems(
    name: str, battery: BatterySpec, fems: FemsSpec, source: Source | None, seed: int
) -> HouseSpec:
    return HouseSpec(
        name=name,
        physics=PhysicsSpec((ChargerSpec(initial_paused=True),), (battery,)),
        twins=(partial(NrgkickTwin, spec=NrgkickSpec()), partial(FemsTwin, spec=fems)),
        source=source,
        seed=seed,
    )


def full_house(source: Source | None = None, seed: int = 1) -> HouseSpec:
    """Every system at once: NRGkick (`carport`), FEMS (`fems`), `sonnen`, and GivTCP with its charger (`givtcp`).
    Batteries and PV sit on single phases: sonnen on L1, GivTCP on L3, two PV inverters on L1 and L2."""
    # Loaded here: the other houses do not pay for them.
    from optimizer.twin.givtcp import GivTcpTwin  # noqa: PLC0415
    from optimizer.twin.sonnen import SonnenTwin  # noqa: PLC0415

    yard = ChargerSpec(
        "yard", rated_a=32.0, phase_map=(2,), can_switch_phases=False, initial_phases=1, initial_paused=True,
        car=CarSpec(capacity_wh=40_000.0, phases=1, max_current_a=32.0),
    )  # fmt: skip
    batteries = (
        FEMS_CELLS,
        BatterySpec(
            "sonnen", 5_500.0, 3_300.0, 3_300.0, initial_soc_percent=50.0, max_apparent_w=3_300.0, phase_map=(1,)
        ),
        BatterySpec(
            "givtcp", 9_520.0, 3_600.0, 3_600.0, initial_soc_percent=40.0, floor_soc_percent=4.0, phase_map=(3,)
        ),
    )
    return HouseSpec(
        name="full",
        physics=PhysicsSpec((ChargerSpec(initial_paused=True), yard), batteries, pv_phase_map=(1, 2)),
        twins=(
            partial(NrgkickTwin, spec=NrgkickSpec()),
            # A filter would lose to batteries that follow at once: it would charge them.
            partial(FemsTwin, spec=FemsSpec(pid=False)),
            partial(SonnenTwin, battery=1),
            partial(GivTcpTwin, battery=2, charger=1),
        ),
        source=source,
        seed=seed,
    )


HOUSES: dict[str, Callable[[Source | None, int], HouseSpec]] = {
    "small": small_house,
    "hybrid": hybrid_house,
    "full": full_house,
}
"""Houses by name; each is made from (source, seed)."""


class RunningHouse:
    """A house whose servers listen. Stop it when done."""

    def __init__(self, spec: HouseSpec, live: LiveHouse, twins: Mapping[str, Twin]) -> None:
        self.spec = spec
        self.live = live
        self.twins = twins
        """By device name; a twin's knobs are on its `unit`."""
        self.endpoints: dict[str, str] = {}
        """Endpoint name → URL or host:port."""

    @property
    def ledger(self) -> Ledger:
        """What the twins saw."""
        return self.live.ledger

    @property
    def faults(self) -> Faults:
        """The switchboard of faults, by device name."""
        return self.live.faults

    @property
    def physics(self) -> House:
        """The physics, brought to the present."""
        return self.live.advance()

    def summary(self) -> Summary:
        """The ledger until now."""
        self.live.advance()
        return self.live.ledger.summary()

    async def stop(self) -> None:
        """Stop all servers; safe to call twice."""
        for twin in self.twins.values():
            await twin.stop()


async def start_house(spec: HouseSpec, clock: Clock) -> RunningHouse:
    """Build the house and let all its servers listen on free loopback ports.

    The weather is that of the clock's date: give the clock the source's `start`.
    """
    source = spec.source or Weather(seed=spec.seed, start=clock.now(), first_sky="broken")
    live = LiveHouse(House(spec.physics), source, clock, Faults(spec.seed))
    made = [make(live) for make in spec.twins]
    twins = {twin.name: twin for twin in made}
    if len(twins) != len(made):
        raise ValueError(f"two devices of house {spec.name!r} have the same name: {sorted(t.name for t in made)}")
    house = RunningHouse(spec, live, twins)
    try:
        for twin in twins.values():
            for what, where in (await twin.start()).items():
                house.endpoints[f"{twin.name}_{what}" if what else twin.name] = where
    except BaseException:
        await house.stop()
        raise
    return house
