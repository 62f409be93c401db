"""Tables with one state in each row: exported statistics of Home Assistant, and names that stand for two devices."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.study.input.history import assemble
from optimizer.study.input.series import StudyError
from optimizer.study.input.units import Kind
from tests.study.input.tables import samples
from tests.study.scene import START

QUIET = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@QUIET
@given(
    hours_kwh=st.lists(st.integers(1, 9000), min_size=4, max_size=60),
    column=st.sampled_from(["sum", "state", "delta", "mean"]),
    form=st.sampled_from(["%Y-%m-%dT%H:%M:%SZ", "%d.%m.%Y %H:%M UTC"]),
)
def test_exported_statistics_count_for_their_hour(tmp_path: Path, hours_kwh: list[int], column: str, form: str) -> None:
    """`sum` and `state` are readings at the end of the hour that begins at `start`."""
    lines = ["statistic_id\tunit\tstart\tmean\tsum\tstate\tdelta"]
    for name in ("sensor.pv", "sensor.home"):
        total = 1_234_000
        for n, wh in enumerate(hours_kwh):
            total += wh
            kwh = [f"{value / 1000:.3f}" for value in (total, total + 5000, wh)]
            unit, mean = ("W", str(wh)) if column == "mean" else ("kWh", "")
            lines.append("\t".join([name, unit, f"{START + timedelta(hours=n):{form}}", mean, *kwh]))
    path = tmp_path / "t.tsv"
    path.write_text("\n".join(lines))
    kind = {"delta": Kind.ENERGY, "mean": None}.get(column, Kind.COUNTER)
    kinds = {} if kind is None else {"pv_w": kind, "load_w": kind}
    found = samples(
        path, ["pv_w=sensor.pv", "load_w=sensor.home"], kinds, time_column="start", long=("statistic_id", column),
        decimal=".",
    )  # fmt: skip
    series = assemble("t.tsv", found)
    powers = {
        series.start + timedelta(seconds=row * series.step_s): value for row, value in enumerate(series.load_w)
    }  # fmt: skip
    first = 1 if kind is Kind.COUNTER else 0  # a reading tells nothing about the hour before
    for n, wh in enumerate(hours_kwh[first:], start=first):
        assert powers[START + timedelta(hours=n)] == pytest.approx(wh, abs=1e-3)


def moments(values: list[tuple[int, int]], twice: set[int]) -> str:
    """Rows each minute. In those of `twice`, another device has the same name."""
    lines = ["_time,_field,_value,device"]
    for n, (pv, load) in enumerate(values):
        at = datetime.isoformat(START + timedelta(minutes=n))
        lines += [f"{at},pv,{pv},a", f"{at},load,{load},a"]
        lines += [f"{at},pv,{pv + 77},b"] if n in twice else []
    return "\n".join(lines)


@QUIET
@given(values=st.lists(st.tuples(st.integers(0, 9000), st.integers(100, 900)), min_size=12, max_size=40))
def test_a_name_that_stands_for_two_devices_is_a_mistake(tmp_path: Path, values: list[tuple[int, int]]) -> None:
    values = [(pv + n % 2, load) for n, (pv, load) in enumerate(values)]
    path = tmp_path / "t.csv"

    def read() -> list[float]:
        found = samples(
            path, ["pv_w=pv", "load_w=load"], {"pv_w": Kind.POWER, "load_w": Kind.POWER}, time_column="_time",
            long=("_field", "_value"),
        )  # fmt: skip
        return list(assemble("t.csv", found).pv_w)[: len(values) - 1]

    path.write_text(moments(values, set(range(len(values)))))
    with pytest.raises(StudyError, match=r"t.csv:4: “pv” has two values at one time, .* \(line 2\).*two devices"):
        read()
    path.write_text(moments(values, {3}))  # a state that changed twice
    assert read() == [float(pv + 77 * (n == 3)) for n, (pv, _) in enumerate(values[:-1])]
