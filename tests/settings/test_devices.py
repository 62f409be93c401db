"""Accepted forms of a device's address. Refused forms are in test_mistakes.py."""

from __future__ import annotations

import pytest

from optimizer.settings.devices import checked_url


@pytest.mark.parametrize(
    "url", ["http://192.0.2.1", "https://meter.local:8443", "http://[fe80::1]", "http://[2001:db8::1]:8080"]
)
def test_an_address_with_or_without_a_port(url: str) -> None:
    assert checked_url(url) == url
    assert checked_url(f"{url}/") == url
