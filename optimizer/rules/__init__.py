"""The rule language: from the owner's files to claims and limits, with the reasons.

docs/reference/rule-language.md describes it for owners. This package imports only `model`.
"""
