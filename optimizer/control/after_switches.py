"""Updates the memory of a switch after a tick. Operations count by the orders that the guard returned."""

from __future__ import annotations

import math

from optimizer.control.budget import spend
from optimizer.control.estimate.switch_load import SwitchMemory
from optimizer.control.request.switches import SwitchRequest, allowance
from optimizer.model.decision import SwitchAction, SwitchOrder
from optimizer.model.site import SwitchSite
from optimizer.model.state import Switch


def remember_switch(
    memory: SwitchMemory,
    switch: Switch,
    site: SwitchSite,
    order: SwitchOrder,
    request: SwitchRequest,
    cut_w: float | None,
) -> SwitchMemory:
    """The memory after this tick's order. `cut_w` is the power of a load that the guard has switched off."""
    now_s = memory.at_s
    if order.action is SwitchAction.LEAVE:
        on = memory.on if switch.on.value is None else switch.on.value
        changed_s = now_s if on != memory.on else memory.changed_s
        return memory._replace(on=on, changed_s=changed_s, enough_s=math.inf, short_s=math.inf)
    on = order.action is SwitchAction.ON
    memory = memory._replace(enough_s=request.enough_s, short_s=request.short_s)
    if cut_w is not None:
        memory = memory._replace(cut_s=now_s, cut_w=cut_w)
    if on == memory.on:
        return memory
    started_at_s = spend(memory.started_at_s, allowance(site), now_s) if on else memory.started_at_s
    return memory._replace(
        on=on,
        changed_s=now_s,
        followed=False,
        lagged=False,
        started_at_s=started_at_s,
        enough_s=math.inf,
        short_s=math.inf,
        counted_since_s=now_s if on and switch.on.value is False else memory.counted_since_s,
    )
