import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from optimizer.control.params import Params
from optimizer.control.plan import Plan, initial_memory
from optimizer.control.sentences import SENTENCES
from optimizer.model.calendar import local_day
from optimizer.model.condition import ChargerCondition
from optimizer.model.decision import BatteryAction, BatteryOrder, Cause, Command
from optimizer.model.reading import known, unknown
from optimizer.model.series import Span, constant
from optimizer.model.state import Prices as StatePrices
from optimizer.serve.metrics.exposition import Exposition
from optimizer.serve.metrics.samples import GUARD_CODES, samples
from optimizer.serve.metrics.table import TABLE, markdown
from optimizer.serve.panel import Panel
from optimizer.sources.feed_report import FeedReport
from optimizer.sources.forecast.correction import Correction
from optimizer.sources.forecast.table import ForecastTable, Record
from optimizer.sources.prices.table import PriceTable
from tests.serve.house import SITE, HandClock, report, state
from tests.serve.prices import prices

CONDITION = ("ev_error", "ev_warning", "ev_res", "ev_relay", "ev_voltage", "ev_neutral", "ev_temp", "ev_signal")


def panel_after(*reports: object, clock: HandClock | None = None) -> Panel:
    panel = Panel(clock or HandClock(), SITE)
    for tick in reports:
        panel.on_tick(tick)  # type: ignore[arg-type]
    return panel


def values(panel: Panel) -> dict[tuple[str, ...], float]:
    return {(sample.name, *sample.labels): sample.value for sample in samples(panel)}


def test_readings_setpoints_and_winners() -> None:
    got = values(panel_after(report()))
    assert got["grid_power_watts",] == -542.0
    assert got["battery_soc_ratio", "cellar"] == 0.782
    assert got["home_power_watts",] == 1683.0
    assert got["ev_status", "carport", "charging"] == 1.0
    assert got["ev_status", "carport", "connected"] == 0.0
    assert got["ev_wanted_amperes", "carport"] == got["ev_observed_amperes", "carport"] == 8.0
    assert got["battery_wanted_max_discharge_watts", "cellar"] == 0.0
    assert got["target_winner", "ev.carport.mode", "surplus-charging", "surplus"] == 1.0
    assert got["target_limit", "battery.discharge_w", "hold-battery"] == 0.0
    assert got["lease_remaining_seconds", "battery.cellar"] == 55.0
    assert got["device_errors_total", "carport", "timeout"] == 2
    assert got["device_errors_total", "carport", "unauthorized"] == 0
    assert got["guard_interventions_total", "ev.carport", "guard.pause"] == 0
    assert got["guard_interventions_total", "battery.cellar", "guard.not_a_number"] == 0
    assert got["battery_floor_soc_ratio", "cellar"] == 0.1


def test_a_counter_begins_for_whatever_the_guard_may_do() -> None:
    known = [code for codes in GUARD_CODES.values() for code in codes]
    assert sorted(known) == sorted(code for code in SENTENCES if code.startswith("guard."))


def test_unknown_readings_are_absent_not_zero() -> None:
    got = values(panel_after(report(state(grid_w=None, soc=None))))
    assert ("grid_power_watts",) not in got
    assert ("battery_soc_ratio", "cellar") not in got
    assert ("home_power_watts",) not in got
    assert got["reading_unknown", "grid", "power_w"] == 1.0
    assert ("reading_age_seconds", "grid", "power_w") not in got


def test_the_condition_of_a_charger() -> None:
    snapshot = state()
    condition = ChargerCondition(
        error=known("pe_self_test_failed", 1000.0),
        warning=known("none", 1000.0),
        relays=known("N, L1", 1000.0),
        housing_temp_c=known(37.5, 1000.0),
        connector_temp_c=(known(30.0, 1000.0), unknown("odd"), known(-2.0, 1000.0)),
        voltage_v=(known(231.0, 1000.0), known(0.0, 1000.0)),
        signal_dbm=known(-61.0, 900.0),
    )
    got = values(
        panel_after(report(replace(snapshot, evs={"carport": replace(snapshot.evs["carport"], condition=condition)})))
    )
    assert {key: value for key, value in got.items() if key[0].startswith(CONDITION)} == {
        ("ev_error", "carport", "pe_self_test_failed"): 1.0,
        ("ev_warning", "carport", "none"): 1.0,
        ("ev_relay_closed", "carport", "N"): 1.0,
        ("ev_relay_closed", "carport", "L1"): 1.0,
        ("ev_relay_closed", "carport", "L2"): 0.0,
        ("ev_relay_closed", "carport", "L3"): 0.0,
        ("ev_voltage_volts", "carport", "1"): 231.0,
        ("ev_voltage_volts", "carport", "2"): 0.0,
        ("ev_temperature_celsius", "carport", "housing"): 37.5,
        ("ev_temperature_celsius", "carport", "connector_l1"): 30.0,
        ("ev_temperature_celsius", "carport", "connector_l3"): -2.0,
        ("ev_signal_dbm", "carport"): -61.0,
    }


def test_before_the_first_tick_only_the_service_speaks() -> None:
    names = {sample.name for sample in samples(panel_after())}
    assert "build_info" in names
    assert not any(name.startswith(("grid_power", "ev_", "battery_power")) for name in names)


def test_what_happens_over_many_ticks_is_counted() -> None:
    clock = HandClock()
    panel = panel_after(report(state(1000.0)), report(state(1005.0)), clock=clock)
    got = values(panel)
    assert got["guard_interventions_total", "ev.carport", "guard.fuse"] == 2
    assert got["lease_refresh_interval_seconds", "battery.cellar"] == 5.0
    assert got["grid_export_energy_joules_total",] == 542.0 * 5
    clock.mono_s = 1042.0
    assert values(panel)["tick_age_seconds",] == 42.0


def test_the_terms_of_the_controller_come_from_the_causes() -> None:
    terms = (("surplus_w", 2100.0), ("feed_forward_w", 2090.0), ("ramp_w", 12.0), ("integral_w", -20.0))
    tick = report()
    causes = (Cause("ev.following", "ev.carport.current_a", numbers=terms),)
    object.__setattr__(tick.decision, "causes", causes)
    got = values(panel_after(tick))
    assert got["controller_term_watts", "carport", "feed_forward"] == 2090.0
    assert got["controller_term_watts", "carport", "integral"] == -20.0
    assert got["controller_surplus_watts", "carport"] == 2100.0


def test_a_battery_told_a_power() -> None:
    order = BatteryOrder(BatteryAction.POWER, power_w=-1500.0)
    tick = report()
    tick.decision.commands["battery.cellar"] = Command("battery.cellar", order, 1000.0, 1060.0)  # type: ignore[index]
    got = values(panel_after(tick))
    assert got["battery_wanted_watts", "cellar"] == -1500.0
    assert ("battery_wanted_max_discharge_watts", "cellar") not in got


def test_both_text_formats_hold_every_sample_with_the_labels_of_the_table() -> None:
    panel = panel_after(report())
    exposition = Exposition(panel)
    text, content_type = exposition.render("")
    assert content_type.startswith("text/plain")
    families = {family.name: family for family in text_string_to_metric_families(text.decode())}
    for sample in samples(panel):
        spec = TABLE[sample.name]
        family = families["optimizer_" + sample.name.removesuffix("_total")]
        assert family.type == spec.kind
        assert {"optimizer_" + sample.name} == {s.name for s in family.samples}
        assert all(set(s.labels) == {"site", *spec.labels} for s in family.samples)
    assert families["optimizer_tick_duration_seconds"].type == "histogram"
    openmetrics, content_type = exposition.render("application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    assert openmetrics.endswith(b"# EOF\n")


def test_every_metric_names_the_site_also_those_of_the_process() -> None:
    panel = Panel(HandClock(), SITE, name='Mill "2"')
    panel.on_tick(report())
    text, _ = Exposition(panel).render("")
    found = list(text_string_to_metric_families(text.decode()))
    assert "process_resident_memory_bytes" in {family.name for family in found}
    assert {sample.labels.get("site") for family in found for sample in family.samples} == {'Mill "2"'}


def test_the_money_of_today() -> None:
    panel = panel_after(*(report(replace(state(at_s), prices=prices(30.0, 8.0))) for at_s in (1000.0, 1005.0)))
    got = values(panel)
    assert got["grid_import_cost_today_ct",] == 0.0
    assert got["grid_export_earnings_today_ct",] == pytest.approx(542.0 * 5 / 3600 * 8.0 / 1000)
    car_wh = panel.books.consumed["ev.carport"].surplus
    assert got["cost_today_ct", "ev.carport", "surplus"] == pytest.approx(car_wh * 8.0 / 1000)
    assert got["unpriced_energy_today_joules",] == 0.0


def test_costs_are_absent_while_their_price_is_unknown() -> None:
    def after(prices_now: StatePrices) -> dict[tuple[str, ...], float]:
        return values(panel_after(*(report(replace(state(at_s), prices=prices_now)) for at_s in (1000.0, 1005.0))))

    nothing = after(prices())
    assert not [key for key in nothing if "today" in key[0] and key[0] != "forecast_pv_energy_joules"]
    only_import = after(prices(30.0))
    assert "grid_export_earnings_today_ct" not in {key[0] for key in only_import}
    assert {key[2] for key in only_import if key[0] == "cost_today_ct"} == {"grid"}
    assert only_import["unpriced_energy_today_joules",] > 0.0


def test_the_document_is_made_from_the_table() -> None:
    document = Path(__file__).parents[3] / "docs" / "reference" / "metrics.md"
    assert document.read_text() == markdown(), "python -m optimizer.serve.metrics.table > docs/reference/metrics.md"


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed (Debian: prometheus)")
def test_promtool_finds_nothing_to_criticise() -> None:
    text, _ = Exposition(panel_after(report())).render("")
    ran = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, timeout=30, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")


class Prices:
    """One feed that works and one that does not."""

    def table(self, at_s: float) -> PriceTable:
        return PriceTable(Span(at_s, at_s))

    def feeds(self) -> tuple[FeedReport, ...]:
        good = FeedReport(
            name="epex", kind="aWATTar", requests=3, failures=0, message="", fetched_s=5.0, known_until_s=99.0
        )
        return good, replace(good, name="tibber", failures=2, message="status 429", known_until_s=None)


def test_feeds_of_prices_have_their_state() -> None:
    panel = Panel(HandClock(), SITE, prices=Prices())
    priced = replace(state(), prices=StatePrices(market_ct=known(9.0, 0.0), rank_percent=known(25.0, 0.0)))
    panel.on_tick(report(priced))
    got = values(panel)
    assert (got["price_feed_up", "epex"], got["price_feed_up", "tibber"]) == (1.0, 0.0)
    assert (got["price_feed_requests_total", "epex"], got["price_feed_errors_total", "tibber"]) == (3.0, 2.0)
    assert got["price_feed_known_until_timestamp_seconds", "epex"] == 99.0
    assert ("price_feed_known_until_timestamp_seconds", "tibber") not in got
    assert (got["price_market_ct_per_kwh",], got["price_rank_ratio",]) == (9.0, 0.25)


def test_a_reading_in_doubt_is_absent_and_marked() -> None:
    snapshot = state(grid_w=-9000.0)
    judged = replace(
        snapshot,
        grid=replace(
            snapshot.grid,
            power_w=unknown("implausible: PV, grid, batteries, and cars leave -4.1 kW for the home", 1000.0),
        ),
    )
    got = values(panel_after(report(snapshot, judged=judged)))
    assert ("grid_power_watts",) not in got
    assert ("home_power_watts",) not in got
    assert got["reading_unknown", "grid", "power_w"] == got["reading_implausible", "grid", "power_w"] == 1.0
    assert got["reading_implausible", "battery.cellar", "soc_percent"] == 0.0
    silent = values(panel_after(report(replace(judged, grid=replace(judged.grid, power_w=unknown("timed out", 1.0))))))
    assert silent["reading_unknown", "grid", "power_w"] == 1.0
    assert silent["reading_implausible", "grid", "power_w"] == 0.0


def test_the_delay_of_the_meter_is_absent_until_it_is_known() -> None:
    plan = Plan(SITE, None, Params())  # type: ignore[arg-type]  # no rule is looked at
    memory = initial_memory(plan)
    assert ("meter_delay_seconds",) not in values(panel_after(report(memory=memory)))
    learned = memory.judge.meter.answers._replace(delays_s=(20.0, 24.0, 22.0))
    judge = memory.judge._replace(meter=memory.judge.meter._replace(answers=learned))
    assert values(panel_after(report(memory=memory._replace(judge=judge))))["meter_delay_seconds",] == 22.0


def test_a_car_without_a_start_is_a_sample() -> None:
    tick = report()
    for rest_s, there in ((1800.0, True), (12.0, False)):
        numbers = (("per_hour", 10.0), ("per_day", 40.0), ("rest_s", rest_s))
        causes = (Cause("budget.start", "ev.carport", "", numbers),)
        got = values(panel_after(replace(tick, decision=replace(tick.decision, causes=causes))))
        assert (("ev_locked_out_seconds", "carport") in got) is there


class Forecasts:
    """A forecast of 1 kW for two days, of a service that failed once."""

    record = Record()

    def table(self, at_s: float) -> ForecastTable:
        start_s = local_day(at_s, SITE.zone).start_s
        pv = constant(1000.0, start_s, start_s + 2 * 86_400.0)
        return ForecastTable(Span(start_s, start_s + 2 * 86_400.0), pv=pv, correction=Correction({"noon": 0.9}))

    def feeds(self) -> tuple[FeedReport, ...]:
        return (FeedReport("pv", "Solcast", requests=3, failures=1, message="429", fetched_s=1.0, known_until_s=None),)


def test_forecasts_have_their_energies_and_the_state_of_the_service() -> None:
    got = values(Panel(HandClock(), SITE, forecast=Forecasts()))
    assert got[("forecast_pv_watts",)] == 1000.0
    assert got["forecast_pv_energy_joules", "today", "middle"] == 24_000.0 * 3600.0
    assert ("forecast_pv_energy_joules", "today", "low") not in got
    assert ("forecast_home_watts",) not in got
    assert got["forecast_correction_ratio", "noon"] == 0.9
    assert (got["forecast_feed_up", "Solcast"], got["forecast_feed_requests_total", "Solcast"]) == (0.0, 3.0)


def test_what_is_known_of_a_car() -> None:
    least = Cause("car.least", "ev.carport.current_a", numbers=(("least_a", 8.0),), detail="learned")
    most = Cause("car.most", "ev.carport.current_a", numbers=(("most_a", 13.0),), detail="learned")
    phases = Cause("car.phases", "ev.carport.current_a", numbers=(("phases", 1),), detail="learned")
    tick = report()
    got = values(panel_after(replace(tick, decision=replace(tick.decision, causes=(least, most, phases)))))
    assert (got["ev_car_min_current_amperes", "carport"], got["ev_car_phases", "carport"]) == (8.0, 1.0)
    assert got["ev_car_max_current_amperes", "carport"] == 13.0
