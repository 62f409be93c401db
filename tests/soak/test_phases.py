"""The phases of random houses, in a closed loop. The long form is `python -m bench.fuses --hours 2000`."""

from __future__ import annotations

import pytest

from bench.fuses import run_hour


@pytest.mark.parametrize("seed", [*range(12), 7_001_751, 11_001_559, 23_001_971, 31_001_582])
def test_no_phase_stays_above_its_fuse(seed: int) -> None:
    """The last four seeds failed once. In one, a battery is read every 30 s and follows after 15 s: its old reading
    hid an overload. In the next, a battery rose twice before a reading showed the first rise. In the third, the forced
    discharge of three batteries ended while a slow car was reducing its current. And a slow battery was lowered in
    small steps while the house load rose a little."""
    hour = run_hour(seed)
    assert not hour.bad, f"{hour.longest_s:g} s with {hour.worst_a:.1f} A on {hour.fuse_a:g} A: {hour.house}"
