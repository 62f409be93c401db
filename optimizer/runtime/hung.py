"""A loop that hangs ends its process, where no systemd watches it: a container's restart policy then starts it anew."""

from __future__ import annotations

import faulthandler
import logging
import sysconfig
from collections.abc import Callable, Mapping

from optimizer.control.report import TickReport
from optimizer.model.clock import Clock

log = logging.getLogger(__name__)

HUNG_S = 120.0
"""No machine that follows the sun is busy for so long."""
LOOK_S = 10.0
"""The loop shows so often that it turns, while something is held."""
STDERR = 2


def wanted(environ: Mapping[str, str]) -> bool:
    """Whether nobody else watches, and only a loop that hangs would be taken for one.

    Without `sem_clockwait` (glibc before 2.30, musl) Python's timed waits follow the wall clock: one that is set, or
    a machine that was suspended, would end a sound process.
    """
    return "WATCHDOG_USEC" not in environ and bool(sysconfig.get_config_var("HAVE_SEM_CLOCKWAIT"))


def _arm(seconds: float) -> None:
    """In so many s: every thread's stack to standard error, and an exit with 1.

    A thread of faulthandler's own counts them, on the monotonic clock, which stands still while the machine is
    suspended; neither it nor its exit waits for what hangs.
    """
    faulthandler.dump_traceback_later(seconds, exit=True, file=STDERR)


class HungExit:
    """Armed anew with each decision, like systemd's watchdog, from `watch` on until that is cancelled.

    Without decisions leases run out and devices are handed back. That is not cut short: while anything is held
    (`held`), a loop that turns is enough.
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
        """Beside the loop until leaving begins (runtime.service.Companion); an orderly end takes the time it needs."""
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
