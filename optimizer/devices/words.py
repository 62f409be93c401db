"""Words for messages about connections: causes in the owner's terms, and text of a device made printable."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Mapping

from optimizer.words.text import Text

REASONS: Mapping[int, str] = {
    errno.ECONNREFUSED: Text("nothing listens there: the connection is refused"),
    errno.EHOSTUNREACH: Text("no such host in the network: is the device on?"),
    errno.ENETUNREACH: Text("there is no way into its network: is this machine connected?"),
}
"""The meaning of a failed connection for the owner, by its errno."""


LONGEST_QUOTE = 40


def printable(text: str, most: int = 200) -> str:
    """Text of a device for a message or a page. It is cut, and characters that do not print become question marks."""
    return "".join(character if character.isprintable() else "?" for character in text[:most])


def plain(error: Exception) -> str:
    """The cause of an error in plain words, from the system's own error where the library only reports a failure."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and (word := REASONS.get(cause.errno or 0)):
            return word
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Text("its certificate is not trusted: {value} (see ca_file)", value=cause.verify_message.rstrip("."))
        if isinstance(cause, ssl.SSLError):
            if cause.reason == "WRONG_VERSION_NUMBER":  # the first bytes of the answer are not TLS
                return Text("it answers without TLS: check the port, and whether it is https:// or http://")
            return Text("TLS fails: {reason}", reason=(cause.reason or str(cause)).lower().replace("_", " "))
        if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN:  # it says nothing about the name
            return Text("no name server (DNS) answers: check the router and its internet connection")
        if isinstance(cause, socket.gaierror):
            return Text("no device of this name is known in the network")
        inner = cause.exceptions[0] if isinstance(cause, BaseExceptionGroup) else None
        cause = inner or cause.__cause__ or cause.__context__
    return str(error) or type(error).__name__


def quoted(value: object) -> str:
    """`value` for a message: a text in quotes, a word for what is no single value."""
    if isinstance(value, dict):
        return Text("an object")
    if isinstance(value, list):
        return Text("a list")
    return f"“{printable(str(value), LONGEST_QUOTE)}”"
