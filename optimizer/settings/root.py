"""Settings: the whole file."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, PrivateAttr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from optimizer.settings.brands import Device
from optimizer.settings.control import ControlSettings
from optimizer.settings.devices import Name
from optimizer.settings.site import (
    JournalSettings,
    OnExit,
    ServeSettings,
    SiteSettings,
    TariffSettings,
)


class Settings(BaseSettings):
    """The settings of one site. Paths are absolute after loading."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False, validate_default=False
    )

    site: SiteSettings = SiteSettings()
    """The house and its grid connection."""
    devices: dict[Name, Device] = Field(default_factory=dict)
    """The devices by the names that rules use (`ev.carport.power_w`)."""
    grid: str | None = None
    """The device that measures the grid connection. Required if several devices do."""
    control: ControlSettings = ControlSettings()
    """Surplus following. The defaults need no tuning."""
    tariff: TariffSettings = TariffSettings()
    """What energy costs."""
    rules: Path = Path("rules")
    """Folder (or file) with the rules, relative to the settings."""
    serve: ServeSettings = ServeSettings()
    """What others may read from us."""
    on_exit: OnExit = "pause"
    """What a charger is left with when the service ends: `pause`, `minimum` (it goes on with 6 A), or `keep`. Where the
    service runs and decisions stop, the car is paused whatever stands here."""
    state_dir: Path | None = None
    """Folder for data that must survive a restart. Empty: systemd's state directory, or `state` beside site.yaml."""
    journal: JournalSettings = JournalSettings()
    """The record of readings and decisions."""

    _warnings: tuple[str, ...] = PrivateAttr(())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is given. Reading a file brings its own sources (`load.Sources`)."""
        return (init_settings,)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is allowed but unwise, such as a file with secrets that everybody may read."""
        return self._warnings
