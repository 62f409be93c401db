"""From settings to a complete service."""

# ruff: noqa: PLC0415 - only what is configured is imported

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.cli.run.books import RuleFiles, device_names
from optimizer.cli.run.claims import recorded_addresses
from optimizer.cli.run.devices import build_devices
from optimizer.cli.run.nameplates import Nameplates
from optimizer.cli.run.outlook import forecast_of, prices_of
from optimizer.cli.run.planning import planning_of
from optimizer.cli.run.reminders import reminders
from optimizer.control.report import Watcher
from optimizer.devices.lines import shared_lines
from optimizer.journal.kept_file import KeptFiles
from optimizer.model.clock import Clock
from optimizer.model.state import NO_FORECAST, State
from optimizer.runtime.alarms import Alarms
from optimizer.runtime.decider import RuleDecider
from optimizer.runtime.hung import HungExit
from optimizer.runtime.poll.snapshot import NO_INPUTS
from optimizer.runtime.record.memory_file import MemoryFile
from optimizer.runtime.record.ownership import Ownership
from optimizer.runtime.record.unwritten import Unwritten
from optimizer.runtime.service import Companion, Parts, Service
from optimizer.runtime.systemd import Notifier
from optimizer.serve.days import Days
from optimizer.serve.energy_store import EnergyStore
from optimizer.serve.overrides import OverrideStore
from optimizer.serve.panel import Panel
from optimizer.serve.server import Listener
from optimizer.serve.sessions import Sessions
from optimizer.settings.mapping import follow_tick_s, to_params, to_prices, to_site

if TYPE_CHECKING:
    from optimizer.journal.reader import JournalReader
    from optimizer.journal.sessions import Session
    from optimizer.journal.writer import Journal
    from optimizer.runtime.goals.board import GoalBoard
    from optimizer.runtime.inputs.board import InputBoard
    from optimizer.runtime.scheduler.scheduler import Scheduler, Solve
    from optimizer.serve.notify.notifier import Notifier as MessageNotifier
    from optimizer.settings import Settings

log = logging.getLogger(__name__)
BEGINNING, END_OF_TIME = datetime.fromtimestamp(0, UTC), datetime(9999, 1, 1, tzinfo=UTC)
JOURNAL_FILE = "journal.db"
ENERGY_FILE = "energy.books"


@dataclass(frozen=True, slots=True)
class House:
    """A service, and what listens and records beside it."""

    service: Service
    listeners: tuple[Listener, ...]
    close: Callable[[], None]
    """Ends the recording; call once, after the service has ended."""
    goals: GoalBoard | None = None
    """The goals of the cars. None: the house has no charger."""
    scheduler: Scheduler | None = None
    """None: it is off, or has nothing to schedule."""
    notifier: MessageNotifier | None = None
    """Messages to people. None: there are none."""


def assemble(
    settings: Settings,
    books: RuleFiles,
    clock: Clock,
    folder: Path,
    *,
    observe: bool = False,
    watchers: Sequence[Watcher] = (),
    companions: Sequence[Companion] = (),
    notifier: Notifier | None = None,
    exit_when_hung: bool = False,
    lock_problem: Callable[[], str] = lambda: "",
    solve: Solve | None = None,
) -> House:
    """Everything that `run` and `demo` run, without open connections or ports. `folder` keeps its state.

    `lock_problem` says why this process no longer holds the lock of `folder`; it is empty while it does.
    With `exit_when_hung`, a hanging loop ends the process, for use without a supervisor. `solve` makes the schedules
    in place of a child process.
    """
    site, params = to_site(settings), to_params(settings)
    files = KeptFiles(folder)
    books.keep_by_hand(files)
    ownership = Ownership(folder, lock_problem, recorded_addresses(settings))
    recollection = MemoryFile(folder, clock, params, ran_before=ownership.found)
    decider = RuleDecider(site, params, books, recollection.recall)
    store = EnergyStore(folder / ENERGY_FILE)
    unwritten = Unwritten(files)
    recording: list[Watcher] = [recollection, unwritten, Alarms()]
    beside = list(companions)
    if exit_when_hung:
        hung = HungExit(lambda: bool(ownership.held), clock)
        recording.append(hung)
        beside.append(hung.watch)
    closing = ExitStack()
    for close in (unwritten.close, ownership.close, store.close, recollection.close):
        closing.callback(close)
    journal, reader = _journal(settings, books, clock, folder / JOURNAL_FILE, decider)
    if journal is not None:
        recording.append(journal)
        closing.callback(journal.close)
    with shared_lines():
        devices = build_devices(settings, clock, ownership)
        inputs, complete, readers = _inputs(settings, clock, files, decider)
    beside += readers
    plates = Nameplates(devices, clock, settings.serve.feed.plates if settings.serve.feed is not None else None)
    beside += [plates.gather] if settings.serve.feed is not None else []
    prices, asking = prices_of(settings, books, clock, files)
    forecast, forecasting = forecast_of(settings, books, clock, files, reader)
    recording += [forecast] if forecast is not None else []
    planning = planning_of(
        settings, clock, files, complete, prices=prices, forecast=forecast, journal=journal, solve=solve
    )
    beside += [*asking, *forecasting, *planning.tasks]
    recording += planning.watchers
    panel = Panel(
        clock=clock,
        site=site,
        tick_s=params.tick_s,
        store=store,
        journal=journal,
        prices=prices,
        forecast=forecast,
        name=settings.site.name,
        inputs=inputs,
        goals=planning.goals,
        schedule=planning.scheduler,
    )
    panel.not_kept = files.not_kept
    panel.reminders, panel.vehicles = reminders(settings, folder), tuple(settings.vehicles)
    override_sink = OverrideStore(decider, files, clock.monotonic_s, clock.boot)
    override_sink.restore(clock.now().astimezone(settings.site.zone), clock.monotonic_s())
    recording.append(override_sink)
    messages, sending = _messages(settings, panel, files)
    beside += [*_outputs(settings, panel, override_sink, files), *sending]
    parts = Parts(
        clock=clock,
        site=site,
        devices=devices,
        decider=decider,
        ownership=ownership,
        tick_s=params.tick_s,
        follow_tick_s=follow_tick_s(settings, params),
        watchers=(panel, *_accounts(panel, journal), *recording, *watchers),
        observe=observe,
        prices=prices or (lambda now, mono_s: to_prices(settings, mono_s)),
        inputs=inputs or (lambda mono_s: NO_INPUTS),
        forecast=forecast or (lambda now, mono_s: NO_FORECAST),
        complete=planning.complete,
        companions=tuple(beside),
        notifier=notifier,
    )
    listeners = tuple(_listeners(settings, files, panel, override_sink, reader, books, plates))
    return House(
        _woken(Service(parts), override_sink, inputs, books, planning.goals),
        listeners,
        closing.close,
        goals=planning.goals,
        scheduler=planning.scheduler,
        notifier=messages,
    )


def _journal(
    settings: Settings, books: RuleFiles, clock: Clock, path: Path, decider: RuleDecider
) -> tuple[Journal | None, JournalReader | None]:
    """The journal, begun with the setup and the memory of this start, and its reader. None if none is kept."""
    if not settings.journal.enabled:
        return None, None
    from optimizer.journal.reader import JournalReader
    from optimizer.journal.retention import Keep
    from optimizer.journal.schema import to_ms
    from optimizer.journal.setup import Setup
    from optimizer.journal.writer import Journal

    journal = Journal(path, Keep(settings.journal.keep_days, settings.journal.max_mb))
    setup = Setup(to_site(settings), to_params(settings), device_names(settings))
    journal.begin(setup, decider.memory, to_ms(clock.now()))
    books.listen(lambda version, files: journal.remember_book(version, files, to_ms(clock.now())))
    return journal, JournalReader(path)


def _woken(
    service: Service,
    override_sink: OverrideStore,
    inputs: InputBoard | None,
    books: RuleFiles,
    goals: GoalBoard | None,
) -> Service:
    """The service, which decides at once after a change by hand. Its loop keeps a second between two decisions, however
    many changes come."""
    override_sink.changed = books.changed = service.loop.wake
    if inputs is not None:
        inputs.changed = service.loop.wake
    if goals is not None:
        goals.listen(service.loop.wake)
    return service


def _accounts(panel: Panel, journal: Journal | None) -> tuple[Watcher, ...]:
    """The watchers of visits and days. They record in the journal if there is one."""
    recorded = _open_sessions(journal.path) if journal is not None else ()
    panel.sessions = Sessions(
        books=lambda: panel.books,
        keep=journal.keep_session if journal is not None else lambda session: None,
        recorded=recorded,
        site=panel.site,
        goals=panel.goals.reports if panel.goals is not None else tuple,
    )
    if journal is None:
        return (panel.sessions,)
    return panel.sessions, Days(ledger=lambda: panel.ledger, keep=journal.keep_day)


def _open_sessions(path: Path) -> list[Session]:
    """The sessions that an earlier process left open."""
    from optimizer.journal.schema import JournalError
    from optimizer.journal.sessions import read_sessions

    if not path.exists():
        return []
    try:
        return [one for one in read_sessions(path, BEGINNING, END_OF_TIME) if one.open]
    except JournalError as error:
        log.warning("open sessions of an earlier run are not continued: %s", error)
        return []


def _inputs(
    settings: Settings, clock: Clock, files: KeptFiles, decider: RuleDecider
) -> tuple[InputBoard | None, Callable[[State], State], list[Companion]]:
    """The inputs, what they add to each snapshot, and what must run to read them. None if the house has none."""
    if not settings.inputs and not settings.vehicles:
        return None, lambda state: state, []
    from optimizer.cli.run.inputs import build_inputs
    from optimizer.runtime.inputs.completion import Completion
    from optimizer.settings.vehicle_mapping import to_wiring

    board, pollers = build_inputs(settings, clock, files)
    return board, Completion(to_wiring(settings), decider.vehicles), [poller.run for poller in pollers]


def _outputs(settings: Settings, panel: Panel, override_sink: OverrideStore, files: KeptFiles) -> list[Companion]:
    """The tasks that publish the house over MQTT. Empty without `serve.mqtt`."""
    if settings.serve.mqtt is None:
        return []
    from optimizer.cli.run.outputs import build_output

    output = build_output(settings, settings.serve.mqtt, panel, override_sink, files)
    panel.outputs["mqtt"] = lambda: output.problem
    return [output.run]


def _messages(settings: Settings, panel: Panel, files: KeptFiles) -> tuple[MessageNotifier | None, list[Companion]]:
    """The notifier, and the tasks that it needs. None and no tasks without `notify`."""
    if settings.notify is None:
        return None, []
    from optimizer.cli.run.notify import build_notifier

    found = build_notifier(settings, settings.notify, panel, files)
    panel.outputs["notifications"] = found.problem
    return found, [found.run]


def _listeners(
    settings: Settings,
    files: KeptFiles,
    panel: Panel,
    override_sink: OverrideStore,
    reader: JournalReader | None,
    books: RuleFiles,
    plates: Nameplates,
) -> list[Listener]:
    found: list[Listener] = []
    if (status := settings.serve.status) is not None:
        from optimizer.serve.access.access import AccessControl
        from optimizer.serve.access.logins import Logins
        from optimizer.serve.access.names import own_names
        from optimizer.serve.web.app import status_app

        token = status.token.get_secret_value() if status.token is not None else ""
        logins = Logins(token, panel.clock.now, files)
        names = own_names() | set(status.allowed_hosts)
        guard = AccessControl(token, names, panel.clock.monotonic_s, logins)
        app = status_app(
            panel, guard, override_sink, reader, lambda: books.book, books, currency=settings.prices.currency
        )
        found.append(Listener("status", app, status.host, status.port))
    if (feed := settings.serve.feed) is not None:
        from optimizer.serve.feed.app import feed_app
        from optimizer.serve.feed.values import FeedConfig

        config = FeedConfig(
            nameplates=plates.known,
            hybrid=_hybrids(settings),
            max_age_s=panel.site.grid_max_age_s,
            smart_load=feed.smart_load or "",
            meters=feed.meters,
            meter_location=feed.meter_location,
        )
        found.append(Listener("feed", feed_app(panel, config), feed.host, feed.port, needs_host=False))
    return found


def _hybrids(settings: Settings) -> dict[str, str]:
    """PV by the battery whose inverter it is connected to, for devices with both."""
    return {
        name: battery
        for name, device in settings.devices.items()
        for battery, (given, _) in device.batteries(name).items()
        if getattr(given, "hybrid", False) and name in device.pvs(name)
    }
