"""The dashboard Why: winning claims, limits, the guard, and requested, written, and observed values."""

from __future__ import annotations

from panels import GOOD, Dashboard, Panel, Query, timeline

HOLDS = {"1": ("wins", GOOD)}
PRESENT = {"1": ("", GOOD)}

WHY = Dashboard(
    "optimizer-why",
    "Why",
    "For each target: the winning rule, the limits, the changes by the guard, and the observed value.",
    (
        (
            "Rules",
            (
                timeline(
                    "Winner of each target",
                    "The rule whose claim wins, and its value.",
                    Query("optimizer_target_winner{$s}", "{{target}}: {{value}} by {{rule}}"),
                    HOLDS,
                ),
                timeline(
                    "State of each rule",
                    "Idle, pending, active, or ending. Closed outside its schedule, unknown without its readings.",
                    Query("optimizer_rule_state{$s}", "{{rule}}: {{state}}"),
                    PRESENT,
                ),
                Panel(
                    "Limits",
                    "The smallest limit on each target, in its unit. Empty without a limit.",
                    (Query("optimizer_target_limit{$s}", "{{target}} by {{rule}}"),),
                ),
                timeline(
                    "Reasons",
                    "Causes of each decision by code, without causes from rules.",
                    Query('optimizer_cause_active{$s,code!~"rule.*"}', "{{subject}}: {{code}}"),
                    PRESENT,
                ),
            ),
        ),
        (
            "Chargers: requested, written, observed",
            (
                Panel(
                    "Current",
                    "Current per phase. 0 is pause. The charger follows a written current within seconds.",
                    (
                        Query("optimizer_ev_wanted_amperes{$s}", "{{ev}} requested"),
                        Query("optimizer_ev_written_amperes{$s}", "{{ev}} written"),
                        Query("optimizer_ev_observed_amperes{$s}", "{{ev}} observed"),
                    ),
                    "amp",
                    low=0.0,
                ),
                Panel(
                    "Phases",
                    "Number of phases.",
                    (
                        Query("optimizer_ev_wanted_phases{$s}", "{{ev}} requested"),
                        Query("optimizer_ev_observed_phases{$s}", "{{ev}} observed"),
                    ),
                    low=0.0,
                    high=3.0,
                ),
                Panel(
                    "Controller",
                    "Feed-forward of the surplus, ramp of PV, integral trim. The gain of a start or a stop must exceed"
                    " its price.",
                    (
                        Query("optimizer_controller_term_watts{$s}", "{{ev}} {{term}}"),
                        Query("optimizer_controller_surplus_watts{$s}", "{{ev}} surplus"),
                    ),
                    "watt",
                ),
                Panel(
                    "Changes by the guard",
                    "How often per minute the guard changed a request.",
                    (
                        Query(
                            "60 * sum by (device, code) "
                            "(rate(optimizer_guard_interventions_total{$s}[$__rate_interval]))",
                            "{{device}}: {{code}}",
                        ),
                    ),
                    "short",
                    low=0.0,
                ),
            ),
        ),
        (
            "Batteries: requested, observed",
            (
                timeline(
                    "Requested action",
                    "Auto: its own control. Bounds: its own control within limits. Power: a setpoint of the service.",
                    Query("optimizer_battery_wanted_action{$s} == 1", "{{battery}}: {{action}}"),
                    PRESENT,
                ),
                Panel(
                    "Power",
                    "+ discharge, − charge. The limit is shown only while one is requested.",
                    (
                        Query("optimizer_battery_power_watts{$s}", "{{battery}}"),
                        Query("optimizer_battery_wanted_max_discharge_watts{$s}", "{{battery}} at most"),
                    ),
                    "watt",
                ),
            ),
        ),
    ),
    span="now-6h",
)
