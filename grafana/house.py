"""The dashboard House: flows, state of charge, energies and shares."""

from __future__ import annotations

from panels import BAD, COLORS, GOOD, KWH, WARN, Dashboard, Panel, Query

HOUSE = Dashboard(
    "optimizer-house",
    "House",
    "Power flows, energies, and the part of the PV energy that was used at home.",
    (
        (
            "Now",
            (
                Panel(
                    "Sun",
                    "PV power of all systems.",
                    (Query("sum(optimizer_pv_power_watts{$s})"),),
                    "watt",
                    "stat",
                    4,
                    4,
                ),
                Panel(
                    "Home",
                    "The house without its cars.",
                    (Query("sum(optimizer_home_power_watts{$s})"),),
                    "watt",
                    "stat",
                    4,
                    4,
                ),
                Panel(
                    "Cars",
                    "Charging power of all cars.",
                    (Query("sum(optimizer_ev_power_watts{$s})"),),
                    "watt",
                    "stat",
                    4,
                    4,
                ),
                Panel(
                    "Grid",
                    "+ import, − export.",
                    (Query("sum(optimizer_grid_power_watts{$s})"),),
                    "watt",
                    "stat",
                    4,
                    4,
                    ((None, GOOD), (200.0, WARN), (5000.0, BAD)),
                ),
                Panel(
                    "Battery",
                    "+ discharge, − charge.",
                    (Query("sum(optimizer_battery_power_watts{$s})"),),
                    "watt",
                    "stat",
                    4,
                    4,
                ),
                Panel(
                    "State of charge",
                    "State of charge of each battery.",
                    (Query("optimizer_battery_soc_ratio{$s}", "{{battery}}"),),
                    "percentunit",
                    "stat",
                    4,
                    4,
                    ((None, BAD), (0.1, WARN), (0.3, GOOD)),
                    low=0.0,
                    high=1.0,
                ),
            ),
        ),
        (
            "Flows",
            (
                Panel(
                    "Power",
                    "Grid: + import, − export. Battery: + discharge, − charge. A gap is an unknown reading.",
                    (
                        Query("sum(optimizer_pv_power_watts{$s})", "sun"),
                        Query("sum(optimizer_home_power_watts{$s})", "home"),
                        Query("sum(optimizer_ev_power_watts{$s})", "car"),
                        Query("sum(optimizer_battery_power_watts{$s})", "battery"),
                        Query("sum(optimizer_grid_power_watts{$s})", "grid"),
                    ),
                    "watt",
                    width=16,
                    height=10,
                    colors=COLORS,
                ),
                Panel(
                    "State of charge",
                    "State of charge of each battery, and the floor below which the service does not discharge it.",
                    (
                        Query("optimizer_battery_soc_ratio{$s}", "{{battery}}"),
                        Query("optimizer_battery_floor_soc_ratio{$s}", "{{battery}} floor"),
                    ),
                    "percentunit",
                    width=8,
                    height=10,
                    low=0.0,
                    high=1.0,
                ),
            ),
        ),
        (
            "Loads",
            (
                Panel(
                    "Power of loads",
                    "Measured power of each switchable load. A load without a meter is missing here.",
                    (Query("optimizer_switch_power_watts{$s}", "{{switch}}"),),
                    "watt",
                    width=12,
                ),
                Panel(
                    "Loads on",
                    "Which switchable loads are on. A gap is an unknown state.",
                    (Query("optimizer_switch_on{$s}", "{{switch}}"),),
                    "none",
                    "state-timeline",
                    width=12,
                    words={"0": ("off", "#8a8f98"), "1": ("on", GOOD)},
                ),
                Panel(
                    "Energy of loads",
                    "Energy of each load in the time shown, by its own counter.",
                    (
                        Query(
                            f"sum by (switch) (increase(optimizer_switch_energy_joules_total{{$s}}[$__range])) {KWH}",
                            "{{switch}}",
                        ),
                    ),
                    "kwatth",
                    "bargauge",
                    12,
                    5,
                    low=0.0,
                ),
                Panel(
                    "Starts of loads",
                    "How often each load was switched on in the last 24 h.",
                    (Query("optimizer_switch_starts_of_day{$s}", "{{switch}}"),),
                    "short",
                    "stat",
                    12,
                    5,
                ),
            ),
        ),
        (
            "In the time shown",
            (
                Panel(
                    "Self-consumption",
                    "Part of the PV energy that was not exported.",
                    (
                        Query(
                            "1 - sum(increase(optimizer_grid_export_energy_joules_total{$s}[$__range]))"
                            " / sum(increase(optimizer_pv_generated_energy_joules_total{$s}[$__range]))"
                        ),
                    ),
                    "percentunit",
                    "stat",
                    4,
                    5,
                    ((None, WARN), (0.5, GOOD)),
                ),
                Panel(
                    "Autarky",
                    "Part of the consumption, with cars, that was not imported.",
                    (
                        Query(
                            '1 - sum(increase(optimizer_consumed_energy_joules_total{$s,source="grid"}[$__range]))'
                            " / sum(increase(optimizer_consumed_energy_joules_total{$s}[$__range]))"
                        ),
                    ),
                    "percentunit",
                    "stat",
                    4,
                    5,
                    ((None, WARN), (0.5, GOOD)),
                ),
                Panel(
                    "Imported for cars",
                    "Import with the cars minus import without them.",
                    (
                        Query(
                            'sum(increase(optimizer_consumed_energy_joules_total{$s,consumer=~"ev.*",source="grid"}'
                            f"[$__range])) {KWH}"
                        ),
                    ),
                    "kwatth",
                    "stat",
                    4,
                    5,
                ),
                Panel(
                    "Where the energy came from",
                    "For the home and each car: directly from PV, from the battery, or from the grid.",
                    (
                        Query(
                            "sum by (consumer, source) "
                            f"(increase(optimizer_consumed_energy_joules_total{{$s}}[$__range])) {KWH}",
                            "{{consumer}} from {{source}}",
                        ),
                    ),
                    "kwatth",
                    "bargauge",
                    12,
                    10,
                    low=0.0,
                ),
                Panel(
                    "Energies",
                    "Energies of the whole house.",
                    (
                        Query(
                            f"sum(increase(optimizer_pv_generated_energy_joules_total{{$s}}[$__range])) {KWH}", "sun"
                        ),
                        Query(
                            f"sum(increase(optimizer_grid_import_energy_joules_total{{$s}}[$__range])) {KWH}", "bought"
                        ),
                        Query(
                            f"sum(increase(optimizer_grid_export_energy_joules_total{{$s}}[$__range])) {KWH}", "sold"
                        ),
                        Query(
                            f"sum(increase(optimizer_battery_charged_energy_joules_total{{$s}}[$__range])) {KWH}",
                            "into the battery",
                        ),
                        Query(
                            f"sum(increase(optimizer_battery_discharged_energy_joules_total{{$s}}[$__range])) {KWH}",
                            "out of the battery",
                        ),
                    ),
                    "kwatth",
                    "stat",
                    12,
                    5,
                ),
            ),
        ),
    ),
)
