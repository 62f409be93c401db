"""Goals that repeat pause while their owner is away, on the status page in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from optimizer.settings import Settings
from optimizer.settings.goals import GoalSettings
from tests.e2e.conftest import DemoHouse, living
from tests.e2e.in_browser import browser, comes, owner, page, pytestmark

__all__ = ["browser", "owner", "page", "pytestmark"]


def with_goal(settings: Settings) -> Settings:
    """The settings with a goal of each day."""
    goal = GoalSettings(charger="carport", ready="07:00", energy="12kWh")
    return settings.model_copy(update={"goals": (goal,)})


@pytest.fixture(scope="module")
def demo_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHouse]:
    with living(DemoHouse(tmp_path_factory.mktemp("house"), changed=with_goal)) as house:
        yield house


def test_goals_pause_until_a_day_and_hold_again(owner: Any, demo_house: DemoHouse) -> None:
    def paused() -> str | None:
        until: str | None = demo_house.get("goals")[0]["paused_until"]
        return until and until[:10]

    back = f"{datetime.fromisoformat(demo_house.get('status')['local']) + timedelta(days=5):%Y-%m-%d}"
    row = owner.locator("#cards .goal .pause")
    row.locator(".pause-on").click()
    owner.wait_for_function(
        "() => document.querySelector('#toast-text').textContent.startsWith('Choose the first day')"
    )
    row.locator('input[type="date"]').fill(back)
    row.locator(".pause-on").click()
    comes(owner, paused, back)
    row.locator(".pause-off").wait_for(state="visible")
    assert "Repeating goals pause until" in str(row.text_content())
    assert row.locator('input[type="date"]').is_hidden()
    owner.reload()
    row.locator(".pause-off").wait_for(state="visible")
    row.locator(".pause-off").click()
    comes(owner, paused, None)
    row.locator(".pause-on").wait_for(state="visible")
    row.locator('input[type="date"]').fill(back)
    row.locator(".pause-on").click()
    comes(owner, paused, back)
    owner.click("#undo")
    comes(owner, paused, None)
