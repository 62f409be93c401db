import pytest

from optimizer.serve.address import authority


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "127.0.0.1:8080"),
        ("house.local", "house.local:8080"),
        ("::1", "[::1]:8080"),
        ("fe80::1%eth0", "[fe80::1%eth0]:8080"),
    ],
)
def test_an_address_of_ipv6_stands_in_brackets(host: str, expected: str) -> None:
    assert authority(host, 8080) == expected
