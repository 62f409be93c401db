"""Prints the steps of `device NAME call` as they happen."""

from __future__ import annotations

from optimizer.cli.console import echo, said
from optimizer.words.text import Text

EVERY_S = 15.0
"""Time between two lines of progress."""


class CallPrinter:
    """Prints the answer on stdout as soon as it arrives, and the progress on stderr. Implements raw.Progress."""

    def __init__(self) -> None:
        """Nothing is printed yet."""
        self._next_s = EVERY_S

    def waits(self, why: str, most_s: float) -> None:
        """One line before a longer wait."""
        echo(said(Text("waiting for {why} ({most} s at most)", why=why, most=round(most_s))), err=True)

    def answered(self, status: int | None, answer: str) -> None:
        """The answer, which is not proof of an effect."""
        echo(
            said(
                Text(
                    "it answered ({value}): {answer}",
                    value=Text("no answer") if status is None else Text("status {status}", status=status),
                    answer=answer,
                )
            )
        )

    def watches(self, waited_s: float, most_s: float) -> None:
        """One line every 15 s."""
        if waited_s >= self._next_s:
            self._next_s = waited_s + EVERY_S
            echo(
                said(
                    Text(
                        "no change after {waited} s; the command watches for {most} s at most",
                        waited=round(waited_s),
                        most=round(most_s),
                    )
                ),
                err=True,
            )
