"""Checks of vehicles and of the dimming input: whether what they name exists and has the right type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from optimizer.settings.document import KeyPath
from optimizer.settings.errors import did_you_mean, hinted
from optimizer.settings.root import Settings
from optimizer.words.text import Text

Finding = tuple[KeyPath, str, str]
"""The setting, the mistake, and a valid value."""


def vehicle_findings(settings: Settings) -> Iterator[Finding]:
    """Every contradiction between vehicles, chargers, and inputs."""
    chargers = {key: None for name, device in settings.devices.items() for key in device.chargers(name)}
    percents = {name: None for name, one in settings.inputs.items() if one.type == "number" and one.unit == "%"}
    distances = {name: None for name, one in settings.inputs.items() if one.unit in ("km", "mi")}
    for name, vehicle in settings.vehicles.items():
        path: KeyPath = ("vehicles", name)
        if vehicle.charger is not None:
            yield from _named((*path, "charger"), vehicle.charger, chargers, "charger")
        for key in ("soc", "limit_soc"):
            word = getattr(vehicle, key)
            if word is not None:
                yield from _named((*path, key), word, percents, Text("input of type number with unit %"))
        if vehicle.range is not None:
            what = Text("input of type number with unit km or mi")
            yield from _named((*path, "range"), vehicle.range, distances, what)
        yield from _source(settings, name)
    yield from _together(settings)
    for charger, word in settings.vehicle_at.items():
        yield from _named(("vehicle_at", charger), charger, chargers, "charger")
        choices = {name: None for name, one in settings.inputs.items() if one.type == "choice"}
        yield from _named(("vehicle_at", charger), word, choices, Text("input of type choice"))
        if word in choices and not set(settings.inputs[word].options) & set(settings.vehicles):
            what = Text("no option of the input “{word}” is the name of a vehicle", word=word)
            yield ("vehicle_at", charger), what, ", ".join(settings.vehicles) or Text("add it under vehicles")
    switches = {name: None for name, one in settings.inputs.items() if one.type == "switch"}
    if settings.site.dimmed_by is not None:
        yield from _named(("site", "dimmed_by"), settings.site.dimmed_by, switches, Text("input of type switch"))


def _named(path: KeyPath, word: str, known: Mapping[str, None], kind: str) -> Iterator[Finding]:
    if word not in known:
        meant = did_you_mean(word, known)
        yield (
            path,
            hinted(Text("there is no {kind} “{word}”", kind=kind, word=word), meant),
            ", ".join(known) or Text("add the {kind}", kind=kind),
        )


def _source(settings: Settings, name: str) -> Iterator[Finding]:
    """The connection of TeslaMate or evcc, and the names of the inputs that they bring."""
    vehicle = settings.vehicles[name]
    for key, allowed in (("teslamate", ("mqtt",)), ("evcc", ("mqtt", "http_json"))):
        source = getattr(vehicle, key)
        if source is None:
            continue
        path: KeyPath = ("vehicles", name, key, "connection")
        able = {word: None for word, one in settings.connections.items() if one.brand in allowed}
        yield from _named(path, source.connection, able, Text("connection of type {names}", names=" or ".join(allowed)))
        for taken in (vehicle.soc_input(name), vehicle.limit_input(name), vehicle.range_input(name)):
            if taken in settings.inputs:
                what = Text("“{taken}” is the name of an input that this vehicle brings", taken=taken)
                yield ("inputs", taken), what, Text("another name, or no input of your own")


def _together(settings: Settings) -> Iterator[Finding]:
    """Two vehicles at one charger need an input that tells which one it is."""
    first: dict[str, str] = {}
    for name, vehicle in settings.vehicles.items():
        charger = vehicle.charger
        if charger is None or charger in settings.vehicle_at:
            continue
        if charger in first:
            what = Text(
                "the vehicle “{first}” is usually at the charger “{charger}” too", first=first[charger], charger=charger
            )
            right = Text(
                "name an input of type choice under vehicle_at: {{{charger}: which_car}}, or leave out the charger of "
                "one and write a rule that claims ev.{charger}.vehicle",
                charger=charger,
            )
            yield ("vehicles", name, "charger"), what, right
        first.setdefault(charger, name)
