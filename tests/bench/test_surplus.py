from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bench.surplus import DELAYS, slowed

ROOT = Path(__file__).parent.parent.parent
BOUND = """
def load_trace(path):
    return ["2026-06-01T00:00Z"], [0.0], [0.0], {}
"""


def test_noise_on_a_trace_without_its_spread_is_an_error_with_a_word(tmp_path: Path) -> None:
    (tmp_path / "bound.py").write_text(BOUND, encoding="utf-8")
    (tmp_path / "plant.py").write_text(
        "class Plant:\n    DEAD, TAU, START, STOP, PAUSE = 4, 3.0, 6, 2, 10\n", encoding="utf-8"
    )
    arguments = ["--judge", str(tmp_path), "day.csv", "--noise"]
    done = subprocess.run(
        [sys.executable, "-m", "bench.surplus", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "day.csv: --noise needs the column pv_sd_w" in done.stderr


@given(factors=st.lists(st.floats(0.5, 8.0), min_size=1, max_size=4))
def test_each_run_of_a_process_slows_the_usual_plant(factors: list[float]) -> None:
    class Plant:
        DEAD, TAU, START, STOP, PAUSE = 4, 3.0, 6, 2, 10

    usual = {name: getattr(Plant, name) for name in DELAYS}
    for factor in factors:
        with slowed(Plant, factor):
            assert {name: getattr(Plant, name) for name in DELAYS} == {
                name: type(delay)(round(delay * factor, 1)) for name, delay in usual.items()
            }
        assert {name: getattr(Plant, name) for name in DELAYS} == usual
