"""The dashboard Money: costs, prices, forecasts, sessions, and the schedule."""

from __future__ import annotations

from panels import BAD, COLORS, GOOD, KWH, WARN, Dashboard, Panel, Query, timeline

CT = "suffix: ct"
CT_PER_KWH = "suffix: ct/kWh"
SOURCES = {"surplus": COLORS["sun"], "battery": COLORS["battery"], "grid": COLORS["grid"]}
ANSWERS = {"1": ("yes", GOOD), "0": ("no", BAD)}
IN_FORCE = {"1": ("", GOOD)}


def beside(title: str, about: str, forecast: Query, measured: Query, color: str) -> Panel:
    """A power with its forecast."""
    return Panel(title, about, (forecast, measured), "watt", colors={"measured": COLORS[color]}, low=0.0)


MONEY = Dashboard(
    "optimizer-money",
    "Money",
    "What energy costs and earns, what it will cost, and what the schedule makes of it.",
    (
        (
            "Today",
            (
                Panel(
                    "Net cost",
                    "Cost of the imported energy since midnight, minus the payment for the exported energy.",
                    (
                        Query(
                            "sum(optimizer_grid_import_cost_today_ct{$s})"
                            " - sum(optimizer_grid_export_earnings_today_ct{$s})"
                        ),
                    ),
                    CT,
                    "stat",
                    4,
                    5,
                ),
                Panel(
                    "Imported",
                    "Cost of the imported energy since midnight. Negative prices lower it.",
                    (Query("sum(optimizer_grid_import_cost_today_ct{$s})"),),
                    CT,
                    "stat",
                    4,
                    5,
                ),
                Panel(
                    "Exported",
                    "Payment for the exported energy since midnight.",
                    (Query("sum(optimizer_grid_export_earnings_today_ct{$s})"),),
                    CT,
                    "stat",
                    4,
                    5,
                ),
                Panel(
                    "Cars",
                    "Cost of the energy of all cars since midnight, with the export that was lost.",
                    (Query('sum(optimizer_cost_today_ct{$s,consumer=~"ev.*"})'),),
                    CT,
                    "stat",
                    4,
                    5,
                ),
                Panel(
                    "Without a price",
                    "Energy used since midnight for which a price was not known. It is in no cost.",
                    (Query(f"sum(optimizer_unpriced_energy_today_joules{{$s}}) {KWH}"),),
                    "kwatth",
                    "stat",
                    4,
                    5,
                    ((None, GOOD), (1.0, WARN)),
                ),
                Panel(
                    "Price now",
                    "Price of a kWh that is imported now.",
                    (Query("max(optimizer_price_import_ct_per_kwh{$s})"),),
                    CT_PER_KWH,
                    "stat",
                    4,
                    5,
                ),
                Panel(
                    "Cost by consumer and source",
                    "Since midnight. Grid energy costs its price, and other energy the export that was lost.",
                    (
                        Query(
                            "sum by (consumer, source) (optimizer_cost_today_ct{$s})",
                            "{{consumer}} from {{source}}",
                        ),
                    ),
                    CT,
                    "bargauge",
                    12,
                    9,
                ),
                Panel(
                    "Cost since midnight",
                    "Each source of the energy used, and the net cost at the meter.",
                    (
                        Query("sum by (source) (optimizer_cost_today_ct{$s})", "{{source}}"),
                        Query(
                            "sum(optimizer_grid_import_cost_today_ct{$s})"
                            " - sum(optimizer_grid_export_earnings_today_ct{$s})",
                            "net",
                        ),
                    ),
                    CT,
                    height=9,
                    colors=SOURCES,
                ),
            ),
        ),
        (
            "Prices",
            (
                Panel(
                    "Prices",
                    "Of each moment. A gap is an unknown price.",
                    (
                        Query("max(optimizer_price_import_ct_per_kwh{$s})", "import"),
                        Query("max(optimizer_price_feed_in_ct_per_kwh{$s})", "export"),
                        Query("max(optimizer_price_market_ct_per_kwh{$s})", "market"),
                    ),
                    CT_PER_KWH,
                ),
                Panel(
                    "Rank",
                    "Part of the day with a lower import price. 0 % is the cheapest time.",
                    (Query("max(optimizer_price_rank_ratio{$s})", "rank"),),
                    "percentunit",
                    width=6,
                    low=0.0,
                    high=1.0,
                ),
                Panel(
                    "Known for",
                    "Time until the last known price and the last known forecast of each service.",
                    (
                        Query("optimizer_price_feed_known_until_timestamp_seconds{$s} - time()", "{{source}}"),
                        Query("optimizer_forecast_feed_known_until_timestamp_seconds{$s} - time()", "{{service}}"),
                    ),
                    "s",
                    "stat",
                    6,
                    8,
                    ((None, BAD), (3600.0, WARN), (6 * 3600.0, GOOD)),
                ),
                timeline(
                    "Sources of prices answer",
                    "Whether the last request to a source of prices brought prices.",
                    Query("optimizer_price_feed_up{$s}", "{{source}}"),
                    ANSWERS,
                ),
                timeline(
                    "Forecast services answer",
                    "Whether the last request to a service brought a forecast.",
                    Query("optimizer_forecast_feed_up{$s}", "{{service}}"),
                    ANSWERS,
                ),
            ),
        ),
        (
            "Forecast and measurement",
            (
                beside(
                    "PV power",
                    "The forecast of each moment beside the measurement.",
                    Query("max(optimizer_forecast_pv_watts{$s})", "forecast"),
                    Query("sum(optimizer_pv_power_watts{$s})", "measured"),
                    "sun",
                ),
                beside(
                    "Home power",
                    "The house without its cars: the forecast of each moment beside the measurement.",
                    Query("max(optimizer_forecast_home_watts{$s})", "forecast"),
                    Query("sum(optimizer_home_power_watts{$s})", "measured"),
                    "home",
                ),
                Panel(
                    "PV energy of the day",
                    "Forecast of today and tomorrow, whole days, with the low and the high value if there is one.",
                    (
                        Query(
                            f"max by (day, value) (optimizer_forecast_pv_energy_joules{{$s}}) {KWH}",
                            "{{day}} {{value}}",
                        ),
                    ),
                    "kwatth",
                    "bargauge",
                    12,
                    7,
                    low=0.0,
                ),
                Panel(
                    "Correction by the past",
                    "Factor on the forecast of the service, by part of the day. Empty in the first week.",
                    (Query("optimizer_forecast_correction_ratio{$s}", "{{part}}"),),
                    "percentunit",
                    "stat",
                    12,
                    7,
                ),
            ),
        ),
        (
            "Visits of cars",
            (
                Panel(
                    "Energy of this visit",
                    "Energy since the car was plugged in, by source.",
                    (Query(f"optimizer_ev_session_accounted_joules{{$s}} {KWH}", "{{ev}} from {{source}}"),),
                    "kwatth",
                    "bargauge",
                    10,
                    7,
                    low=0.0,
                ),
                Panel(
                    "Cost of this visit",
                    "Grid energy at its price, and the export that was lost.",
                    (Query("optimizer_ev_session_cost_ct{$s}", "{{ev}}"),),
                    CT,
                    "stat",
                    5,
                    7,
                ),
                Panel(
                    "Time of this visit",
                    "Time since the car was plugged in.",
                    (Query("optimizer_ev_session_seconds{$s}", "{{ev}}"),),
                    "s",
                    "stat",
                    5,
                    7,
                ),
                Panel(
                    "Finished visits",
                    "Since the start of the service.",
                    (Query("sum(optimizer_ev_sessions_total{$s})"),),
                    "short",
                    "stat",
                    4,
                    7,
                ),
            ),
        ),
        (
            "Schedule",
            (
                timeline(
                    "Mode of each car",
                    "The mode that the schedule in force has now.",
                    Query("optimizer_schedule_ev_mode{$s} == 1", "{{ev}}: {{mode}}"),
                    IN_FORCE,
                ),
                timeline(
                    "Mode of the battery",
                    "The mode that the schedule in force has now.",
                    Query("optimizer_schedule_battery_mode{$s} == 1", "{{mode}}"),
                    IN_FORCE,
                ),
                Panel(
                    "Expected cost",
                    "Cost until the end of the schedule in force.",
                    (Query("max(optimizer_schedule_cost_ct{$s})"),),
                    CT,
                    "stat",
                    4,
                    6,
                ),
                Panel(
                    "Failed attempts",
                    "Failed attempts in a row to make a schedule.",
                    (Query("max(optimizer_schedule_failures{$s})"),),
                    "short",
                    "stat",
                    4,
                    6,
                    ((None, GOOD), (1.0, WARN), (3.0, BAD)),
                ),
                Panel(
                    "Departures",
                    "Time until each car leaves, by its goal. Empty without a goal.",
                    (Query("optimizer_goal_departure_timestamp_seconds{$s} - time()", "{{ev}}"),),
                    "s",
                    "stat",
                    8,
                    6,
                ),
                Panel(
                    "Needed until then",
                    "Energy that each car still needs for its goal. Empty without a goal.",
                    (Query(f"optimizer_goal_needed_energy_joules{{$s}} {KWH}", "{{ev}}"),),
                    "kwatth",
                    "stat",
                    8,
                    6,
                    low=0.0,
                ),
            ),
        ),
    ),
)
