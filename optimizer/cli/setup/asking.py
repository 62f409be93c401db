"""Questions on the terminal, in its language. `later` is an answer to each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import typer

from optimizer.cli.console import echo, said
from optimizer.words.text import Text

LATER = "later"
"""The answer for what is not at hand. As a secret it stands in its file until the person replaces it."""
LATER_WORDS = (LATER, "später", "spaeter")
YES = ("y", "yes", "j", "ja")
NO = ("n", "no", "nein")

Check = Callable[[str], str]
"""The answer in its normal form. Raises ValueError with the reason for asking again."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks a person, and notes the topics of the questions that were answered with `later`."""

    later: list[str] = field(default_factory=list)
    """Topics, each once, in the order of the questions."""
    indent: str = ""

    def inside(self) -> Asker:
        """An Asker for the questions about one thing, which stand further to the right."""
        return replace(self, indent=f"{self.indent}  ")

    def say(self, text: str) -> None:
        """Tell the person something between two questions."""
        echo(f"{self.indent}{said(text)}")

    def text(self, question: str, default: str, check: Check, topic: str) -> str:
        """Ask until the answer is valid. `later` takes the default."""
        while True:
            shown = f"{self.indent}{said(question)}"
            entered = str(typer.prompt(shown, default=default, show_default=bool(default))).strip()
            if entered.lower() in LATER_WORDS:
                self.note(topic)
                entered = default
            try:
                return check(entered)
            except ValueError as error:
                self._again(error)

    def maybe(self, question: str, check: Check, topic: str, proposed: str = LATER) -> str | None:
        """Ask for what has no sensible default. None: later, which an empty answer means too if nothing is proposed."""
        later = said(Text("later"))
        while True:
            default = later if proposed == LATER else proposed
            entered = str(typer.prompt(f"{self.indent}{said(question)}", default=default)).strip()
            if entered.lower() in (*LATER_WORDS, later):
                self.note(topic)
                return None
            try:
                return check(entered)
            except ValueError as error:
                self._again(error)

    def yes(self, question: str, topic: str, *, default: bool) -> bool:
        """Ask for yes or no. `later` takes the default."""
        choice = said(Text("Y/n") if default else Text("y/N"))
        while True:
            shown = f"{self.indent}{said(question)} [{choice}]"
            entered = str(typer.prompt(shown, default="", show_default=False)).strip().lower()
            if entered in YES:
                return True
            if entered in NO:
                return False
            if not entered or entered in LATER_WORDS:
                if entered:
                    self.note(topic)
                return default
            self._again(ValueError(Text("y or n")))

    def secret(self, question: str, hint: str) -> str:
        """Ask until the person enters something, with the reason for asking again. It is not shown."""
        shown = f"{self.indent}{said(question)}"
        while not (text := str(typer.prompt(shown, default="", show_default=False, hide_input=True)).strip()):
            self._again(ValueError(Text("nothing was entered; {hint}", hint=hint)))
        return LATER if text.lower() in LATER_WORDS else text

    def note(self, topic: str) -> None:
        """Remember that something about a topic is missing."""
        if topic not in self.later:
            self.later.append(topic)

    def _again(self, error: ValueError) -> None:
        # `str` of the error would lose the words of other languages.
        echo(f"    {said(error.args[0])}", err=True)
