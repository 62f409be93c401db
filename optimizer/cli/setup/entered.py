"""Checks of what a person enters. Each returns the normal form and raises ValueError with the reason to ask again."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from optimizer.cli.setup.answers import KINDS, LOADS, RELAYS
from optimizer.model.site import NOMINAL_VOLTAGE_V
from optimizer.words.text import Text

NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
KW = re.compile(r"(\d+(?:[.,]\d+)?)\s*(k?)w?", re.IGNORECASE)
KWH = re.compile(r"(\d+(?:[.,]\d+)?)\s*(k?)(?:wh)?", re.IGNORECASE)


def short(text: str) -> str:
    """A name of at most 60 characters."""
    if not 1 <= len(text) <= 60:
        raise ValueError(Text("1 to 60 characters"))
    return text


def zone(text: str) -> str:
    """An IANA time zone."""
    if text not in _zones():
        from optimizer.settings.zones import meant_zone  # noqa: PLC0415 - only for a mistake

        raise ValueError(Text("“{text}” is not a time zone; {meant}", text=text, meant=meant_zone(text)))
    return text


@cache
def _zones() -> set[str]:
    from zoneinfo import available_timezones  # noqa: PLC0415 - it reads a folder

    return available_timezones()


def system_zone() -> str:
    """The time zone of this machine; UTC if unknown."""
    named = os.environ.get("TZ", "").removeprefix(":")
    link = Path("/etc/localtime")
    for text in (named, link.resolve().as_posix().partition("zoneinfo/")[2] if link.is_symlink() else ""):
        try:
            return zone(text)
        except ValueError:
            continue
    return "UTC"


def number(text: str, low: float, high: float, unit: str) -> str:
    """A number in its range, with or without its unit. A decimal comma is taken too."""
    bare = re.sub(rf"\s*{re.escape(unit)}$", "", text.strip(), flags=re.IGNORECASE).replace(",", ".")
    try:
        value = float(bare)
    except ValueError:
        raise ValueError(Text("a number in {unit}", unit=unit)) from None
    if not low <= value <= high:
        range_ = Text("{low} to {high} {unit}", low=f"{low:g}", high=f"{high:g}", unit=unit)
        raise ValueError(range_)
    return f"{value:g}"


def fuse(text: str) -> str:
    """`35`, `35 A`, or `3x35` as it is written on the meter cabinet."""
    return number(re.sub(r"^\s*3\s*[x×*]\s*", "", text, flags=re.IGNORECASE), 6, 125, "A")


def charger_amps(text: str) -> str:
    """The rating of a charger."""
    return number(text, 6, 32, "A")


def unbalance(text: str) -> str:
    """Largest single-phase load; 0: no rule."""
    return "0" if re.fullmatch(r"0\s*a?", text, re.IGNORECASE) else number(text, 6, 63, "A")


def cents(text: str) -> str:
    """A price in ct/kWh. A price in euros is not taken, because it looks like a very low one."""
    value = number(re.sub(r"/\s*kwh$", "", text, flags=re.IGNORECASE), -100, 500, "ct")
    if 0.0 < abs(float(value)) < 1.0:
        right = f"{100.0 * float(value):g}"
        raise ValueError(Text("prices are in ct: {value} € is written {right}", value=value, right=right))
    return value


def percent(text: str) -> str:
    """Value-added tax."""
    return number(text, 0, 40, "%")


def kwp(text: str) -> str:
    """Peak power of modules in kWp. Empty: no further roof."""
    return text if not text else number(re.sub(r"p$", "", text, flags=re.IGNORECASE), 0.1, 1000, "kW")


def degrees(text: str, low: float, high: float) -> str:
    """An angle."""
    return number(text.replace("−", "-"), low, high, "°")


def capacity(text: str) -> str:
    """Usable capacity of a house battery in Wh; ? = not known."""
    return text if text == "?" else _energy(text, 100.0, 1_000_000.0, "10000", "10 kWh")


def car_capacity(text: str) -> str:
    """Usable capacity of a car in Wh. A number without a unit is in kWh, as on its data sheet."""
    bare = re.fullmatch(r"\d+(?:[.,]\d+)?", text)
    return _energy(f"{text} kWh" if bare else text, 1_000.0, 300_000.0, "57", "57 kWh")


def load_power(text: str) -> str:
    """Largest power of a load in W. A number without a unit is in W, as on its rating plate."""
    match = KW.fullmatch(text.strip())
    value_w = float(match[1].replace(",", ".")) * (1000.0 if match[2] else 1.0) if match else 0.0
    if not 10.0 <= value_w <= 50_000.0:
        raise ValueError(Text("a power from 10 W to 50000 W, such as 2000 or 2 kW"))
    return f"{value_w:g}"


def load_phases(text: str, power_w: float, fuse_a: float) -> str:
    """The house phases of a load; ? = not known, which counts as one phase."""
    phases = battery_phases(text)
    largest_a = power_w / NOMINAL_VOLTAGE_V / len(phases.split())
    if largest_a > fuse_a:
        raise ValueError(
            Text(
                "{largest} A on one phase is more than the fuse, {fuse} A",
                largest=f"{largest_a:.0f}",
                fuse=f"{fuse_a:g}",
            )
        )
    return phases


def _energy(text: str, low_wh: float, high_wh: float, *examples: str) -> str:
    match = KWH.fullmatch(text)
    value_wh = float(match[1].replace(",", ".")) * (1000.0 if match[2] else 1.0) if match else 0.0
    if not low_wh <= value_wh <= high_wh:
        first, second = examples
        raise ValueError(
            Text(
                "an energy from {low} Wh to {high} Wh, such as {first} or {second}",
                low=f"{low_wh:.0f}", high=f"{high_wh:.0f}", first=first, second=second,
            )
        )  # fmt: skip
    return f"{value_wh:g}" if value_wh < 1e5 else f"{value_wh:.0f}"


def type_(text: str) -> str:
    """A type of device; empty: no further device."""
    if text and text not in KINDS:
        raise ValueError(_not_among(text, KINDS))
    return text


def load(text: str) -> str:
    """The kind of load of a relay. Empty: the service leaves it alone. Raises ValueError for an unknown kind."""
    if text and text not in LOADS:
        raise ValueError(_not_among(text, LOADS))
    return text


def relay_type(text: str) -> str:
    """A type of relay; empty: no further relay."""
    if text and text not in RELAYS:
        raise ValueError(_not_among(text, RELAYS))
    return text


def name(text: str, taken: set[str]) -> str:
    """A name that rules can use."""
    if not NAME.fullmatch(text):
        raise ValueError(Text("lowercase letters, digits, and _, beginning with a letter, at most 31 characters"))
    if text in taken:
        raise ValueError(Text("“{text}” is already used", text=text))
    return text


def relay_url(text: str) -> str:
    """The address of a relay."""
    from optimizer.settings.devices import checked_url  # noqa: PLC0415 - pydantic

    return checked_url(text if "://" in text else f"http://{text}")


def url(text: str, of_type: str) -> str:
    """The address of a device. The default port and path of its type may be missing."""
    from optimizer.settings.devices import checked_url  # noqa: PLC0415 - pydantic

    full = checked_url(text if "://" in text else f"http://{text}")
    given, usual = urlsplit(full), urlsplit(KINDS[of_type].url)
    if usual.port is None or given.scheme != usual.scheme or ("://" in text and given.path):
        return full
    port = given.port or usual.port
    path = given.path or (usual.path if port == usual.port else "")
    return f"{given.scheme}://{given.netloc.removesuffix(f':{given.port}')}:{port}{path}"


def house_phases(text: str) -> str:
    """The phases of the house that something is wired to."""
    words = text.upper().replace(",", " ").split()
    if sorted(words) not in (["L1"], ["L2"], ["L3"], ["L1", "L2", "L3"]):
        raise ValueError(Text("one phase (L2) or all three in the charger's order (L1 L2 L3)"))
    return " ".join(words)


def battery_phases(text: str) -> str:
    """The same; ? = not known."""
    return "?" if text.strip() == "?" else house_phases(text)


def one_of(text: str, words: Iterable[str]) -> str:
    """One of some words."""
    names = list(words)
    if text not in names:
        raise ValueError(Text("one of {names}", names=", ".join(names)))
    return text


def _not_among(text: str, words: Iterable[str]) -> str:
    from optimizer.settings.errors import did_you_mean  # noqa: PLC0415 - only for a mistake

    names = list(words)
    wrong = Text("“{text}” is not one of {names}", text=text, names=", ".join(names))
    meant = did_you_mean(text, names)
    return Text("{wrong}; {meant}", wrong=wrong, meant=meant) if meant else wrong
