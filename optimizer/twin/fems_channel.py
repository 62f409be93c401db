"""One channel of the simulated Edge, and how its REST API shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

Access = Literal["RO", "RW", "WO"]

WRITE_TEXT = "Write command for a charge power (-) or discharge power (+). Range e.g. [-5000 to 5000]"
TEXTS = {
    "State": "0:Ok, 1:Info, 2:Warning, 3:Fault",
    "GridActivePower": "Grid exchange power. Negative values for sell-to-grid; positive for buy-from-grid",
    "ProductionActivePower": "Total production; always positive",
    "ProductionAcActivePower": "Production of the AC-side inverters; always positive",
    "ProductionDcActualPower": "Production of the DC-side chargers; always positive",
    "ConsumptionActivePower": "Active power of the electrical consumption",
    "EssActivePower": "AC-side power of the storage systems. Negative values for charge; positive for discharge",
    "EssDischargePower": "Power of the batteries alone. Negative values for charge; positive for discharge",
    "EssSoc": "Range 0..100",
    "EssCapacity": "Sum of the capacities of all storage systems",
    "EssMaxApparentPower": "Sum of the apparent powers of all storage systems",
    "Soc": "State of Charge of the energy storage system",
    "Capacity": "Capacity of the energy storage system; it may change while the system ages",
    "MaxApparentPower": "Largest apparent power of the inverter; always positive",
    "ActivePower": "Negative values for charge or consumption; positive for discharge or production",
    "DcDischargePower": "Power of the battery alone. Negative values for charge; positive for discharge",
    "AllowedChargePower": "Largest charge power that the system allows now; zero or a negative value",
    "AllowedDischargePower": "Largest discharge power that the system allows now; zero or a positive value",
    "DebugSetActivePower": "The setpoint that the solver gave to the system in this cycle",
    "SetActivePowerEquals": WRITE_TEXT,
    "SetActivePowerLessOrEquals": WRITE_TEXT,
    "SetActivePowerGreaterOrEquals": WRITE_TEXT,
    "GridMode": "On-Grid: 1, Off-Grid: 2",
    "ApiWorkerLog": "The values that the last cycle applied",
}
"""What an Edge writes beside a value. It makes an answer two to three times as long."""
PHASES = ("L1", "L2", "L3")


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of one component."""

    component: str
    name: str
    unit: str
    value: Callable[[], float | str | None]
    kind: str = "INTEGER"
    access: Access = "RO"

    def as_json(self, dead: bool) -> dict[str, object]:
        """As the REST API shows it. Write-only channels have no value."""
        shown: dict[str, object] = {
            "address": f"{self.component}/{self.name}",
            "type": self.kind,
            "accessMode": self.access,
            "text": TEXTS.get(self.name.removesuffix(self.phase), ""),
            "unit": self.unit,
        }
        if self.access != "WO":
            shown["value"] = None if dead else self.shown()
        return shown

    def shown(self) -> int | str | None:
        """The present value. Numbers are whole."""
        value = self.value()
        return round(value) if isinstance(value, float | int) else value

    @property
    def phase(self) -> str:
        """The phase that the channel is of; empty if it is of no phase."""
        return self.name[-2:] if self.name.endswith(PHASES) else ""


def nothing() -> None:
    """The value of a channel that its device does not measure."""


def total(values: Iterable[float | None]) -> float | None:
    """A sum as the Edge makes it: without the values that are null, and null if all are."""
    known = [v for v in values if v is not None]
    return sum(known) if known else None
