"""Devices behind one host and port share one connection: many gateways and inverters accept no second one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer.devices.modbus_tcp import ModbusLine  # its library costs memory; few houses need it

Lines = dict[tuple[str, int], "ModbusLine"]

_current: ContextVar[Lines | None] = ContextVar("modbus_lines", default=None)


def current_lines() -> Lines | None:
    """The connections that are shared here, by host and port; None: each device has its own."""
    return _current.get()


@contextmanager
def shared_lines() -> Iterator[None]:
    """Adapters that are made inside share the connection of a host and port, also with those of a block around it."""
    around = _current.get()
    token = _current.set({} if around is None else around)
    try:
        yield
    finally:
        _current.reset(token)
