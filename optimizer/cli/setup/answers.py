"""The answers of a person to `optimizer init`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.words.text import Text


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
        Text("NRGkick Gen2 charger"), "carport", "http://192.168.1.20",
        Text("enable the local JSON API in the NRGkick app. Disable its PV mode, because it refuses writes"),
        opened_by="password", charger=True,
    ),
    "fems": Kind(
        Text("FENECON FEMS or OpenEMS"), "house", "http://192.168.1.30",
        Text("needs the app REST/JSON write access; port 80 on FEMS, 8084 on a plain OpenEMS Edge"),
        grid=True, pv=True, opened_by="password",
    ),
    "sonnen": Kind(
        Text("sonnen battery"), "sonnen", "http://192.168.1.40",
        Text("its own page, Software-Integration: JSON API with reading and writing, and its token"),
        grid=True, pv=True, opened_by="token",
    ),
    "givtcp": Kind(
        Text("GivEnergy inverter behind GivTCP"), "givenergy", "http://192.168.1.50:8099/REST1",
        Text("enable REST in GivTCP, and real-time control, which spares the inverter's flash memory"),
        grid=True, pv=True,
    ),
    "givtcp_evc": Kind(
        Text("GivEnergy EV charger behind GivTCP"), "yard", "http://192.168.1.50:8099/REST1",
        Text("set its charging mode to Grid. It follows in minutes, because GivTCP forwards commands slowly"),
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
    car_min_current_a: float | None = None
    """Least current at which the car charges; None: the service learns it."""
    car_phases: int | None = None
    """Phases that the car uses; None: the service learns it."""
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


LOADS: Mapping[str, str] = {
    "boiler": Text("boiler or heating rod"),
    "pool": Text("pump of a pool"),
    "heat_pump": Text("heat pump with SG Ready"),
    "other": Text("any other load"),
}
"""What a relay may switch. The key is the proposed name of the first one."""
SG_READY = "heat_pump"
RELAYS: Mapping[str, str] = {"shelly": "http://192.168.1.60", "tasmota": "http://192.168.1.61"}
"""Types of relays, and the proposed form of their address. Others are described in docs/how-to/switch-loads.md."""


@dataclass(frozen=True, slots=True)
class SwitchAnswer:
    """One load and its relay."""

    name: str
    load: str
    """One of LOADS."""
    type: str
    url: str
    number: int | None = None
    """Of the relay in its device. None: the first one."""
    user: str = ""
    secret_file: str = ""
    power_w: float | None = None
    """Largest power of the load. None: not known yet, and the load stays a comment."""
    phases: tuple[str, ...] = ()
    """House phases of the load; empty if unknown."""
    timer: bool = False
    """Whether a Tasmota may be given a PulseTime."""


@dataclass(frozen=True, slots=True)
class PriceAnswer:
    """The prices of energy. None and empty: not known."""

    import_ct: float | None = None
    feed_in_ct: float | None = None
    alternative_ct: float | None = None
    """Price of a kWh for the car elsewhere."""
    service: str = ""
    """Type of the service with the prices of each hour; empty with a fixed price."""
    area: str = ""
    """Country or bidding zone of the service, if it needs one."""
    fees_ct: float | None = None
    """What the contract adds to the market price, before VAT."""
    vat_percent: float | None = None


@dataclass(frozen=True, slots=True)
class CarAnswer:
    """A car at a charger."""

    charger: str
    capacity_wh: float
    """Usable."""


@dataclass(frozen=True, slots=True)
class RoofAnswer:
    """The modules of one direction."""

    peak_w: float
    tilt: float
    """Degrees from horizontal."""
    azimuth: float
    """Degrees from south: −90 is east."""


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers."""

    name: str
    time_zone: str
    fuse_a: float
    devices: tuple[DeviceAnswer, ...]
    language: str = "en"
    """Language of the messages of the service."""
    unbalance_a: float | None = None
    grid: str = ""
    """The grid meter, if several devices measure the grid."""
    open_page: bool = False
    """Whether the status page is opened to the home network."""
    switches: tuple[SwitchAnswer, ...] = ()
    prices: PriceAnswer = PriceAnswer()
    cars: tuple[CarAnswer, ...] = ()
    place: tuple[float, float] | None = None
    """Latitude and longitude in degrees."""
    roofs: tuple[RoofAnswer, ...] = ()
    reminders: tuple[str, ...] = ()
    """What is still to do, as the setting `reminders` names it."""
