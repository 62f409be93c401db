"""Rules switched by hand in the JSON API: where they are switched, and the body that switches one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from optimizer.rules.book.book import Enabled
from optimizer.rules.book.by_hand import ByHand, RuleSwitchError
from optimizer.serve.access.access import Refused
from optimizer.serve.web import by_hand_documents as hand_doc

FORM = 'the body of a rule is {"enabled": "false"}. Possible are "true", "false", and "dry-run"'


class RuleSwitch(Protocol):
    """Switches rules by hand."""

    def switch(self, rule: str, enabled: Enabled | None) -> None:
        """Switch a rule from the next decision on. None: as its file says. Raises RuleSwitchError."""
        ...


class NewRuleState(BaseModel):
    """The state of a rule by hand, until this is ended. 422 answers a change that the other rules do not allow."""

    model_config = ConfigDict(strict=True)

    enabled: Annotated[Literal["true", "false", "dry-run"], Field(examples=["false"])]


def switch_rule(rules: RuleSwitch | None, name: str, body: Mapping[str, Any]) -> hand_doc.RuleByHand:
    """Switch a rule as a body asks. Raises Refused."""
    try:
        asked = NewRuleState.model_validate(body)
    except ValidationError:
        raise Refused(422, FORM) from None
    _switch(rules, name, asked.enabled)
    return {"rule": name, "enabled": asked.enabled}


def end_rule(rules: RuleSwitch | None, name: str) -> None:
    """Let a rule be as its file says. Raises Refused."""
    _switch(rules, name, None)


def rules_by_hand_document(by_hand: ByHand) -> list[hand_doc.RuleByHand]:
    """The rules that are switched by hand."""
    return [{"rule": rule, "enabled": word} for rule, word in sorted(by_hand.items())]


def _switch(rules: RuleSwitch | None, name: str, enabled: Enabled | None) -> None:
    if rules is None:
        raise Refused(403, "rules cannot be switched here")
    try:
        rules.switch(name, enabled)
    except RuleSwitchError as error:
        raise Refused(422, error.args[0]) from None
