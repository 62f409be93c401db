"""The state of the house as text."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from optimizer.cli.console import plain_console
from optimizer.cli.run import status_text, why_command
from optimizer.model.decision import Cause
from optimizer.model.reading import unknown
from optimizer.model.site import Site
from optimizer.model.state import EvStatus
from optimizer.rules.book.overrides import Override
from optimizer.rules.book.sentences import RULE_SENTENCES
from optimizer.serve.energy import Books
from optimizer.serve.web.view import override_document, status_document
from optimizer.words.language import ENGLISH, language_of, speak
from tests.cli.run.status_page import NOW, document
from tests.serve.house import report, state


def test_the_terminal_shows_flows_reasons_and_trouble() -> None:
    out = StringIO()
    Console(file=out, width=120).print(status_text.render_status(document(book_error="rules.yaml:3:5: no such field")))
    shown = out.getvalue()
    for part in ("2.97 kW", "-0.54 kW", "? %", "8.0 A on 3 phases", "rules.yaml:3:5", "soc_percent is unknown"):
        assert part in shown


def test_the_terminal_shows_the_states_of_rules_in_the_language_of_the_reader() -> None:
    states = {code.removeprefix("rule.") for code, text in RULE_SENTENCES.items() if "{subject}" not in text}
    assert set(status_text.RULE_STATES) == states
    assert set(status_text.CAR_STATES) == {status.value for status in EvStatus}
    german = language_of("de")
    assert german is not None
    speak(german)
    try:
        out = StringIO()
        rules = [{"rule": state, "state": state, "due_in_s": 90.0} for state in sorted(states)]
        Console(file=out, width=400).print(status_text.render_status({**document(), "rules": rules}))
    finally:
        speak(ENGLISH)
    assert "2,97 kW" in out.getvalue() and "2.97" not in out.getvalue()
    assert " kW lädt" in out.getvalue() and "charging" not in out.getvalue()
    assert "active: aktiv, als Nächstes in 90 s" in out.getvalue()
    assert "pending: wartet" in out.getvalue() and "unknown: unbekannt" in out.getvalue()


def test_the_terminal_tells_of_a_device_that_reads_and_refuses() -> None:
    shown = StringIO()
    refusing = document()
    refusing["devices"][0]["refuses"] = "setpoint failed: 401"
    Console(file=shown, width=120).print(status_text.render_status(refusing))
    assert "setpoint failed: 401" in shown.getvalue()


def test_what_is_held_by_hand_is_told_in_short() -> None:
    held = Override("ev.carport.mode", "fast", NOW, session=True)
    line = status_text.status_line({**document(), "overrides": [override_document(held)]})
    assert "held by hand: ev.carport.mode = fast until 14:30 or unplugged | sun" in line


@pytest.mark.parametrize("name", ["[/ctrl0]", "[ess9]", "[red]x[/red]", ":warning:", "[link=http://evil.example]x"])
def test_names_of_devices_and_their_messages_are_never_markup(name: str) -> None:
    tick = report(state(), devices=(replace(report().devices[0], name=name, up=False, message=f"no {name}"),))
    shown = {
        **status_document(tick, 1000.0, Books(), Site()),
        "healthy": f"ill {name}",
        "journal": "",
        "can_override": False,
    }
    shown["house"]["evs"][0]["name"] = name
    shown["house"]["evs"][0]["status"] = name
    out = StringIO()
    Console(file=out, width=400).print(status_text.render_status(shown))
    assert out.getvalue().count(name) == 5
    again = StringIO()
    plain_console(file=again, width=400).print(name)
    assert again.getvalue() == f"{name}\n"


def test_a_late_meter_a_reading_in_doubt_and_a_car_without_a_start_are_at_the_top() -> None:
    snapshot = state(grid_w=-9000.0)
    why = "implausible: the meter did not change with the cars, 3 times in a row"
    judged = replace(snapshot, grid=replace(snapshot.grid, power_w=unknown(why, 1000.0)))
    tick = report(snapshot, judged=judged)
    numbers = (("per_hour", 10.0), ("per_day", 40.0), ("rest_s", 1500.0))
    causes = (Cause("budget.start", "ev.carport.current_a", "", numbers),)
    tick = replace(tick, decision=replace(tick.decision, causes=causes))
    document = status_document(tick, 1000.0, Books(), Site(grid_delay_s=30.0))
    line = status_text.status_line({**document, "healthy": "", "journal": "", "can_override": False})
    assert f"grid.power_w is unknown: {why}" in line
    assert "The grid meter is 30 s late." in line
    assert "The next start is possible in 25 min." in line
    assert "grid ?" in line


def test_the_terminal_speaks_the_language_of_its_locale() -> None:
    german = language_of("de")
    assert german is not None
    out = StringIO()
    speak(german)
    try:
        Console(file=out, width=120).print(status_text.render_status(document()))
        lines = why_command.why_lines({"at": "2025-06-14T14:05:00+02:00", "why": []}, full=False)
    finally:
        speak(ENGLISH)
    assert lines == ["Am 14.06.2025 um 14:05:00:"]
    assert "Sonne" in out.getvalue() and "Batterie" in out.getvalue()
