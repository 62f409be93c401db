"""The name of the user of a command, for records of settings by hand."""

from __future__ import annotations

import getpass


def who() -> str:
    """The user, as in `ada (command line)`."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (OSError, KeyError, ImportError):
        return "command line"
