"""The open steps after `optimizer init`: the reminders of the settings, without those that are done."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.journal.state_file import read_state_file, replace_state_file
from optimizer.words.text import Text

if TYPE_CHECKING:
    from optimizer.settings import Settings

log = logging.getLogger(__name__)
COMMISSIONED_FILE = "commissioned.json"
"""In the state folder: the chargers whose trial found no difference from the settings."""
MOST_BYTES = 10_000
LATER = "later"
"""What stands in a file in place of a secret that its owner did not have yet."""


def reminders(settings: Settings, folder: Path) -> tuple[str, ...]:
    """The sentences for the status page."""
    words = set(settings.reminders)
    if not words:
        return ()
    found = [text for word, text in _TEXTS.items() if word in words and not _DONE[word](settings)]
    trials = list(_trials(settings, commissioned(folder))) if "commission" in words else []
    return (*_secrets(settings), *found, *trials)


def commissioned(folder: Path) -> tuple[str, ...]:
    """The chargers whose trial found no difference. Empty if the file is missing or damaged."""
    try:
        found = json.loads(read_state_file(folder / COMMISSIONED_FILE, MOST_BYTES))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        log.warning("%s cannot be read: %s", folder / COMMISSIONED_FILE, error)
        return ()
    return tuple(str(name) for name in found) if isinstance(found, list) else ()


def keep_commissioned(folder: Path, name: str) -> None:
    """Record that the trial of a charger found no difference. Raises OSError."""
    names = sorted({*commissioned(folder), name})
    replace_state_file(folder / COMMISSIONED_FILE, json.dumps(names).encode())


def _trials(settings: Settings, done: tuple[str, ...]) -> Iterator[str]:
    for name, device in settings.devices.items():
        if device.chargers(name) and name not in done:
            yield Text(
                "Compare the settings of {name} with its wiring, and the sign of the grid meter with the car. Stop the "
                "service and run {command}. It charges for a minute.",
                name=name, command=f"`optimizer commission {name}`",
            )  # fmt: skip


def _secrets(settings: Settings) -> Iterator[str]:
    owners: dict[str, Any] = {**settings.devices, **settings.switches, **settings.prices.sources}
    for name, named in owners.items():
        owner = getattr(named, "recommend", named)
        for key in ("password", "token"):
            secret = getattr(owner, key, None)
            if secret is not None and secret.get_secret_value() == LATER:
                yield Text("The secret of {name} is missing. Put it in place of `later` in its file.", name=name)


STEPS: Mapping[str, str] = {
    "commission": Text("the trial of each charger"),
    "site": Text("name, time zone, fuse, and language"),
    "devices": Text("the devices"),
    "battery_phases": Text("the phases of the batteries"),
    "switches": Text("the loads"),
    "prices": Text("the prices"),
    "car": Text("the car"),
    "forecast": Text("the forecast"),
    "page": Text("who may open the status page"),
}
"""A few words for each reminder."""
_TEXTS: Mapping[str, str] = {
    "site": Text("Complete name, time zone, fuse, and language under `site` in site.yaml."),
    "devices": Text("Complete the devices in site.yaml. `optimizer check --probe` compares them with what answers."),
    "battery_phases": Text(
        "Write the house phases of each battery (`phases` under `battery`). Without them, it counts on every phase, "
        "which leaves less for the car."
    ),
    "switches": Text("Complete the loads (`switches`) in site.yaml. Each needs its relay and its largest power."),
    "prices": Text("Write the prices of energy (`tariff` or `prices`). Cost, savings, and cheap hours need them."),
    "car": Text("Write the battery capacity of the car (`vehicles`). Goals in % need it."),
    "forecast": Text("Describe the place and the roofs (`site`, `forecast`). The forecast of the sun needs them."),
    "page": Text("Decide who may open this page (`host` under `serve.status`)."),
}
"""The sentence of each reminder but `commission`."""


def _prices_set(settings: Settings) -> bool:
    imports, tariff = settings.prices.imports, settings.tariff
    if settings.prices.feed_in is None and tariff.feed_in_ct is None:
        return False
    if imports is None:
        return tariff.import_ct is not None
    source = settings.prices.sources.get(imports.source or "")
    # A market price without fees is not what the contract costs.
    return source is None or not source.net or bool(imports.fees)


def _phases_set(settings: Settings) -> bool:
    batteries = [getattr(device, "battery", None) for device in settings.devices.values() if device.type != "fems"]
    return all(battery is None or battery.phases is not None for battery in batteries)


_DONE: Mapping[str, Callable[[Settings], bool]] = {
    "site": lambda settings: False,
    "devices": lambda settings: False,
    "battery_phases": _phases_set,
    "switches": lambda settings: False,
    "prices": _prices_set,
    "car": lambda settings: any(one.capacity_wh is not None for one in settings.vehicles.values()),
    "forecast": lambda settings: settings.forecast is not None,
    "page": lambda settings: settings.serve.status is not None and settings.serve.status.host != "127.0.0.1",
}
"""Whether the settings have what a reminder asks for. Where they cannot show it, the owner removes the word."""
