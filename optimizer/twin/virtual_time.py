"""An event loop with virtual time: it jumps to the next timer when no other work is left.

Code under it must not wait for a real socket or thread. Such a wait takes no virtual time, and timers would come first.
`MemoryLoop` therefore has its own network inside the process. Servers and clients of asyncio find each other by host
and port. Data that one side has written can be read by the other before time continues.
"""

from __future__ import annotations

import asyncio
import itertools
import selectors
import socket
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")

NOON = datetime(2025, 6, 21, 10, 0, tzinfo=UTC)
FIRST_PORT = 20_000
LOOPBACK = "127.0.0.1"


class _JumpingSelector(selectors.SelectSelector):
    """A selector that never waits: if no event is ready, the time advances at once.

    Events of one moment come in the order in which their sockets were registered, or in one that `order` draws. So a
    run does not depend on the numbers of file descriptors, which differ from process to process.
    """

    def __init__(self, order: Random | None) -> None:
        super().__init__()
        self.now_s = 0.0
        self._order = order
        self._places: dict[int, int] = {}
        self._next = itertools.count()

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key = super().register(fileobj, events, data)
        self._places[key.fd] = next(self._next)
        return key

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready:
            ready.sort(key=lambda one: self._places[one[0].fd])
            if self._order is not None:
                self._order.shuffle(ready)
            return ready
        if timeout is None:
            raise RuntimeError("everything waits, and no timer is set: this would wait for ever")
        self.now_s += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """The event loop. Its time begins at 0."""

    def __init__(self, order: Random | None = None) -> None:
        """`order` draws the order of events of one moment. None: the order of their sockets."""
        self._jumping = _JumpingSelector(order)
        super().__init__(self._jumping)
        self._clock_resolution = 1e-6

    def time(self) -> float:
        return self._jumping.now_s


class _Address:
    """The part of a listening socket that a server uses."""

    def __init__(self, port: int) -> None:
        self._port = port

    def getsockname(self) -> tuple[str, int]:
        return (LOOPBACK, self._port)


class MemoryServer:
    """The part of the result of `asyncio.start_server` that the twins use."""

    def __init__(self, ports: dict[int, Callable[[], asyncio.BaseProtocol]], port: int) -> None:
        self.sockets = (_Address(port),)
        self._ports = ports
        self._port = port

    def close(self) -> None:
        """Stop listening. Connections stay open."""
        self._ports.pop(self._port, None)

    async def wait_closed(self) -> None:
        """Returns at once."""


class MemoryLoop(VirtualLoop):
    """A virtual loop whose TCP connections are socket pairs inside the process."""

    def __init__(self, order: Random | None = None) -> None:
        super().__init__(order)
        self._listening: dict[int, Callable[[], asyncio.BaseProtocol]] = {}
        self._numbers = itertools.count(FIRST_PORT)
        self.connections = 0
        """Connections made so far."""

    async def create_server(
        self, protocol_factory: Callable[[], asyncio.BaseProtocol], host: Any = None, port: Any = None, **_: Any
    ) -> Any:
        """Listen on `port`, or on a free port if it is 0. The host is always this process."""
        del host
        number = int(port) or next(self._numbers)
        if number in self._listening:
            raise OSError(98, "address already in use")
        self._listening[number] = protocol_factory
        return MemoryServer(self._listening, number)

    async def create_connection(
        self, protocol_factory: Callable[[], Any], host: Any = None, port: Any = None, **options: Any
    ) -> tuple[asyncio.Transport, Any]:
        """Connect to a server of this loop. Raises ConnectionRefusedError if none listens."""
        if options.get("ssl"):
            raise NotImplementedError("the network in memory knows no TLS")
        served = self._listening.get(int(port or 0))
        if served is None:
            raise ConnectionRefusedError(111, f"nobody listens on {host}:{port}")
        self.connections += 1
        near, far = socket.socketpair()
        for end in (near, far):
            end.setblocking(False)
        theirs, _ = await super().connect_accepted_socket(served, far)
        # A socket pair has no addresses, but servers name their clients by address.
        theirs._extra["peername"] = (LOOPBACK, next(self._numbers))  # type: ignore[attr-defined]
        return await super().create_connection(protocol_factory, sock=near)


class VirtualClock:
    """model.clock.Clock on the time of the running loop. `wall_jump` sets the wall clock."""

    boot = ""

    def __init__(self, start: datetime = NOON) -> None:
        self.start = start
        self.wall_jump = timedelta()
        self._asleep_s = 0.0

    def suspend(self, seconds: float) -> None:
        """Suspend the machine: house time advances, and the timers of the loop do not. Linux counts a suspend in
        CLOCK_BOOTTIME, but not in CLOCK_MONOTONIC, which asyncio uses."""
        self._asleep_s += seconds

    def stand_still(self, seconds: float) -> None:
        """Freeze the process while all clocks advance, as on a paused virtual machine. Every timer of that time is
        due at once."""
        asyncio.get_running_loop()._jumping.now_s += seconds  # type: ignore[attr-defined]

    def now(self) -> datetime:
        return self.start + self.wall_jump + timedelta(seconds=self.monotonic_s())

    def monotonic_s(self) -> float:
        return asyncio.get_running_loop().time() + self._asleep_s

    async def sleep(self, seconds: float) -> None:
        if not isinstance(asyncio.get_running_loop(), VirtualLoop):
            raise RuntimeError("a virtual clock on a loop of real time would really wait: use run_virtually")
        await asyncio.sleep(max(0.0, seconds))

    def timeout(self, seconds: float) -> asyncio.Timeout:
        return asyncio.timeout(seconds)


def run_virtually(main: Coroutine[Any, Any, T], *, network: bool = False) -> T:
    """Run `main` on a new loop, optionally with a network in memory. Remaining tasks are canceled at the end."""
    with asyncio.Runner(loop_factory=MemoryLoop if network else VirtualLoop) as runner:
        return runner.run(main)
