"""A whole simulated house: physics, weather, and the servers of its devices."""

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
from optimizer.twin.physics import BatterySpec, ChargerSpec, House, LoadSpec, PhysicsSpec
from optimizer.twin.trace import Source
from optimizer.twin.weather import Weather

TwinMaker = Callable[[LiveHouse], Twin]
"""Builds one device into a house: `partial(NrgkickTwin, spec=NrgkickSpec(...))`."""

FEMS_CELLS = BatterySpec("fems", initial_soc_percent=60.0, recharge_soc_percent=98.0)
"""The battery of every FEMS here. It has a hysteresis when it is full."""


@dataclass(frozen=True, slots=True)
class HouseSpec:
    """The description of a house."""

    name: str = "small"
    physics: PhysicsSpec = field(default_factory=PhysicsSpec)
    twins: tuple[TwinMaker, ...] = ()
    source: Source | None = None
    """Weather and load. None: a generated summer day with changing clouds."""
    seed: int = 1
    """The seed of the generated weather and of the faults."""


def small_house(source: Source | None = None, seed: int = 1) -> HouseSpec:
    """One NRGkick with a car on it (`carport`), one AC-coupled FEMS with a 10 kWh battery (`fems`)."""
    return _one_charger_one_fems("small", FEMS_CELLS, FemsSpec(), source, seed)


def hybrid_house(source: Source | None = None, seed: int = 1) -> HouseSpec:
    """The small house with all PV on the DC side of a hybrid inverter and without a PID filter (FENECON Home)."""
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
    """Every system at once: NRGkick (`carport`), FEMS (`fems`), `sonnen`, GivTCP with its charger (`givtcp`), a
    `boiler` behind a Shelly, and the pump of a `pool` behind Tasmota. Batteries, PV, and loads are on single phases:
    sonnen and the pump on L1, GivTCP and the boiler on L3, two PV inverters on L1 and L2."""
    # Imported here, so that the other houses do not load them.
    from optimizer.twin.givtcp import GivTcpTwin  # noqa: PLC0415
    from optimizer.twin.shelly import ShellyTwin  # noqa: PLC0415
    from optimizer.twin.sonnen import SonnenTwin  # noqa: PLC0415
    from optimizer.twin.tasmota import TasmotaTwin  # noqa: PLC0415

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
        physics=PhysicsSpec(
            (ChargerSpec(initial_paused=True), yard),
            batteries,
            pv_phase_map=(1, 2),
            loads=(LoadSpec("boiler", 2000.0, phase=3, tank_wh=6000.0), LoadSpec("pool", 700.0, phase=1)),
        ),
        twins=(
            partial(NrgkickTwin, spec=NrgkickSpec()),
            # With a filter, this battery would charge the others, which follow at once.
            partial(FemsTwin, spec=FemsSpec(pid=False)),
            partial(SonnenTwin, battery=1),
            partial(GivTcpTwin, battery=2, charger=1),
            partial(ShellyTwin, load=0),
            partial(TasmotaTwin, load=1),
        ),
        source=source,
        seed=seed,
    )


HOUSES: dict[str, Callable[[Source | None, int], HouseSpec]] = {
    "small": small_house,
    "hybrid": hybrid_house,
    "full": full_house,
}
"""Houses by name. Each is made from (source, seed)."""


class RunningHouse:
    """A house with running servers. Call `stop` at the end."""

    def __init__(self, spec: HouseSpec, live: LiveHouse, twins: Mapping[str, Twin]) -> None:
        self.spec = spec
        self.live = live
        self.twins = twins
        """Twins by device name. The options of a twin are in its `unit`."""
        self.endpoints: dict[str, str] = {}
        """Endpoint name → URL or host:port."""

    @property
    def ledger(self) -> Ledger:
        """The writes and energies that the twins recorded."""
        return self.live.ledger

    @property
    def faults(self) -> Faults:
        """The faults by device name."""
        return self.live.faults

    @property
    def physics(self) -> House:
        """The physics at the present time."""
        return self.live.advance()

    def summary(self) -> Summary:
        """The ledger until now."""
        self.live.advance()
        return self.live.ledger.summary()

    async def stop(self) -> None:
        """Stop all servers. A second call does nothing."""
        for twin in self.twins.values():
            await twin.stop()


async def start_house(spec: HouseSpec, clock: Clock) -> RunningHouse:
    """Build the house and start all its servers on free loopback ports.

    The date of the clock selects the weather. Start the clock at the `start` of the source.
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
