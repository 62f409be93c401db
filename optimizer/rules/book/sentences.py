"""The sentences of the rules' causes, one per code. `{rule}`, `{subject}`, and `{detail}` are those of the Cause.

A cause about a rule's own state has the subject `rule.<id>`. A cause about a target has its canonical name.
`since_s` and `due_s` are monotonic seconds. The code that shows them converts them to a time of day.
"""

from __future__ import annotations

from collections.abc import Mapping

RULE_SENTENCES: Mapping[str, str] = {
    "rule.won": "Rule `{rule}` sets {subject}.",
    "rule.default": "No rule claims {subject}, so the default applies.",
    "rule.lost": "Rule `{rule}` claims {subject} too, but `{detail}` has priority.",
    "rule.limits": "Rule `{rule}` limits {subject}.",
    "rule.looser": "Rule `{rule}` limits {subject} too, but `{detail}` is stricter.",
    "rule.strictest": "Rule `{rule}` limits {subject} to 0, because its value is unknown.",
    "rule.value_unknown": "Rule `{rule}` cannot set {subject}, because its value is unknown.",
    "rule.dry_run": "Rule `{rule}` would set {subject}, but is on a dry run.",
    "rule.idle": "Rule `{rule}` is idle: its condition is not met.",
    "rule.closed": "Rule `{rule}` is idle: its schedule is closed.",
    "rule.unknown": "Rule `{rule}` is idle: its condition is unknown ({detail}).",
    "rule.pending": "Rule `{rule}` waits: its condition has not been met for long enough yet.",
    "rule.active": "Rule `{rule}` is active.",
    "rule.ending": "Rule `{rule}` is still active and will end.",
}
