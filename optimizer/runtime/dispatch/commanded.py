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


def sending(writes: ChargerWrites, ev: Ev, write: ChargerWrite, site: ChargerSite, now_s: float) -> ChargerWrites:
    """The record before a write is sent. Its worst case counts from now on."""
    before = _presumed(writes, ev, site)
    worst_before = _worst(before, *(other.worst for other in writes.pending))
    worst_after = applied(worst_before, write, now_s)
    worst_a = max(worst_before.offer_a, worst_after.offer_a)
    sent = Pending(worst_a, now_s, answered=False, after=applied(before, write, now_s), worst=worst_after)
    return ChargerWrites(writes.commanded or before, writes.pending, sent)


def taken(writes: ChargerWrites, ev: Ev, write: ChargerWrite, site: ChargerSite, now_s: float) -> ChargerWrites:
    """The record after the device has accepted the sent write."""
    after = applied(_presumed(writes, ev, site), write, now_s)
    if writes.commanded is not None and changes_nothing(writes, write):
        after = writes.commanded
    answered = [] if writes.sent is None else [writes.sent._replace(at_s=now_s, answered=True)]
    return ChargerWrites(after, (*writes.pending, *answered))


def refused(writes: ChargerWrites) -> ChargerWrites:
    """The record after the device has refused the sent write. The write changed nothing."""
    return replace(writes, sent=None)


def unanswered(writes: ChargerWrites, now_s: float) -> ChargerWrites:
    """The record after a write without an answer. The device may have carried it out."""
    lost = [] if writes.sent is None else [writes.sent._replace(at_s=now_s)]
    return ChargerWrites(writes.commanded, _folded((*writes.pending, *lost)))


def read_back(writes: ChargerWrites, ev: Ev, lag_s: tuple[float, float]) -> ChargerWrites:
    """The record after a new reading. A write that it confirms is no longer pending.

    A reading that agrees counts from `lag_s[0]` after the write, any reading from `lag_s[1]`. From then on the report
    of the charger is valid, and the check of obedience handles a difference to `commanded`.
    """
    commanded = writes.commanded
    if commanded is None or not writes.pending or ev.offered_a.value is None or ev.paused.value is None:
        return writes
    measured_s = min(ev.offered_a.at_s, ev.paused.at_s)
    for write in writes.pending:
        if not write.answered and measured_s >= write.at_s + lag_s[0] and _agrees(ev, write.after):
            # The write was carried out. Only its answer was lost.
            commanded = write.after
    agrees = _agrees(ev, commanded)

    def settled(write: Pending) -> bool:
        return measured_s >= write.at_s + (lag_s[0] if agrees and write.answered else lag_s[1])

    return replace(writes, commanded=commanded, pending=tuple(write for write in writes.pending if not settled(write)))


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


def changes_nothing(writes: ChargerWrites, write: ChargerWrite) -> bool:
    """Whether the write only repeats the last command."""
    commanded = writes.commanded
    return (
        commanded is not None
        and write.kind != "energy_limit"
        and applied(commanded, write, commanded.at_s) == commanded
    )


def _presumed(writes: ChargerWrites, ev: Ev, site: ChargerSite) -> Commanded:
    """The setting of the charger before a write. If it is unknown, the highest possible setting."""
    if writes.commanded is not None and ev.commanded is None:
        ev = replace(ev, commanded=writes.commanded)
    assumed = assumed_state(ev)
    return Commanded(
        current_a=site.max_current_a if assumed.current_a is None else assumed.current_a,
        paused=bool(assumed.paused),
        phases=len(site.phase_map) if assumed.phases is None else assumed.phases,
        at_s=writes.commanded.at_s if writes.commanded is not None else ev.offered_a.at_s,
        raised_at_s=None if writes.commanded is None else writes.commanded.raised_at_s,
    )
