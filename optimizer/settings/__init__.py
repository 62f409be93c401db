"""The settings of a site: one commented file, overridden by the environment, every mistake answered.

`load_settings(path, environ)` reads them; `to_model` turns them into what the other rooms take.
"""

from optimizer.settings.errors import Mistake, SettingsErrors
from optimizer.settings.load import load_settings
from optimizer.settings.root import Settings

__all__ = ["Mistake", "Settings", "SettingsErrors", "load_settings"]
