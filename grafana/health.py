"""The dashboard Health: devices, leases, errors and the tick."""

from __future__ import annotations

from panels import BAD, GOOD, WARN, Dashboard, Panel, Query, timeline

YES_IS_GOOD = {"1": ("yes", GOOD), "0": ("no", BAD)}
YES_IS_BAD = {"0": ("no", GOOD), "1": ("yes", BAD)}
D = '$s,device=~"$device"'

HEALTH = Dashboard(
    "optimizer-health",
    "Health",
    "Whether devices answer and follow, leases are renewed in time, and decisions are made on time.",
    (
        (
            "The service",
            (
                Panel(
                    "Last decision",
                    "Age of the last decision. A few seconds are normal.",
                    (Query("max(optimizer_tick_age_seconds{$s})"),),
                    "s",
                    "stat",
                    4,
                    4,
                    ((None, GOOD), (15.0, WARN), (30.0, BAD)),
                ),
                Panel(
                    "Rule book broken",
                    "The newest rule files cannot be loaded. The last good ones stay active.",
                    (Query("max(optimizer_rule_book_broken{$s})"),),
                    kind="stat",
                    width=4,
                    height=4,
                    words=YES_IS_BAD,
                ),
                Panel(
                    "Unknown readings",
                    "Readings that a device should report and does not.",
                    (Query("sum(optimizer_reading_unknown{$s})"),),
                    kind="stat",
                    width=4,
                    height=4,
                    steps=((None, GOOD), (1.0, BAD)),
                ),
                Panel(
                    "Version",
                    "Version of the service.",
                    (Query("optimizer_build_info{$s}", "{{version}}"),),
                    kind="stat",
                    width=4,
                    height=4,
                ),
                Panel(
                    "Memory",
                    "Resident memory of the service.",
                    (Query('process_resident_memory_bytes{$s,job="optimizer"}'),),
                    "bytes",
                    "stat",
                    4,
                    4,
                    ((None, GOOD), (80e6, WARN), (200e6, BAD)),
                ),
                Panel(
                    "Journal",
                    "Size of the journal on disk.",
                    (Query("max(optimizer_journal_bytes{$s})"),),
                    "bytes",
                    "stat",
                    4,
                    4,
                ),
                Panel(
                    "Duration of ticks",
                    "Median and 99th percentile.",
                    (
                        Query(
                            "histogram_quantile(0.5, sum by (le) "
                            "(rate(optimizer_tick_duration_seconds_bucket{$s}[$__rate_interval])))",
                            "median",
                        ),
                        Query(
                            "histogram_quantile(0.99, sum by (le) "
                            "(rate(optimizer_tick_duration_seconds_bucket{$s}[$__rate_interval])))",
                            "99 %",
                        ),
                    ),
                    "s",
                    low=0.0,
                ),
                Panel(
                    "Overruns and failed reloads",
                    "Ticks that took longer than their interval, and rule files that could not be loaded, per hour.",
                    (
                        Query("increase(optimizer_tick_overruns_total{$s}[1h])", "overruns"),
                        Query("increase(optimizer_rule_book_reload_failures_total{$s}[1h])", "failed reloads"),
                    ),
                    "short",
                    low=0.0,
                ),
            ),
        ),
        (
            "Devices",
            (
                timeline(
                    "Answers",
                    "Whether the last poll succeeded.",
                    Query(f"optimizer_device_up{{{D}}}", "{{device}}"),
                    YES_IS_GOOD,
                ),
                timeline(
                    "Does not follow",
                    "Whether a device does not follow its command.",
                    Query(f"optimizer_device_disobeys{{{D}}}", "{{device}}"),
                    YES_IS_BAD,
                ),
                Panel(
                    "Freshness",
                    "Time since the last good poll.",
                    (Query(f"optimizer_device_last_ok_age_seconds{{{D}}}", "{{device}}"),),
                    "s",
                    steps=((None, GOOD), (15.0, BAD)),
                    low=0.0,
                ),
                Panel(
                    "Latency",
                    "Duration of the last good poll.",
                    (Query(f"optimizer_device_latency_seconds{{{D}}}", "{{device}}"),),
                    "s",
                    low=0.0,
                ),
                Panel(
                    "Errors",
                    "By kind, per hour.",
                    (Query(f"increase(optimizer_device_errors_total{{{D}}}[1h])", "{{device}}: {{fault}}"),),
                    "short",
                    low=0.0,
                ),
                Panel(
                    "Writes",
                    "By kind, per hour.",
                    (Query(f"increase(optimizer_device_writes_total{{{D}}}[1h])", "{{device}}: {{kind}}"),),
                    "short",
                    low=0.0,
                ),
            ),
        ),
        (
            "Chargers",
            (
                Panel(
                    "Faults",
                    "Errors, warnings, and residual currents that a charger reports now.",
                    (
                        Query('optimizer_ev_error{$s,error!="none"}', "{{ev}}: error {{error}}"),
                        Query('optimizer_ev_warning{$s,warning!="none"}', "{{ev}}: warning {{warning}}"),
                        Query('optimizer_ev_residual_current{$s,fault!="none"}', "{{ev}}: RCD {{fault}}"),
                    ),
                    "short",
                    low=0.0,
                ),
                Panel(
                    "Temperatures",
                    "Housing, contacts of the attachment, and pins of a domestic plug.",
                    (Query("optimizer_ev_temperature_celsius{$s}", "{{ev}} {{sensor}}"),),
                    "celsius",
                ),
                Panel(
                    "Voltages",
                    "Voltage of each phase at the charger.",
                    (Query("optimizer_ev_voltage_volts{$s}", "{{ev}} L{{phase}}"),),
                    "volt",
                ),
            ),
        ),
        (
            "Leases",
            (
                Panel(
                    "Time left",
                    "Time until a lease expires, unless a newer decision renews it.",
                    (Query("optimizer_lease_remaining_seconds{$s}", "{{device}}"),),
                    "s",
                    steps=((None, BAD), (15.0, GOOD)),
                ),
                Panel(
                    "Between two refreshes",
                    "The last and the longest time between two writes of a setpoint. FEMS drops it after 60 s.",
                    (
                        Query("optimizer_lease_refresh_interval_seconds{$s}", "{{device}} last"),
                        Query("optimizer_lease_longest_gap_seconds{$s}", "{{device}} longest"),
                    ),
                    "s",
                    steps=((None, GOOD), (60.0, BAD)),
                    low=0.0,
                ),
            ),
        ),
    ),
    span="now-6h",
    devices=True,
)
