"""Mistakes in a command line, in the language of the terminal.

typer writes these messages in English. Here they are made again, from the class of the error and its fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from typing import Any, get_args

from typer.core import TyperGroup

from optimizer.cli.console import said
from optimizer.words.text import Text

NUMBERS: Mapping[str, str] = {
    "float_parsing": Text("{option}: {value} is not a number"),
    "int_parsing": Text("{option}: {value} is not a whole number"),
    "int_from_float": Text("{option}: {value} is not a whole number"),
}
"""By the kind of a mistake that pydantic finds."""
BOUNDS: Mapping[str, str] = {
    "ge": Text("{option}: {value} is too small; at least {bound}"),
    "gt": Text("{option}: {value} is too small; more than {bound}"),
    "le": Text("{option}: {value} is too large; at most {bound}"),
    "lt": Text("{option}: {value} is too large; less than {bound}"),
}


class Commands(TyperGroup):
    """All commands. A mistake in a command line is told in the language of the terminal."""

    def make_context(self, *words: Any, **options: Any) -> Any:
        """The context of typer. Mistakes in the options get their own sentence."""
        with _told(self):
            return super().make_context(*words, **options)

    def invoke(self, context: Any) -> Any:
        """Run the command. Mistakes in its words get their own sentence."""
        with _told(self):
            return super().invoke(context)

    def resolve_command(self, context: Any, words: list[str]) -> Any:
        """The command of the first word. An unknown one ends with the most similar name."""
        if not words[0].startswith("-") and self.get_command(context, words[0]) is None:
            from optimizer.settings.errors import did_you_mean  # noqa: PLC0415 - only a mistake needs it

            unknown = Text("there is no command {command}", command=words[0])
            meant = did_you_mean(words[0], self.commands)
            context.fail(said(Text("{unknown}; {meant}", unknown=unknown, meant=meant) if meant else unknown))
        return super().resolve_command(context, words)


@contextmanager
def _told(commands: TyperGroup) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if hasattr(error, "format_message") and (message := sentence(error, commands)):
            error.format_message = lambda: said(message)
        raise


def sentence(error: Any, commands: TyperGroup) -> str:
    """The mistake in a sentence. Empty if typer's own is to stay."""
    context = getattr(error, "ctx", None)
    match type(error).__name__:
        case "NoSuchOption":
            return _no_such_option(error.option_name, error.possibilities or ())
        case "BadOptionUsage":
            takes_none = Text("the option {option} takes no value", option=error.option_name)
            needs_one = Text("the option {option} needs a value", option=error.option_name)
            return takes_none if error.option_name in _flags(commands) else needs_one
        case "MissingParameter":
            if error.param is not None and error.param.param_type_name == "argument":
                return Text("the argument {argument} is missing", argument=error.param.get_error_hint())
            return Text("the option {option} is missing", option=_name(error))
        case "BadParameter":
            return _wrong_value(error)
        case "UsageError" if context is not None and context.command is not commands:
            # The command takes no other words. typer puts them into brackets.
            return Text("too many arguments: {words}", words=error.message.partition(" (")[2].removesuffix(")"))
    return ""


def _no_such_option(name: str, similar: Sequence[str]) -> str:
    if similar:
        return Text("there is no option {option}; similar: {names}", option=name, names=", ".join(sorted(similar)))
    return Text("there is no option {option}", option=name)


def _flags(commands: TyperGroup) -> set[str]:
    """The options without a value."""
    return {
        option
        for one in commands.commands.values()
        for part in one.params
        if getattr(part, "is_flag", False)
        for option in (*part.opts, *part.secondary_opts)
    }


def _name(error: Any) -> str:
    return str(error.param.get_error_hint()) if error.param is not None else str(error.param_hint or "")


def _wrong_value(error: Any) -> str:
    """A value that its parameter does not take. The cause is an error of pydantic, with the value and its bounds."""
    found = getattr(error.__cause__, "errors", None)
    if error.param is None or found is None:
        return ""
    first = found()[0]
    values = {"option": _name(error), "value": str(first["input"])}
    if first["type"] in NUMBERS:
        return Text(NUMBERS[first["type"]], **values)
    for bound, limit in first.get("ctx", {}).items():
        if bound in BOUNDS:
            return Text(BOUNDS[bound], **values, bound=f"{limit:g}")
    choices = _choices(getattr(getattr(error.param, "type_descriptor", None), "annotation", None))
    return Text("{option}: {value} is not one of {names}", **values, names=", ".join(choices)) if choices else ""


def _choices(annotation: Any) -> list[str]:
    """The words that a parameter takes."""
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, Enum):
            return [str(one.value) for one in kind]
    return []
