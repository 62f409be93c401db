"""Plots: what is drawn is as long as what it stands for."""

from __future__ import annotations

import re

import pytest

from optimizer.study.report import svg


def test_parts_of_a_bar_are_all_drawn_to_one_scale() -> None:
    parts = (("sun", "straight"), ("battery", "battery"), ("grid", "bought"))
    drawn = svg.stacked([("one", (10.0, 0.0, 0.0)), ("other", (4.0, 2.0, 4.0))], parts, "kWh")
    widths = [float(width) for width in re.findall(r'<rect [^>]* width="([\d.]+)"', drawn)]
    assert widths[0] == pytest.approx(sum(widths[3:]), abs=0.2)
    assert widths[3:] == pytest.approx([0.4 * widths[0], 0.2 * widths[0], 0.4 * widths[0]], abs=0.1)


def test_curves_stand_over_their_labels() -> None:
    drawn = svg.lines([svg.Line("end", "soc", [1.0, 2.0, 3.0, 4.0], at=1.0)], [(0, "00:00"), (2, "12:00")], "%", "")
    labels = [float(x) for x in re.findall(r'class="label" x="([\d.]+)"', drawn)]
    assert labels == [svg.LEFT, svg.LEFT + (svg.WIDTH - svg.LEFT - svg.RIGHT) / 2.0]
    path = re.search(r'd="M([^"]+)"', drawn)
    assert path is not None
    points = [float(point.split()[0]) for point in path[1].split("L")]
    # What is so at the end of the second of four steps stands in the middle.
    assert points[1] == labels[1]
    assert points[3] == svg.WIDTH - svg.RIGHT
