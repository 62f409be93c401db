"""TLS of a client whose socket is closed if the handshake fails. paho leaves it open, until memory is cleaned up."""

from __future__ import annotations

import ssl

from optimizer.devices.generic.mqtt_broker import Broker

WAITING = (ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""A handshake without blocking is not over yet."""


class _Socket(ssl.SSLSocket):
    """A socket that no failed handshake leaves open."""

    def do_handshake(self, block: bool = False) -> None:
        """As in ssl. Raises OSError, with the socket closed."""
        try:
            super().do_handshake(block)
        except WAITING:
            raise
        except OSError:
            self.close()
            raise


def tls_of(broker: Broker) -> ssl.SSLContext | None:
    """What a connection to this broker needs for TLS. None: it has none. Raises OSError for an unusable file."""
    if not broker.tls:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if broker.ca_file:
        context.load_verify_locations(broker.ca_file)
    else:
        context.load_default_certs()
    context.sslsocket_class = _Socket
    return context
