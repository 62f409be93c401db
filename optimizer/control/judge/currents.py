"""The phase currents of the grid meter that can be believed, at the end of each tick."""

from __future__ import annotations

from optimizer.control.judge.judged import JudgeMemory
from optimizer.control.judge.small_currents import looked, without_small
from optimizer.model.state import State


def with_currents(memory: JudgeMemory, state: State) -> tuple[JudgeMemory, State]:
    """The memory after a look at the currents, and the snapshot without those in doubt."""
    if (small := looked(memory.small, state.grid, state.mono_s)) is not memory.small:
        memory = memory._replace(small=small)
    return memory, without_small(state, small) if small.why else state
