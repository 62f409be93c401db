"""End the process if the event loop hangs and no systemd watches it. The restart policy of a container restarts it."""

from __future__ import annotations

import faulthandler
import logging
import sysconfig
from collections.abc import Callable, Mapping

from optimizer.control.report import TickReport
from optimizer.model.clock import Clock

log = logging.getLogger(__name__)

HUNG_S = 120.0
"""A loop without a turn for this long hangs. No load of the service takes so long."""
LOOK_S = 10.0
"""Interval at which the loop shows that it runs while a device is held."""
STDERR = 2


def wanted(environ: Mapping[str, str]) -> bool:
    """Whether no other watchdog exists and the timer is reliable.

    Without `sem_clockwait` (glibc before 2.30, musl) Python's timed waits follow the wall clock. A clock that is set,
    or a suspended machine, would then end a healthy process.
    """
    return "WATCHDOG_USEC" not in environ and bool(sysconfig.get_config_var("HAVE_SEM_CLOCKWAIT"))


def _arm(seconds: float) -> None:
    """After `seconds`, write the stack of every thread to standard error and exit with code 1.

    A thread of faulthandler counts the time on the monotonic clock, which does not run while the machine is suspended.
    Neither this thread nor the exit waits for the loop.
    """
    faulthandler.dump_traceback_later(seconds, exit=True, file=STDERR)


class HungExit:
    """A watchdog like systemd's. Each decision restarts its timer, from the start of `watch` until its cancellation.

    Without decisions, leases expire and devices are handed back. The watchdog does not interrupt this: while a device
    is held (`held`), a loop that runs is enough.
    """

    def __init__(
        self,
        held: Callable[[], bool],
        clock: Clock,
        *,
        timeout_s: float = HUNG_S,
        arm: Callable[[float], None] = _arm,
        disarm: Callable[[], None] = faulthandler.cancel_dump_traceback_later,
    ) -> None:
        self._held = held
        self._clock = clock
        self._timeout_s = timeout_s
        self._arm = arm
        self._disarm = disarm
        self._watching = False

    def on_tick(self, report: TickReport) -> None:
        """A decision was made (control.report.Watcher)."""
        del report
        if self._watching:
            self._arm(self._timeout_s)

    async def watch(self) -> None:
        """Run beside the loop until the service stops (runtime.service.Companion). A stop may take any time."""
        log.info("a loop that hangs for %.0f s ends the process, with every stack on standard error", self._timeout_s)
        self._watching = True
        try:
            self._arm(self._timeout_s)
            while True:
                await self._clock.sleep(LOOK_S)
                if self._held():
                    self._arm(self._timeout_s)
        finally:
            self._watching = False
            self._disarm()
