"""Claims: which process of this machine controls a device, whatever its state folder.

A claim is a socket in the abstract namespace of Linux, with the address of the device in its name. Only one process can
have it, it needs no file, and the operating system releases it at any end of the process.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import socket
import struct
from collections.abc import Mapping

from optimizer.words.text import Text

log = logging.getLogger(__name__)

PREFIX = "\0optimizer-device-"
ASK_S = 0.5
"""Waiting time for the process id of the other process."""
CREDENTIALS = struct.Struct("3i")
"""Process, user, and group at the other end of a socket."""


class AlreadyControlled(Exception):
    """Another process controls a device."""

    def __init__(self, device: str, address: str, process: int) -> None:
        super().__init__(
            Text(
                "{who} already controls {device} ({address}), with another state folder. Two instances would "
                "overwrite each other's commands. Stop the other one, or remove the device here.",
                who=Text("process {holder}", holder=process) if process else Text("another process"),
                device=device,
                address=address,
            )
        )


class DeviceClaims:
    """The devices of one service, from `take` to `release` or to the end of the process."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []

    def take(self, addresses: Mapping[str, str]) -> None:
        """Claim each device by its address. Raises AlreadyControlled, and then holds none.

        A system without abstract sockets, or one that forbids them, claims nothing.
        """
        for address, device in {address: device for device, address in addresses.items()}.items():
            try:
                self._take(address)
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    self.release()
                    raise AlreadyControlled(device, address, _holder(address)) from None
                log.debug("%s cannot be claimed: %s", device, error)

    def release(self) -> None:
        """End all claims."""
        while self._sockets:
            self._sockets.pop().close()

    def _take(self, address: str) -> None:
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            claim.bind(_name(address))
            claim.listen(8)
        except OSError:
            claim.close()
            raise
        self._sockets.append(claim)


def _name(address: str) -> str:
    return PREFIX + hashlib.sha256(address.encode()).hexdigest()[:32]


def _holder(address: str) -> int:
    """The process that has the claim. 0: not known."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(ASK_S)
        try:
            asking.connect(_name(address))
            process, _, _ = CREDENTIALS.unpack(
                asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
            )
        except (OSError, AttributeError):
            return 0
    return int(process)
