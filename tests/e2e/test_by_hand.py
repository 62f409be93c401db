"""Changes by hand on the status page in a real browser: logins, modes, inputs, goals, and rules."""

from __future__ import annotations

from typing import Any

from tests.e2e.conftest import TOKEN, DemoHouse
from tests.e2e.in_browser import browser, carport, comes, ended, is_pressed, log_in, owner, page, pytestmark, text

__all__ = ["browser", "owner", "page", "pytestmark"]


def test_a_visitor_logs_in_once(page: Any, demo_house: DemoHouse) -> None:
    assert carport(page, "fast").is_disabled()
    assert page.is_visible("#visitor-link")
    log_in(page, "not the token")
    page.wait_for_function("() => document.querySelector('#state').textContent.includes('wrong')")
    page.problems.clear()  # the browser reports the refusal on its console
    page.fill("#token", TOKEN)
    page.click("#login button")
    page.wait_for_selector('[data-target="ev.carport.mode"] button:enabled', timeout=20_000)
    page.reload()
    page.wait_for_selector('[data-target="ev.carport.mode"] button:enabled', timeout=20_000)
    assert page.evaluate("document.cookie") == ""
    page.click("#login")
    page.click("#leave")
    page.wait_for_selector("#token")
    page.goto(demo_house.status)
    page.wait_for_selector("#visitor-link", timeout=20_000)
    assert carport(page, "fast").is_disabled()


def test_the_link_with_the_token_logs_in_and_leaves_no_trace(owner: Any) -> None:
    assert TOKEN not in owner.url
    assert owner.evaluate("history.length") <= 3
    stored = owner.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert TOKEN not in stored


def test_one_tap_sets_a_mode_and_it_survives_a_reload(owner: Any, demo_house: DemoHouse) -> None:
    carport(owner, "fast").click()
    is_pressed(owner, "ev.carport.mode", "fast")
    owner.wait_for_function("() => document.querySelector('.by').textContent.includes('set by hand until')")
    owner.reload()
    is_pressed(owner, "ev.carport.mode", "fast")
    owner.locator("button.end >> nth=0").click()
    ended(owner)
    is_pressed(owner, "ev.carport.mode", "surplus")
    owner.wait_for_function("() => document.querySelector('.by').textContent.includes('default of the rules')")


def test_the_last_of_several_quick_taps_counts(owner: Any, demo_house: DemoHouse) -> None:
    """Each tap comes before the page has seen the decision after the one before."""
    buttons = owner.locator('[data-target="battery.mode"]')
    buttons.locator('button[value="charge"]').click()
    owner.click("#sure-yes")
    buttons.locator('button[value="hold"]').click()
    comes(owner, lambda: [one["target"] for one in demo_house.get("overrides")], ["battery.discharge_w"])
    buttons.locator('button[value="auto"]').click()
    buttons.locator('button[value="hold"]').click()
    comes(owner, lambda: [one["target"] for one in demo_house.get("overrides")], ["battery.discharge_w"])
    owner.click("#undo")
    comes(
        owner,
        lambda: [(one["target"], one["value"]) for one in demo_house.get("overrides")],
        [("battery.mode", "auto")],
    )


def test_a_tap_can_be_undone(owner: Any, demo_house: DemoHouse) -> None:
    assert demo_house.hold(target="ev.carport.mode", value="min_surplus", minutes=600).status_code == 201
    is_pressed(owner, "ev.carport.mode", "min_surplus")
    carport(owner, "off").click()
    is_pressed(owner, "ev.carport.mode", "off")
    owner.click("#undo")
    is_pressed(owner, "ev.carport.mode", "min_surplus")
    assert [one["value"] for one in demo_house.get("overrides")] == ["min_surplus"]


def test_charging_the_battery_asks_before_it_costs_money(owner: Any, demo_house: DemoHouse) -> None:
    charge = owner.locator('[data-target="battery.mode"] button[value="charge"]')
    charge.click()
    assert "costs money" in text(owner, "#sure-text")
    owner.click('#sure button[value="no"]')
    assert demo_house.get("overrides") == []
    charge.click()
    owner.click("#sure-yes")
    is_pressed(owner, "battery.mode", "charge")
    owner.locator('[data-target="battery.mode"] button[value="hold"]').click()
    is_pressed(owner, "battery.mode", "hold")
    comes(owner, lambda: [one["target"] for one in demo_house.get("overrides")], ["battery.discharge_w"])
    owner.wait_for_function(
        "() => [...document.querySelectorAll('#why .answer')].some((one) => /limit/.test(one.textContent))"
    )
    owner.locator('[data-target="battery.mode"] button[value="auto"]').click()
    is_pressed(owner, "battery.mode", "auto")


def test_the_battery_charges_to_a_state_of_charge_and_keeps_a_reserve(owner: Any, demo_house: DemoHouse) -> None:
    battery = owner.locator('#cards [data-key^="battery."]')
    battery.locator("summary").click()
    battery.locator("input").nth(1).fill("99")
    owner.locator('[data-target="battery.mode"] button[value="charge"]').click()
    with owner.expect_response("**/api/v1/overrides?*") as answer:
        owner.click("#sure-yes")
    # At this speed the battery is there within seconds, so only the answer is certain.
    assert (answer.value.status, answer.value.json()["to_percent"]) == (201, 99.0)
    reserve = owner.locator('[data-target="battery.reserve_percent"]')
    reserve.locator("input").fill("100")
    reserve.locator("button >> nth=0").click()
    owner.wait_for_function(
        """() => document.querySelector('[data-target="battery.reserve_percent"] .by')
        .textContent.startsWith('100 %')"""
    )
    limits = [one["target"] for one in demo_house.get("status")["targets"] if one["kind"] == "limit"]
    assert "battery.discharge_w" in limits


def test_inputs_are_set_in_one_tap_and_survive_a_reload(owner: Any, demo_house: DemoHouse) -> None:
    def value(name: str) -> Any:
        return next(one["value"] for one in demo_house.get("inputs") if one["name"] == name)

    holiday = owner.locator('[data-input="holiday"]')
    holiday.locator('button[value="true"]').click()
    owner.wait_for_selector('[data-input="holiday"] button[value="true"][aria-pressed="true"]', timeout=10_000)
    assert value("holiday") is True
    owner.reload()
    owner.wait_for_selector('[data-input="holiday"] button[value="true"][aria-pressed="true"]', timeout=20_000)
    assert "set by page" in text(owner, '[data-input="holiday"] .by')
    holiday.locator(".end").click()
    owner.wait_for_selector('[data-input="holiday"] button[value="false"][aria-pressed="true"]', timeout=10_000)
    owner.locator('[data-input="heating"] button[value="comfort"]').click()
    owner.wait_for_selector('[data-input="heating"] button[value="comfort"][aria-pressed="true"]', timeout=10_000)
    guests = owner.locator('[data-input="guests"]')
    guests.locator("input").fill("21")
    guests.locator("button >> nth=0").click()
    owner.wait_for_function("() => document.querySelector('#toast-text').textContent.includes('from 0 to 20')")
    guests.locator("input").fill("4")
    guests.locator("button >> nth=0").click()
    owner.wait_for_function("() => document.querySelector('[data-input=guests] .state').textContent === '4'")
    owner.click("#undo")
    owner.wait_for_function("() => document.querySelector('[data-input=guests] .state').textContent === '0'")
    for name in ("heating", "guests"):
        end = owner.locator(f'[data-input="{name}"] .end')
        if end.is_visible():
            end.click()
            end.wait_for(state="hidden", timeout=10_000)


def test_current_phases_and_energy_are_set_in_their_fold(owner: Any, demo_house: DemoHouse) -> None:
    owner.click("#cards summary >> nth=0")
    current = owner.locator('[data-target="ev.carport.current_a"]')
    current.locator("input").fill("40")
    current.locator("button >> nth=0").click()
    owner.wait_for_selector("#toast")
    assert "from 6 to 16 A" in text(owner, "#toast-text")
    current.locator("input").fill("10")
    current.locator("button >> nth=0").click()
    owner.wait_for_function(
        """() => document.querySelector('[data-target="ev.carport.current_a"] .by').textContent.startsWith('10 A')"""
    )
    owner.locator('[data-target="ev.carport.phases"] button[value="1"]').click()
    is_pressed(owner, "ev.carport.phases", "1")
    held = {one["target"]: one["value"] for one in demo_house.get("overrides")}
    assert held == {"ev.carport.current_a": 10.0, "ev.carport.phases": 1.0}


def test_what_is_set_expires_by_itself(owner: Any, demo_house: DemoHouse) -> None:
    assert demo_house.hold(target="ev.carport.mode", value="off", minutes=20).status_code == 201  # twenty seconds here
    answer = '#why [data-key="ev.carport"] .answer'
    said = "([id, word]) => document.querySelector(id).textContent.includes(word)"
    owner.wait_for_function(said, arg=[answer, "mode off"], timeout=10_000)
    ended(owner)
    owner.wait_for_function("(id) => !document.querySelector(id).textContent.includes('mode off')", arg=answer)


def test_a_rule_is_switched_off_and_on_again_with_one_tap_each(owner: Any, demo_house: DemoHouse) -> None:
    rules = owner.locator("main > details", has=owner.locator("#rules"))
    rules.locator("> summary").click()
    first = owner.locator("#rules > details >> nth=0")
    first.locator("> summary").click()
    name = str(first.get_attribute("data-key")).split(" ")[0]
    first.locator('button[value="false"]').click()
    comes(owner, lambda: demo_house.get("rules"), [{"rule": name, "enabled": "false"}])
    first.locator('button[value="false"][aria-pressed="true"]').wait_for()
    assert ".yaml:" in str(first.locator(".place").text_content())
    first.locator(".end").click()
    comes(owner, lambda: demo_house.get("rules"), [])
    first.locator(".end").wait_for(state="hidden")


def test_a_goal_is_set_ended_and_survives_a_reload(owner: Any, demo_house: DemoHouse) -> None:
    goal = owner.locator("#cards .goal")
    goal.locator('input[type="number"]').fill("12")
    goal.locator("select").select_option("kWh")
    goal.locator("input.clock").fill("7")
    goal.locator("button >> nth=0").click()
    said = "(word) => document.querySelector('.goal .by')?.textContent.includes(word)"
    owner.wait_for_function(said, arg="12kWh by", timeout=10_000)
    owner.reload()
    owner.wait_for_function(said, arg="12kWh by", timeout=20_000)
    goal.locator(".end").click()
    owner.wait_for_function(said, arg="There is no goal", timeout=10_000)
    assert [one["state"] for one in demo_house.get("goals")] == ["none"]


def test_a_time_of_day_is_read_as_people_write_it(page: Any) -> None:
    parse = "async (text) => (await import('./clock.js')).clockOf(text)"
    read = {"7": "07:00", "07:05": "07:05", "7.30": "07:30", "0730": "07:30", " 23:59 ": "23:59", "0": "00:00"}
    assert {entered: page.evaluate(parse, entered) for entered in read} == read
    for wrong in ("", "24", "7:60", "seven", "12:345", "-1"):
        assert page.evaluate(parse, wrong) is None, wrong


def test_the_time_of_a_goal_is_in_24_hours_whatever_the_browser_says(owner: Any) -> None:
    field = owner.locator("#cards .goal input.clock")
    assert field.input_value() == "07:00"
    field.fill("25")
    owner.locator('#cards .goal input[type="number"]').fill("12")
    owner.locator("#cards .goal button >> nth=0").click()
    owner.wait_for_function("() => document.querySelector('#toast-text').textContent.includes('07:00')", timeout=10_000)
