"""A mistake in a command line is told in a sentence of our own."""

from __future__ import annotations

import pytest

from tests.cli.village import call


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("why --no-such", "there is no option --no-such"),
        ("why --hlep", "there is no option --hlep; similar: --help, --schedule"),
        ("why a b", "too many arguments: a b"),
        ("chekc", "there is no command chekc; did you mean “check”?"),
        ("nothing-like-it", "there is no command nothing-like-it"),
        ("simulate --days x", "'--days': x is not a number"),
        ("simulate --days 0.01", "'--days': 0.01 is too small; at least 0.05"),
        ("simulate --seed 1.5", "'--seed': 1.5 is not a whole number"),
        ("tune a=1..2 --goal money", "'--goal': money is not one of cost, self-consumption"),
        ("backtest", "the option '--rules' is missing"),
        ("tune", "the argument 'sweep' is missing"),
        ("why --at", "the option --at needs a value"),
        ("why --full=3", "the option --full takes no value"),
    ],
)
def test_mistakes(words: str, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    code, said = call(*words.split())
    assert code == 2
    assert sentence in said
