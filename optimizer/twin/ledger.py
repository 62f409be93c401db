"""The ledger of the twins: writes, unsafe writes, dropped setpoints, and the sources of the car's energy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.twin.physics import House

MOST_INCIDENTS = 1000


@dataclass(frozen=True, slots=True)
class Incident:
    """A write that a controller must never do."""

    t_s: float
    """House second."""
    device: str
    what: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The result of a run. Energies in Wh, times in house seconds."""

    duration_s: float
    ev_wh: float
    ev_from_grid_wh: float
    """Import with the cars minus import without them, limited to 0 and the energy of the cars. If batteries also charge
    from the grid or feed into it, the difference would contain their energy."""
    ev_from_surplus_wh: float
    battery_to_ev_wh: float
    """Energy of the house batteries for the cars, beyond the need of the home."""
    pv_wh: float
    home_wh: float
    import_wh: float
    export_wh: float
    battery_throughput_wh: float
    batteries: tuple[str, ...]
    """Names of the batteries, as `soc_percent` has them."""
    soc_percent: tuple[float, ...]
    starts: int
    phase_switches: int
    """Phase switches while charging."""
    phase_changes: int
    """All phase switches."""
    load_wh: Mapping[str, float]
    """Energy of each switchable load."""
    load_starts: Mapping[str, int]
    """How often each was switched on."""
    writes: Mapping[str, Mapping[str, int]]
    """Accepted writes by device and kind."""
    refused: Mapping[str, int]
    """Refused writes by device."""
    unsafe: tuple[Incident, ...]
    longest_gap_s: Mapping[str, float]
    """Longest time between two writes while a value was active, by device with a timeout."""
    lapses: Mapping[str, int]
    """Number of setpoints dropped by the timeout, by device."""


class Ledger:
    """The ledger that the twins write while the house runs."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.writes: dict[str, Counter[str]] = {}
        self.refused: Counter[str] = Counter()
        self.unsafe: list[Incident] = []
        self.longest_gap_s: dict[str, float] = {}
        self.lapses: Counter[str] = Counter()

    def wrote(self, device: str, kind: str) -> None:
        """`device` accepted a write of this kind (current, pause, phases, energy_limit, setpoint, withdraw, …)."""
        self.writes.setdefault(device, Counter())[kind] += 1

    def refuse(self, device: str) -> None:
        """`device` refused a write."""
        self.refused[device] += 1

    def incident(self, device: str, what: str) -> None:
        """A client wrote a value that no controller should write."""
        if len(self.unsafe) < MOST_INCIDENTS:
            self.unsafe.append(Incident(self._house.t_s, device, what))

    def gap(self, device: str, seconds: float) -> None:
        """`device` waited this long for a refresh while a value was active."""
        self.longest_gap_s[device] = max(self.longest_gap_s.get(device, 0.0), seconds)

    def lapse(self, device: str) -> None:
        """The timeout of `device` dropped the active value."""
        self.lapses[device] += 1

    def summary(self) -> Summary:
        """The result until now. In a running house, call `advance` before."""
        house = self._house
        ev_from_grid_wh = min(max(house.ev_from_grid_wh, 0.0), house.ev_wh)
        return Summary(
            duration_s=house.t_s,
            ev_wh=house.ev_wh,
            ev_from_grid_wh=ev_from_grid_wh,
            ev_from_surplus_wh=house.ev_wh - ev_from_grid_wh,
            battery_to_ev_wh=house.battery_to_ev_wh,
            pv_wh=house.pv_wh,
            home_wh=house.home_wh,
            import_wh=house.import_wh,
            export_wh=house.export_wh,
            battery_throughput_wh=house.battery_throughput_wh,
            batteries=tuple(b.spec.name for b in house.batteries),
            soc_percent=tuple(b.soc_percent for b in house.batteries),
            starts=sum(c.starts for c in house.chargers),
            phase_switches=sum(c.switches for c in house.chargers),
            phase_changes=sum(c.changes for c in house.chargers),
            load_wh={load.spec.name: load.energy_wh for load in house.loads},
            load_starts={load.spec.name: load.operations for load in house.loads},
            writes={device: dict(kinds) for device, kinds in self.writes.items()},
            refused=dict(self.refused),
            unsafe=tuple(self.unsafe),
            longest_gap_s=dict(self.longest_gap_s),
            lapses=dict(self.lapses),
        )
