"""Commands over MQTT: modes of chargers and states of loads as overrides with an end, goals of cars and their pause,
and inputs.

A command never lasts: a mode ends when the car is unplugged. A mode or a state ends after a day at the latest. A pause
has an end.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

from optimizer.model.goal_text import goal_of, until_of
from optimizer.model.goals import GoalError, GoalSink
from optimizer.model.state import EvStatus, State
from optimizer.model.text_numbers import as_number
from optimizer.rules.book.overrides import Override, OverrideError, checked, in_words
from optimizer.serve.outputs.charger import released_by
from optimizer.serve.outputs.entity import Entity
from optimizer.serve.outputs.goals import GOAL, NONE, PAUSE
from optimizer.serve.overrides import OverrideSink
from optimizer.sources.inputs.port import InputError, InputSink

log = logging.getLogger(__name__)

SUFFIX = "/set"
BY = "MQTT"
"""Who sets goals and inputs."""
LONGEST_BYTES = 200
LASTS = timedelta(hours=24)
MOST_A_MINUTE = 30
"""Further commands of a minute are ignored."""
MINUTE_S = 60.0


class Commands:
    """Carries out commands, and refuses what is not possible."""

    def __init__(
        self,
        entities: Iterable[Entity],
        overrides: OverrideSink,
        inputs: InputSink | None,
        goals: GoalSink | None = None,
        vehicles: Collection[str] = (),
    ) -> None:
        self._entities = {f"{entity.topic}{SUFFIX}": entity for entity in entities if entity.command}
        self._overrides = overrides
        self._inputs = inputs
        self._goals = goals
        self._vehicles = vehicles
        self._times_s: list[float] = []
        self._flooded = False

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics of commands, below the first part."""
        return tuple(self._entities)

    def take(self, topic: str, payload: object, retained: bool, state: State) -> str:
        """Carry out one message. Returns the topic of the value that it concerns, to be published again, or empty.

        A retained message is ignored, because it would be carried out again with every start.
        """
        entity = self._entities.get(topic)
        if entity is None:
            return ""
        if retained:
            log.warning("the retained command on %s is ignored; publish commands without retain", topic)
            return ""
        if not self._has_room(state.mono_s):
            return ""
        try:
            self._carry_out(entity, _text(payload), state)
        except (OverrideError, InputError, GoalError, ValueError) as error:
            log.warning("the command on %s is refused: %s", topic, error)
        return entity.topic

    def _carry_out(self, entity: Entity, text: str, state: State) -> None:
        if entity.part == "input":
            if self._inputs is None:
                raise ValueError("this house has no inputs")
            unit = entity.config.get("unit_of_measurement", "")
            value = f"{text} {unit}" if unit and as_number(text) is not None else text
            self._inputs.set(entity.key, value or None, BY)
            return
        if entity.key in (GOAL, PAUSE):
            set_one = self._set_goal if entity.key == GOAL else self._pause_goals
            set_one(self._goal_sink(), entity.part.partition(".")[2], text, state)
            return
        target = f"{entity.part}.{entity.key}"
        if text == released_by(entity.key, self._vehicles):
            self._overrides.release(target)
            log.warning("override ended over MQTT: %s", target)
            return
        kind, _, name = entity.part.partition(".")
        ev = state.evs.get(name) if kind == "ev" else None
        plugged = ev is not None and ev.status.value in (EvStatus.CONNECTED, EvStatus.CHARGING)
        override = checked(Override(target, text, state.now + LASTS, session=plugged), state, self._vehicles)
        self._overrides.override(override)
        log.warning("override over MQTT: %s", in_words(override, state.local))

    def _goal_sink(self) -> GoalSink:
        if self._goals is None:
            raise ValueError("this house has no goals")
        return self._goals

    def _set_goal(self, goals: GoalSink, charger: str, text: str, state: State) -> None:
        if text.lower() in ("", NONE):
            goals.end(charger, BY)
            return
        aim, ready_s = goal_of(text, state.now.timestamp(), _zone(state))
        goals.set(charger, aim, ready_s, BY)

    def _pause_goals(self, goals: GoalSink, charger: str, text: str, state: State) -> None:
        if text.lower() in ("", NONE):
            goals.resume(charger, BY)
            return
        goals.pause(charger, until_of(text, state.now.timestamp(), _zone(state)), BY)

    def _has_room(self, now_s: float) -> bool:
        self._times_s = [at_s for at_s in self._times_s if now_s - at_s < MINUTE_S]
        if len(self._times_s) >= MOST_A_MINUTE:
            if not self._flooded:
                log.warning("more than %d commands a minute over MQTT; further ones are ignored", MOST_A_MINUTE)
            self._flooded = True
            return False
        self._flooded = False
        self._times_s.append(now_s)
        return True


def _zone(state: State) -> ZoneInfo:
    zone = state.local.tzinfo
    assert isinstance(zone, ZoneInfo)  # the zone of the site
    return zone


def _text(payload: object) -> str:
    if not isinstance(payload, bytes | bytearray) or len(payload) > LONGEST_BYTES:
        raise ValueError(f"a command has at most {LONGEST_BYTES} bytes")
    text = bytes(payload).decode("utf-8", "strict").strip()
    if not text.isprintable():
        raise ValueError("a command is printable text")
    return text
