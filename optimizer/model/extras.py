"""Packages that not every house needs, and how to install them."""

from __future__ import annotations

import os
import shlex
import sys

NUMPY = "numpy>=2.0"
WEBSOCKETS = "websockets>=14.0"
DASK = "distributed>=2025.1"
NOTIFY = "apprise>=2.3"
"""All as in the extras of pyproject.toml."""


def how_to_install(requirement: str) -> str:
    """The command that installs a package into the environment that runs now."""
    sudo = [] if os.access(sys.prefix, os.W_OK) else ["sudo"]
    return shlex.join([*sudo, sys.executable, "-m", "pip", "install", requirement])
