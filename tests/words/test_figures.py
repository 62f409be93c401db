"""Figures have their unit and the decimal sign of the language."""

from __future__ import annotations

import pytest

from optimizer.words.figures import figure
from optimizer.words.language import ENGLISH, language_of


@pytest.mark.parametrize(
    ("name", "value", "english", "german"),
    [
        ("surplus_w", 5678.0, "5.7 kW", "5,7 kW"),
        ("surplus_w", -0.2, "0 W", "0 W"),
        ("session_wh", 5100.0, "5.1 kWh", "5,1 kWh"),
        ("current_a", 8.0, "8.0 A", "8,0 A"),
        ("gain_ct", 1.04, "1.0 ct", "1,0 ct"),
        ("soc_percent", 48.4, "48 %", "48 %"),
        ("phases", 1.0, "1 phase", "1 Phase"),
        ("phases", 3, "3 phases", "3 Phasen"),
        ("rest_s", 90.0, "90 s", "90 s"),
        ("rest_s", 600.0, "10 min", "10 min"),
        ("rest_s", 9000.0, "2.5 h", "2,5 h"),
        ("per_hour", 12.0, "12", "12"),
        ("cost_2d", 1234.5, "1234.50", "1234,50"),
        ("cost_2dg", -1234.5, "-1 234.50", "-1 234,50"),
        ("change_1ds", 2.0, "+2.0", "+2,0"),
        ("change_0dsg", -0.2, "+0", "+0"),
    ],
)
def test_figures(name: str, value: float, english: str, german: str) -> None:
    other = language_of("de")
    assert other is not None
    assert figure(name, value, ENGLISH) == english
    assert figure(name, value, other) == german
