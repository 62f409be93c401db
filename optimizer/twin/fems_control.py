"""An Edge's own control: the range that written values leave, the PID filter, and self-consumption."""

from __future__ import annotations

from dataclasses import dataclass, field


def effective(lo: float, hi: float, equals: int | None, less: int | None, greater: int | None) -> tuple[float, float]:
    """The range of AC power in W that the written values leave of [lo, hi].

    Real Edges apply them in the order of a hash map. This is the order that was seen: the bounds before Equals.
    """
    if less is not None:
        hi = min(hi, max(less, lo))
    if greater is not None:
        lo = max(lo, min(greater, hi))
    if equals is not None:
        lo = hi = min(max(equals, lo), hi)
    return lo, hi


def nearest_to_zero(lo: float, hi: float) -> float:
    """The setpoint of a system that no controller asks for anything."""
    return min(max(0.0, lo), hi)


@dataclass
class Pid:
    """The Edge's PID filter with its default gains; one call a cycle of 1 s. Powers in W."""

    p: float = 0.3
    i: float = 0.3
    d: float = 0.1
    last_input_w: float | None = None
    error_sum_w: float = field(default=0.0)

    def step(self, input_w: float, target_w: float, lo_w: float, hi_w: float) -> float:
        """The filtered setpoint within [lo_w, hi_w]. A range of one value bypasses the filter."""
        if hi_w - lo_w < 1.0:
            return lo_w
        target_w = min(max(target_w, lo_w), hi_w)
        error_w = target_w - input_w
        if abs(error_w) < 1.0:
            return target_w
        if self.last_input_w is None:
            self.last_input_w = input_w
        output_w = (
            self.p * error_w + min(max(self.i * self.error_sum_w, lo_w), hi_w) - self.d * (input_w - self.last_input_w)
        )
        self.last_input_w = input_w
        self.error_sum_w += error_w
        return min(max(output_w, lo_w), hi_w)
