"""The fields of the house: powers, prices, forecasts, the schedule, and the time."""

from __future__ import annotations

from optimizer.model import cheapest, device_lookups, house_lookups
from optimizer.model.device_lookups import of_battery_schedule, of_car_schedule, sum_of_pvs
from optimizer.model.field import Field
from optimizer.model.house_lookups import of_house, of_span
from optimizer.model.kinds import (
    BOOL,
    CLOCK,
    DATE,
    DURATION,
    ENERGY,
    EV_MODE,
    MONTH,
    NUMBER,
    PERCENT,
    POWER,
    PRICE,
    SCHEDULED_BATTERY,
    WEEKDAY,
)
from optimizer.model.lookup import SILENT_GRID, Lookup, negative, positive

NO_TARIFF = "no tariff is configured, or the price of now is not known"
NO_ALTERNATIVE = "no `tariff.alternative_ct` is set"
NO_SOURCE = "the prices follow no source, or it has no price of now"
NOT_ALL_OF_TODAY = "an import price of today is not known"
NO_SUN = "`site` has no latitude and longitude, or the sun does not cross the horizon today"
NO_HOLIDAYS = "`site` has no `holidays`, or none in this year"
NO_PV_FORECAST = "no forecast is configured, or it does not cover all of the time"
NO_SPREAD = f"{NO_PV_FORECAST}; the errors of the past days are not known yet"
NO_HOME_FORECAST = "the record of the past days is too short"
NOT_ALL_PRICES = "an import price of the time is not known"
NO_CAR_SCHEDULE = "there is no schedule, or the car is not connected"
NO_BATTERY_SCHEDULE = "there is no schedule, or no battery that the service controls"
BATTERY_PLANNED = Field(
    "schedule.battery.planned",
    BOOL,
    "Whether the schedule has a mode for the battery now, and charges each car that charges fast itself.",
    of_house("schedule.battery.planned", "never"),
)
GRID_POWER: Lookup[float] = of_house("grid.power_w", SILENT_GRID)

HOUSE = (
    Field("grid.power_w", POWER, "Power at the grid connection: + import, − export.", GRID_POWER),
    Field("grid.import_w", POWER, "Power taken from the grid, never negative.", positive(GRID_POWER), low=0.0),
    Field("grid.export_w", POWER, "Power exported to the grid, never negative.", negative(GRID_POWER), low=0.0),
    Field("grid.dimmed", BOOL, "Whether the grid operator has dimmed the house (§14a EnWG).", of_house("grid.dimmed")),
    Field(
        "grid.on_grid",
        BOOL,
        "Whether the house is connected to the grid. False while it runs as an island.",
        of_house("grid.on_grid"),
    ),
    Field(
        "pv.power_w",
        POWER,
        "PV production of all PV systems, never negative.",
        sum_of_pvs("power_w", "no PV is configured, or one does not answer"),
        low=0.0,
    ),
    Field(
        "pv.energy_day_wh",
        ENERGY,
        "PV energy of all PV systems since midnight.",
        sum_of_pvs("energy_day_wh", "no PV system counts it, or one does not answer"),
        low=0.0,
    ),
    Field(
        "home.power_w",
        POWER,
        "Consumption of the house without the cars, never negative: pv + grid + battery − ev.",
        house_lookups.HOME,
        low=0.0,
    ),
    Field(
        "surplus.power_w",
        POWER,
        "PV − home: the power for batteries and cars. Negative if PV does not cover the house.",
        house_lookups.SURPLUS,
    ),
)

PRICES_AND_TIME = (
    Field("price.import_ct", PRICE, "Price of a kWh from the grid, in ct.", of_house("prices.import_ct", NO_TARIFF)),
    Field("price.feed_in_ct", PRICE, "Payment for an exported kWh, in ct.", of_house("prices.feed_in_ct", NO_TARIFF)),
    Field(
        "price.alternative_ct",
        PRICE,
        "Price of a kWh for the car from another source, in ct.",
        of_house("prices.alternative_ct", NO_ALTERNATIVE),
    ),
    Field(
        "price.market_ct",
        PRICE,
        "Price that the source of the prices gives, in ct, before fees and VAT of the settings.",
        of_house("prices.market_ct", NO_SOURCE),
    ),
    Field(
        "price.rank",
        PERCENT,
        "Part of today with a lower import price. 0% in the cheapest time of the day.",
        of_house("prices.rank_percent", NOT_ALL_OF_TODAY),
        low=0.0,
        high=100.0,
    ),
    Field(
        "price.lowest_ct", PRICE, "Lowest import price of today, in ct.", of_house("prices.lowest_ct", NOT_ALL_OF_TODAY)
    ),
    Field(
        "price.highest_ct",
        PRICE,
        "Highest import price of today, in ct.",
        of_house("prices.highest_ct", NOT_ALL_OF_TODAY),
    ),
    Field("price.mean_ct", PRICE, "Mean import price of today, in ct.", of_house("prices.mean_ct", NOT_ALL_OF_TODAY)),
    *(
        Field(
            f"price.rank_{hours}h",
            PERCENT,
            f"Part of the next {hours} h with a lower import price.",
            of_house(f"prices.rank_{hours}h_percent", f"an import price of the next {hours} h is not known"),
            low=0.0,
            high=100.0,
        )
        for hours in (6, 12, 24)
    ),
    *(
        Field(
            f"price.lowest_{hours}h_ct",
            PRICE,
            f"Lowest import price of the next {hours} h, in ct.",
            of_house(f"prices.lowest_{hours}h_ct", f"an import price of the next {hours} h is not known"),
        )
        for hours in (6, 12, 24)
    ),
    Field(
        "price.spread",
        PRICE,
        "Highest minus lowest import price of today, in ct.",
        of_house("prices.spread_ct", NOT_ALL_OF_TODAY),
        low=0.0,
    ),
    Field("time.now", CLOCK, "Local time of day.", house_lookups.TIME),
    Field("time.weekday", WEEKDAY, "Local weekday.", house_lookups.WEEKDAY),
    Field("time.month", MONTH, "Local month. A number 1–12 is also valid.", house_lookups.MONTH),
    Field("time.date", DATE, "Local date. `date` alone is the same.", house_lookups.DATE),
    Field(
        "time.holiday",
        BOOL,
        "Whether today is a public holiday, by the list `site.holidays`.",
        of_house("holiday", NO_HOLIDAYS),
    ),
    Field(
        "time.sunrise",
        CLOCK,
        "Local time at which the sun rises today. `sunrise` alone is the same.",
        of_house("sun.rise_s", NO_SUN),
    ),
    Field(
        "time.sunset",
        CLOCK,
        "Local time at which the sun sets today. `sunset` alone is the same.",
        of_house("sun.set_s", NO_SUN),
    ),
)

SCHEDULE = (
    Field(
        "schedule.ev.mode",
        EV_MODE,
        "Mode that the schedule has for the car now: `off`, `surplus`, or `fast`.",
        of_car_schedule("mode", NO_CAR_SCHEDULE),
    ),
    Field(
        "schedule.ev.power_w",
        POWER,
        "Largest power of the car while its scheduled mode is `fast`.",
        of_car_schedule("power_w", f"{NO_CAR_SCHEDULE}; its scheduled mode is not `fast`"),
        low=0.0,
    ),
    Field(
        "schedule.ev.phases",
        NUMBER,
        "Number of phases while the scheduled mode is `fast`, 1–3.",
        of_car_schedule("phases", f"{NO_CAR_SCHEDULE}; its scheduled mode is not `fast`"),
        low=1.0,
        high=3.0,
    ),
    Field(
        "schedule.ev.worth_ct",
        PRICE,
        "Worth of a kWh in the car now, in ct: what it would cost at another time.",
        of_car_schedule("worth_ct", NO_CAR_SCHEDULE),
    ),
    Field(
        "schedule.ev.grid_share",
        NUMBER,
        "Part of the car's power at 6 A that is worth importing at this worth, 0–0.9.",
        of_car_schedule("grid_share", f"{NO_CAR_SCHEDULE}; a price of now is not known"),
        low=0.0,
        high=0.9,
    ),
    Field(
        "schedule.ev.lacks_wh",
        ENERGY,
        "Energy from the charger that will be missing when the car leaves.",
        of_car_schedule("lacks_wh", f"{NO_CAR_SCHEDULE}; it has no goal"),
        low=0.0,
    ),
    Field("schedule.ev.ready_in", DURATION, "Time until the goal is reached.", device_lookups.READY_IN, low=0.0),
    Field(
        "schedule.battery.mode",
        SCHEDULED_BATTERY,
        "Mode that the schedule has for the battery now: `auto`, `hold` (no discharge), `charge`, `no_charge`, or "
        "`discharge`.",
        of_battery_schedule("mode", NO_BATTERY_SCHEDULE),
    ),
    BATTERY_PLANNED,
    Field(
        "schedule.battery.power_w",
        POWER,
        "Power of the battery while its scheduled mode is `charge` or `discharge`: + discharge, − charge.",
        of_battery_schedule("power_w", NO_BATTERY_SCHEDULE),
    ),
    Field(
        "schedule.battery.worth_ct",
        PRICE,
        "Worth of a stored kWh now, in ct.",
        of_battery_schedule("worth_ct", NO_BATTERY_SCHEDULE),
    ),
    Field(
        "schedule.battery.first",
        BOOL,
        "Whether the battery gets the surplus before the cars.",
        of_battery_schedule("first", NO_BATTERY_SCHEDULE),
    ),
)

CHEAPEST = Field(
    cheapest.NAME,
    BOOL,
    "Whether now belongs to the cheapest hours of a window of time, by import price.",
    house_lookups.CHEAPEST,
)
"""A field with its window in the place of the device: `cheapest(3h, until 07:00)`."""
OF_A_TIME = (
    Field(
        "pv.forecast_wh",
        ENERGY,
        "Forecast PV energy of all roofs.",
        of_span("forecast.pv_wh", NO_PV_FORECAST),
        low=0.0,
    ),
    Field(
        "pv.forecast_low_wh",
        ENERGY,
        "The same on a bad day: nine of ten past days reached this part of their forecast.",
        of_span("forecast.pv_low_wh", NO_SPREAD),
        low=0.0,
    ),
    Field(
        "pv.forecast_high_wh",
        ENERGY,
        "The same on a good day: one of ten past days exceeded this part of its forecast.",
        of_span("forecast.pv_high_wh", NO_SPREAD),
        low=0.0,
    ),
    Field(
        "home.forecast_wh",
        ENERGY,
        "Forecast consumption of the house without the cars.",
        of_span("forecast.home_wh", NO_HOME_FORECAST),
        low=0.0,
    ),
    Field(
        "surplus.forecast_wh",
        ENERGY,
        "Forecast PV energy beyond the consumption of the house, from the quarter hours with a surplus.",
        of_span("forecast.surplus_wh", f"{NO_PV_FORECAST}; {NO_HOME_FORECAST}"),
        low=0.0,
    ),
    Field("price.lowest", PRICE, "Lowest import price, in ct.", of_span("prices.lowest", NOT_ALL_PRICES)),
    Field("price.highest", PRICE, "Highest import price, in ct.", of_span("prices.highest", NOT_ALL_PRICES)),
    Field(
        "price.spread",
        PRICE,
        "Highest minus lowest import price, in ct.",
        of_span("prices.spread", NOT_ALL_PRICES),
        low=0.0,
    ),
)
