"""Profiles of the property tests: a short one by default, a long one with HYPOTHESIS_PROFILE=long."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("short", max_examples=60, deadline=None)
settings.register_profile("long", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))


def pytest_configure(config: pytest.Config) -> None:
    """A test of the long profile may take hours; only the short one has the deadline of pyproject.toml."""
    if settings.get_current_profile_name() == "long" and config.getini("timeout") and config.option.timeout is None:
        config.option.timeout = 0
