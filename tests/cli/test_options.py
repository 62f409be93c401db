"""A group of options that is declared once becomes one option for each of its fields."""

from dataclasses import dataclass, field
from typing import Annotated

import typer
from typer.testing import CliRunner

from optimizer.cli.options import grouped


@dataclass(frozen=True, kw_only=True)
class Trip:
    """The options that all commands share."""

    days: Annotated[float, typer.Option(min=0.5, help="Length in days.")] = 2.0
    stop: Annotated[list[str], typer.Option("--stop", help="Repeatable.")] = field(default_factory=list)


def test_a_command_gets_the_group_and_its_own_options() -> None:
    got: list[object] = []

    @grouped
    def travel(
        *, town: Annotated[str, typer.Argument()], trip: Trip, fast: Annotated[bool, typer.Option("--fast")] = False
    ) -> None:
        """Travel."""
        got.extend((town, trip, fast))

    app = typer.Typer()
    app.command()(travel)
    run = CliRunner().invoke
    assert run(app, ["Rome"]).exit_code == 0
    assert run(app, ["Oslo", "--days", "3", "--stop", "a", "--stop", "b", "--fast"]).exit_code == 0
    assert got == ["Rome", Trip(), False, "Oslo", Trip(days=3.0, stop=["a", "b"]), True]
    assert run(app, ["Rome", "--days", "0.4"]).exit_code == 2


def test_the_options_stand_where_the_group_is_declared() -> None:
    @grouped
    def travel(
        *, first: Annotated[int, typer.Option()] = 1, trip: Trip, last: Annotated[int, typer.Option()] = 2
    ) -> None:
        """Travel."""

    app = typer.Typer()
    app.command()(travel)
    help_text = CliRunner().invoke(app, ["--help"]).output
    places = [help_text.index(name) for name in ("Travel.", "--first", "--days", "Length in days.", "--stop", "--last")]
    assert places == sorted(places)
