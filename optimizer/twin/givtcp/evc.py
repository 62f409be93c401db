"""The GivEnergy EV charger in GivTCP: its cache, and commands that answer 500 even if they succeed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from optimizer.twin.charger import OFF, ON, VOLTAGE_V, Charger

MODES = ("Grid", "Hybrid", "Solar")
COMMANDS = (
    "setChargeControl", "setCurrentLimit", "setChargingMode", "setChargeMode", "setImportCap", "setMaxSessionEnergy",
)  # fmt: skip


class Evc:
    """One charger of the house behind GivTCP."""

    def __init__(self, charger: Charger, serial: str = "EVC0000") -> None:
        self.min_a = 6.0
        self.max_a = min(32.0, charger.spec.rated_a)
        self.limit_a = min(charger.spec.initial_current_a, self.max_a)
        self.started = not charger.spec.initial_paused
        self.plug_and_go = True
        self.mode = "Grid"
        self.import_cap_a = 0.0
        self.max_session_kwh = 0.0
        self.control_shows_charging = True
        """Charge_Control is Start only while the car draws, independent of the command. False: it shows the command."""
        self.broken = False
        """A string as the session energy has ended the loop of GivTCP. Its cache no longer changes."""
        self._session_kwh = 0.0
        self._charger = charger
        self._serial = serial

    def cycle(self, t_s: float) -> None:
        """Apply the settings to the car."""
        car = self._charger
        offer_a = self.limit_a if self.started else 0.0
        if self.max_session_kwh and car.session_wh >= self.max_session_kwh * 1000.0:
            offer_a = 0.0
        car.command(t_s, car.phases, offer_a)

    def write(self, command: str, body: Any) -> bool:
        """Carry out a valid command. The answer is a 500 in any case. Returns whether it was valid."""
        if command == "setChargeMode":
            if body not in ("enable", "disable"):
                return False
            self.plug_and_go = body == "enable"
            return True
        value = next(iter(body.values()), None) if isinstance(body, Mapping) else None
        match command, value:
            case "setChargeControl", "Start" | "Stop":
                self.started = value == "Start"
            case "setCurrentLimit", int() if not isinstance(value, bool):
                self.limit_a = float(min(max(value, self.min_a), self.max_a))
            case "setChargingMode", str() if value in MODES:
                self.mode = value
            case "setImportCap", int() | float():
                self.import_cap_a = float(value)
            case "setMaxSessionEnergy", int() | float():
                self.max_session_kwh = float(value)
            case "setMaxSessionEnergy", str():
                self.broken = True
            case _:
                return False
        return True

    def cache(self, now: datetime) -> dict[str, Any]:
        """The body of `/getEVCCache`."""
        car = self._charger
        phases = car.active_phases
        amps = [round(car.current_a, 1) if phase < phases else 0.0 for phase in range(3)]
        watts = [round(amp * VOLTAGE_V) for amp in amps]
        state = "Idle"
        if car.plugged:
            state = "Charging" if car.state == ON else "End of Charging" if car.done else "Connected"
            if car.state not in (ON, OFF):
                state = "Starting"
        # The energy of the last session stays until the next one begins to charge.
        session_kwh = round(car.session_wh / 1000.0, 1)
        self._session_kwh = session_kwh if session_kwh or state == "Charging" else self._session_kwh
        started = state == "Charging" if self.control_shows_charging else self.started
        return {
            "Charger": {
                "Charging_State": state,
                "Connection_Status": "Connected" if car.plugged else "Not Connected",
                "Error_Code": "Clear",
                "Current_L1": amps[0],
                "Current_L2": amps[1],
                "Current_L3": amps[2],
                "Active_Power": sum(watts),
                "Active_Power_L1": watts[0],
                "Active_Power_L2": watts[1],
                "Active_Power_L3": watts[2],
                "Meter_Energy": round(car.total_wh / 1000.0, 1),
                "Evse_Max_Current": self.max_a,
                "Evse_Min_Current": self.min_a,
                "Charge_Limit": self.limit_a,
                "Charge_Session_Energy": self._session_kwh,
                "Charge_Session_Duration": "0:00:00",
                "Plug_and_Go": "enable" if self.plug_and_go else "disable",
                "Charge_Control": "Start" if started else "Stop",
                "Voltage_L1": float(VOLTAGE_V),
                "Voltage_L2": float(VOLTAGE_V) if phases > 1 else 0.0,
                "Voltage_L3": float(VOLTAGE_V) if phases > 2 else 0.0,
                "Serial_Number": self._serial,
                "Import_Cap": int(self.import_cap_a),
                "Charging_Mode": self.mode,
                "Max_Session_Energy": self.max_session_kwh,
                "System_Time": now.isoformat(timespec="seconds"),
            }
        }
