"""sonnen batteries over REST v1 and v2."""

from optimizer.devices.sonnen.battery import Sonnen
from optimizer.devices.sonnen.config import SonnenConfig

__all__ = ["Sonnen", "SonnenConfig"]
