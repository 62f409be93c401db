"""From settings to a service with everything around it."""

# ruff: noqa: PLC0415 - only what is configured is imported

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.cli.devices import build_devices
from optimizer.control.report import Watcher
from optimizer.model.clock import Clock
from optimizer.runtime.mind import Books, Mind
from optimizer.runtime.ownership import Ownership
from optimizer.runtime.service import Companion, Parts, Service
from optimizer.runtime.systemd import Notifier
from optimizer.serve.panel import Panel
from optimizer.serve.server import Listener
from optimizer.settings.mapping import to_params, to_prices, to_site

if TYPE_CHECKING:
    from optimizer.settings import Settings


@dataclass(frozen=True, slots=True)
class House:
    """A service, and what listens beside it."""

    service: Service
    panel: Panel
    listeners: tuple[Listener, ...]


def assemble(
    settings: Settings,
    books: Books,
    clock: Clock,
    *,
    state_folder: Path | None,
    observe: bool = False,
    watchers: Sequence[Watcher] = (),
    companions: Sequence[Companion] = (),
    notifier: Notifier | None = None,
) -> House:
    """Everything that `run` and `demo` run; opens no connection and no port yet."""
    site = to_site(settings)
    params = to_params(settings)
    ownership = Ownership(state_folder)
    panel = Panel(clock, site, params.tick_s)
    parts = Parts(
        clock=clock,
        site=site,
        devices=build_devices(settings, clock, ownership),
        mind=Mind(site, params, books),
        ownership=ownership,
        tick_s=params.tick_s,
        watchers=(panel, *watchers),
        observe=observe,
        prices=lambda now, mono_s: to_prices(settings, mono_s),
        companions=tuple(companions),
        notifier=notifier,
    )
    return House(Service(parts), panel, _listeners(settings, panel))


def _listeners(settings: Settings, panel: Panel) -> tuple[Listener, ...]:
    found: list[Listener] = []
    if (status := settings.serve.status) is not None:
        from optimizer.serve.app import monitoring_app

        found.append(Listener("status", monitoring_app(panel), status.host, status.port))
    if (feed := settings.serve.feed) is not None:
        from optimizer.serve.feed import FeedConfig
        from optimizer.serve.feed_app import feed_app

        hybrid = {name: name for name, device in settings.devices.items() if getattr(device, "hybrid", False)}
        found.append(Listener("feed", feed_app(panel, FeedConfig(hybrid=hybrid)), feed.host, feed.port))
    return tuple(found)
