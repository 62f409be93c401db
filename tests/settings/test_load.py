"""The sources of settings, and their order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.settings.conftest import HOUSE, Read


def test_the_file_and_its_defaults(read: Read, tmp_path: Path) -> None:
    settings = read()
    assert settings.site.name == "test house"
    assert settings.site.zone.key == "Europe/Berlin"
    assert list(settings.devices) == ["carport", "house"]
    assert settings.control.tick_s == 5.0
    assert settings.rules == tmp_path / "rules"
    assert settings.state_dir == tmp_path / "state"
    assert settings.on_exit == "pause"


def test_words_and_times_of_yaml_1_2_stay_text(read: Read) -> None:
    assert read(HOUSE.replace("test house", "off")).site.name == "off"
    assert read(HOUSE.replace("test house", "22:00")).site.name == "22:00"
    assert read(HOUSE.replace("test house", "2026-01-01")).site.name == "2026-01-01"


def test_the_environment_overrides_the_file(read: Read) -> None:
    environ = {
        "OPTIMIZER_SITE__TIME_ZONE": "Europe/Vienna",
        "OPTIMIZER_SITE__FUSE_A": "25",
        "OPTIMIZER_DEVICES__CARPORT__CHARGER__PHASES": '["L2"]',
        "OPTIMIZER_DEVICES__CARPORT__VERIFY_TLS": "false",
        "OPTIMIZER_ON_EXIT": "keep",
        "OPTIMIZER_CONFIG": "elsewhere.yaml",
        "PATH": "/bin",
    }
    settings = read(environ=environ)
    assert settings.site.time_zone == "Europe/Vienna"
    assert settings.site.name == "test house"
    assert settings.site.fuse_a == 25.0
    assert settings.devices["carport"].charger.phases == ("L2",)
    assert settings.devices["carport"].verify_tls is False
    assert settings.on_exit == "keep"


def test_a_whole_section_as_json(read: Read) -> None:
    settings = read(environ={"OPTIMIZER_CONTROL": '{"tick_s": 10}', "OPTIMIZER_CONTROL__GRID_SHARE": "0.2"})
    assert (settings.control.tick_s, settings.control.grid_share) == (10.0, 0.2)


def test_a_secret_from_a_file_beside_the_settings(read: Read, tmp_path: Path) -> None:
    (tmp_path / "fems.txt").write_text("sunny\n")
    settings = read(HOUSE + "    password_file: fems.txt\n")
    assert settings.devices["house"].password.get_secret_value() == "sunny"


@pytest.mark.parametrize("written", ["sunny", " sunny\t\r\n", "\n\nsunny", "\ufeffsunny\n"])
def test_white_space_around_a_secret_does_not_count(read: Read, tmp_path: Path, written: str) -> None:
    (tmp_path / "fems.txt").write_text(written)
    (tmp_path / "devices.house.password").write_text(written)
    ways = [
        (HOUSE + "    password_file: fems.txt\n", {}),
        (HOUSE, {"CREDENTIALS_DIRECTORY": str(tmp_path)}),
        (HOUSE, {"OPTIMIZER_DEVICES__HOUSE__PASSWORD": written.strip("\ufeff")}),
    ]
    for text, environ in ways:
        assert read(text, environ).devices["house"].password.get_secret_value() == "sunny"


def test_a_secret_in_the_environment_wins_over_credential_and_file(read: Read, tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "devices.house.password").write_text("from systemd")
    (credentials / "serve.status.token").write_text("0123456789abcdef")
    (credentials / "somebody.else").write_text("x")
    environ = {"CREDENTIALS_DIRECTORY": str(credentials)}
    text = HOUSE + "    password: from the file\n"
    settings = read(text, environ)
    assert settings.devices["house"].password.get_secret_value() == "from systemd"
    assert settings.serve.status is not None
    assert settings.serve.status.token is not None
    assert settings.serve.status.token.get_secret_value() == "0123456789abcdef"
    environ["OPTIMIZER_DEVICES__HOUSE__PASSWORD"] = "from the environment"
    assert read(text, environ).devices["house"].password.get_secret_value() == "from the environment"


def test_systemd_says_where_state_lives(read: Read) -> None:
    assert read(environ={"STATE_DIRECTORY": "/var/lib/optimizer"}).state_dir == Path("/var/lib/optimizer")
    assert read("state_dir: /srv/state\n" + HOUSE).state_dir == Path("/srv/state")


def test_the_status_page_can_be_turned_off(read: Read) -> None:
    assert read(HOUSE + "serve:\n  status:\n").serve.status is None


def test_a_secret_that_everybody_may_read_is_warned_of(read: Read, tmp_path: Path) -> None:
    (tmp_path / "fems.txt").write_text("sunny\n")
    (tmp_path / "fems.txt").chmod(0o640)
    (tmp_path / "site.yaml").touch()
    (tmp_path / "site.yaml").chmod(0o644)
    assert read(HOUSE + "    password_file: fems.txt\n").warnings == ()
    (tmp_path / "fems.txt").chmod(0o644)
    [warning] = read(HOUSE + "    password_file: fems.txt\n").warnings
    assert "fems.txt holds devices.house.password, and everybody" in warning
    [warning] = read(HOUSE + "    password: sunny\n").warnings
    assert warning.startswith(f"{tmp_path / 'site.yaml'} holds devices.house.password, and everybody")
    assert "sunny" not in warning


def test_what_the_warning_of_an_open_secret_advises_is_what_works(read: Read, tmp_path: Path) -> None:
    """The service's own user owns no file: it must be told of a credential, which then is what is read."""
    site = tmp_path / "site.yaml"
    site.touch()
    site.chmod(0o644)
    [warning] = read(HOUSE + "    password: sunny\n").warnings
    [advised] = [word for word in warning.split() if word.startswith("LoadCredential=")]
    name, _, file = advised.removeprefix("LoadCredential=").partition(":")
    assert file.startswith("/etc/optimizer/secrets/")
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / name).write_text("sunny\n")
    followed = read(HOUSE, {"CREDENTIALS_DIRECTORY": str(credentials)})
    assert followed.devices["house"].password.get_secret_value() == "sunny"
    assert followed.warnings == ()


def test_nothing_shows_a_secret(read: Read) -> None:
    settings = read(HOUSE + "    password: hunter2\nserve:\n  status: {token: hunter2hunter2hunter2}\n")
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in settings.model_dump_json()


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "site:\n  name: x\n"])
def test_a_site_without_devices_is_a_site(read: Read, text: str) -> None:
    assert read(text).devices == {}


def test_a_secret_that_looks_like_json_stays_text(read: Read) -> None:
    settings = read(environ={"OPTIMIZER_DEVICES__HOUSE__PASSWORD": '["sunny"]'})
    assert settings.devices["house"].password.get_secret_value() == '["sunny"]'


def test_a_variable_that_is_no_setting_is_named(complain: Callable[..., str]) -> None:
    for name in ("OPTIMIZER_FUSE", "OPTIMIZER_SITE__FUSE", "OPTIMIZER_ON_EXIT__FUSE", "OPTIMIZER_DEVICES__HOUSE__FUSE"):
        assert f"environment variable {name}" in complain(environ={name: "35"})


def test_json_with_a_mistake_is_named(complain: Callable[..., str]) -> None:
    assert "environment variable OPTIMIZER_CONTROL" in complain(environ={"OPTIMIZER_CONTROL": '{"tick_s": 10'})
    assert "environment variable OPTIMIZER_CONTROL" in complain(environ={"OPTIMIZER_CONTROL": "[" * 100_000})
