"""A repeating goal of a vehicle needs something that says at which charger the vehicle is."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.cli.run.books import device_names
from optimizer.rules.book.files import book_from_texts
from optimizer.settings import load_settings
from optimizer.settings.vehicle_goals import goals_without_charger
from tests.cli.program import Runner, application

RULES = "version: 1\nrules:\n"
RULE = "  - id: which\n    {enabled}when: time.weekday == sun\n    claim: {{ev.vehicle: {vehicle}}}\n"


def site(folder: Path, *, charger: bool, at_input: bool, goal_of: str) -> Path:
    """A house with the vehicles zoe, which is at the charger, and van."""
    place = "charger: carport, " if charger else ""
    lines = [
        "site: {time_zone: Europe/Berlin}",
        "devices: {carport: {type: nrgkick, url: 'http://192.0.2.10'}, house: {type: fems, url: 'http://192.0.2.20'}}",
        f"vehicles: {{zoe: {{capacity_wh: 52000}}, van: {{{place}capacity_wh: 77000}}}}",
        f"goals: [{{vehicle: {goal_of}, ready: 07:00, soc: 60%}}, {{charger: carport, ready: 09:00, energy: 9kWh}}]",
    ]
    if at_input:
        lines += ["inputs: {which: {type: choice, options: [van, guest]}}", "vehicle_at: {carport: which}"]
    (folder / "rules").mkdir(exist_ok=True)
    config = folder / "site.yaml"
    config.write_text("\n".join(lines) + "\n")
    config.chmod(0o600)
    return config


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    charger=st.booleans(),
    at_input=st.booleans(),
    rule=st.sampled_from(["", "van", "guest", "off van"]),
    goal_of=st.sampled_from(["van", "zoe"]),
)
def test_a_goal_is_named_unless_something_places_its_vehicle(
    tmp_path: Path, charger: bool, at_input: bool, rule: str, goal_of: str
) -> None:
    if charger and at_input:
        at_input = False  # one of the two is enough for the settings
    config = site(tmp_path, charger=charger, at_input=at_input, goal_of=goal_of)
    enabled = "enabled: false\n    " if rule.startswith("off") else ""
    text = RULES + (RULE.format(vehicle=rule.rsplit(maxsplit=1)[-1], enabled=enabled) if rule else "  []\n")
    found = load_settings(config, {})
    book = book_from_texts({"rules/a.yaml": text}, device_names(found), ZoneInfo("Europe/Berlin"))
    placed = goal_of == "van" and (charger or at_input or rule == "van")
    said = list(goals_without_charger(found, book))
    assert [f"“{goal_of}” never hold" in one for one in said] == [True] * (not placed)


@pytest.mark.parametrize("charger", [True, False])
def test_check_warns_of_it(tmp_path: Path, charger: bool) -> None:
    config = site(tmp_path, charger=charger, at_input=False, goal_of="van")
    (tmp_path / "rules" / "a.yaml").write_text(RULES + "  - id: sun\n    claim: {ev.mode: surplus}\n")
    result = Runner().invoke(application(), ["check", "-c", str(config), "--strict"])
    assert ("warning: the goals of the vehicle “van” never hold" in result.output) is not charger
    assert result.exit_code == (0 if charger else 1)
