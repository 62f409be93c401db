"""The commented site.yaml that `optimizer init` writes, from the answers of a person. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

TOKEN_FILE = "token.txt"  # noqa: S105 - the name of a file
"""File next to the settings with the token of the status page."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of device in the questions."""

    title: str
    name: str
    """The proposed name of the first one."""
    url: str
    """Proposed form of its address."""
    before: str
    """The preparation of the device, as a comment."""
    grid: bool = False
    """Whether it measures the grid connection."""
    pv: bool = False
    """Whether it measures PV, which another one may measure too."""
    opened_by: str = ""
    """The setting for its password or token; empty if there is none."""
    charger: bool = False


KINDS: Mapping[str, Kind] = {
    "nrgkick": Kind(
        "NRGkick Gen2 charger", "carport", "http://192.168.1.20",
        "enable the local JSON API in the NRGkick app. Disable its PV mode, because it refuses writes",
        opened_by="password", charger=True,
    ),
    "fems": Kind(
        "FENECON FEMS or OpenEMS", "house", "http://192.168.1.30",
        "needs the app REST/JSON write access; port 80 on FEMS, 8084 on a plain OpenEMS Edge",
        grid=True, pv=True, opened_by="password",
    ),
    "sonnen": Kind(
        "sonnen battery", "sonnen", "http://192.168.1.40",
        "its own page, Software-Integration: JSON API with reading and writing, and its token",
        grid=True, pv=True, opened_by="token",
    ),
    "givtcp": Kind(
        "GivEnergy inverter behind GivTCP", "givenergy", "http://192.168.1.50:8099/REST1",
        "enable REST in GivTCP, and real-time control, which spares the inverter's flash memory",
        grid=True, pv=True,
    ),
    "givtcp_evc": Kind(
        "GivEnergy EV charger behind GivTCP", "yard", "http://192.168.1.50:8099/REST1",
        "set its charging mode to Grid. It follows in minutes, because GivTCP forwards commands slowly",
        charger=True,
    ),
}  # fmt: skip
"""By the `type` in site.yaml; any other meter is described in docs/how-to/connect-a-device.md."""


@dataclass(frozen=True, slots=True)
class DeviceAnswer:
    """One device."""

    name: str
    type: str
    url: str
    secret_file: str = ""
    """File next to the settings with its password or token; empty if there is none."""
    user: str = ""
    phases: tuple[str, ...] = ("L1", "L2", "L3")
    battery_phases: tuple[str, ...] = ()
    """House phases of a battery; empty if unknown."""
    max_current_a: float = 16.0
    phase_switching: bool = False
    hybrid: bool = False
    component: str = ""
    """For a FEMS: the id of its storage system, if asked."""
    grid_meter: str = ""
    more: tuple[tuple[str, bool], ...] = ()
    """For a FEMS: further storage systems, (id, whether it is a hybrid)."""
    api: str = "v2"
    manual_by_hand: bool = False
    capacity_wh: float = 0.0
    """Usable capacity of a battery that reports none; 0 = not known."""
    counts_pv: bool = True


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers."""

    name: str
    time_zone: str
    fuse_a: float
    devices: tuple[DeviceAnswer, ...]
    unbalance_a: float | None = None
    grid: str = ""
    """The grid meter, if several devices measure the grid."""
    open_page: bool = False
    """Whether the status page is opened to the home network."""


def settings_text(answers: Answers) -> str:
    """The whole file."""
    return "\n".join((*_site(answers), "", *_devices(answers), "", *_rest(answers))) + "\n"


def _site(answers: Answers) -> Iterator[str]:
    yield "# Written by `optimizer init`. You can edit it. Then run: optimizer check --config site.yaml"
    yield "# All settings with their ranges and defaults: docs/reference/configuration.md"
    yield "# How to connect each device: docs/how-to/connect-a-device.md"
    yield "# The environment can override every setting: OPTIMIZER_SITE__TIME_ZONE=Europe/Vienna"
    yield ""
    yield "site:"
    yield f"  name: {_quoted(answers.name)}"
    yield f"  time_zone: {answers.time_zone}   # for times in rules such as 22:00; includes daylight saving"
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
    if kind.charger:
        yield "    charger:"
        yield f"      max_current_a: {device.max_current_a:g}   # the charger's rating and its connector also limit it"
        yield f"      phases: [{', '.join(device.phases)}]   # house phase of each charger phase"
        if device.type == "nrgkick":
            switching = "true" if device.phase_switching else "false"
            yield f"      phase_switching: {switching}   # true if it is enabled in the app too"
    else:
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


def _rest(answers: Answers) -> Iterator[str]:
    yield "# With all three prices, the service starts and stops at 6 A by cost."
    yield "# tariff:"
    yield "#   import_ct: 30"
    yield "#   feed_in_ct: 8"
    yield "#   alternative_ct: 22   # price of a kWh for the car elsewhere: night tariff, public charger"
    yield ""
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
    yield "on_exit: pause   # state of a charger after the service ends: pause, minimum (6 A), or keep"


def _quoted(text: str) -> str:
    """JSON's strings are YAML's."""
    return json.dumps(text, ensure_ascii=False)
