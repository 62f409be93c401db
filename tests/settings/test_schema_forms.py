"""The form of a text is told in words. A pattern is for programs."""

import re
from collections.abc import Callable

import pytest

from optimizer.settings.schema import FORMS, allowed
from tests.settings.conftest import HOUSE

Complain = Callable[[str], str]

METER = "  meter:\n    type: {}\n    readings:\n      pv_power: {}\n"


@pytest.mark.parametrize("pattern", FORMS)
def test_each_form_is_told_for_its_pattern(pattern: str) -> None:
    re.compile(pattern)
    assert allowed({"type": "string", "pattern": pattern}) == FORMS[pattern]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            METER.format("modbus\n    host: http://192.0.2.9", "{address: 1}"),
            ("allowed: a host name or an IP address",),
        ),
        (METER.format("modbus\n    host: 192.0.2.9:502", "{address: 1}"), ("Write host: 192.0.2.9 and port: 502",)),
        (METER.format("mqtt\n    host: 192.0.2.9", "{topic: house/#}"), ("allowed: a topic without + and #",)),
        (METER.format("mqtt\n    host: mqtt://192.0.2.9", "{topic: a}"), ("without http:// and without a port",)),
        (METER.format("http_json\n    url: http://a", "{path: a, request: values}"), ("a path that begins with /",)),
        (
            METER.format("http_json\n    host: 192.0.2.9", "{path: a}"),
            ("allowed: an address such as http://192.168.1.20", "give the address as `url`"),
        ),
        (
            METER.format("mqtt\n    url: http://192.0.2.9", "{topic: a}"),
            ("give the address as `host`, without http://",),
        ),
    ],
)
def test_what_is_allowed_is_told(complain: Complain, text: str, parts: tuple[str, ...]) -> None:
    message = complain(HOUSE + text)
    for part in parts:
        assert part in message


@pytest.mark.parametrize("host", ["192.0.2.9", "broker.local", "'fe80::1'", "'::1'", "'[::1]'"])
def test_hosts_without_a_port_are_taken(complain: Complain, host: str) -> None:
    text = METER.format(f"modbus\n    host: {host}", "{address: 70000}")  # the only mistake, but for brackets
    assert "a host has no port" not in complain(HOUSE + text)
