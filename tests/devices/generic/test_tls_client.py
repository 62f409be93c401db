"""A TLS handshake that fails leaves no open socket."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from threading import Thread

import pytest

from optimizer.devices.generic.mqtt_broker import Broker
from optimizer.devices.generic.tls_client import tls_of

TLS = Path(__file__).parents[1] / "tls"


@pytest.mark.parametrize("own", [True, False])
def test_the_socket_is_closed_only_if_the_handshake_fails(own: bool) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(TLS / "device.pem", TLS / "device.key")
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        taken, _ = listener.accept()
        try:
            server.wrap_socket(taken, server_side=True).close()
        except OSError:
            taken.close()

    thread = Thread(target=answer)
    thread.start()
    context = tls_of(Broker("127.0.0.1", 0, tls=True, ca_file=str(TLS / ("device.pem" if own else "other.pem"))))
    assert context is not None
    plain = socket.create_connection(listener.getsockname(), timeout=10.0)
    wrapped = context.wrap_socket(plain, server_hostname="127.0.0.1", do_handshake_on_connect=False)
    if own:
        wrapped.do_handshake()
    else:
        with pytest.raises(ssl.SSLCertVerificationError):
            wrapped.do_handshake()
    assert (wrapped.fileno() >= 0) is own
    wrapped.close()
    thread.join(10.0)
    listener.close()


def test_a_broker_without_tls_needs_nothing() -> None:
    assert tls_of(Broker("127.0.0.1", 1883)) is None
