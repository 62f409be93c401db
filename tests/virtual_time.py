"""Virtual time for tests; see optimizer.twin.virtual_time, which the soak benchmark shares."""

from optimizer.twin.virtual_time import NOON, VirtualClock, VirtualLoop, run_virtually

__all__ = ["NOON", "VirtualClock", "VirtualLoop", "run_virtually"]
