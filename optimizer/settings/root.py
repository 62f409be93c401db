"""Settings: the whole file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, GetJsonSchemaHandler, PrivateAttr
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from optimizer.settings.brands import Device
from optimizer.settings.connections import Connection
from optimizer.settings.control import ControlSettings
from optimizer.settings.devices import Name
from optimizer.settings.forecast import ForecastSettings
from optimizer.settings.goals import GoalSettings
from optimizer.settings.inputs import InputSettings
from optimizer.settings.meanings import described
from optimizer.settings.notify import NotifySettings
from optimizer.settings.prices import PriceSettings
from optimizer.settings.schedule import ScheduleSettings
from optimizer.settings.site import (
    JournalSettings,
    OnExit,
    Reminder,
    ServeSettings,
    SiteSettings,
    TariffSettings,
)
from optimizer.settings.switches import Switch
from optimizer.settings.vehicles import VehicleSettings
from optimizer.words.text import Text

LONGEST_NAME, LONGEST_PATH = 255, 1000
"""Bytes of one name, as most file systems allow, and of a whole path."""


def _possible(path: Path) -> Path:
    """The path, if a file system can have it. Any other one would end each question about it with an error."""
    if len(os.fsencode(path)) > LONGEST_PATH or any(len(os.fsencode(name)) > LONGEST_NAME for name in path.parts):
        raise ValueError(Text("is longer than a file system allows: {most} bytes for a name", most=LONGEST_NAME))
    return path


PossiblePath = Annotated[Path, AfterValidator(_possible)]


class Settings(BaseSettings):
    """The settings of one site. Paths are absolute after loading."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, validate_default=False)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return described(cls, handler(core), handler)

    site: SiteSettings = SiteSettings()
    """The house and its grid connection."""
    devices: dict[Name, Device] = Field(default_factory=dict)
    """The devices by the names that rules use (`ev.carport.power_w`)."""
    grid: str | None = None
    """The device that measures the grid connection. Required if several devices do."""
    control: ControlSettings = ControlSettings()
    """Surplus following. The defaults need no tuning."""
    tariff: TariffSettings = TariffSettings()
    """Prices of energy that do not change."""
    prices: PriceSettings = PriceSettings()
    """Prices of energy that change with the time."""
    connections: dict[Name, Connection] = Field(default_factory=dict, max_length=20)
    """Servers, brokers, and devices that inputs are read from."""
    inputs: dict[Name, InputSettings] = Field(default_factory=dict, max_length=100)
    """Values of your own by the names that rules use (`input.holiday`)."""
    forecast: ForecastSettings | None = None
    """Forecast of PV and consumption. Empty: none."""
    vehicles: dict[Name, VehicleSettings] = Field(default_factory=dict, max_length=20)
    """The cars by names of your choice."""
    vehicle_at: dict[Name, Name] = Field(default_factory=dict, max_length=20)
    """Input (a choice of vehicles) that tells which car is at a charger, by the charger. Needed for several cars."""
    goals: tuple[GoalSettings, ...] = Field(default=(), max_length=30)
    """When the cars leave, and what they need until then."""
    switches: dict[Name, Switch] = Field(default_factory=dict, max_length=20)
    """Switchable loads by the names that rules use (`switch.boiler.state`)."""
    surplus_order: tuple[Name, ...] = Field(default=(), max_length=60)
    """Who gets the surplus first: names of chargers and loads, and the word `battery`. It replaces `priority` and
    `before_battery` of those that it names. The others come after them. A rule that claims `surplus.priority` decides
    about battery and cars instead. Empty: by `priority`."""
    schedule: ScheduleSettings = ScheduleSettings()
    """The schedule of cars and house battery."""
    rules: PossiblePath = Path("rules")
    """Folder (or file) with the rules, relative to the settings."""
    serve: ServeSettings = ServeSettings()
    """The servers of the service: status page and feed."""
    notify: NotifySettings | None = None
    """Messages to people about troubles. Empty: none."""
    on_exit: OnExit = "pause"
    """The state of a charger after the service ends: `pause`, `minimum` (6 A), or `keep`. If decisions stop while the
    service runs, the car is paused in any case."""
    reminders: tuple[Reminder, ...] = ()
    """What `optimizer init` left open. The status page reminds of it until it is set, or until its word is removed
    here."""
    state_dir: PossiblePath | None = None
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
        """Only the given values. Loading a file has its own sources (`load.Sources`)."""
        return (init_settings,)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings about settings that are allowed, such as a file with secrets that everybody may read."""
        return self._warnings
