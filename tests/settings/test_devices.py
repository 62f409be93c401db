"""Accepted forms of a device's address. Refused forms are in test_mistakes.py."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from optimizer.devices import http_config
from optimizer.settings.devices import checked_url


@pytest.mark.parametrize(
    "url", ["http://192.0.2.1", "https://meter.local:8443", "http://[fe80::1]", "http://[2001:db8::1]:8080"]
)
def test_an_address_with_or_without_a_port(url: str) -> None:
    assert checked_url(url) == url
    assert checked_url(f"{url}/") == url


@given(
    st.from_regex(r"https?://[0-9a-z.\-:\[\]äß%_]{1,24}(/[a-z]{0,5})?", fullmatch=True)
    | st.builds("http://{}.{}.{}.{}".format, *[st.integers(0, 999)] * 4)
)
@example("http://192.168.1.999")
@example("http://192.168.1.20:8080/")
def test_an_address_that_the_settings_take_is_one_that_a_device_takes(url: str) -> None:
    try:
        taken = checked_url(url)
    except ValueError:
        return
    base, name = http_config.checked_url(taken)
    assert base == taken
    assert name


def test_an_address_with_a_number_above_255_says_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="four numbers from 0 to 255"):
        checked_url("http://192.168.1.999")
