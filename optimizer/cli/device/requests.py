"""Parses the values that a person sets by hand, within the limits of the site. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from optimizer.control.current import floor_to_step
from optimizer.model.decision import BatteryAction, BatteryOrder
from optimizer.model.site import CURRENT_STEP_A, MIN_CURRENT_A, BatterySite, ChargerSite
from optimizer.settings.numbers import meant_number
from optimizer.words.text import Text, joined, message_of

YES = ("yes", "on", "true", "1")
MOST_BYTES = 1_000_000
NO = ("no", "off", "false", "0")
CHARGER_HELP = Text("current=A, pause=yes|no, phases=1|3, energy_limit=WH (0: none)")
UNITS = {"current": "A", "energy_limit": "Wh", "power": "W", "max_charge": "W", "max_discharge": "W"}
BATTERY_HELP = Text("power=W (+ discharge, - charge), max_charge=W, max_discharge=W, auto")


class Unclear(Exception):
    """A word that is not valid. The message gives the reason and the valid values."""


@dataclass(frozen=True, slots=True)
class ManualOrder:
    """The values to set on a charger. None: unchanged."""

    current_a: float | None = None
    paused: bool | None = None
    phases: int | None = None
    energy_limit_wh: int | None = None

    def within(self, rated_a: float | None) -> ManualOrder:
        """The order with a current that the charger and its connector allow. `rated_a` None: unknown."""
        if self.current_a is None or rated_a is None or self.current_a <= rated_a:
            return self
        allowed_a = floor_to_step(rated_a, CURRENT_STEP_A)
        return replace(self, current_a=allowed_a) if allowed_a else self

    def sentence(self) -> str:
        """The values in words."""
        texts: list[str] = []
        if self.paused is not None:
            texts.append(Text("pause the charging") if self.paused else Text("let it charge"))
        if self.current_a is not None:
            texts.append(Text("a current of {current} A per phase", current=self.current_a))
        if self.phases is not None:
            texts.append(Text("{phases}", phases=self.phases))
        if self.energy_limit_wh is not None:
            limit = Text("a limit of {energy_limit} Wh for the whole session", energy_limit=self.energy_limit_wh)
            texts.append(limit if self.energy_limit_wh else Text("no limit for the session's energy"))
        return joined(texts, "{first}, {then}")


def charger_order(words: Sequence[str], site: ChargerSite) -> ManualOrder:
    """Parse `current=10 pause=no`. Raises Unclear."""
    given = _pairs(words, ("current", "pause", "phases", "energy_limit"), CHARGER_HELP)
    current_a = _number(given, "current")
    if current_a is not None and not MIN_CURRENT_A <= current_a <= site.max_current_a:
        raise Unclear(
            Text(
                "current={current}: from {min_current} A to the {max_current} A that the settings "
                "allow (charger.max_current_a); below it use pause=yes",
                current=current_a,
                min_current=MIN_CURRENT_A,
                max_current=site.max_current_a,
            )
        )
    phases = _number(given, "phases")
    if phases is not None and len(given) > 1:
        raise Unclear(Text("set phases alone. A charger that refuses them refuses everything in the same write"))
    if phases is not None and not site.can_switch_phases:
        raise Unclear(Text("the settings do not allow phase switching (charger.phase_switching: false)"))
    if phases not in (None, 1.0, 3.0):
        raise Unclear(Text("phases={phases_used}: 1 or 3", phases_used=given["phases"]))
    limit_wh = _number(given, "energy_limit")
    if limit_wh is not None and not 0 <= limit_wh <= 1_000_000:
        raise Unclear(Text("energy_limit={energy_limit}: 0 (none) to 1000000 Wh", energy_limit=given["energy_limit"]))
    return ManualOrder(
        current_a=current_a,
        paused=_switch(given, "pause"),
        phases=None if phases is None else int(phases),
        energy_limit_wh=None if limit_wh is None else int(limit_wh),
    )


def battery_order(words: Sequence[str], site: BatterySite) -> BatteryOrder:
    """Parse `power=-1500`, `max_discharge=0`, or `auto`. Raises Unclear."""
    if list(words) == ["auto"]:
        return BatteryOrder(BatteryAction.AUTO)
    given = _pairs(words, ("power", "max_charge", "max_discharge"), BATTERY_HELP)
    power_w = _number(given, "power")
    if power_w is not None:
        if len(given) > 1:
            raise Unclear(Text("set a power, or limits for its own control, not both"))
        if not -site.max_charge_w <= power_w <= site.max_discharge_w:
            raise Unclear(
                Text(
                    "power={power}: the settings allow {value} W (charge) to {max_discharge} W (discharge)",
                    power=power_w,
                    value=f"{-site.max_charge_w:zg}",
                    max_discharge=site.max_discharge_w,
                )
            )
        return BatteryOrder(BatteryAction.POWER, power_w)
    limits = {name: _number(given, name) for name in ("max_charge", "max_discharge")}
    for name, limit_w in limits.items():
        if limit_w is not None and limit_w < 0:
            raise Unclear(Text("{name}={limit}: a limit must be 0 or more", name=name, limit=limit_w))
    return BatteryOrder(
        BatteryAction.BOUNDS, max_charge_w=limits["max_charge"], max_discharge_w=limits["max_discharge"]
    )


def order_sentence(order: BatteryOrder) -> str:
    """The order to a battery in words."""
    if order.action is BatteryAction.AUTO:
        return Text("hand it back to its own control")
    if order.action is BatteryAction.POWER:
        return Text("idle at 0 W") if not order.power_w else (
            Text("discharge with {power} W", power=order.power_w)
            if order.power_w > 0
            else Text("charge with {power} W", power=-order.power_w)
        )  # fmt: skip
    limits: list[str] = [
        *(
            [Text("charge with at most {max_charge} W", max_charge=order.max_charge_w)]
            if order.max_charge_w is not None
            else []
        ),
        *(
            [Text("discharge with at most {max_discharge} W", max_discharge=order.max_discharge_w)]
            if order.max_discharge_w is not None
            else []
        ),
    ]
    return joined(limits, "{first} and {then}")


def body_of(words: Sequence[str], example: Mapping[str, object]) -> dict[str, object]:
    """The body of a raw command from `start=16:00 slot=1`. Each value has the type of the example.

    A single word without a name is the value of an example with one name. `@body.json` is a file with the whole body,
    which may be nested. Raises Unclear.
    """
    if len(words) == 1 and words[0].startswith("@"):
        return _from_file(words[0][1:])
    if len(words) == 1 and "=" not in words[0] and len(example) == 1:
        return {name: _typed(words[0], like) for name, like in example.items()}
    body: dict[str, object] = {}
    for word in words:
        name, separator, text = word.partition("=")
        if not separator or not name:
            raise Unclear(
                Text(
                    "“{word}”: write each part of a body as name=value, such as {example}",
                    word=word,
                    example=shown_body(example),
                )
            )
        body[name] = _typed(text, example.get(name, 0 if _is_number(text) else ""))
    return body


def _from_file(name: str) -> dict[str, object]:
    path = Path(name)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Unclear(Text("{name}: larger than {most_bytes} bytes", name=name, most_bytes=MOST_BYTES))
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unclear(Text("{name} cannot be read as JSON: {error}", name=name, error=message_of(error))) from None
    if not isinstance(body, dict) or not body:
        raise Unclear(Text("{name}: use a JSON object with at least one key", name=name))
    return body


def shown_body(body: Mapping[str, object]) -> str:
    """`start=16:00 finish=19:00`."""
    return " ".join(f"{name}={'null' if value is None else value}" for name, value in body.items())


def _typed(text: str, like: object) -> object:
    if text == "null":
        return None
    if isinstance(like, str) or not _is_number(text):
        return text
    number = float(text)
    return int(number) if number.is_integer() else number


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < 1e12
    except ValueError:
        return False


def _pairs(words: Sequence[str], names: Sequence[str], help_: str) -> dict[str, str]:
    given: dict[str, str] = {}
    for word in words:
        name, separator, value = word.partition("=")
        if name not in names or not separator:
            near = get_close_matches(name, names, 1)
            raise Unclear(
                Text(
                    "“{word}” is not valid; {value}",
                    word=word,
                    value=Text("did you mean {name}=…?", name=near[0]) if near else Text("use: {help_}", help_=help_),
                )
            )
        if name in given:
            raise Unclear(Text("{name} is given twice", name=name))
        given[name] = value
    if not given:
        raise Unclear(Text("no value given. Use: {help_}", help_=help_))
    return given


def _number(given: Mapping[str, str], name: str) -> float | None:
    if name not in given:
        return None
    text, unit = given[name], UNITS.get(name, "")
    number = text if _is_number(text) else meant_number(text, unit, {})
    if not number:
        told = Text("use a number in {unit}", unit=unit) if unit else Text("use a number")
        raise Unclear(Text("{name}={given}: {told}", name=name, given=text, told=told))
    return float(number)


def _switch(given: Mapping[str, str], name: str) -> bool | None:
    if name not in given:
        return None
    word = given[name].lower()
    if word not in YES + NO:
        raise Unclear(Text("{name}={given}: use yes or no", name=name, given=given[name]))
    return word in YES
