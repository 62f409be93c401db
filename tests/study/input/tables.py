"""Tables of other programs, read as `optimizer import` reads them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optimizer.study.input.layout import Form
from optimizer.study.input.mapping import parse_mapping
from optimizer.study.input.power import quantities
from optimizer.study.input.samples import Samples
from optimizer.study.input.table import Table, read_table
from optimizer.study.input.tracks import Reading
from optimizer.study.input.units import Kind
from tests.study.scene import ZONE

FORM = ("delimiter", "encoding", "skip", "long")


def table(path: Path, mapping: Sequence[str], *, time_column: str = "Zeit", **how: Any) -> Table:
    """The columns of a table; `how` has the fields of Form and Reading."""
    form = Form(time_column, **{key: how.pop(key) for key in FORM if key in how})
    progress = how.pop("progress", lambda _: None)
    return read_table(path, parse_mapping(mapping), form, Reading(**{"zone": ZONE, **how}), progress)


def samples(
    path: Path, mapping: Sequence[str], kinds: dict[str, Kind] | None = None, **how: Any
) -> dict[str, list[Samples]]:
    """The samples in W of each quantity."""
    return quantities(table(path, mapping, **how).columns, kinds or {})


def values(path: Path, mapping: Sequence[str], kinds: dict[str, Kind] | None = None, **how: Any) -> list[float]:
    """The values of the first column of PV, W."""
    return list(samples(path, mapping, kinds, **how)["pv_w"][0].values)
