"""Dispatcher: passes each command to the worker of its device, and the last commands to the State."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from optimizer.control.report import LeaseStatus
from optimizer.model.clock import Clock
from optimizer.model.decision import Decision
from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.model.state import Commanded, Ev, SwitchCommanded
from optimizer.runtime.dispatch.batteries import BatteryWorker
from optimizer.runtime.dispatch.chargers import ChargerWorker
from optimizer.runtime.dispatch.switches import SwitchWorker
from optimizer.runtime.health import Monitor
from optimizer.runtime.parts import Device
from optimizer.runtime.poll.samples import Arrival, LatestSamples
from optimizer.runtime.poll.snapshot import aged_ev
from optimizer.runtime.record.ownership import Ownership

Worker = BatteryWorker | ChargerWorker | SwitchWorker


class Dispatcher:
    """One worker per writable device. Each works independently, so none waits for another."""

    def __init__(
        self,
        devices: Sequence[Device],
        site: Site,
        clock: Clock,
        ownership: Ownership,
        samples: LatestSamples,
        monitors: Mapping[str, Monitor],
        read_in: Callable[[str, float], None],
    ) -> None:
        """`read_in(device, s)` requests a poll of a device after `s` seconds."""
        self._workers: dict[str, Worker] = {}
        for device in devices:
            monitor = monitors[device.name]
            if device.charger is not None:
                for name in device.evs:
                    self._workers[f"ev.{name}"] = ChargerWorker(
                        key=f"ev.{name}",
                        device=device,
                        charger=device.charger,
                        site=site.chargers.get(name, ChargerSite(name)),
                        clock=clock,
                        ownership=ownership,
                        monitor=monitor,
                        observe=_observer(device, name, samples, monitor, clock),
                        read_in=_reader(device, read_in),
                    )
            if device.battery is not None:
                for name in device.batteries:
                    battery_site = site.batteries.get(name, BatterySite(name))
                    self._workers[f"battery.{name}"] = BatteryWorker(
                        key=f"battery.{name}",
                        device=device,
                        control=device.battery,
                        site=battery_site,
                        clock=clock,
                        ownership=ownership,
                        monitor=monitor,
                    )
            if device.switch is not None:
                for name in device.switches:
                    self._workers[f"switch.{name}"] = SwitchWorker(
                        key=f"switch.{name}",
                        device=device,
                        control=device.switch,
                        clock=clock,
                        ownership=ownership,
                        monitor=monitor,
                        read_in=_reader(device, read_in),
                    )
        samples.listen(self._saw)

    def take(self, decision: Decision) -> None:
        """Pass the commands of a new decision to the workers. It returns at once."""
        for key, command in decision.commands.items():
            if worker := self._workers.get(key):
                worker.take(command)

    def commanded(self) -> dict[str, Commanded | None]:
        """The last command to each charger, by its name."""
        return {
            key.removeprefix("ev."): worker.commanded
            for key, worker in self._workers.items()
            if isinstance(worker, ChargerWorker)
        }

    def switched(self) -> dict[str, SwitchCommanded | None]:
        """The last command to each switch, by its name."""
        return {
            key.removeprefix("switch."): worker.commanded
            for key, worker in self._workers.items()
            if isinstance(worker, SwitchWorker)
        }

    def leases(self) -> tuple[LeaseStatus, ...]:
        """All present leases."""
        return tuple(status for worker in self._workers.values() if (status := worker.status()) is not None)

    def doubtful_until_s(self) -> dict[str, float]:
        """Monotonic s until which an abandoned write may still take effect, by key."""
        return {key: worker.doubtful_until_s for key, worker in self._workers.items()}

    def jobs(self) -> list[Coroutine[Any, Any, None]]:
        """The coroutines that the dispatcher needs, one per worker."""
        return [worker.run() for worker in self._workers.values()]

    def _saw(self, arrival: Arrival) -> None:
        for ev in arrival.sample.evs:
            worker = self._workers.get(f"ev.{ev.name}")
            if isinstance(worker, ChargerWorker):
                worker.saw(ev, arrival.reconnected)
        for battery in arrival.sample.batteries:
            worker = self._workers.get(f"battery.{battery.name}")
            if isinstance(worker, BatteryWorker):
                worker.saw(battery, arrival.reconnected)
        for switch in arrival.sample.switches:
            worker = self._workers.get(f"switch.{switch.name}")
            if isinstance(worker, SwitchWorker):
                worker.saw(switch, arrival.reconnected)


def _observer(device: Device, name: str, samples: LatestSamples, monitor: Monitor, clock: Clock) -> Callable[[], Ev]:
    return lambda: aged_ev(device, samples.latest(device.name), name, clock.monotonic_s(), monitor.message)


def _reader(device: Device, read_in: Callable[[str, float], None]) -> Callable[[float], None]:
    return lambda delay_s: read_in(device.name, delay_s)
