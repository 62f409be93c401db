from dataclasses import replace

from optimizer.model.condition import ChargerCondition
from optimizer.model.decision import Cause
from optimizer.model.reading import known, unknown
from optimizer.model.site import Site
from optimizer.model.state import Switch
from optimizer.serve.energy import Books
from optimizer.serve.web.house import house_document
from optimizer.serve.web.view import controls_document, rules_document, status_document, unknowns
from optimizer.serve.web.why import cause_text, why_document
from tests.serve.house import SITE, report, state

PENDING = Cause("rule.pending", "rule.surplus-charging", "surplus-charging", (("since_s", 970.0), ("due_s", 1030.0)))
OFF = Cause("ev.off", "ev.carport.current_a")


def test_timers_become_times_of_day() -> None:
    assert cause_text(PENDING, state()).endswith("Since 13:59:30, next at 14:00:30.")
    assert cause_text(OFF, state()) == "Car on carport is paused: mode off."


def test_a_paused_car_is_told_which_rule_is_about_to_let_it_charge() -> None:
    decision = replace(report().decision, causes=(PENDING, OFF))
    (car, battery) = why_document(state(), decision)
    assert car["answer"].startswith("Car on carport is paused: mode off. Rule `surplus-charging` waits")
    assert "next at 14:00:30" in car["answer"]
    assert battery["answer"] == "Battery cellar uses its own control."


def test_rules_have_their_state_and_timers() -> None:
    tick = report()
    won = Cause("rule.won", "ev.carport.mode", "surplus-charging")
    active = Cause("rule.active", "rule.night", "night", (("since_s", 400.0),))
    tick = replace(tick, verdict=replace(tick.verdict, causes=(won, PENDING, active)))
    surplus, night = rules_document(tick)
    assert (surplus["state"], surplus["for_s"], surplus["due_in_s"], surplus["in_force"]) == ("pending", 30, 30, True)
    assert (night["state"], night["for_s"], night["due_in_s"], night["in_force"]) == ("active", 600, None, False)
    assert len(surplus["said"]) == 2


def test_the_house_tells_its_own_time() -> None:
    document = status_document(report(), 1000.0, Books(), Site())
    assert (document["local"], document["time_zone"]) == ("2025-06-21T14:00:00+02:00", "Europe/Berlin")


def test_an_order_that_is_refused_is_not_told_as_a_fact() -> None:
    tick = report()
    lease = replace(tick.leases[0], device="battery.cellar", failing="setpoint failed: wrong password")
    whole = status_document(replace(tick, leases=(lease,)), tick.state.mono_s, Books(), Site())
    answers = {one["device"]: one["answer"] for one in whole["why"]}
    assert answers["battery.cellar"].endswith("but the command does not arrive: setpoint failed: wrong password.")
    assert "should" in answers["battery.cellar"]
    assert "should" not in answers["ev.carport"]


def test_a_load_has_its_state_and_what_can_be_set() -> None:
    document = status_document(report(), 1000.0, Books(), SITE)
    (boiler,) = document["house"]["switches"]
    assert (boiler["name"], boiler["on"], boiler["power_w"], boiler["energy_wh"]) == ("boiler", True, 1980.0, 12345.0)
    assert controls_document(SITE)["switches"] == [{"name": "boiler", "power_w": 2000.0}]
    silent = replace(state(), switches={"boiler": Switch("boiler", on=unknown("no answer", 1000.0))})
    assert house_document(silent)["switches"][0]["on"] is None
    assert {"what": "switch.boiler.on", "why": "no answer"} in list(unknowns(silent))


def test_a_charger_reports_its_faults_in_words() -> None:
    snapshot = state()
    condition = ChargerCondition(
        error=known("none", 1000.0), warning=known("no_pe", 1000.0), plug_temp_c=(known(41.0, 1000.0), unknown("odd"))
    )
    evs = {"carport": replace(snapshot.evs["carport"], condition=condition)}
    (car,) = house_document(replace(snapshot, evs=evs))["evs"]
    assert car["condition"]["faults"] == ["warning: the protective earth is missing"]
    assert car["condition"]["plug_temp_c"] == [41.0, None]
    assert car["condition"]["residual_current"] is None


def test_a_reading_in_doubt_is_shown_as_unknown_with_its_reason() -> None:
    snapshot = state(grid_w=-9000.0)
    why = "implausible: PV, grid, batteries, and cars leave -4.1 kW for the home"
    judged = replace(snapshot, grid=replace(snapshot.grid, power_w=unknown(why, 1000.0)))
    document = status_document(report(snapshot, judged=judged), 1000.0, Books(), Site())
    assert document["house"]["grid_w"] is None
    assert document["house"]["home_w"] is None
    assert {"what": "grid.power_w", "why": why} in document["unknown"]


def test_a_late_meter_has_a_sentence() -> None:
    document = status_document(report(), 1000.0, Books(), Site(grid_delay_s=30.0))
    assert document["meter"]["delay_s"] == 30.0
    assert document["meter"]["text"].startswith("The grid meter is 30 s late.")
    fast = status_document(report(), 1000.0, Books(), Site(grid_delay_s=2.0))["meter"]
    assert (fast["late"], fast["text"]) == (False, "")
    assert status_document(report(), 1000.0, Books(), Site())["meter"]["delay_s"] is None


def test_a_car_without_a_start_is_named() -> None:
    numbers = (("per_hour", 10.0), ("per_day", 40.0), ("rest_s", 2400.0))
    tick = report()
    tick = replace(tick, decision=replace(tick.decision, causes=(Cause("budget.start", "ev.carport", "", numbers),)))
    (one,) = status_document(tick, 1000.0, Books(), Site())["locked_out"]
    assert (one["ev"], one["rest_s"]) == ("carport", 2400)
    assert "has used its starts" in one["text"]
    assert "40 min" in one["text"]
