"""What a charger was told, and which of it nobody has confirmed yet: the worst case that the guard counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from optimizer.control.limiter import SAME_A, ChargerWrite, believe
from optimizer.model.site import ChargerSite
from optimizer.model.state import Ev, Told


class Pending(NamedTuple):
    """One write that has not been read back."""

    worst_a: float
    """The larger of the offers before and after it."""
    at_s: float
    """Monotonic s at which it was answered or given up; while on its way, at which it was sent."""
    answered: bool
    after: Told
    """What it makes of the charger if it is carried out."""
    worst: Told
    """The same on top of the worst that those before it may have made of it."""


@dataclass(frozen=True, slots=True)
class Writings:
    """The record of our writes to one charger."""

    told: Told | None = None
    pending: tuple[Pending, ...] = ()
    """Sent, answered or not, and not read back."""
    sent: Pending | None = None
    """On its way now: no reading settles it before its answer is there, however late (a machine may be suspended
    in between)."""

    def exposed(self) -> Told | None:
        """`told` with the worst case of everything pending, as State carries it."""
        if self.told is None:
            return None
        open_a = [write.worst_a for write in self.pending]
        if self.sent is not None:
            open_a.append(self.sent.worst_a)
        return replace(self.told, unconfirmed_a=max(open_a, default=0.0))


def sending(writings: Writings, ev: Ev, write: ChargerWrite, site: ChargerSite, now_s: float) -> Writings:
    """Before a write is sent: from now on its worst case counts."""
    before = _presumed(writings, ev, site)
    worst_before = _worst(before, *(other.worst for other in writings.pending))
    worst_after = _applied(worst_before, write, now_s)
    worst_a = max(worst_before.offer_a, worst_after.offer_a)
    sent = Pending(worst_a, now_s, answered=False, after=_applied(before, write, now_s), worst=worst_after)
    return Writings(writings.told or before, writings.pending, sent)


def taken(writings: Writings, ev: Ev, write: ChargerWrite, site: ChargerSite, now_s: float) -> Writings:
    """The device has answered the write that is on its way."""
    after = _applied(_presumed(writings, ev, site), write, now_s)
    if writings.told is not None and changes_nothing(writings, write):
        after = writings.told
    answered = [] if writings.sent is None else [writings.sent._replace(at_s=now_s, answered=True)]
    return Writings(after, (*writings.pending, *answered))


def refused(writings: Writings) -> Writings:
    """The device has said no to the write that is on its way: it changed nothing."""
    return replace(writings, sent=None)


def unanswered(writings: Writings, now_s: float) -> Writings:
    """Nobody knows what became of the write that was on its way: until now it may have been carried out."""
    lost = [] if writings.sent is None else [writings.sent._replace(at_s=now_s)]
    return Writings(writings.told, _folded((*writings.pending, *lost)))


def read_back(writings: Writings, ev: Ev, lag_s: tuple[float, float]) -> Writings:
    """After a new reading: what it confirms is no longer pending.

    A reading that agrees counts from `lag_s[0]` after the write, any reading from `lag_s[1]`: by then the
    charger's own word is the truth, and a difference to `told` is the obedience check's business.
    """
    told = writings.told
    if told is None or not writings.pending or ev.offered_a.value is None or ev.paused.value is None:
        return writings
    measured_s = min(ev.offered_a.at_s, ev.paused.at_s)
    for write in writings.pending:
        if not write.answered and measured_s >= write.at_s + lag_s[0] and _agrees(ev, write.after):
            # It was carried out after all; only its answer was lost.
            told = write.after
    agrees = _agrees(ev, told)

    def settled(write: Pending) -> bool:
        return measured_s >= write.at_s + (lag_s[0] if agrees and write.answered else lag_s[1])

    return replace(writings, told=told, pending=tuple(write for write in writings.pending if not settled(write)))


def _folded(pending: tuple[Pending, ...]) -> tuple[Pending, ...]:
    """Attempts at the same that nobody answered count as one, the last: an outage of weeks keeps a short record."""
    kept: list[Pending] = []
    for write in pending:
        alike = [] if write.answered else [other for other in kept if _same_attempt(other, write)]
        for other in alike:
            kept.remove(other)
        worst_a = max(other.worst_a for other in (*alike, write))
        kept.append(write._replace(worst_a=worst_a, worst=_worst(write.worst, *(other.worst for other in alike))))
    return tuple(kept)


def _worst(one: Told, *others: Told) -> Told:
    """The most that it may be set to, where any of these may be true."""
    current_a = max(one.current_a, *(other.current_a for other in others), 0.0)
    return replace(one, current_a=current_a, paused=one.paused and all(other.paused for other in others))


def _same_attempt(one: Pending, other: Pending) -> bool:
    return not one.answered and replace(one.after, at_s=other.after.at_s) == other.after


def _agrees(ev: Ev, told: Told) -> bool:
    """Whether the charger reports what it was told."""
    offered_a = ev.offered_a.value
    return offered_a is not None and abs(offered_a - told.current_a) <= SAME_A and ev.paused.value == told.paused


def changes_nothing(writings: Writings, write: ChargerWrite) -> bool:
    """Whether the write only repeats what the charger was told."""
    told = writings.told
    return told is not None and write.kind != "energy_limit" and _applied(told, write, told.at_s) == told


def _presumed(writings: Writings, ev: Ev, site: ChargerSite) -> Told:
    """What the charger is set to before a write; where nobody knows, the most that it could be."""
    if writings.told is not None and ev.told is None:
        ev = replace(ev, told=writings.told)
    belief = believe(ev)
    return Told(
        current_a=site.max_current_a if belief.current_a is None else belief.current_a,
        paused=bool(belief.paused),
        phases=len(site.phase_map) if belief.phases is None else belief.phases,
        at_s=writings.told.at_s if writings.told is not None else ev.offered_a.at_s,
    )


def _applied(before: Told, write: ChargerWrite, now_s: float) -> Told:
    match write.kind:
        case "current":
            return replace(before, current_a=write.value, at_s=now_s)
        case "pause":
            return replace(before, paused=True, at_s=now_s)
        case "release":
            return replace(before, paused=False, at_s=now_s)
        case "phases":
            return replace(before, phases=int(write.value), at_s=now_s)
        case "energy_limit":
            return before
