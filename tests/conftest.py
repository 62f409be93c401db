"""Profiles of the property tests: a short one by default, a long one with HYPOTHESIS_PROFILE=long."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Generator

import pytest
from hypothesis import settings

settings.register_profile("short", max_examples=24, deadline=None)
settings.register_profile("long", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))


def pytest_configure(config: pytest.Config) -> None:
    """The deadline of pyproject.toml holds for the short profile only: a test of the long one may take hours.

    A background job inherits an ignored SIGINT, and a test of Ctrl-C would wait for ever. So it is set to the default.
    """
    if settings.get_current_profile_name() == "long" and config.getini("timeout") and config.option.timeout is None:
        config.option.timeout = 0
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected, 9,000 tests and all modules, stays until the end. So the garbage collector leaves it alone,
    which halves the time of the collection."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
