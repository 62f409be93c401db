"""The settings of one inverter: the content of its registers, and their effect on the battery."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import time

from optimizer.twin.battery import Battery

SLOTS = 10
FULL_RATE = 50
"""Rates are stored in percent of the capacity. 50 means the largest rate of the inverter."""
LEAST_PERCENT = 4
MIDNIGHT = time(0, 0)
PAUSE_MODES = ("Disabled", "PauseCharge", "PauseDischarge", "PauseBoth")

Slot = tuple[time, time]
EMPTY: Slot = (MIDNIGHT, MIDNIGHT)


@dataclass(slots=True)
class Registers:
    """One set of settings."""

    charge_rate: int = FULL_RATE
    """1 % of the capacity (holding register 111)."""
    discharge_rate: int = FULL_RATE
    charge_rate_ac: int = 100
    discharge_rate_ac: int = 100
    target_soc: int = 100
    enable_target: bool = False
    enable_charge: bool = False
    enable_discharge: bool = False
    eco: bool = True
    reserve: int = LEAST_PERCENT
    saved_reserve: int = LEAST_PERCENT
    """The value that Eco restores after Eco (Paused)."""
    cutoff: int = LEAST_PERCENT
    pause: int = 0
    pause_slot: Slot = EMPTY
    charge_slots: list[Slot] = field(default_factory=lambda: [EMPTY] * SLOTS)
    discharge_slots: list[Slot] = field(default_factory=lambda: [EMPTY] * SLOTS)
    charge_targets: list[int] = field(default_factory=lambda: [0] * SLOTS)
    discharge_targets: list[int] = field(default_factory=lambda: [0] * SLOTS)

    def copy(self) -> Registers:
        """A copy of all settings."""
        return replace(
            self,
            charge_slots=self.charge_slots.copy(),
            discharge_slots=self.discharge_slots.copy(),
            charge_targets=self.charge_targets.copy(),
            discharge_targets=self.discharge_targets.copy(),
        )

    @property
    def mode(self) -> str:
        """The mode as in Control.Mode."""
        if self.eco and not self.enable_discharge:
            return "Eco (Paused)" if self.reserve == 100 else "Eco"
        if self.enable_discharge:
            return "Timed Demand" if self.eco else "Timed Export"
        return "Unknown"


@dataclass(frozen=True, slots=True)
class Plate:
    """The nameplate of the inverter."""

    serial: str = "SA0000G000"
    model: str = "Hybrid_gen3"
    capacity_kwh: float = 9.52
    max_rate_w: int = 3600
    listed: bool = True
    """Whether GivTCP's own table has the largest rate of this model. If not (Gen3 Plus, Polar), it shows rates of 0 W
    and sets the full rate for any power."""
    pause_needs_slot: bool = False
    """The pause mode works only inside the pause slot."""

    def to_register(self, watts: float) -> int:
        """Rounded down to 1 % of the capacity. From the largest rate on, the full rate."""
        if watts >= self.shown_max_w:
            return FULL_RATE
        return max(0, min(FULL_RATE, int(watts / (self.capacity_kwh * 10.0))))

    @property
    def shown_max_w(self) -> int:
        """The largest rate in GivTCP."""
        return self.max_rate_w if self.listed else 0

    def shown(self, register: int) -> int:
        """The power that GivTCP shows for the register, W."""
        return min(self.shown_max_w, self.to_watts(register))

    def to_watts(self, register: int) -> int:
        """The largest power of the battery, W."""
        return min(self.max_rate_w, int(round(register * self.capacity_kwh * 10.0, 3)))


def act(regs: Registers, plate: Plate, battery: Battery, now: time) -> None:
    """Apply the settings at local time `now` to the battery for the next second."""
    charge_w = float(plate.to_watts(regs.charge_rate))
    discharge_w = float(plate.to_watts(regs.discharge_rate))
    if regs.pause and (not plate.pause_needs_slot or _inside(regs.pause_slot, now)):
        charge_w = 0.0 if regs.pause in (1, 3) else charge_w
        discharge_w = 0.0 if regs.pause in (2, 3) else discharge_w
    battery.floor_wh = battery.spec.capacity_wh * max(regs.reserve, regs.cutoff) / 100.0
    dc_pv_w = battery.dc_pv_w
    if regs.enable_charge and any(_inside(slot, now) for slot in regs.charge_slots):
        target = regs.target_soc if regs.enable_target else 100
        wanted_w = -charge_w if battery.soc_percent < target else 0.0
        battery.command(wanted_w + dc_pv_w, wanted_w + dc_pv_w, follow=False)
        return
    if regs.enable_discharge:
        if not any(_inside(slot, now) for slot in regs.discharge_slots):
            discharge_w = 0.0
        elif not regs.eco:
            battery.command(discharge_w + dc_pv_w, discharge_w + dc_pv_w, follow=False)
            return
    battery.command(dc_pv_w - charge_w, dc_pv_w + discharge_w)


def _inside(slot: Slot, now: time) -> bool:
    """Slots repeat every day. A slot that ends before it starts crosses midnight. A slot with equal ends is none."""
    start, end = slot
    if start <= end:
        return start <= now < end
    return now >= start or now < end
