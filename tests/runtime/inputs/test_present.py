"""The vehicle at each charger: the order of hand, rule, input, and usual vehicle, for any values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.kinds import GUEST
from optimizer.model.reading import known, unknown
from optimizer.model.state import DISCONNECTED, Ev, EvStatus, State
from optimizer.rules.book.overrides import RULE
from optimizer.rules.book.verdict import Claimed
from optimizer.runtime.inputs.present import Present, present_vehicles
from tests.serve.house import state

CARS = ("zoe", "van")
CHARGERS = ("carport", "yard")
WORDS = ("zoe", "van", GUEST, "tractor")
"""Two vehicles of the settings, the word for a guest, and one that nobody knows."""
STATUSES = [None, *EvStatus]


def house(statuses: Mapping[str, EvStatus | None], inputs: Mapping[str, str | None]) -> State:
    evs = {
        name: Ev(name, status=unknown("silent") if one is None else known(one, 990.0)) for name, one in statuses.items()
    }
    given_inputs: dict[str, Any] = {
        name: unknown("nobody has set it") if word is None else known(word, 990.0) for name, word in inputs.items()
    }
    return replace(state(), evs=evs, inputs=given_inputs)


def claim(word: str | None, rule: str) -> Claimed | None:
    return None if word is None else Claimed(word, rule)


SAID = st.none() | st.sampled_from(WORDS)


@given(
    statuses=st.fixed_dictionaries({name: st.sampled_from(STATUSES) for name in CHARGERS}),
    hand=st.dictionaries(st.sampled_from(CHARGERS), st.sampled_from(WORDS)),
    rules=st.dictionaries(st.sampled_from(CHARGERS), SAID),
    inputs=st.dictionaries(st.sampled_from(CHARGERS), SAID),
    usual=st.dictionaries(st.sampled_from(CHARGERS), st.sampled_from(CARS)),
)
def test_a_hand_goes_before_a_rule_an_input_and_the_usual_car(
    statuses: dict[str, EvStatus | None],
    hand: dict[str, str],
    rules: dict[str, str | None],
    inputs: dict[str, str | None],
    usual: dict[str, str],
) -> None:
    claimed = {name: claim(word, "weekdays") for name, word in rules.items()}
    claimed |= {name: claim(word, RULE) for name, word in hand.items()}
    chosen = {name: f"which_{name}" for name in inputs}
    now = house(statuses, {f"which_{name}": word for name, word in inputs.items()})
    found = present_vehicles(now, CARS, usual, chosen, claimed)
    assert set(found) == set(CHARGERS)
    for name, one in found.items():
        said = next(
            (source[name] for source in (hand, rules, inputs, usual) if name in source),  # type: ignore[attr-defined]
            None,
        )
        assert one.name in ("", GUEST, *CARS)
        assert one.name in ("", said)
        assert bool(one.why) == (one.name in ("", GUEST))
        if said in (None, "tractor"):
            assert one.name == ""
        if said == GUEST:
            assert one.name == GUEST
        if said in CARS and not one.name:
            assert one.why.endswith(
                "is at " + next(other for other in CHARGERS if other != name) + " too, as far as is known"
            )
    here = [one.name for name, one in found.items() if statuses[name] is not DISCONNECTED and one.name in CARS]
    assert len(here) == len(set(here)), "one car is at two chargers"


def test_the_usual_car_of_a_charger_that_a_rule_has_put_elsewhere_is_not_there() -> None:
    both = house(dict.fromkeys(CHARGERS, EvStatus.CONNECTED), {})
    found = present_vehicles(both, CARS, {"yard": "zoe"}, {}, {"carport": Claimed("zoe", "weekdays")})
    assert [(one.name, str(one.why)) for one in found.values()] == [
        ("zoe", ""),
        ("", "zoe is at carport too, as far as is known"),
    ]
    # A charger without a car takes nothing from the other.
    alone = house({"carport": EvStatus.DISCONNECTED, "yard": EvStatus.CHARGING}, {})
    found = present_vehicles(alone, CARS, {"yard": "zoe"}, {}, {"carport": Claimed("zoe", "weekdays")})
    assert found["yard"].name == "zoe"


def test_before_the_first_decision_the_rules_have_not_chosen() -> None:
    now = house({"carport": EvStatus.CONNECTED}, {})
    found = present_vehicles(now, CARS, {"carport": "zoe"}, {}, {"carport": None})
    assert found["carport"] == Present(why="the rules have not decided yet which vehicle it is", rank=2)
