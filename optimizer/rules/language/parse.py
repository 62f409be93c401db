"""From the text of an expression to its tree. Size limits apply before parsing."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args

from optimizer.model.kinds import UNITS
from optimizer.rules.language.errors import ExpressionError, did_you_mean
from optimizer.rules.language.tree import Node
from optimizer.words.text import Text

MAX_CHARACTERS = 2000
MAX_TOKENS = 400
MAX_DEPTH = 30
GRAMMAR = Path(__file__).with_name("condition.lark")

_TOKEN = re.compile(r"[A-Za-z_][\w.]*|\d[\d.:]*|[<>=!]=|\S")
_DEEPER = frozenset({"(", "[", "not", "-"})
_KEYWORDS = ("and", "or", "not", "in", "is", "between")


@lru_cache(maxsize=1024)
def parse(text: str) -> Node:
    """The untyped tree of `text`. Raises ExpressionError and nothing else, on any input."""
    _within_bounds(text)
    try:
        return _parser().parse(text)  # type: ignore[return-value]  # the transformer returns our nodes
    except UnexpectedInput as error:
        raise _explained(error, text) from None


def _within_bounds(text: str) -> None:
    if not text.strip():
        raise ExpressionError(
            Text("the expression is empty"), 0, hint=Text("write a condition, such as battery.soc > 60%")
        )
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(
            Text(
                "the expression has {count} characters, but only {max_characters} are allowed",
                count=len(text),
                max_characters=MAX_CHARACTERS,
            ),
            0,
            hint=Text("split it into several rules"),
        )
    depth, run = 0, 0
    for count, match in enumerate(_TOKEN.finditer(text), start=1):
        word = match.group()
        if word in ("(", "["):
            depth += 1
        elif word in (")", "]"):
            depth -= 1
        run = run + 1 if word in _DEEPER else 0
        if max(depth, run) > MAX_DEPTH:
            raise ExpressionError(
                Text("the expression is nested deeper than {max_depth} levels", max_depth=MAX_DEPTH),
                match.start(),
                hint=Text("split it into several rules"),
            )
        if count > MAX_TOKENS:
            raise ExpressionError(
                Text("the expression has more than {max_tokens} words and signs", max_tokens=MAX_TOKENS),
                match.start(),
                hint=Text("split it into several rules"),
            )


@v_args(inline=True)
class _Build(Transformer[Token, Node]):
    """Builds nodes while the parser reads. It checks nothing."""

    def number(self, token: Token) -> Node:
        return _leaf("number", token)

    def clock(self, token: Token) -> Node:
        return _leaf("clock", token)

    def date(self, token: Token) -> Node:
        return _leaf("date", token)

    def field(self, token: Token) -> Node:
        return _leaf("name", token)

    def word(self, token: Token) -> Node:
        return _leaf("word", token)

    def group(self, inner: Node) -> Node:
        return inner

    def call(self, name: Token, *args: Node) -> Node:
        start = _start(name)
        return Node("call", start, end=max(args[-1].end + 1, start + len(name)), args=args, value=str(name))

    def either(self, *args: Node) -> Node:
        return _over("or", *args)

    def both(self, *args: Node) -> Node:
        return _over("and", *args)

    def negation(self, arg: Node) -> Node:
        return Node("not", max(0, arg.at - 4), arg.end, (arg,))

    def compare(self, left: Node, sign: Token, right: Node) -> Node:
        return _over("==" if sign == "=" else str(sign), left, right)

    def equal(self, left: Node, right: Node) -> Node:
        return _over("==", left, right)

    def unequal(self, left: Node, right: Node) -> Node:
        return _over("!=", left, right)

    def among(self, item: Node, items: tuple[Node, ...]) -> Node:
        return _over("in", item, *items)

    def not_among(self, item: Node, items: tuple[Node, ...]) -> Node:
        inner = self.among(item, items)
        return Node("not", inner.at, inner.end, (inner,))

    def list(self, *items: Node) -> tuple[Node, ...]:
        return items

    def between(self, item: Node, low: Node, high: Node) -> Node:
        return _over("between", item, low, high)

    def plus(self, left: Node, right: Node) -> Node:
        return _over("+", left, right)

    def less(self, left: Node, right: Node) -> Node:
        return _over("-", left, right)

    def times(self, left: Node, right: Node) -> Node:
        return _over("*", left, right)

    def over(self, left: Node, right: Node) -> Node:
        return _over("/", left, right)

    def minus(self, arg: Node) -> Node:
        return Node("neg", max(0, arg.at - 1), arg.end, (arg,))


def _start(token: Token) -> int:
    return token.start_pos or 0


def _leaf(op: str, token: Token) -> Node:
    start = _start(token)
    return Node(op, start, start + len(token), value=str(token))


def _over(op: str, *args: Node) -> Node:
    return Node(op, args[0].at, args[-1].end, args)


@cache
def _parser() -> Lark:
    """The parser, built once per process at the first use."""
    return Lark(GRAMMAR.read_text("utf-8"), parser="lalr", transformer=_Build(), maybe_placeholders=False)


# --- messages for expressions that do not parse -----------------------------------------------------------------

_STRANGE = {
    '"': Text("strings are not allowed. Write the word without quotes"),
    "'": Text("strings are not allowed. Write the word without quotes"),
    **dict.fromkeys("“”„‟‘’«»", Text("leave out the quotation marks")),
    "`": Text("write the name without backticks"),
    "&": Text("write `and`"),
    "|": Text("write `or`"),
    "!": Text("write `not`, or `!=` for unequal"),
    "^": Text("powers are not allowed. Multiply instead"),
    "{": Text("write lists in [ ]"),
    "}": Text("write lists in [ ]"),
    "−": Text("this is a typographic minus. Write -"),
    "–": Text("this is a dash. Write -"),
    "≥": Text("write >="),
    "≤": Text("write <="),
    "≠": Text("write !="),
    "×": Text("write *"),
    "÷": Text("write /"),
    "#": Text("write comments outside the expression, on their own line in the YAML"),
    "€": Text("prices are in ct"),
    ";": Text("join conditions by `and` or `or`"),
}


def _explained(error: UnexpectedInput, text: str) -> ExpressionError:
    at = min(error.pos_in_stream if error.pos_in_stream is not None else len(text), len(text))
    if isinstance(error, UnexpectedCharacters):
        char = text[at : at + 1]
        return ExpressionError(Text("{char} is not allowed here", char=repr(char)), at, hint=_STRANGE.get(char, ""))
    if not isinstance(error, UnexpectedToken) or error.token.type == "$END":
        end = len(text.rstrip())
        return ExpressionError(Text("the expression is incomplete"), end, end + 1, _what_is_open(text))
    word = str(error.token)
    return ExpressionError(
        Text("{word} is not expected here", word=word), at, at + len(word), _hint(word, error.token.type, text, at)
    )


def _what_is_open(text: str) -> str:
    if text.count("(") > text.count(")"):
        return Text("a parenthesis is not closed: )")
    if text.count("[") > text.count("]"):
        return Text("a list is not closed: ]")
    return Text("a comparison needs a value on both sides. Write a condition after and, or, and not")


def _hint(word: str, kind: str, text: str, at: int) -> str:
    before = text[:at].rstrip()
    if kind in ("NAME", "FIELD", "CALL") and re.search(r"\d$", before):
        number = re.search(r"[\d.]+$", before)
        meant = did_you_mean(word, tuple(UNITS))
        units = ", ".join(UNITS)
        return meant or Text(
            "write one of these units after {value}: {units}",
            value=number.group() if number else Text("a number"),
            units=units,
        )
    if kind == "COMPARE":
        return Text("comparisons cannot be chained. Write a < b and b < c, or: b between a and c")
    if word == "," and re.search(r"\d$", before) and re.match(r",\d", text[at:]):
        return Text("write decimals with a point: 1.4")
    if kind == "NAME" and word.lower() in _KEYWORDS:
        return Text("write {value} in lower case", value=word.lower()) if word != word.lower() else ""
    if kind in ("NAME", "FIELD", "NUMBER", "CLOCK", "DATE", "CALL"):
        return Text("write a comparison, and, or, or an operator such as + between two values")
    if word == "*" and before.endswith("*"):
        return Text("powers are not allowed. Multiply instead")
    return ""
