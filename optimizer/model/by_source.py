"""BySource: a power, an energy, or a cost by where it comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BySource:
    """A power (W), an energy (Wh), or the cost of one (ct), by where it comes from. Powers and energies are ≥ 0."""

    surplus: float = 0.0
    """Straight from PV."""
    battery: float = 0.0
    grid: float = 0.0

    @property
    def total(self) -> float:
        """The sum of all sources."""
        return self.surplus + self.battery + self.grid

    def plus(self, other: BySource, factor: float = 1.0) -> BySource:
        """Itself and `factor` times the other."""
        return BySource(
            self.surplus + factor * other.surplus,
            self.battery + factor * other.battery,
            self.grid + factor * other.grid,
        )
