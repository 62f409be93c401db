"""The cause of a tick of the follower: what it does, and for a change what it is expected to bring and to cost."""

from __future__ import annotations

from optimizer.control.params import FollowParams
from optimizer.control.request.follower import FollowerRequest
from optimizer.control.request.inputs import FollowerInputs
from optimizer.model.decision import Cause, make_cause

Numbers = tuple[tuple[str, float], ...]


def cause_of(
    subject: str,
    rule: str,
    before: int,
    inputs: FollowerInputs,
    request: FollowerRequest,
    params: FollowParams,
    *,
    waits: bool,
) -> Cause:
    """The cause of this tick. `before`: the mode before it. `waits`: another car still uses the power."""
    numbers = _figures(inputs, request)
    phases = request.phases
    if waits:
        code = "follow.turn"
    elif phases == before:
        code = "follow.run" if phases else "follow.wait"
    elif before and before not in inputs.modes:
        code = "follow.run" if phases else "follow.wait"  # limits or wiring have chosen, not the gain
    else:
        code, sign = ("follow.switch", 1.0) if phases and before else ("follow.start", 1.0)
        if not phases:
            lasting_lack = request.advantage_w > -request.price_w
            code, sign = "follow.lack" if lasting_lack else "follow.stop", -1.0
        numbers = (*numbers, *_in_money(sign * request.advantage_w, request, params))
    return make_cause(code, subject, rule, numbers)


def _figures(inputs: FollowerInputs, request: FollowerRequest) -> Numbers:
    return (
        ("surplus_w", inputs.surplus_w),
        ("needed_w", request.needed_w),
        ("advantage_w", request.advantage_w),
        ("price_w", request.price_w),
        ("current_a", request.current_a),
        ("phases", request.phases),
        ("feed_forward_w", request.feed_forward_w),
        ("ramp_w", request.ramp_w),
        ("proportional_w", request.proportional_w),
        ("integral_w", request.trim_w),
    )


def _in_money(gain_w: float, request: FollowerRequest, params: FollowParams) -> Numbers:
    """The expected gain of a change while its advantage lasts, and the gain that it needs, ct."""
    ct_per_w = params.surplus_value_ct * request.lasts_s / 3.6e6
    return (
        ("lasts_s", request.lasts_s),
        ("gain_ct", gain_w * ct_per_w),
        ("cost_ct", request.price_w * ct_per_w),
    )
