"""The rule language: from the owner's files to claims and limits, with the reasons.

Prose for owners is in docs/reference/rule-language.md; this room imports `model` only.
"""
