"""InputBoard: the values of all inputs for every tick, and where they are set."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from optimizer.model.clock import Clock
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.state import InputValue
from optimizer.runtime.inputs.kept import KeptInput, KeptInputs
from optimizer.sources.inputs.decode import by_hand, recalled, shown
from optimizer.sources.inputs.port import InputError, InputPlan, InputReport
from optimizer.words.text import Text
from optimizer.words.who import kept_record

NOT_SET = Text("nobody has set it yet")

log = logging.getLogger(__name__)


class InputBoard:
    """The inputs of a running service (sources.inputs.port.InputSink)."""

    def __init__(self, plans: Sequence[InputPlan], clock: Clock, store: KeptInputs) -> None:
        self._plans = {plan.spec.name: plan for plan in plans}
        self._clock = clock
        self._store = store
        self._started_s = clock.monotonic_s()
        self._read: dict[str, Reading[InputValue]] = {}
        """The last readings of sources."""
        self._problems: dict[str, str] = {}
        """Why a source brings nothing new, by input."""
        self._kept = store.load()
        self._set: dict[str, Reading[InputValue]] = {}
        """The values set by hand."""
        self.changed: Callable[[], None] = _nobody
        """Called after each change by hand, so that the next decision comes at once."""
        for name, kept in self._kept.items():
            plan = self._plans.get(name)
            if plan is not None and plan.by_hand:
                self._set[name] = self._recalled(plan, kept)

    def __call__(self, mono_s: float) -> Mapping[str, Reading[InputValue]]:
        """The values at monotonic `mono_s`, by the names of the inputs."""
        return {name: self._reading(plan, mono_s) for name, plan in self._plans.items()}

    def post(self, readings: Mapping[str, Reading[Any]]) -> None:
        """Take new readings of a source."""
        for name, reading in readings.items():
            self._read[name] = reading
            self._problems.pop(name, None)

    def fail(self, names: Sequence[str], why: str) -> None:
        """A source did not answer. Its last values stay until they are too old."""
        self._problems.update(dict.fromkeys(names, why))

    def set(self, name: str, value: object, by: str) -> InputReport:
        """Set an input from the next tick on. None restores the default, or makes it unknown. Raises InputError."""
        plan = self._plan_to_set(name)
        now_s, who = self._clock.monotonic_s(), kept_record(by)
        if value is None:
            self._kept.pop(name, None)
            self._set.pop(name, None)
        else:
            found = by_hand(plan.spec, value)
            at = self._clock.now()
            self._kept[name] = KeptInput(found, who, at, at_s=now_s, boot=self._clock.boot)
            self._set[name] = known(found, now_s)
        self._store.save({key: kept for key, kept in self._kept.items() if key in self._plans})
        report = self._report(plan, now_s)
        log.info("input %s: %s (by %s)", name, shown(plan.spec, report.reading.value), who)
        self.changed()
        return report

    def reports(self) -> tuple[InputReport, ...]:
        """All inputs, in the order of the settings."""
        now_s = self._clock.monotonic_s()
        return tuple(self._report(plan, now_s) for plan in self._plans.values())

    def _plan_to_set(self, name: str) -> InputPlan:
        plan = self._plans.get(name)
        if plan is None:
            raise InputError(
                Text(
                    "there is no input “{name}”. Inputs: {names}",
                    name=name[:40],
                    names=", ".join(self._plans) or "none",
                )
            )
        if not plan.by_hand:
            raise InputError(
                Text("the input “{name}” is read from {source} and cannot be set", name=name, source=plan.source)
            )
        return plan

    def _report(self, plan: InputPlan, now_s: float) -> InputReport:
        reading, kept = self._reading(plan, now_s), self._kept.get(plan.spec.name)
        if kept is None or not plan.by_hand or self._given(plan, now_s).value is None:
            return InputReport(plan, reading)
        return InputReport(plan, reading, kept.by, kept.at)

    def _reading(self, plan: InputPlan, mono_s: float) -> Reading[InputValue]:
        name = plan.spec.name
        if plan.by_hand:
            given = self._given(plan, mono_s)
            if given.value is None and plan.default is not None:
                return known(plan.default, given.at_s)
            return given
        reading, problem = self._read.get(name), self._problems.get(name, "")
        if reading is None:
            return unknown(problem or Text("not read yet"), self._started_s)
        fresh = reading if plan.max_age_s is None else reading.fresh(mono_s, plan.max_age_s)
        return (
            fresh._replace(why=Text("{why}; {problem}", why=fresh.why, problem=problem))
            if fresh is not reading and problem
            else fresh
        )

    def _given(self, plan: InputPlan, mono_s: float) -> Reading[InputValue]:
        """The value that was set by hand, unknown if there is none or if it is too old."""
        reading = self._set.get(plan.spec.name)
        if reading is None:
            return unknown(NOT_SET, self._started_s)
        return reading if plan.max_age_s is None else reading.fresh(mono_s, plan.max_age_s)

    def _recalled(self, plan: InputPlan, kept: KeptInput) -> Reading[InputValue]:
        """A value from before the start. Its age counts on, also through the time without the service."""
        now_s = self._clock.monotonic_s()
        same_boot = bool(kept.boot) and kept.boot == self._clock.boot
        age_s = now_s - kept.at_s if same_boot else (self._clock.now() - kept.at).total_seconds()
        try:
            found = recalled(plan.spec, kept.value)
        except InputError as error:
            return unknown(Text("the value from before does not fit the settings: {error}", error=error.args[0]), now_s)
        if age_s < 0.0 and plan.max_age_s is not None:
            return unknown(Text("the clock is earlier than the time at which it was set"), now_s)
        return known(found, now_s - max(0.0, age_s))


def _nobody() -> None:
    """Nobody waits for a change."""
