"""The commands to a charger and their unconfirmed writes: the worst case for the guard."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from optimizer.control.limiter import SAME_A, ChargerWrite, applied, assumed_state
from optimizer.model.site import ChargerSite
from optimizer.model.state import Commanded, Ev


class Pending(NamedTuple):
    """One write without a read-back."""

    worst_a: float
    """The larger of the offers before and after the write."""
    at_s: float
    """Monotonic s at which it was answered or abandoned, or sent while it has no answer."""
    answered: bool
    after: Commanded
    """The setting of the charger if it is carried out."""
    worst: Commanded
    """The same after the worst case of the writes before it."""


@dataclass(frozen=True, slots=True)
class ChargerWrites:
    """The record of writes to one charger."""

    commanded: Commanded | None = None
    pending: tuple[Pending, ...] = ()
    """Writes that were sent, with or without an answer, and not read back."""
    sent: Pending | None = None
    """The write without an answer yet. No reading confirms it before the answer, at any delay (the machine may be
    suspended in between)."""

    def exposed(self) -> Commanded | None:
        """`commanded` with the worst case of all pending writes, for the State."""
        if self.commanded is None:
            return None
        open_a = [write.worst_a for write in self.pending]
        if self.sent is not None:
            open_a.append(self.sent.worst_a)
        return replace(self.commanded, unconfirmed_a=max(open_a, default=0.0))


def sending(writings: ChargerWrites, ev: Ev, write: ChargerWrite, site: ChargerSite, now_s: float) -> ChargerWrites:
    """The record before a write is sent. Its worst case counts from now on."""
    before = _presumed(writings, ev, site)
    worst_before = _worst(before, *(other.worst for other in writings.pending))
    worst_after = applied(worst_before, write, now_s)
    worst_a = max(worst_before.offer_a, worst_after.offer_a)
    sent = Pending(worst_a, now_s, answered=False, after=applied(before, write, now_s), worst=worst_after)
    return ChargerWrites(writings.commanded or before, writings.pending, sent)


def taken(writings: ChargerWrites, ev: Ev, write: ChargerWrite, site: ChargerSite, now_s: float) -> ChargerWrites:
    """The record after the device has accepted the sent write."""
    after = applied(_presumed(writings, ev, site), write, now_s)
    if writings.commanded is not None and changes_nothing(writings, write):
        after = writings.commanded
    answered = [] if writings.sent is None else [writings.sent._replace(at_s=now_s, answered=True)]
    return ChargerWrites(after, (*writings.pending, *answered))


def refused(writings: ChargerWrites) -> ChargerWrites:
    """The record after the device has refused the sent write. The write changed nothing."""
    return replace(writings, sent=None)


def unanswered(writings: ChargerWrites, now_s: float) -> ChargerWrites:
    """The record after a write without an answer. The device may have carried it out."""
    lost = [] if writings.sent is None else [writings.sent._replace(at_s=now_s)]
    return ChargerWrites(writings.commanded, _folded((*writings.pending, *lost)))


def read_back(writings: ChargerWrites, ev: Ev, lag_s: tuple[float, float]) -> ChargerWrites:
    """The record after a new reading. A write that it confirms is no longer pending.

    A reading that agrees counts from `lag_s[0]` after the write, any reading from `lag_s[1]`. From then on the report
    of the charger is valid, and the check of obedience handles a difference to `commanded`.
    """
    commanded = writings.commanded
    if commanded is None or not writings.pending or ev.offered_a.value is None or ev.paused.value is None:
        return writings
    measured_s = min(ev.offered_a.at_s, ev.paused.at_s)
    for write in writings.pending:
        if not write.answered and measured_s >= write.at_s + lag_s[0] and _agrees(ev, write.after):
            # The write was carried out. Only its answer was lost.
            commanded = write.after
    agrees = _agrees(ev, commanded)

    def settled(write: Pending) -> bool:
        return measured_s >= write.at_s + (lag_s[0] if agrees and write.answered else lag_s[1])

    return replace(
        writings, commanded=commanded, pending=tuple(write for write in writings.pending if not settled(write))
    )


def _folded(pending: tuple[Pending, ...]) -> tuple[Pending, ...]:
    """The record with equal attempts without an answer merged into the last, so that it stays short in an outage."""
    kept: list[Pending] = []
    for write in pending:
        alike = [] if write.answered else [other for other in kept if _same_attempt(other, write)]
        for other in alike:
            kept.remove(other)
        worst_a = max(other.worst_a for other in (*alike, write))
        kept.append(write._replace(worst_a=worst_a, worst=_worst(write.worst, *(other.worst for other in alike))))
    return tuple(kept)


def _worst(one: Commanded, *others: Commanded) -> Commanded:
    """The highest setting if any of these may be in force."""
    current_a = max(one.current_a, *(other.current_a for other in others), 0.0)
    return replace(one, current_a=current_a, paused=one.paused and all(other.paused for other in others))


def _same_attempt(one: Pending, other: Pending) -> bool:
    after = replace(one.after, at_s=other.after.at_s, raised_at_s=other.after.raised_at_s)
    return not one.answered and after == other.after


def _agrees(ev: Ev, commanded: Commanded) -> bool:
    """Whether the charger reports its commanded setting."""
    offered_a = ev.offered_a.value
    return (
        offered_a is not None and abs(offered_a - commanded.current_a) <= SAME_A and ev.paused.value == commanded.paused
    )


def changes_nothing(writings: ChargerWrites, write: ChargerWrite) -> bool:
    """Whether the write only repeats the last command."""
    commanded = writings.commanded
    return (
        commanded is not None
        and write.kind != "energy_limit"
        and applied(commanded, write, commanded.at_s) == commanded
    )


def _presumed(writings: ChargerWrites, ev: Ev, site: ChargerSite) -> Commanded:
    """The setting of the charger before a write. If it is unknown, the highest possible setting."""
    if writings.commanded is not None and ev.commanded is None:
        ev = replace(ev, commanded=writings.commanded)
    belief = assumed_state(ev)
    return Commanded(
        current_a=site.max_current_a if belief.current_a is None else belief.current_a,
        paused=bool(belief.paused),
        phases=len(site.phase_map) if belief.phases is None else belief.phases,
        at_s=writings.commanded.at_s if writings.commanded is not None else ev.offered_a.at_s,
        raised_at_s=None if writings.commanded is None else writings.commanded.raised_at_s,
    )
