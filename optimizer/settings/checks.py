"""Checks that need several settings: whether the parts of a site fit together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from optimizer.settings.brands import FemsSettings
from optimizer.settings.document import KeyPath
from optimizer.settings.errors import did_you_mean, hinted
from optimizer.settings.forecast_checks import forecast_findings
from optimizer.settings.goal_checks import goal_findings
from optimizer.settings.input_checks import input_findings, output_findings
from optimizer.settings.price_checks import price_findings
from optimizer.settings.root import Settings
from optimizer.settings.site import FeedSettings
from optimizer.settings.surplus_order import order_findings
from optimizer.settings.switch_mapping import switch_findings
from optimizer.settings.vehicle_checks import vehicle_findings
from optimizer.words.text import Text

MOST_METERS = 4
"""Largest number of meters beside the grid meter in the document of the feed."""

Finding = tuple[KeyPath, str, str]
"""The setting, the mistake, and a valid value."""


def findings(settings: Settings) -> Iterator[Finding]:
    """Every contradiction between settings."""
    yield from chain(
        _names(settings),
        _chargers(settings),
        _grid(settings),
        _wiring(settings),
        _tariff(settings),
        _feed(settings),
        price_findings(settings),
        input_findings(settings),
        output_findings(settings),
        forecast_findings(settings),
        vehicle_findings(settings),
        goal_findings(settings),
        switch_findings(settings),
        order_findings(settings),
    )


def grid_meter(settings: Settings) -> str | None:
    """The device that measures the grid connection. None if no device can, or if the settings name none of several."""
    able = [name for name, device in settings.devices.items() if device.measures_grid]
    if settings.grid is not None:
        return settings.grid if settings.grid in able else None
    return able[0] if len(able) == 1 else None


def _grid(settings: Settings) -> Iterator[Finding]:
    able = [name for name, device in settings.devices.items() if device.measures_grid]
    names = ", ".join(able)
    if settings.grid is not None and settings.grid not in settings.devices:
        meant = did_you_mean(settings.grid, settings.devices)
        yield (
            ("grid",),
            hinted(Text("there is no device “{grid}”", grid=settings.grid), meant),
            names,
        )
    elif settings.grid is not None and settings.grid not in able:
        yield ("grid",), Text("the device “{grid}” does not measure the grid connection", grid=settings.grid), names
    elif settings.grid is None and len(able) > 1:
        what = Text(
            "{count} devices measure the grid connection. Choose one: `grid: {able}`", count=len(able), able=able[0]
        )
        yield ("grid",), what, names


def _names(settings: Settings) -> Iterator[Finding]:
    taken: dict[str, str] = {}
    for name, device in settings.devices.items():
        for battery in device.batteries(name):
            if battery in taken:
                what = Text(
                    "“{battery}” is already the name of a battery of the device “{taken}”",
                    battery=battery,
                    taken=taken[battery],
                )
                yield ("devices", name), what, Text("a name of its own for each")
            taken[battery] = name
        if isinstance(device, FemsSettings) and name in device.more_batteries:
            path: KeyPath = ("devices", name, "more_batteries", name)
            yield path, Text("“{name}” is the name of its first battery", name=name), Text("a name of its own for each")


def _chargers(settings: Settings) -> Iterator[Finding]:
    """Names of chargers that rules cannot tell from other values of the schedule."""
    chargers = [(device, name) for device, one in settings.devices.items() for name in one.chargers(device)]
    for place, (device, name) in enumerate(chargers):
        if name == "battery":
            what = Text(
                "a charger cannot have the name “{name}”: `schedule.{name}.mode` is the mode of the house battery",
                name=name,
            )
        elif name == "ev" and place > 0:
            what = Text(
                "only the first charger can have the name “{name}”: `schedule.{name}.mode` is the mode of that one",
                name=name,
            )
        else:
            continue
        yield ("devices", device), what, Text("another name, such as carport")


def _wiring(settings: Settings) -> Iterator[Finding]:
    chargers = [(name, one) for name, device in settings.devices.items() for one in device.chargers(name).values()]
    for name, charger in chargers:
        if charger.phase_switching and len(charger.phases) != 3:
            path: KeyPath = ("devices", name, "charger", "phase_switching")
            yield path, Text("a charger wired to one phase cannot switch phases"), Text("false, or three phases")
        if charger.max_current_a > settings.site.fuse_a:
            path = ("devices", name, "charger", "max_current_a")
            what = Text(
                "{max_current} A is more than the fuse, {fuse} A",
                max_current=f"{charger.max_current_a:g}",
                fuse=f"{settings.site.fuse_a:g}",
            )
            yield path, what, Text("site.fuse_a or less")


def _tariff(settings: Settings) -> Iterator[Finding]:
    tariff = settings.tariff
    if tariff.feed_in_ct is None or tariff.alternative_ct is None:
        return
    if tariff.alternative_ct <= tariff.feed_in_ct:
        yield (
            ("tariff", "alternative_ct"),
            (
                Text(
                    "{alternative} ct is not more than what feeding in pays, {feed_in} ct: charging from surplus would "
                    "never pay",
                    alternative=f"{tariff.alternative_ct:g}",
                    feed_in=f"{tariff.feed_in_ct:g}",
                )
            ),
            Text("more than feed_in_ct"),
        )


def _feed(settings: Settings) -> Iterator[Finding]:
    feed = settings.serve.feed
    if feed is None:
        return
    chargers = [name for name, device in settings.devices.items() if device.chargers(name)]
    if feed.smart_load is not None and feed.smart_load not in chargers:
        yield (
            ("serve", "feed", "smart_load"),
            Text("there is not a charger “{smart_load}”", smart_load=feed.smart_load),
            ", ".join(chargers),
        )
    yield from _feed_meters(settings, feed)
    for name in feed.plates:
        if name not in settings.devices:
            meant = did_you_mean(name, settings.devices)
            what = hinted(Text("there is no device “{name}”", name=name), meant)
            yield ("serve", "feed", "plates", name), what, ", ".join(settings.devices)


def _feed_meters(settings: Settings, feed: FeedSettings) -> Iterator[Finding]:
    if not feed.meters:
        return
    grid = grid_meter(settings)
    able = [name for name, device in settings.devices.items() if device.measures_grid and name != grid]
    right = ", ".join(able) or Text("remove it: no further device measures such a power")
    for index, name in enumerate(feed.meters):
        what = ""
        if name not in settings.devices:
            meant = did_you_mean(name, able)
            what = hinted(Text("there is no device “{name}”", name=name), meant)
        elif name == grid:
            what = Text("“{name}” is the grid meter, which the feed always contains", name=name)
        elif name not in able:
            what = Text("the device “{name}” does not measure power as a grid meter does", name=name)
        elif name in feed.meters[:index]:
            what = Text("“{name}” is named twice", name=name)
        if what:
            yield ("serve", "feed", "meters", index), what, right
    if len(feed.meters) > MOST_METERS:
        what = Text("{count} meters are more than the charger accepts beside the grid meter", count=len(feed.meters))
        yield ("serve", "feed", "meters", MOST_METERS), what, Text("at most {most_meters}", most_meters=MOST_METERS)
