"""The fields of devices: batteries, chargers with their cars, and switchable loads."""

from __future__ import annotations

from optimizer.model import device_lookups
from optimizer.model.device_lookups import (
    ev_status_in,
    mean_of_batteries,
    of_ev,
    of_ev_item,
    of_goal,
    of_switch,
    sum_of_batteries,
)
from optimizer.model.field import Field
from optimizer.model.kinds import (
    BOOL,
    CURRENT,
    DISTANCE,
    DURATION,
    ENERGY,
    EV_ERROR,
    EV_MODE,
    EV_RCD,
    EV_STATUS,
    EV_WARNING,
    NUMBER,
    PERCENT,
    POWER,
    TEMPERATURE,
    VEHICLE,
    VOLTAGE,
)
from optimizer.model.lookup import NOT_EVERY_CHARGER, NOT_REPORTED, SILENT_BATTERY, negative, positive
from optimizer.model.state import EvStatus

NO_VEHICLE = f"{NOT_REPORTED}, and no vehicle of the settings gives it"
NOT_EVERY_BATTERY = f"{SILENT_BATTERY}; not every battery reports it"
NOT_EVERY_CAPACITY = f"{SILENT_BATTERY}; with several different ones, one does not report its capacity"
BATTERY_POWER = sum_of_batteries("power_w")

BATTERIES = (
    Field(
        "battery.soc",
        PERCENT,
        "State of charge of all batteries, weighted by capacity.",
        mean_of_batteries("soc_percent", NOT_EVERY_CAPACITY),
        low=0.0,
        high=100.0,
    ),
    Field(
        "battery.reserve_soc",
        PERCENT,
        "State of charge that the battery itself reserves.",
        mean_of_batteries("reserve_soc_percent", NOT_EVERY_BATTERY),
        low=0.0,
        high=100.0,
    ),
    Field("battery.power_w", POWER, "Power of all batteries: + discharge, − charge.", BATTERY_POWER),
    Field(
        "battery.charge_w",
        POWER,
        "Charge power of the battery, never negative.",
        negative(BATTERY_POWER),
        low=0.0,
    ),
    Field(
        "battery.discharge_w",
        POWER,
        "Discharge power of the battery, never negative.",
        positive(BATTERY_POWER),
        low=0.0,
    ),
    Field(
        "battery.capacity_wh",
        ENERGY,
        "Capacity of all batteries.",
        sum_of_batteries("capacity_wh", NOT_EVERY_BATTERY),
        low=0.0,
    ),
)

CONDITIONS = (
    Field(
        "ev.error",
        EV_ERROR,
        "Error that the charger reports; `none` without one, `other` for a code that is not in its document.",
        of_ev("condition.error", NOT_EVERY_CHARGER),
    ),
    Field(
        "ev.warning",
        EV_WARNING,
        "Warning that the charger reports; `none` without one.",
        of_ev("condition.warning", NOT_EVERY_CHARGER),
    ),
    Field(
        "ev.rcd",
        EV_RCD,
        "Residual current that the charger's RCD reports; `none` without one.",
        of_ev("condition.rcd", NOT_EVERY_CHARGER),
    ),
    Field(
        "ev.housing_temp",
        TEMPERATURE,
        "Temperature in the charger's housing.",
        of_ev("condition.housing_temp_c", NOT_EVERY_CHARGER),
    ),
    *(
        Field(
            f"ev.connector_l{line}_temp",
            TEMPERATURE,
            f"Temperature of contact L{line} of the charger's attachment.",
            of_ev_item("condition.connector_temp_c", line, NOT_EVERY_CHARGER),
        )
        for line in (1, 2, 3)
    ),
    *(
        Field(
            f"ev.plug_{pin}_temp",
            TEMPERATURE,
            f"Temperature of pin {pin} of a domestic plug.",
            of_ev_item("condition.plug_temp_c", pin, f"{NOT_EVERY_CHARGER}; without a domestic plug"),
        )
        for pin in (1, 2)
    ),
    *(
        Field(
            f"ev.voltage_l{line}_v",
            VOLTAGE,
            f"Voltage L{line} at the charger; 0 if the phase is not connected.",
            of_ev_item("condition.voltage_v", line, NOT_EVERY_CHARGER),
            low=0.0,
        )
        for line in (1, 2, 3)
    ),
    Field(
        "ev.neutral_current_a",
        CURRENT,
        "Current of the charger's neutral conductor.",
        of_ev("condition.neutral_current_a", NOT_EVERY_CHARGER),
        low=0.0,
    ),
    Field(
        "ev.relay_phases",
        NUMBER,
        "Number of phases that the charger's relays connect, 0–3.",
        device_lookups.EV_RELAY_PHASES,
        low=0.0,
        high=3.0,
    ),
    Field(
        "ev.signal_dbm",
        NUMBER,
        "Signal of the charger's Wi-Fi in dBm, negative; read every five minutes.",
        of_ev("condition.signal_dbm", NOT_EVERY_CHARGER),
    ),
)

CHARGERS = (
    Field("ev.status", EV_STATUS, "Status of the car at the charger.", of_ev("status")),
    Field(
        "ev.connected",
        BOOL,
        "Whether a car is plugged in, charging or not.",
        ev_status_in(EvStatus.CONNECTED, EvStatus.CHARGING),
    ),
    Field("ev.charging", BOOL, "Whether the car is charging.", ev_status_in(EvStatus.CHARGING)),
    Field("ev.power_w", POWER, "Power that the car draws, never negative.", of_ev("power_w"), low=0.0),
    Field(
        "ev.current_a",
        CURRENT,
        "Current that the charger offers the car on each phase. 0 while paused.",
        device_lookups.EV_OFFER,
        low=0.0,
    ),
    Field("ev.phases", NUMBER, "Number of phases that the charger is set to, 1–3.", of_ev("phases"), low=1.0, high=3.0),
    Field(
        "ev.session_energy_wh",
        ENERGY,
        "Energy charged since the car was plugged in.",
        of_ev("session_energy_wh"),
        low=0.0,
    ),
    Field(
        "ev.energy_limit_wh",
        ENERGY,
        "The charger's limit for this session. 0 = no limit.",
        of_ev("energy_limit_wh"),
        low=0.0,
    ),
    Field(
        "ev.vehicle",
        VEHICLE,
        "Vehicle of site.yaml at the charger; `guest` for a car that is none of them. A rule that claims it is seen "
        "from the next decision on.",
        device_lookups.EV_VEHICLE,
    ),
    Field("ev.soc", PERCENT, "State of charge of the car.", of_ev("soc_percent", NO_VEHICLE), low=0.0, high=100.0),
    Field(
        "ev.soc_estimated",
        BOOL,
        "Whether the state of charge is an estimate from energy or from an assumed start value.",
        of_ev("soc_estimated", NO_VEHICLE),
    ),
    Field(
        "ev.limit_soc",
        PERCENT,
        "Charging limit of the car itself.",
        of_ev("limit_soc_percent", NO_VEHICLE),
        low=0.0,
        high=100.0,
    ),
    Field("ev.range_km", DISTANCE, "Range that the car last reported.", of_ev("range_km", NO_VEHICLE), low=0.0),
    Field("ev.capacity_wh", ENERGY, "Usable capacity of the car.", of_ev("capacity_wh", NO_VEHICLE), low=0.0),
    Field(
        "ev.departure_in",
        DURATION,
        "Time until the car leaves, by its goal. 0s after that time.",
        device_lookups.DEPARTURE_IN,
        low=0.0,
    ),
    Field(
        "ev.target_soc",
        PERCENT,
        "State of charge of the goal, or the charging limit of the car if that is lower.",
        of_goal("target_soc_percent", "the charger has no goal, or the goal is an energy"),
        low=0.0,
        high=100.0,
    ),
    Field(
        "ev.target_energy_wh",
        ENERGY,
        "Energy of the goal.",
        of_goal("target_energy_wh", "the charger has no goal, or the goal is a state of charge"),
        low=0.0,
    ),
    Field(
        "ev.needs_wh",
        ENERGY,
        "Energy from the charger that is missing until the goal is reached.",
        of_goal("needs_wh", "the charger has no goal, or its need is not known"),
        low=0.0,
    ),
    Field(
        "ev.overdue",
        BOOL,
        "Whether the time of the goal has passed, it is not reached, and the car is still there.",
        of_goal("overdue", "the charger has no goal"),
    ),
    Field(
        "ev.mode", EV_MODE, "Charging mode that won in the tick before. `off` without a claim.", device_lookups.EV_MODE
    ),
)

SWITCHES = (
    Field("switch.on", BOOL, "Whether a switchable load is switched on.", of_switch("on")),
    Field("switch.power_w", POWER, "Measured power of a switchable load.", of_switch("power_w"), low=0.0),
    Field(
        "switch.energy_total_wh",
        ENERGY,
        "Energy counter of a switchable load. It may restart at 0.",
        of_switch("energy_total_wh"),
        low=0.0,
    ),
)
