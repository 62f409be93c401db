"""Profiles of the property tests: a short one by default, a long one with HYPOTHESIS_PROFILE=long."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("short", max_examples=60, deadline=None)
settings.register_profile("long", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))
