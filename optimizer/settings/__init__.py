"""The settings of a site: one commented file, overridden by the environment.

`load_settings(path, environ)` reads them and reports every mistake. `mapping` and `adapters` convert them for the other
packages.
"""

from optimizer.settings.errors import Mistake, SettingsErrors
from optimizer.settings.load import load_settings
from optimizer.settings.root import Settings

__all__ = ["Mistake", "Settings", "SettingsErrors", "load_settings"]
