"""The status of a sonnen in all its variants, read into our units and signs (contract: sonnen, v1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.devices.port import DeviceError, Sample
from optimizer.devices.values import MOST_W, not_negative, number_at
from optimizer.model.reading import NOT_MEASURED, Reading, known, unknown
from optimizer.model.state import NO_COUNT, UNREAD, Battery, Grid, Pv
from optimizer.model.text_numbers import as_number
from optimizer.words.text import Text

PAC = ("Pac_total_W", "Pac total_W")
"""The second is the misprint of the vendor's document."""
MANUAL = 1
NOISE_W = 100.0
"""So much below zero is measuring noise of a dark roof."""
INVALID_PATH = 5
CODES = {
    INVALID_PATH: Text("it does not know this path (return code 5): another API version, or older firmware"),
    13: Text("internal error of the battery (return code 13)"),
    16: Text("it does not take this method here (return code 16)"),
}
KEYS = frozenset({"Consumption_W", "Production_W", "USOC", "RSOC", *PAC})


@dataclass(frozen=True, slots=True)
class Plate:
    """The nameplate that the battery reports. A value that it does not report is unknown."""

    max_power_w: Reading[float] = NOT_MEASURED
    capacity_wh: Reading[float] = NOT_MEASURED


@dataclass(frozen=True, slots=True)
class Status:
    """One status. Signs are ours."""

    grid_w: Reading[float]
    """+ import."""
    pv_w: Reading[float]
    home_w: Reading[float]
    """All consumption behind the meter, the car included."""
    battery_w: Reading[float]
    """+ discharge."""
    soc_percent: Reading[float]
    reserve_percent: Reading[float]
    mode: Reading[int]
    on_grid: Reading[bool]

    def sample(self, name: str, plate: Plate) -> Sample:
        """As the port wants it."""
        manual = UNREAD if self.mode.value is None else known(self.mode.value == MANUAL, self.mode.at_s)
        battery = Battery(
            name=name,
            power_w=self.battery_w,
            soc_percent=self.soc_percent,
            capacity_wh=plate.capacity_wh,
            max_charge_w=plate.max_power_w,
            max_discharge_w=plate.max_power_w,
            reserve_soc_percent=self.reserve_percent,
            manual=manual,
        )
        return Sample(
            grid=Grid(power_w=self.grid_w, on_grid=self.on_grid), pvs=(Pv(name, self.pv_w),), batteries=(battery,)
        )


def parsed(body: object, at_s: float, where: str) -> Status:
    """The status in `body`. Raises DeviceError: refused for a return code, garbled for what is no status."""
    fields = accepted(body, where)
    if not KEYS & fields.keys():
        raise DeviceError("garbled", Text("{where}: the answer is not a sonnen's status", where=where))
    pv_w = not_negative(number_at(fields, ("Production_W",), at_s, -NOISE_W, MOST_W))
    home_w = number_at(fields, ("Consumption_W",), at_s, -MOST_W, MOST_W)
    battery_w = number_at(fields, PAC, at_s, -MOST_W, MOST_W)
    return Status(
        grid_w=_grid(fields, home_w, pv_w, battery_w, at_s),
        pv_w=pv_w,
        home_w=home_w,
        battery_w=battery_w,
        soc_percent=number_at(fields, ("USOC", "RSOC"), at_s, 0.0, 100.0),
        reserve_percent=number_at(fields, ("BackupBuffer",), at_s, 0.0, 100.0),
        mode=_mode(fields, at_s),
        on_grid=_on_grid(fields, at_s),
    )


class ReturnCode(DeviceError):
    """A refusal by a return code other than 0."""

    def __init__(self, code: int, where: str) -> None:
        super().__init__(
            "refused", Text("{where}: {code}", where=where, code=CODES.get(code, Text("return code {code}", code=code)))
        )
        self.code = code


def accepted(body: object, where: str) -> Mapping[str, object]:
    """`body` as an object whose ReturnCode is absent or 0; ReturnCode or DeviceError garbled otherwise."""
    if not isinstance(body, dict):
        raise DeviceError("garbled", Text("{where}: the answer is not an object", where=where))
    code = body.get("ReturnCode")
    number = 0.0 if code is None else as_number(code)
    if number is None:
        raise DeviceError("garbled", Text("{where}: the return code is not a number", where=where))
    if number != 0.0:
        raise ReturnCode(int(number), where)
    return body


def _grid(
    fields: Mapping[str, object], home_w: Reading[float], pv_w: Reading[float], battery_w: Reading[float], at_s: float
) -> Reading[float]:
    """From GridFeedIn_W (+ feed-in); older firmware has none, and the balance stands in for it."""
    if fields.get("GridFeedIn_W") is not None:
        feed_in = number_at(fields, ("GridFeedIn_W",), at_s, -MOST_W, MOST_W)
        # 0 − x, since −x of no feed-in would be −0.
        return feed_in if feed_in.value is None else known(0.0 - feed_in.value, at_s)
    if home_w.value is None or pv_w.value is None or battery_w.value is None:
        return unknown(Text("neither GridFeedIn_W nor all of consumption, production and Pac are reported"), at_s)
    return known(home_w.value - pv_w.value - battery_w.value, at_s)


def _mode(fields: Mapping[str, object], at_s: float) -> Reading[int]:
    number = as_number(fields.get("OperatingMode"))
    return NO_COUNT if number is None or not 0 <= number <= 100 else known(int(number), at_s)


def _on_grid(fields: Mapping[str, object], at_s: float) -> Reading[bool]:
    word = fields.get("SystemStatus")
    if word == "OnGrid":
        return known(True, at_s)
    return known(False, at_s) if word == "OffGrid" else UNREAD
