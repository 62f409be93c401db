"""The commented site.yaml that `optimizer init` writes, from the answers of a person. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from optimizer.cli.setup.answers import KINDS, Answers, DeviceAnswer, PriceAnswer
from optimizer.cli.setup.switch_text import switch_lines
from optimizer.model.calendar import names_no_place

TOKEN_FILE = "token.txt"  # noqa: S105 - the name of a file
"""File next to the settings with the token of the status page."""


def settings_text(answers: Answers) -> str:
    """The whole file."""
    parts = (
        _site(answers),
        _devices(answers),
        switch_lines(answers.switches),
        _prices(answers.prices),
        _ahead(answers),
        _rest(answers),
    )
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _site(answers: Answers) -> Iterator[str]:
    yield "# Written by `optimizer init`. You can edit it. Then run: optimizer check --config site.yaml"
    yield "# All settings with their ranges and defaults: docs/reference/configuration.md"
    yield "# How to connect each device: docs/how-to/connect-a-device.md"
    yield "# The environment can override every setting: OPTIMIZER_SITE__TIME_ZONE=Europe/Vienna"
    yield ""
    yield "site:"
    yield f"  name: {_quoted(answers.name)}"
    fixed = names_no_place(ZoneInfo(answers.time_zone))
    of_zone = "without daylight saving; Europe/Berlin would have it" if fixed else "includes daylight saving"
    yield f"  time_zone: {answers.time_zone}   # for times in rules such as 22:00; {of_zone}"
    yield f"  language: {answers.language}   # of messages; page and terminal use the language of their reader"
    if answers.place is None:
        yield "  # latitude: 48.80   # for forecasts, sunrise, and sunset; two decimals are enough"
        yield "  # longitude: 9.20"
    else:
        latitude, longitude = answers.place
        yield f"  latitude: {latitude:g}   # for forecasts, sunrise, and sunset"
        yield f"  longitude: {longitude:g}"
    yield f"  fuse_a: {answers.fuse_a:g}   # fuse of each phase at the grid connection; no setpoint exceeds it"
    yield "  house_max_a: 16   # reserved on each phase for the house, if phases are not measured"
    if answers.unbalance_a is None:
        yield "  # unbalance_a: 20   # largest single-phase load, if such a rule applies: 20 in Germany, 16 in Austria"
    else:
        yield f"  unbalance_a: {answers.unbalance_a:g}   # largest single-phase load that the grid operator allows"


def _devices(answers: Answers) -> Iterator[str]:
    yield "# You choose the names of the devices. Rules use them (ev.carport.power_w, battery.house.soc)."
    yield (
        "devices:"
        if answers.devices
        else "devices: {}   # none yet; `optimizer probe ADDRESS` prints what to write here"
    )
    for device in answers.devices:
        yield from _device(device)
    if answers.grid:
        yield ""
        yield f"grid: {answers.grid}   # the grid meter; several devices measure the grid"


def _device(device: DeviceAnswer) -> Iterator[str]:
    kind = KINDS[device.type]
    yield f"  {device.name}:"
    yield f"    type: {device.type}   # {kind.title}: {kind.before}"
    yield f"    url: {_quoted(device.url)}"
    if device.type == "sonnen":
        yield f"    api: {device.api}   # v2 on port 80 with a token; v1 on port 8080 without"
        if device.api == "v1":
            yield f"    {'' if device.manual_by_hand else '# '}manual_by_hand: true   # if it has no access to its mode"
    if device.user:
        yield f"    user: {_quoted(device.user)}"
    if device.secret_file:
        yield f"    {kind.opened_by}_file: {_quoted(device.secret_file)}   # one line; only you may read it"
    elif device.type == "fems":
        yield "    password: owner   # default of FEMS: `owner` writes, `user` only reads"
    elif device.type == "nrgkick":
        yield "    # user: and password_file: if basic authentication is enabled in the app"
    if kind.pv and not device.counts_pv:
        yield "    pv: false   # another device measures the same PV already"
    yield from _charger(device) if kind.charger else _battery(device)


def _charger(device: DeviceAnswer) -> Iterator[str]:
    yield "    charger:"
    yield f"      max_current_a: {device.max_current_a:g}   # the charger's rating and its connector also limit it"
    yield f"      phases: [{', '.join(device.phases)}]   # house phase of each charger phase"
    if device.type == "nrgkick":
        switching = "true" if device.phase_switching else "false"
        yield f"      phase_switching: {switching}   # true if it is enabled in the app too"
    if device.car_min_current_a is not None:
        yield f"      car_min_current_a: {device.car_min_current_a:g}   # below it, the car is paused"
    if device.car_phases is not None:
        yield f"      car_phases: {device.car_phases}   # that the car uses"


def _battery(device: DeviceAnswer) -> Iterator[str]:
    if device.grid_meter:
        yield f"    grid_meter: {device.grid_meter}   # its id in the Edge; its measured currents are used"
    yield "    battery:"
    if device.type == "fems":
        if device.component:
            yield f"      component: {device.component}   # its id in the Edge"
        hybrid = "true" if device.hybrid else "false"
        yield f"      hybrid: {hybrid}   # true if PV is connected to the battery's own inverter"
    yield "      control: true   # false: read only"
    if device.battery_phases:
        yield f"      phases: [{', '.join(device.battery_phases)}]   # the house phases of its inverter"
    elif device.type in ("sonnen", "givtcp"):
        yield "      # phases: [L1]   # or [L1, L2, L3]; without it the battery counts on each phase"
    if device.capacity_wh:
        yield f"      capacity_wh: {device.capacity_wh:.0f}   # usable; weighs the mean state of charge of all"
    elif device.type == "sonnen" and device.api == "v1":
        yield "      # capacity_wh: 10000   # usable; needed for the mean state of charge of several batteries"
    yield "      floor_soc_percent: 10   # the service never discharges it below this"
    yield "      max_charge_w: 5000"
    yield "      max_discharge_w: 5000"
    if device.more:
        yield "    more_batteries:   # names of your own"
    for one, is_hybrid in device.more:
        yield f"      {one}: {{component: {one}, hybrid: {'true' if is_hybrid else 'false'}}}"


def _prices(answer: PriceAnswer) -> Iterator[str]:
    """The fixed prices and the service, with a comment for each that is missing."""
    yield "# Prices in ct/kWh. With all three fixed ones, the service starts and stops at 6 A by cost."
    fixed = (
        ("import_ct", "" if answer.service else answer.import_ct, "of a kWh from the grid", "30"),
        ("feed_in_ct", answer.feed_in_ct, "for a kWh that you feed in", "8"),
        ("alternative_ct", answer.alternative_ct, "of a kWh for the car elsewhere: night tariff, public charger", "22"),
    )
    given = any(isinstance(value, float) for _, value, _, _ in fixed)
    yield "tariff:" if given else "# tariff:"
    for key, value, meaning, example in fixed:
        if isinstance(value, float):
            yield f"  {key}: {value:g}   # {meaning}"
        elif value is None:
            yield f"  # {key}: {example}   # {meaning}"
    if not answer.service:
        yield "# Prices that change with the time: docs/how-to/use-prices.md"
        return
    yield "prices:   # `optimizer prices` shows them; docs/how-to/use-prices.md"
    yield "  sources:"
    area = {"awattar": f"country: {answer.area}", "energy_charts": f"bidding_zone: {_quoted(answer.area)}"}
    access = area.get(answer.service, f"token_file: {_quoted(f'{answer.service}.secret')}")
    yield f"    market: {{type: {answer.service}, {access}}}"
    yield "  import:"
    yield "    source: market"
    if answer.service == "tibber":
        return
    if answer.vat_percent is None:
        yield "    # vat_percent: 19   # on the sum of market price and fees"
    else:
        yield f"    vat_percent: {answer.vat_percent:g}   # on the sum of market price and fees"
    if answer.fees_ct is None:
        yield "    # fees: {all: {ct: 15}}   # network fee, levies, and markup, before VAT"
    else:
        yield f"    fees: {{all: {{ct: {answer.fees_ct:g}}}}}   # network fee, levies, and markup, before VAT"


def _ahead(answers: Answers) -> Iterator[str]:
    """The cars and the forecast."""
    if answers.cars:
        yield "vehicles:   # for goals in % and for rules: docs/how-to/use-vehicles.md"
        for index, car in enumerate(answers.cars):
            name = "car" if not index else f"car{index + 1}"
            yield f"  {name}: {{charger: {car.charger}, capacity_wh: {car.capacity_wh:.0f}}}"
    else:
        yield "# vehicles:   # for goals in % and for rules: docs/how-to/use-vehicles.md"
        yield "#   car: {charger: carport, capacity_wh: 57000}"
    yield ""
    if not answers.roofs:
        yield "# forecast:   # of PV and consumption: docs/how-to/use-forecasts.md"
        yield "#   source: {type: open_meteo}"
        yield "#   roofs:"
        yield "#     south: {peak_w: 5000, tilt: 35, azimuth: 0}   # azimuth 0 is south, -90 east, 90 west"
        return
    yield "forecast:   # of PV and consumption: docs/how-to/use-forecasts.md"
    yield "  source: {type: open_meteo}"
    yield "  roofs:   # azimuth 0 is south, -90 east, 90 west"
    for index, roof in enumerate(answers.roofs):
        name = "roof" if not index else f"roof{index + 1}"
        yield f"    {name}: {{peak_w: {roof.peak_w:.0f}, tilt: {roof.tilt:g}, azimuth: {roof.azimuth:g}}}"


def _rest(answers: Answers) -> Iterator[str]:
    yield "rules: rules   # folder with the rule files, beside this file"
    yield ""
    yield "serve:"
    yield "  status:   # status page, its API, /metrics and /healthz"
    host = "0.0.0.0" if answers.open_page else "127.0.0.1"
    yield f"    host: {host}   # 0.0.0.0 opens it to the home network, 127.0.0.1 keeps it on this machine"
    yield "    port: 8080"
    yield f"    token_file: {TOKEN_FILE}   # opens the page to changes; `optimizer login` shows how to log in"
    yield "  # feed:   # NRGkick “Custom API”: for a charger in its own PV mode"
    yield "  #   host: 0.0.0.0"
    yield "  #   port: 8081"
    yield ""
    yield "# The status page reminds of these. Remove a word when you are done with it."
    yield f"reminders: [{', '.join(answers.reminders)}]"
    yield ""
    yield "on_exit: pause   # state of a charger after the service ends: pause, minimum (6 A), or keep"


def _quoted(text: str) -> str:
    """JSON's strings are YAML's."""
    return json.dumps(text, ensure_ascii=False)
