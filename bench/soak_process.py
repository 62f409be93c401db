"""`optimizer` on a house's clock: the same program, its one clock running SPEED times as fast as the wall's.

    python -m bench.soak_process SPEED START ORIGIN -- run --config site.yaml

START is the house's wall time (ISO) at monotonic second ORIGIN of this machine, so that several processes live in
the same house time. Says `began SECOND` on standard output (monotonic) once the program is loaded and asks for its
clock for the first time: a program does not load faster in a faster house.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime
from importlib import import_module

import optimizer.model.clock
from optimizer.model.clock import ScaledClock


class SharedClock(ScaledClock):
    """A scaled clock that all processes of a house agree on."""

    def __init__(self, start: datetime, speed: float, origin: float) -> None:
        """`origin`: second of the machine's monotonic clock at which the house's time was `start`."""
        super().__init__(start, speed)
        self._origin = origin


def main() -> None:
    """Put the clock in the place of the system's and run the command line."""
    speed, start, origin, _, *words = sys.argv[1:]

    def clock() -> SharedClock:
        print(f"began {time.monotonic()}", flush=True)
        return SharedClock(datetime.fromisoformat(start), float(speed), float(origin))

    optimizer.model.clock.SystemClock = clock  # type: ignore[misc, assignment]
    # Only now, with the clock in its place. A command loads these when it is called, which is too late to be measured.
    for module in ("cli.run.assemble", "cli.run.progress", "serve.server", "settings.release"):
        import_module(f"optimizer.{module}")
    from optimizer.cli import application  # noqa: PLC0415 - as above

    application()(words)


if __name__ == "__main__":
    main()
