"""From a document to checked rules: checks every key and value, and reports all mistakes, not only the first."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from optimizer.model.fields import FIRST_IS_MEANT, DeviceNames
from optimizer.model.kinds import DURATION
from optimizer.model.targets import CLAIMS, LIMITS, Target, TargetRef, find_target, target_names
from optimizer.rules.book.book import Condition, Enabled, IfUnknown, Rule, Setting
from optimizer.rules.book.document import Doc, Listing, Scalar, Table, problem, problem_in
from optimizer.rules.language import typed
from optimizer.rules.language.cron import MAX_LASTS_S, MIN_LASTS_S, Schedule, cron_fault
from optimizer.rules.language.errors import ExpressionError, Problem, did_you_mean, no_such_device, one_of
from optimizer.rules.language.parse import parse
from optimizer.rules.language.tree import Node
from optimizer.words.text import Text

MAX_RULES = 200
MAX_ID = 60
MAX_PRIORITY = 1000
MAX_TIMER_S = 7 * 86400.0
FILE_KEYS = ("version", "defaults", "rules")
RULE_KEYS = (
    *("id", "about", "enabled", "when", "for", "until", "keep_for", "schedule", "priority", "claim", "limit"),
    "if_unknown",
)

_ID = re.compile(r"[a-z][a-z0-9_-]*")
_INTEGER = re.compile(r"[+-]?\d{1,6}")
_T = TypeVar("_T")


@dataclass(slots=True)
class FileRules:
    """The content of one file."""

    rules: list[Rule] = field(default_factory=list)
    defaults: list[Setting] = field(default_factory=list)


def read_file(document: Doc | None, names: DeviceNames, file: str, problems: list[Problem]) -> FileRules:
    """The rules of one document. Mistakes are added to `problems`."""
    reader = _Reader(names, problems)
    found = FileRules()
    if document is None:
        problems.append(Problem(file, 0, 0, message=Text("the file is empty"), hint=Text("begin with: version: 1")))
        return found
    if not isinstance(document, Table):
        problems.append(
            problem(
                document.span,
                Text("a rule file must be a mapping"),
                Text("its keys are {file_keys}", file_keys=one_of(FILE_KEYS)),
            )
        )
        return found
    reader.keys(document, FILE_KEYS)
    reader.version(document)
    defaults = document.get("defaults")
    if defaults is not None:
        found.defaults = reader.settings(defaults, CLAIMS, "defaults")
    found.rules = [rule for item in reader.listed(document.get("rules")) if (rule := reader.rule(item)) is not None]
    return found


class _Reader:
    def __init__(self, names: DeviceNames, problems: list[Problem]) -> None:
        self.names = names
        self.problems = problems

    def version(self, document: Table) -> None:
        version = document.get("version")
        if version is None:
            self.problems.append(
                problem(document.span, Text("the version is missing"), Text("begin the file with: version: 1"))
            )
        elif not isinstance(version, Scalar) or version.text != "1":
            self.problems.append(problem(version.span, Text("the only known version is 1"), Text("write version: 1")))

    def listed(self, doc: Doc | None) -> list[Doc]:
        """The entries of `rules`. Empty without the key, or with an empty value."""
        if doc is None or (isinstance(doc, Scalar) and doc.plain and doc.text in ("", "~", "null")):
            return []
        if not isinstance(doc, Listing):
            self.problems.append(
                problem(doc.span, Text("rules must be a list"), Text("each rule begins with: - id: name"))
            )
            return []
        if len(doc.items) <= MAX_RULES:
            return list(doc.items)
        self.problems.append(
            problem(
                doc.span,
                Text(
                    "{count} rules in one file, but only {max_rules} are allowed",
                    count=len(doc.items),
                    max_rules=MAX_RULES,
                ),
                Text("use several files"),
            )
        )
        return []

    def rule(self, doc: Doc) -> Rule | None:
        if not isinstance(doc, Table):
            self.problems.append(
                problem(doc.span, Text("a rule must be a mapping"), Text("it begins with: - id: name"))
            )
            return None
        before = len(self.problems)
        self.keys(doc, RULE_KEYS)
        claim, limit = doc.get("claim"), doc.get("limit")
        rule = Rule(
            id=self._id(doc),
            span=doc.span,
            about=" ".join(self._text(doc.get("about"), "about").split()),
            enabled=self._enabled(doc.get("enabled")),
            when=self._condition(doc.get("when"), "when"),
            until=self._condition(doc.get("until"), "until"),
            for_s=self._duration(doc.get("for"), "for", 0.0, MAX_TIMER_S),
            keep_s=self._duration(doc.get("keep_for"), "keep_for", 0.0, MAX_TIMER_S),
            schedules=self._schedules(doc.get("schedule")),
            priority=self._priority(doc.get("priority")),
            if_unknown=self._if_unknown(doc.get("if_unknown")),
            claims=tuple(self.settings(claim, CLAIMS, "claim")) if claim is not None else (),
            limits=tuple(self.settings(limit, LIMITS, "limit")) if limit is not None else (),
        )
        if claim is None and limit is None and len(self.problems) == before:
            self.problems.append(
                problem(doc.span, Text("rule {id} sets nothing", id=rule.id), Text("give it a claim: or a limit:"))
            )
        return rule if len(self.problems) == before else None

    def keys(self, table: Table, known: tuple[str, ...]) -> None:
        """Report unknown keys."""
        for key, _ in table.entries:
            if key.text not in known:
                hint = did_you_mean(key.text, known) or Text("known are {known}", known=one_of(known))
                self.problems.append(problem(key.span, Text("{text} is not known here", text=key.text[:60]), hint))

    def settings(self, doc: Doc, table: Mapping[str, Target], where: str) -> list[Setting]:
        """The settings under `claim:`, `limit:`, or `defaults:`.

        A default for plain `ev` applies to every charger that has none of its own.
        """
        if not isinstance(doc, Table):
            self.problems.append(
                problem(
                    doc.span,
                    Text("{where} must be a mapping", where=where),
                    Text("write target: value, such as ev.mode: surplus"),
                )
            )
            return []
        found: dict[str, Setting] = {}
        seen: dict[str, Scalar] = {}
        everywhere: list[Setting] = []
        for key, value in doc.entries:
            ref = find_target(key.text, table, self.names)
            if ref is None:
                self._unknown_target(key, table)
                continue
            for_all = where == "defaults" and key.text in table and ref.target.family in FIRST_IS_MEANT
            first = seen.setdefault(key.text if for_all else ref.name, key)
            if first is not key:
                self.problems.append(
                    problem(
                        key.span,
                        Text(
                            "{text} means the same as {other} in line {line}",
                            text=key.text,
                            other=first.text,
                            line=first.line + 1,
                        ),
                        Text("keep one"),
                    )
                )
                continue
            setting = self._guarded(value, partial(self._setting, ref=ref, written=key.text), where)
            if setting is None:
                continue
            if for_all:
                everywhere.append(setting)
            else:
                found[ref.name] = setting
        for setting in everywhere:
            family = setting.target.target.family
            for device in (self.names.of(family) if family is not None else ()) or ("",):
                ref = TargetRef(setting.target.target, device)
                found.setdefault(ref.name, replace(setting, target=ref))
        return list(found.values())

    def _unknown_target(self, key: Scalar, table: Mapping[str, Target]) -> None:
        other, word = (LIMITS, "limit") if table is CLAIMS else (CLAIMS, "claim")
        if find_target(key.text, other, self.names) is not None:
            verbs = "{target} is not claimed but limited" if word == "limit" else "{target} is not limited but claimed"
            self.problems.append(
                problem(
                    key.span,
                    Text(verbs, target=key.text),
                    Text("put it under {word}:", word=word),
                )
            )
            return
        meant = no_such_device(key.text, table, self.names) or did_you_mean(key.text, target_names(table, self.names))
        self.problems.append(
            problem(
                key.span,
                Text("{text} is not known here", text=key.text[:60]),
                meant or Text("known are {table}", table=one_of(table)),
            )
        )

    def _setting(self, scalar: Scalar, ref: TargetRef, written: str) -> Setting:
        kind = ref.target.kind
        if kind.is_enum:
            word = scalar.text.strip()
            if word not in kind.words:
                meant = did_you_mean(word, tuple(kind.words))
                raise ExpressionError(
                    Text("{word} is not {name}", word=word[:60], name=kind.name),
                    0,
                    len(scalar.text),
                    meant or Text("write {words}", words=one_of(kind.words)),
                )
            tree = Node("const", 0, len(word), value=kind.words[word], kind=kind)
        else:
            tree = typed.value(parse(scalar.text), kind, self.names)
            check_range(tree, ref.target)
        return Setting(ref, expression=tree, text=" ".join(scalar.text.split()), span=scalar.span, written=written)

    def _condition(self, doc: Doc | None, where: str) -> Condition | None:
        if doc is None:
            return None

        def read(scalar: Scalar) -> Condition:
            tree = typed.condition(parse(scalar.text), self.names)
            return Condition(" ".join(scalar.text.split()), tree, scalar.span)

        return self._guarded(doc, read, where)

    def _duration(self, doc: Doc | None, where: str, low: float, high: float) -> float:
        if doc is None:
            return 0.0

        def read(scalar: Scalar) -> float:
            tree = typed.value(parse(scalar.text), DURATION, self.names)
            if tree.op != "const" or not isinstance(tree.value, float):
                raise ExpressionError(
                    Text("{where} must be a fixed duration", where=where),
                    0,
                    len(scalar.text),
                    Text("such as 5min or 2h"),
                )
            if not low <= tree.value <= high:
                shown = Text("{low} to {high}", low=DURATION.show(low), high=DURATION.show(high))
                raise ExpressionError(Text("{where} is {shown}", where=where, shown=shown), 0, len(scalar.text))
            return tree.value

        found = self._guarded(doc, read, where)
        return 0.0 if found is None else found

    def _schedules(self, doc: Doc | None) -> tuple[Schedule, ...]:
        if doc is None:
            return ()
        found = [self._schedule(item) for item in (doc.items if isinstance(doc, Listing) else (doc,))]
        if not found:
            self.problems.append(
                problem(doc.span, Text("the schedule is empty"), Text("remove it, or give it a cron: and lasts:"))
            )
        return tuple(schedule for schedule in found if schedule is not None)

    def _schedule(self, doc: Doc) -> Schedule | None:
        example = Text('write schedule: {cron: "0 22 * * *", lasts: 8h}')
        if not isinstance(doc, Table):
            self.problems.append(problem(doc.span, Text("a schedule must be a mapping"), example))
            return None
        self.keys(doc, ("cron", "lasts"))
        cron, lasts = doc.get("cron"), doc.get("lasts")
        if not isinstance(cron, Scalar) or lasts is None:
            missing = "lasts" if isinstance(cron, Scalar) else "cron"
            self.problems.append(problem(doc.span, Text("{missing} is missing", missing=missing), example))
            return None
        text = " ".join(cron.text.split())
        fault = cron_fault(text)
        if fault:
            self.problems.append(
                problem(cron.span, fault, Text('such as "0 22 * * mon-fri": 22:00 from Monday to Friday'))
            )
            return None
        seconds = self._duration(lasts, "lasts", MIN_LASTS_S, MAX_LASTS_S)
        return Schedule(text, seconds)

    def _id(self, table: Table) -> str:
        doc = table.get("id")
        if not isinstance(doc, Scalar):
            self.problems.append(problem(table.span, Text("the rule has no id"), Text("begin it with: - id: name")))
            return "?"
        if len(doc.text) > MAX_ID or not _ID.fullmatch(doc.text):
            self.problems.append(
                problem(
                    doc.span,
                    Text("an id has at most 60 characters: a–z, 0–9, - and _"),
                    Text("such as: surplus-charging"),
                )
            )
        elif doc.text in ("defaults", "none", "override"):
            self.problems.append(
                problem(doc.span, Text("{text} is reserved", text=doc.text), Text("choose another id"))
            )
        return doc.text[:MAX_ID]

    def _enabled(self, doc: Doc | None) -> Enabled:
        if doc is None:
            return "true"
        if isinstance(doc, Scalar):
            if doc.text == "true":
                return "true"
            if doc.text == "false":
                return "false"
            if doc.text == "dry-run":
                return "dry-run"
        self.problems.append(problem(doc.span, Text("enabled must be true, false or dry-run")))
        return "false"

    def _priority(self, doc: Doc | None) -> int:
        if doc is None:
            return 0
        if isinstance(doc, Scalar) and _INTEGER.fullmatch(doc.text) and abs(int(doc.text)) <= MAX_PRIORITY:
            return int(doc.text)
        self.problems.append(
            problem(
                doc.span,
                Text(
                    "a priority must be a whole number from −{max_priority} to {max_priority}",
                    max_priority=MAX_PRIORITY,
                ),
                Text("the highest priority wins"),
            )
        )
        return 0

    def _if_unknown(self, doc: Doc | None) -> IfUnknown | None:
        if doc is None:
            return None
        words = [choice.value for choice in IfUnknown]
        if isinstance(doc, Scalar) and doc.text in words:
            return IfUnknown(doc.text)
        self.problems.append(problem(doc.span, Text("if_unknown must be {words}", words=one_of(words))))
        return None

    def _text(self, doc: Doc | None, where: str) -> str:
        if doc is None:
            return ""
        if isinstance(doc, Scalar):
            return doc.text[:1000]
        self.problems.append(problem(doc.span, Text("{where} must be a text", where=where)))
        return ""

    def _guarded(self, doc: Doc, read: Callable[[Scalar], _T], where: str) -> _T | None:
        """The result of `read` for a scalar. An error becomes a problem at its place."""
        if not isinstance(doc, Scalar):
            hint = Text("put an expression that begins with [ or { in quotes") if where in ("when", "until") else ""
            self.problems.append(problem(doc.span, Text("{where} must be one value", where=where), hint))
            return None
        try:
            return read(doc)
        except ExpressionError as error:
            if doc.plain and "not closed" in error.hint:
                error.hint += "; put an expression with a comma inside { } in quotes"
            self.problems.append(problem_in(doc, error))
            return None


def check_range(tree: Node, target: Target) -> None:
    """Reject a fixed value outside the target's range. Raises ExpressionError."""
    if tree.op == "const" and isinstance(tree.value, int | float) and not target.low <= tree.value <= target.high:
        show = target.kind.show
        message = Text(
            "{name} must be {low} to {high}, not {value}",
            name=target.name,
            low=show(target.low),
            high=show(target.high),
            value=show(tree.value),
        )
        raise ExpressionError(message, tree.at, tree.end)
