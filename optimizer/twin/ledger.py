"""What the twins saw: writes, unsafe writes, lapses, and where the car's energy came from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.twin.physics import House

MOST_INCIDENTS = 1000


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that a controller should never have done."""

    t_s: float
    """House second."""
    device: str
    what: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The ledger of a run, closed. Energies in Wh, times in house seconds."""

    duration_s: float
    ev_wh: float
    ev_from_grid_wh: float
    """Import with the cars minus import without them, between nothing and all that the cars took: where batteries are
    charged from the grid too, or given away, the difference says more about them than about the cars."""
    ev_from_surplus_wh: float
    battery_to_ev_wh: float
    """What the house batteries gave to the cars, beyond what the home lacked."""
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
    """Under charge."""
    phase_changes: int
    """All."""
    writes: Mapping[str, Mapping[str, int]]
    """Accepted writes by device and kind."""
    refused: Mapping[str, int]
    """Refused writes by device."""
    unsafe: tuple[Incident, ...]
    longest_gap_s: Mapping[str, float]
    """By device with a timeout of its own: longest time between two writes while a value was in force."""
    lapses: Mapping[str, int]
    """By device: how often its timeout dropped what was written."""


class Ledger:
    """The book that the twins write in while the house runs."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.writes: dict[str, Counter[str]] = {}
        self.refused: Counter[str] = Counter()
        self.unsafe: list[Incident] = []
        self.longest_gap_s: dict[str, float] = {}
        self.lapses: Counter[str] = Counter()

    def wrote(self, device: str, kind: str) -> None:
        """`device` took a write of this kind (current, pause, phases, energy_limit, setpoint, withdraw, …)."""
        self.writes.setdefault(device, Counter())[kind] += 1

    def refuse(self, device: str) -> None:
        """`device` refused a write."""
        self.refused[device] += 1

    def incident(self, device: str, what: str) -> None:
        """Somebody wrote what no controller should write."""
        if len(self.unsafe) < MOST_INCIDENTS:
            self.unsafe.append(Incident(self._house.t_s, device, what))

    def gap(self, device: str, seconds: float) -> None:
        """`device` waited so long for a refresh while a value was in force."""
        self.longest_gap_s[device] = max(self.longest_gap_s.get(device, 0.0), seconds)

    def lapse(self, device: str) -> None:
        """The timeout of `device` dropped what was in force."""
        self.lapses[device] += 1

    def summary(self) -> Summary:
        """All of it until now (of a running house: after `advance`)."""
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
            writes={device: dict(kinds) for device, kinds in self.writes.items()},
            refused=dict(self.refused),
            unsafe=tuple(self.unsafe),
            longest_gap_s=dict(self.longest_gap_s),
            lapses=dict(self.lapses),
        )
