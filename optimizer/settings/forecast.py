"""The settings of forecasts: the roofs, and the service that knows the sun of tomorrow."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from optimizer.settings.devices import Name, Url
from optimizer.settings.secret import Token
from optimizer.settings.site import Section

SiteId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{4,60}$")]


class RoofSettings(Section):
    """The modules of one direction."""

    peak_w: float = Field(gt=0, le=1_000_000)
    """Peak power of the modules in W."""
    tilt: float = Field(default=35.0, ge=0, le=90)
    """Degrees from the horizontal. 0 is flat, 90 is a wall."""
    azimuth: float = Field(default=0.0, ge=-180, le=180)
    """Degrees from south: −90 is east, 90 is west, 180 is north."""


class ForecastSource(Section):
    """The common part of all sources."""

    @property
    def brand(self) -> str:
        """The value of `type`."""
        return str(getattr(self, "type", ""))

    @property
    def needs_roofs(self) -> bool:
        """Whether it calculates from `roofs`."""
        return False

    @property
    def needs_place(self) -> bool:
        """Whether it needs `latitude` and `longitude` of the site."""
        return True


class OpenMeteoSettings(ForecastSource):
    """Open-Meteo: weather in quarter hours (CC BY 4.0). It needs no key for private use."""

    type: Literal["open_meteo"]
    token: Token | None = None
    """Key of a commercial contract."""
    url: Url | None = None
    """Another server than the one of the service."""

    @property
    def needs_roofs(self) -> bool:
        return True


class ForecastSolarSettings(ForecastSource):
    """forecast.solar: the energy of each roof. It needs no key for an hourly forecast."""

    type: Literal["forecast_solar"]
    token: Token | None = None
    """Key of a paid contract. Put it in a file (`token_file`), a credential, or the environment."""
    url: Url | None = None
    """Another server than the one of the service."""

    @property
    def needs_roofs(self) -> bool:
        return True


class SolcastSettings(ForecastSource):
    """Solcast: the power of rooftop sites, with low and high values. The roofs are set there."""

    type: Literal["solcast"]
    token: Token
    """API key. Put it in a file (`token_file`), a credential, or the environment."""
    sites: tuple[SiteId, ...] = Field(min_length=1, max_length=4)
    """Resource ids of the rooftop sites."""
    calls_a_day: int = Field(default=10, ge=1, le=1000)
    """Number of requests a day that the plan allows. Each site needs one."""
    url: Url | None = None
    """Another server than the one of the service."""


class PersistenceSettings(ForecastSource):
    """No service: the mean of the last three days at the same time of day."""

    type: Literal["persistence"] = "persistence"

    @property
    def needs_place(self) -> bool:
        return False


PvSource = Annotated[
    OpenMeteoSettings | ForecastSolarSettings | SolcastSettings | PersistenceSettings, Field(discriminator="type")
]


class ForecastSettings(Section):
    """The forecast of PV and of the house's consumption. Rules read it, and the status page shows it."""

    source: PvSource = PersistenceSettings()
    """The service that forecasts the PV power. Without one, the last days do (`persistence`)."""
    roofs: dict[Name, RoofSettings] = Field(default_factory=dict, max_length=8)
    """The roofs by names of your choice."""
    inverter_w: float | None = Field(default=None, gt=0, le=1_000_000)
    """Largest AC power of all inverters in W. No forecast exceeds it."""
    correct: bool = True
    """Whether to correct the service by its errors on these roofs (0.5–1.5 by part of the day)."""
    fill_from_past: bool = True
    """Whether the last days replace the forecast for times that the service does not cover."""
