"""The simulated NRGkick for all its protocols: settings, refusals, delay of the read-back, and reports.

Written from the documents of the NRGkick Gen2. Unknown behavior is an option.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from optimizer.twin.charger import ON, STARTING, Charger
from optimizer.twin.live import LiveHouse

CURRENT_TEXT = "Invalid current entered, allowed 6.0A - 32.0A"
PAUSE_TEXT = "Invalid state entered, allowed 0 / 1"
LIMIT_TEXT = "Invalid limit entered, value must be greater or equal than 0Wh and less or equal than 1000000Wh"
PHASES_TEXT = "Invalid phases entered, allowed 1 - 3"
DISABLED_TEXT = "API must be enabled within the NRGkick App"
PAUSE_BLOCKED_TEXT = "Charging pause is blocked by solar-charging"
PHASES_BLOCKED_TEXT = "Phase count change is blocked by solar-charging"
WRITE_BLOCKED_TEXT = "Charging current is blocked by solar-charging"
"""Text inferred from the two known ones."""
NO_SWITCHING_TEXT = "Phase count change is not enabled"
"""Text inferred. The real one is not documented."""

STANDBY, CONNECTED, CHARGING, ERROR, WAKEUP = 1, 2, 3, 6, 7
NO_WARNING, ENERGY_LIMIT_REACHED, INCREASED_TEMPERATURE = 0, 3, 16
KINDS = {"current_set": "current", "charge_pause": "pause", "energy_limit": "energy_limit", "phase_count": "phases"}


@dataclass(frozen=True, slots=True)
class NrgkickSpec:
    """One NRGkick and its options."""

    name: str = "carport"
    """Name of the device. Its endpoints are `<name>` and `<name>_modbus`."""
    charger: int = 0
    """Its index among the chargers of the house."""
    serial: str = "T2400000000000000T1W0"
    device_name: str = "Carport"
    connector_max_a: float = 32.0
    connector_type: int = 1
    username: str = ""
    password: str = ""
    """With a password: HTTP Basic."""
    over_rating: Literal["refuse", "clamp"] = "refuse"
    """The reaction to a current above the rating. Unknown for the real one."""
    no_switching: tuple[int, str] = (406, NO_SWITCHING_TEXT)
    """Status and text of a phase write if switching is not enabled. Unknown for the real one."""
    readback_lag_s: float = 1.5
    """`/control` shows a write only after this time."""
    phase_transient_s: float = 1.5
    """Time for which `phase_count` is 0 during a switch while charging, s."""
    pause_survives_replug: bool = False
    cellular: bool = False
    """A model with cellular and GPS."""
    old_firmware: bool = False
    """Firmware before 4.0.0.100: some keys end in a colon."""
    noise: bool = True
    """0.8 W and 0.02 A without charging."""
    modbus: bool = True
    modbus_blocks: bool = True
    """Whether several values may be read in one request."""
    mdns: bool = False


class RefusedError(Exception):
    """The device refuses: HTTP status and text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of `/control`."""

    current_set: float
    charge_pause: int
    energy_limit: int
    phase_count: int


class NrgkickUnit:
    """The own control of the device, above the physics of its charger."""

    def __init__(self, live: LiveHouse, spec: NrgkickSpec) -> None:
        self.spec = spec
        self.live = live
        built = live.physics.chargers[spec.charger].spec
        self.rated_a = built.rated_a
        self.api_enabled = True
        self.modbus_enabled = True
        self.pv_mode = False
        """A PV-led profile is active in the app. Writes are refused."""
        self.error_code = 0
        self.rcd_code = 0
        self.warning_code = 0
        """A warning in addition to those that the unit derives from its state."""
        self.voltages_v = (230.4, 229.7, 231.1)
        self.settings = Settings(built.initial_current_a, int(built.initial_paused), 0, built.initial_phases)
        self.pause_lost = False
        """Whether it has lost its pause by itself since the last write."""
        self._shown = self.settings
        self._pending: list[tuple[float, Settings]] = []
        self._transient = (0.0, 0.0)
        self._plugs = 0
        self._command(0.0)
        live.each_cycle(self._cycle)

    @property
    def charger(self) -> Charger:
        """Its charger in the house at the present time."""
        return self.live.advance().chargers[self.spec.charger]

    @property
    def max_current_a(self) -> float:
        """min(rating, connector)."""
        return min(self.rated_a, self.spec.connector_max_a)

    def shown(self) -> Settings:
        """The settings that a read returns: delayed after a write, phase 0 while switching."""
        now = self.live.t_s
        while self._pending and self._pending[0][0] <= now:
            self._shown = self._pending.pop(0)[1]
        begin, end = self._transient
        if begin <= now < end:
            seen = self._shown
            return Settings(seen.current_set, seen.charge_pause, seen.energy_limit, 0)
        return self._shown

    def write(self, values: Mapping[str, float]) -> None:
        """Apply `current_set`, `charge_pause`, `energy_limit`, `phase_count`, all or nothing.

        Raises RefusedError. The values have a valid form and are within the ranges of the protocol. This method decides
        the refusals of the device itself.
        """
        charger = self.charger
        ledger = self.live.ledger
        name = self.spec.name
        if len(values) > 1 and "phase_count" in values:
            ledger.incident(name, "phase_count written together with other values")
        try:
            settings = self._judge(values)
        except RefusedError:
            ledger.refuse(name)
            raise
        for key in values:
            ledger.wrote(name, KINDS[key])
        now = self.live.t_s
        if settings.phase_count != self.settings.phase_count and charger.state == ON:
            begin = now + charger.spec.dead_s
            self._transient = (begin, begin + self.spec.phase_transient_s)
        self.settings, self.pause_lost = settings, False
        self._pending.append((now + self.spec.readback_lag_s, settings))
        if "energy_limit" in values:
            charger.limit_wh = float(settings.energy_limit)
            if charger.done and not self.limit_reached and charger.car_soc_percent < 100.0:
                charger.resume(now)
        self._command(now)

    def _judge(self, values: Mapping[str, float]) -> Settings:
        old = self.settings
        if self.pv_mode:
            self.live.ledger.incident(self.spec.name, "written to although a PV-led profile is active")
            if "charge_pause" in values:
                raise RefusedError(405, PAUSE_BLOCKED_TEXT)
            raise RefusedError(405, PHASES_BLOCKED_TEXT if "phase_count" in values else WRITE_BLOCKED_TEXT)
        if "phase_count" in values and not self.charger.spec.can_switch_phases:
            raise RefusedError(*self.spec.no_switching)
        current = values.get("current_set", old.current_set)
        if current > self.max_current_a:
            self.live.ledger.incident(self.spec.name, f"current {current:g} A above {self.max_current_a:g} A")
            if self.spec.over_rating == "refuse":
                raise RefusedError(406, CURRENT_TEXT)
            current = self.max_current_a
        return Settings(
            round(float(current), 1),
            int(values.get("charge_pause", old.charge_pause)),
            int(values.get("energy_limit", old.energy_limit)),
            int(values.get("phase_count", old.phase_count)),
        )

    def refuse_form(self, text: str, what: str) -> RefusedError:
        """The error for a value outside the range of the protocol. The ledger records it."""
        self.live.ledger.refuse(self.spec.name)
        self.live.ledger.incident(self.spec.name, what)
        return RefusedError(406, text)

    def resume_settings(self) -> None:
        """The settings apply again after a PV-led profile."""
        self._command(self.live.t_s)

    def restart(self) -> None:
        """A short power failure. A pause is lost."""
        self._lose_pause()

    def _lose_pause(self) -> None:
        s = self.settings
        self.settings = self._shown = Settings(s.current_set, 0, s.energy_limit, s.phase_count)
        self.pause_lost = True
        self._pending.clear()
        self._command(self.live.physics.t_s)

    def _cycle(self, _t_s: float) -> None:
        charger = self.live.physics.chargers[self.spec.charger]
        if charger.plugs != self._plugs:
            first, self._plugs = self._plugs == 0, charger.plugs
            if self.settings.charge_pause and not self.spec.pause_survives_replug and not first:
                self._lose_pause()

    def _command(self, t_s: float) -> None:
        s = self.settings
        charger = self.live.physics.chargers[self.spec.charger]
        charger.command(t_s, s.phase_count, 0.0 if s.charge_pause else s.current_set)

    @property
    def limit_reached(self) -> bool:
        """Whether the session has used up its energy limit."""
        charger = self.live.physics.chargers[self.spec.charger]
        return 0.0 < charger.limit_wh <= charger.session_wh + 0.01

    def status(self) -> int:
        """Code of `values.general.status`."""
        charger = self.charger
        if self.error_code:
            return ERROR
        if not charger.plugged:
            return STANDBY
        if charger.state == ON:
            return CHARGING
        if charger.state == STARTING and not charger.slept and charger.spec.car.late_start_s > 0.0:
            return WAKEUP
        return CONNECTED

    def warning(self) -> int:
        """Code of `values.general.warning_code`."""
        if self.warning_code:
            return self.warning_code
        if self.limit_reached:
            return ENERGY_LIMIT_REACHED
        return INCREASED_TEMPERATURE if self.charger.derate_a < self.settings.current_set else NO_WARNING
