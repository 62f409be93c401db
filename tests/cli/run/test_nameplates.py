"""The nameplates of devices reach the feed. A device that does not answer is asked again."""

from __future__ import annotations

import asyncio

from optimizer.cli.run.nameplates import Nameplates
from optimizer.devices.port import DeviceError, Identity, Sample
from optimizer.runtime.parts import Device
from optimizer.serve.feed.values import Nameplate
from optimizer.settings.site import PlateSettings
from tests.virtual_time import VirtualClock, run_virtually


class Edge:
    """A device that keeps silent at first."""

    def __init__(self, silent: int, error: Exception | None = None) -> None:
        self.asked = 0
        self._silent = silent
        self._error = error or DeviceError("timeout", "no answer")

    async def read(self) -> Sample:
        return Sample()

    async def close(self) -> None:
        return None

    async def identify(self) -> Identity:
        self.asked += 1
        if self.asked <= self._silent:
            raise self._error
        return Identity("GivEnergy", "Gen3", "SA0000G000", "D0.316")


def test_plates_come_when_the_device_answers() -> None:
    async def main() -> None:
        clock = VirtualClock()
        slow, broken = Edge(2), Edge(99, RuntimeError("a bug"))
        devices = (
            Device("house", "givtcp", slow, grid=True, pvs=("house",), batteries=("cellar",)),
            Device("odd", "x", broken, pvs=("odd",)),
            Device("carport", "nrgkick", Edge(0), evs=("carport",)),
            Device("heatpump", "http_json", Edge(0), side_meter=True),
        )
        plates = Nameplates(devices, clock, {"odd": PlateSettings(model="Roof", max_ac_w=8000.0)})
        asking = asyncio.ensure_future(plates.gather())
        await clock.sleep(5.0)
        roof = Nameplate(model="Roof", max_ac_w=8000.0)
        assert (slow.asked, plates.known) == (0, {"pv.odd": roof})
        await clock.sleep(600.0)
        plate = Nameplate(model="GivEnergy Gen3", serial="SA0000G000")
        assert plates.known == {
            "grid": plate,
            "pv.house": plate,
            "battery.cellar": plate,
            "pv.odd": roof,
            "ev.carport": plate,
            "meter.heatpump": plate,
        }
        assert (slow.asked, broken.asked) == (3, 1)
        assert not asking.done()
        asking.cancel()

    run_virtually(main())
