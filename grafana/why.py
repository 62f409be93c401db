"""The dashboard Why: winners, limits, the guard, and what became of what was wanted."""

from __future__ import annotations

from panels import GOOD, Dashboard, Panel, Query

HOLDS = {"1": ("holds", GOOD)}
PRESENT = {"1": ("", GOOD)}

WHY = Dashboard(
    "optimizer-why",
    "Why",
    "For each target: who won, what limited it, what the guard changed, and what became of it.",
    (
        (
            "Rules",
            (
                Panel(
                    "Winner of each target",
                    "The rule whose claim holds, and what it claims.",
                    (Query("optimizer_target_winner{$s}", "{{target}}: {{value}} by {{rule}}"),),
                    kind="state-timeline",
                    words=HOLDS,
                ),
                Panel(
                    "State of each rule",
                    "Idle, pending, active, ending; closed outside its schedule, unknown without its readings.",
                    (Query("optimizer_rule_state{$s}", "{{rule}}: {{state}}"),),
                    kind="state-timeline",
                    words=PRESENT,
                ),
                Panel(
                    "Limits",
                    "The smallest limit on each target, in its unit. Empty while nothing is limited.",
                    (Query("optimizer_target_limit{$s}", "{{target}} by {{rule}}"),),
                ),
                Panel(
                    "Reasons",
                    "Causes of each decision by code, without those of the rules.",
                    (Query('optimizer_cause_active{$s,code!~"rule.*"}', "{{subject}}: {{code}}"),),
                    kind="state-timeline",
                    words=PRESENT,
                ),
            ),
        ),
        (
            "Chargers: wanted, written, observed",
            (
                Panel(
                    "Current",
                    "Per phase; 0 is pause. What the charger offers follows what was written within seconds.",
                    (
                        Query("optimizer_ev_wanted_amperes{$s}", "{{ev}} wanted"),
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
                        Query("optimizer_ev_wanted_phases{$s}", "{{ev}} wanted"),
                        Query("optimizer_ev_observed_phases{$s}", "{{ev}} observed"),
                    ),
                    low=0.0,
                    high=3.0,
                ),
                Panel(
                    "Controller",
                    "Feed-forward of the surplus, ramp of the sun, integral trim; what running or stopping would gain,"
                    " and the price that it must exceed.",
                    (
                        Query("optimizer_controller_term_watts{$s}", "{{ev}} {{term}}"),
                        Query("optimizer_controller_surplus_watts{$s}", "{{ev}} surplus"),
                    ),
                    "watt",
                ),
                Panel(
                    "The guard's interventions",
                    "How often a minute the guard changed what was wanted.",
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
            "Batteries: wanted, observed",
            (
                Panel(
                    "What is asked",
                    "Auto: its own control. Bounds: its own control within limits. Power: a power of ours.",
                    (Query("optimizer_battery_wanted_action{$s} == 1", "{{battery}}: {{action}}"),),
                    kind="state-timeline",
                    words=PRESENT,
                ),
                Panel(
                    "Power",
                    "+ discharge, − charge. The limit is there only while one is wanted.",
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
