"""The commented site.yaml that `optimizer init` writes, from the answers of a person. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from optimizer.cli.setup.answers import KINDS, Answers, DeviceAnswer, PriceAnswer
from optimizer.cli.setup.comments import Comments
from optimizer.cli.setup.switch_text import switch_lines
from optimizer.model.calendar import names_no_place
from optimizer.words.text import Text

TOKEN_FILE = "token.txt"  # noqa: S105 - the name of a file
"""File next to the settings with the token of the status page."""


def settings_text(answers: Answers) -> str:
    """The whole file."""
    say = Comments.of(answers.language)
    parts = (
        _site(answers, say),
        _devices(answers, say),
        switch_lines(answers.switches, say),
        _prices(answers.prices, say),
        _ahead(answers, say),
        _rest(answers, say),
    )
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _site(answers: Answers, say: Comments) -> Iterator[str]:
    yield say.alone(Text("Written by `optimizer init`. You can edit it. Then run: optimizer check --config site.yaml"))
    yield say.alone(Text("All settings with their ranges and defaults: docs/reference/configuration.md"))
    yield say.alone(Text("How to connect each device: docs/how-to/connect-a-device.md"))
    yield say.alone(Text("The environment can override every setting: OPTIMIZER_SITE__TIME_ZONE=Europe/Vienna"))
    yield ""
    yield "site:"
    yield f"  name: {_quoted(answers.name)}"
    fixed = names_no_place(ZoneInfo(answers.time_zone))
    of_zone = (
        Text("without daylight saving; Europe/Berlin would have it") if fixed else Text("includes daylight saving")
    )
    yield say(f"  time_zone: {answers.time_zone}", Text("for times in rules such as 22:00; {of_zone}", of_zone=of_zone))
    yield say(
        f"  language: {answers.language}", Text("of messages; page and terminal use the language of their reader")
    )
    if answers.place is None:
        yield say("  # latitude: 48.80", Text("for forecasts, sunrise, and sunset; two decimals are enough"))
        yield "  # longitude: 9.20"
    else:
        latitude, longitude = answers.place
        yield say(f"  latitude: {latitude:g}", Text("for forecasts, sunrise, and sunset"))
        yield f"  longitude: {longitude:g}"
    yield say(
        f"  fuse_a: {answers.fuse_a:g}", Text("fuse of each phase at the grid connection; no setpoint exceeds it")
    )
    yield say("  house_max_a: 16", Text("reserved on each phase for the house, if phases are not measured"))
    if answers.unbalance_a is None:
        yield say(
            "  # unbalance_a: 20",
            Text("largest single-phase load, if such a rule applies: 20 in Germany, 16 in Austria"),
        )
    else:
        yield say(
            f"  unbalance_a: {answers.unbalance_a:g}", Text("largest single-phase load that the grid operator allows")
        )


def _devices(answers: Answers, say: Comments) -> Iterator[str]:
    yield say.alone(
        Text("You choose the names of the devices. Rules use them (ev.carport.power_w, battery.house.soc).")
    )
    none = Text("none yet; `optimizer probe ADDRESS` prints what to write here")
    yield "devices:" if answers.devices else say("devices: {}", none)
    for device in answers.devices:
        yield from _device(device, say)
    if answers.grid:
        yield ""
        yield say(f"grid: {answers.grid}", Text("the grid meter; several devices measure the grid"))


def _device(device: DeviceAnswer, say: Comments) -> Iterator[str]:
    kind = KINDS[device.type]
    yield f"  {device.name}:"
    yield say(f"    type: {device.type}", Text("{title}: {before}", title=kind.title, before=kind.before))
    yield f"    url: {_quoted(device.url)}"
    if device.type == "sonnen":
        yield say(f"    api: {device.api}", Text("v2 on port 80 with a token; v1 on port 8080 without"))
        if device.api == "v1":
            yield say(
                f"    {'' if device.manual_by_hand else '# '}manual_by_hand: true",
                Text("if it has no access to its mode"),
            )
    if device.user:
        yield f"    user: {_quoted(device.user)}"
    if device.secret_file:
        yield say(f"    {kind.opened_by}_file: {_quoted(device.secret_file)}", Text("one line; only you may read it"))
    elif device.type == "fems":
        yield say("    password: owner", Text("default of FEMS: `owner` writes, `user` only reads"))
    elif device.type == "nrgkick":
        yield say("    # user: NAME, password_file: FILE", Text("if basic authentication is enabled in the app"))
    if kind.pv and not device.counts_pv:
        yield say("    pv: false", Text("another device measures the same PV already"))
    yield from _charger(device, say) if kind.charger else _battery(device, say)


def _charger(device: DeviceAnswer, say: Comments) -> Iterator[str]:
    yield "    charger:"
    yield say(
        f"      max_current_a: {device.max_current_a:g}", Text("the charger's rating and its connector also limit it")
    )
    yield say(f"      phases: [{', '.join(device.phases)}]", Text("house phase of each charger phase"))
    if device.type == "nrgkick":
        switching = "true" if device.phase_switching else "false"
        yield say(f"      phase_switching: {switching}", Text("true if it is enabled in the app too"))
    if device.car_min_current_a is not None:
        yield say(f"      car_min_current_a: {device.car_min_current_a:g}", Text("below it, the car is paused"))
    if device.car_phases is not None:
        yield say(f"      car_phases: {device.car_phases}", Text("that the car uses"))


def _battery(device: DeviceAnswer, say: Comments) -> Iterator[str]:
    if device.grid_meter:
        yield say(f"    grid_meter: {device.grid_meter}", Text("its id in the Edge; its measured currents are used"))
    yield "    battery:"
    if device.type == "fems":
        if device.component:
            yield say(f"      component: {device.component}", Text("its id in the Edge"))
        hybrid = "true" if device.hybrid else "false"
        yield say(f"      hybrid: {hybrid}", Text("true if PV is connected to the battery's own inverter"))
    yield say("      control: true", Text("false: read only"))
    if device.battery_phases:
        yield say(f"      phases: [{', '.join(device.battery_phases)}]", Text("the house phases of its inverter"))
    elif device.type in ("sonnen", "givtcp"):
        yield say("      # phases: [L1]", Text("or [L1, L2, L3]; without it the battery counts on each phase"))
    if device.capacity_wh:
        yield say(
            f"      capacity_wh: {device.capacity_wh:.0f}", Text("usable; weighs the mean state of charge of all")
        )
    elif device.type == "sonnen" and device.api == "v1":
        yield say(
            "      # capacity_wh: 10000", Text("usable; needed for the mean state of charge of several batteries")
        )
    yield say("      floor_soc_percent: 10", Text("the service never discharges it below this"))
    yield "      max_charge_w: 5000"
    yield "      max_discharge_w: 5000"
    if device.more:
        yield say("    more_batteries:", Text("names of your own"))
    for one, is_hybrid in device.more:
        yield f"      {one}: {{component: {one}, hybrid: {'true' if is_hybrid else 'false'}}}"


def _prices(answer: PriceAnswer, say: Comments) -> Iterator[str]:
    """The fixed prices and the service, with a comment for each that is missing."""
    yield say.alone(Text("Prices in ct/kWh. With all three fixed ones, the service starts and stops at 6 A by cost."))
    fixed = (
        ("import_ct", "" if answer.service else answer.import_ct, Text("of a kWh from the grid"), "30"),
        ("feed_in_ct", answer.feed_in_ct, Text("for a kWh that you feed in"), "8"),
        (
            "alternative_ct",
            answer.alternative_ct,
            Text("of a kWh for the car elsewhere: night tariff, public charger"),
            "22",
        ),
    )
    given = any(isinstance(value, float) for _, value, _, _ in fixed)
    yield "tariff:" if given else "# tariff:"
    for key, value, meaning, example in fixed:
        if isinstance(value, float):
            yield say(f"  {key}: {value:g}", meaning)
        elif value is None:
            yield say(f"  # {key}: {example}", meaning)
    if not answer.service:
        yield say.alone(Text("Prices that change with the time: docs/how-to/use-prices.md"))
        return
    yield say("prices:", Text("`optimizer prices` shows them; docs/how-to/use-prices.md"))
    yield "  sources:"
    area = {"awattar": f"country: {answer.area}", "energy_charts": f"bidding_zone: {_quoted(answer.area)}"}
    access = area.get(answer.service, f"token_file: {_quoted(f'{answer.service}.secret')}")
    yield f"    market: {{type: {answer.service}, {access}}}"
    yield "  import:"
    yield "    source: market"
    if answer.service == "tibber":
        return
    if answer.vat_percent is None:
        yield say("    # vat_percent: 19", Text("on the sum of market price and fees"))
    else:
        yield say(f"    vat_percent: {answer.vat_percent:g}", Text("on the sum of market price and fees"))
    if answer.fees_ct is None:
        yield say("    # fees: {all: {ct: 15}}", Text("network fee, levies, and markup, before VAT"))
    else:
        yield say(f"    fees: {{all: {{ct: {answer.fees_ct:g}}}}}", Text("network fee, levies, and markup, before VAT"))


def _ahead(answers: Answers, say: Comments) -> Iterator[str]:
    """The cars and the forecast."""
    if answers.cars:
        yield say("vehicles:", Text("for goals in % and for rules: docs/how-to/use-vehicles.md"))
        for index, car in enumerate(answers.cars):
            name = "car" if not index else f"car{index + 1}"
            yield f"  {name}: {{charger: {car.charger}, capacity_wh: {car.capacity_wh:.0f}}}"
    else:
        yield say("# vehicles:", Text("for goals in % and for rules: docs/how-to/use-vehicles.md"))
        yield "#   car: {charger: carport, capacity_wh: 57000}"
    yield ""
    if not answers.roofs:
        yield say("# forecast:", Text("of PV and consumption: docs/how-to/use-forecasts.md"))
        yield "#   source: {type: open_meteo}"
        yield "#   roofs:"
        yield say("#     south: {peak_w: 5000, tilt: 35, azimuth: 0}", Text("azimuth 0 is south, -90 east, 90 west"))
        return
    yield say("forecast:", Text("of PV and consumption: docs/how-to/use-forecasts.md"))
    yield "  source: {type: open_meteo}"
    yield say("  roofs:", Text("azimuth 0 is south, -90 east, 90 west"))
    for index, roof in enumerate(answers.roofs):
        name = "roof" if not index else f"roof{index + 1}"
        yield f"    {name}: {{peak_w: {roof.peak_w:.0f}, tilt: {roof.tilt:g}, azimuth: {roof.azimuth:g}}}"


def _rest(answers: Answers, say: Comments) -> Iterator[str]:
    yield say("rules: rules", Text("folder with the rule files, beside this file"))
    yield ""
    yield "serve:"
    yield say("  status:", Text("status page, its API, /metrics and /healthz"))
    host = "0.0.0.0" if answers.open_page else "127.0.0.1"
    yield say(f"    host: {host}", Text("0.0.0.0 opens it to the home network, 127.0.0.1 keeps it on this machine"))
    yield "    port: 8080"
    yield say(f"    token_file: {TOKEN_FILE}", Text("opens the page to changes; `optimizer login` shows how to log in"))
    yield say("  # feed:", Text("NRGkick “Custom API”: for a charger in its own PV mode"))
    yield "  #   host: 0.0.0.0"
    yield "  #   port: 8081"
    yield ""
    yield say.alone(Text("The status page reminds of these. Remove a word when you are done with it."))
    yield f"reminders: [{', '.join(answers.reminders)}]"
    yield ""
    yield say("on_exit: pause", Text("state of a charger after the service ends: pause, minimum (6 A), or keep"))


def _quoted(text: str) -> str:
    """JSON's strings are YAML's."""
    return json.dumps(text, ensure_ascii=False)
