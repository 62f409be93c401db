import socket

import pytest

from optimizer.serve.access.names import is_address, is_local_name, own_names


def test_the_names_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "Pi.example.org")
    assert own_names() == {"pi.example.org", "pi"}
    monkeypatch.setattr(socket, "gethostname", lambda: "")
    assert own_names() == frozenset()


@pytest.mark.parametrize("name", ["raspberrypi.local", "raspberrypi-2.local"])
def test_names_that_only_the_home_network_answers(name: str) -> None:
    assert is_local_name(name)


@pytest.mark.parametrize("name", ["local", ".local", "a.b.local", "pi.local.evil.example", "evil.localx", "pi.local."])
def test_other_names(name: str) -> None:
    assert not is_local_name(name)
    assert not is_address(name)
