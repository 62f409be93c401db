"""What the rules' causes say, one sentence a code. `{rule}`, `{subject}` and `{detail}` are those of the Cause.

A cause about a rule's own state has the subject `rule.<id>`, one about a target the target's canonical name.
`since_s` and `due_s` are monotonic seconds: who shows them turns them into a time of day.
"""

from __future__ import annotations

from collections.abc import Mapping

RULE_SENTENCES: Mapping[str, str] = {
    "rule.won": "Rule `{rule}` sets {subject}.",
    "rule.default": "No rule claims {subject}: the default holds.",
    "rule.lost": "Rule `{rule}` wants {subject} too, but `{detail}` goes first.",
    "rule.limits": "Rule `{rule}` limits {subject}.",
    "rule.looser": "Rule `{rule}` limits {subject} too, but `{detail}` is stricter.",
    "rule.strictest": "Rule `{rule}` limits {subject} to 0: its value is unknown.",
    "rule.value_unknown": "Rule `{rule}` cannot set {subject}: its value is unknown.",
    "rule.dry_run": "Rule `{rule}` would set {subject}, but is on a dry run.",
    "rule.idle": "Rule `{rule}` rests: its condition is not met.",
    "rule.closed": "Rule `{rule}` rests: its schedule is closed.",
    "rule.unknown": "Rule `{rule}` rests: its condition is unknown ({detail}).",
    "rule.pending": "Rule `{rule}` waits: its condition has not been met for long enough yet.",
    "rule.active": "Rule `{rule}` is active.",
    "rule.ending": "Rule `{rule}` is still active, about to end.",
}
