"""The settings of a device over HTTP: unusable addresses and files, TLS contexts, and secrets."""

from __future__ import annotations

import ssl

import pytest

from optimizer.devices.http import HttpConfig, HttpDevice
from optimizer.devices.port import DeviceError
from optimizer.model.clock import SystemClock


@pytest.mark.parametrize(
    "url", ["device", "ftp://device", "http://x:owner@device", "http://", "http://d/?token=1", "http://d:port"]
)
def test_a_url_that_cannot_be_used_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        HttpDevice(HttpConfig(url), SystemClock())


def test_a_missing_certificate_file_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="ca_file"):
        HttpDevice(HttpConfig("https://d", ca_file="/nowhere/ca.pem"), SystemClock())


async def test_a_new_connection_makes_no_tls_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are slow to make, and a device with a poor network gets many new connections."""
    made: list[int] = []
    real = ssl.SSLContext

    def counting(protocol: int) -> ssl.SSLContext:
        made.append(protocol)
        return real(protocol)

    monkeypatch.setattr(ssl, "SSLContext", counting)
    device = HttpDevice(HttpConfig("http://127.0.0.1:9"), SystemClock())
    assert len(made) == 1
    for _ in range(2):
        with pytest.raises(DeviceError):
            await device.get_json("/")
    await device.close()
    assert len(made) == 1


def test_no_secret_in_the_repr() -> None:
    config = HttpConfig("http://d", password="hunter2", headers={"Auth-Token": "hunter2"})
    assert "hunter2" not in repr(config)


@pytest.mark.parametrize("url", ["http://me:hunter2/@h", "http://[hunter2@h", "http://me:hunter2@h", "hunter2@h"])
def test_a_url_that_is_refused_is_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="URL") as caught:
        HttpDevice(HttpConfig(url), SystemClock())
    assert "hunter2" not in str(caught.value)
