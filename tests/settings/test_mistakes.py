"""Every mistake is answered with its place, the wrong value, what is allowed and what was perhaps meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from optimizer.settings import SettingsErrors, load_settings
from tests.settings.conftest import HOUSE, Read

Complain = Callable[..., str]


def test_the_whole_form_of_a_message(complain: Complain, tmp_path: Path) -> None:
    assert complain(HOUSE.replace("Europe/Berlin", "Europe/Berln") + "    timout_s: 3\n") == (
        f"{tmp_path}/site.yaml:3:14: site.time_zone: “Europe/Berln” is not a time zone;"
        " did you mean “Europe/Berlin”?\n"
        "    3 |   time_zone: Europe/Berln\n"
        "      |              ^\n"
        f"{tmp_path}/site.yaml:11:5: devices.house.timout_s: there is no setting “timout_s” here\n"
        "   11 |     timout_s: …\n"
        "      |     ^\n"
        "      allowed: poll_s, timeout_s, max_age_s, delay_s, url, user, password, verify_tls, ca_file, type, grid,"
        " pv, grid_meter, api_timeout_s, reactive, battery, more_batteries\n"
        "      did you mean “timeout_s”?\n"
        "2 mistakes in the settings"
    )


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("site: {fuse_a: 1000}", (":1:16:", "site.fuse_a: 1000 is too large", "a number from 6 to 125 A")),
        ("site: {fuse_a: .nan}", ("site.fuse_a", "is not a finite number")),
        ("site: {fuse_a: lots}", ("site.fuse_a: “lots” is not a number",)),
        ("site: {name: 12}", ("site.name: 12 is not text",)),
        ("grid: {url: x}", ("grid: a mapping is given where text is required",)),
        ("site: [1]", ("site: a list is given where a section is required", "a section: name, time_zone")),
        ("control: {follow: {switches_per_day: 4}}", ("there is no setting", "give control.follow.switch_cost_ct")),
        ("control: {follow: {budget_days: 20}}", ("there is no setting", "Remove this line")),
        ("devices: {a: {type: mqtt, passwort_file: a}}", ("there is no setting", "did you mean “password_file”?")),
        ("serve: {status: {tokn_file: a}}", ("there is no setting", "did you mean “token_file”?")),
        (
            "goals: {carport: {}}",
            ("goals: a mapping is not a list", "allowed: a list in which each entry begins with `-`"),
        ),
        ("sight: {}", ("there is no setting “sight” here", "did you mean “site”?")),
        ("on_exit: halt", ("on_exit: “halt” is not one of the allowed values", "allowed: pause, minimum, keep")),
        ("on_exit: paus", ("did you mean “pause”?",)),
        ("rules: nowhere", ("rules: there is no file or folder", "nowhere")),
        ("serve: {feed: {port: 0}}", ("serve.feed.port: 0 is too small", "from 1 to 65535")),
        ("serve: {feed: {port: 8080}}", ("serve: status and feed both want port 8080",)),
        ("serve: {status: {host: 'a b'}}", ("serve.status.host: “a b” has the wrong format",)),
        ("devices: {Car: {type: fems}}", ("devices.Car: “Car” is not a name for a device", "lowercase letters")),
        ("devices: {car: {url: x}}", ("devices.car: has no `type`", "fems")),
        ("devices: {car: {type: nrgkik}}", ("devices.car.type: “nrgkik” is not a type", "did you mean “nrgkick”?")),
        ("devices: {car: {type: nrgkick}}", ("devices.car.url: is required but missing",)),
        ("devices: {car: 7}", ("devices.car", "7 is given where a section is required")),
        ("devices: {car: {type: nrgkick, url: 192.0.2.1}}", ("devices.car.url: an address begins with http://",)),
        ("devices: {car: {type: nrgkick, url: 'http://a:b'}}", ("the port is a number",)),
        ("devices: {car: {type: nrgkick, url: 'http://a:0'}}", ("the port is a number",)),
        ("devices: {car: {type: nrgkick, url: 'http://fe80::1'}}", ("an IPv6 address stands in brackets",)),
        ("tariff: {feed_in_ct: 8, alternative_ct: 8}", ("tariff.alternative_ct: 8 ct is not more",)),
        ("grid: cellar", ("grid: there is no device “cellar”",)),
        ("site: {name: a, name: b}", (":1:17:", "“name” is given twice, first in line 1")),
        ("site: &here {name: a}", ("anchors and aliases are not allowed",)),
        ('site: {name: "\\ud800"}', ("an escape from", "is not a character")),
        ("site: !!python/name:os.system {}", ("the tag", "is not allowed")),
        ("[1, 2]", ("must be a mapping of settings",)),
        ("site:\n\tname: x", (":2:1:", "is not YAML", "indent with spaces, not with tabs")),
        ("site:\n  name: x\n  fuse_a 35  # A\n  house_max_a: 16", (":3:3:", "with a colon and a space")),
        (
            "devices:\n  a:\n    type fems # b\n\n    url: http://a",
            (":3:5:", "this line has no colon", "`name: value`"),
        ),
        ("devices:\n  a\n    type: fems", (":2:3:", "this line has no colon")),
        ("site: x: y", (":1:8:", "put a text with a colon in quotes")),
        ('site:\n  name: "home\ngrid: none', ("is not YAML", "a quotation mark is not closed")),
        ("site: {name: x", ("is not YAML", "expected ',' or '}'")),
        ("a: b\n---\nc: d", ("is not YAML",)),
        ("[" * 5000, ("is nested more than 12 deep",)),
        ("x: " + "y" * 300_000, ("is larger than 256 KiB",)),
        ("? [1]\n: 2", ("a key must be a word",)),
        ("x: \0", ("is not YAML",)),
    ],
)
def test_each_kind_of_mistake(complain: Complain, text: str, parts: tuple[str, ...]) -> None:
    message = complain(text)
    for part in parts:
        assert part in message
    assert message.endswith("in the settings")


def test_a_secret_from_a_file_is_wrong_where_the_file_is_named(complain: Complain, tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text("short\n")
    text = HOUSE + "serve:\n  status:\n    port: 8080\n    token_file: token.txt\n"
    message = complain(text)
    assert "site.yaml:14:17: serve.status.token: is shorter than 16 characters" in message
    assert "   14 |     token_file: token.txt\n      |                 ^" in message
    message = complain(HOUSE, {"OPTIMIZER_SERVE__STATUS__TOKEN_FILE": "token.txt"})
    assert "environment variable OPTIMIZER_SERVE__STATUS__TOKEN_FILE: serve.status.token: is shorter" in message
    assert "short\n" not in message


@pytest.mark.parametrize(
    ("more", "part"),
    [
        ("  second: {type: fems, url: 'http://a'}\n", "grid: 2 devices measure the grid connection. Choose one"),
        ("grid: carport\n", "grid: the device “carport” does not measure the grid connection"),
        ("    more_batteries: {b: {}}\n", "two of its batteries have the same component id"),
        (
            "    more_batteries: {carport: {component: ess1}, house: {component: ess2}}\n",
            "“house” is the name of its first battery",
        ),
        (
            "  battery: {type: nrgkick, url: 'http://192.0.2.11'}\n",
            "a charger cannot have the name “battery”: `schedule.battery.mode` is the mode of the house battery",
        ),
        ("  ev: {type: nrgkick, url: 'http://192.0.2.11'}\n", "only the first charger can have the name “ev”"),
        ("grid: hous\n", "did you mean “house”?"),
        ("site2: 1\n", "did you mean “site”?"),
    ],
)
def test_parts_that_do_not_fit_together(complain: Complain, more: str, part: str) -> None:
    assert part in complain(HOUSE + more)


@pytest.mark.parametrize(
    ("charger", "part"),
    [
        ("{phases: [L1], phase_switching: true}", "a charger wired to one phase cannot switch phases"),
        ("{phases: [L1, L1, L2]}", "a phase is named twice"),
        ("{phases: [L1, L2]}", "two phases are not supported"),
        ("{phases: []}", "has too few entries"),
        ("{phases: [L4]}", "devices.carport.charger.phases.0: “L4” is not one of the allowed values"),
        ("{max_current_a: 5}", "5 is too small"),
    ],
)
def test_wiring_of_a_charger(complain: Complain, charger: str, part: str) -> None:
    assert part in complain(f"devices:\n  carport: {{type: nrgkick, url: 'http://a', charger: {charger}}}\n")


def test_a_charger_above_the_fuse(complain: Complain) -> None:
    assert "32 A is more than the fuse, 25 A" in complain(
        HOUSE.replace("    type: nrgkick", "    type: nrgkick\n    charger: {max_current_a: 32}"),
        {"OPTIMIZER_SITE__FUSE_A": "25"},
    )


def test_a_mistake_in_the_environment_names_the_variable(complain: Complain) -> None:
    message = complain(environ={"OPTIMIZER_SITE__FUSE_A": "ten", "OPTIMIZER_SIET": "x", "OPTIMIZER_CONTROL": "{tick"})
    assert "environment variable OPTIMIZER_SITE__FUSE_A: site.fuse_a: “ten” is not a number" in message
    assert "environment variable OPTIMIZER_SIET: siet: there is no setting “siet” here" in message
    assert "did you mean “site”?" in message
    assert "environment variable OPTIMIZER_CONTROL: control: “{tick” is given where a section is required" in message


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (None, "cannot be read: No such file"),
        (b"", "does not contain exactly one line"),
        (b"one\ntwo\n", "does not contain exactly one line"),
        (b"\xff\xfe", "is not text"),
    ],
)
def test_a_secret_file_that_holds_none(complain: Complain, tmp_path: Path, content: bytes | None, part: str) -> None:
    if content is not None:
        (tmp_path / "fems.txt").write_bytes(content)
    message = complain(HOUSE + "    password_file: fems.txt\n")
    assert "site.yaml:11:20: devices.house.password_file: the file" in message
    assert part in message


def test_a_secret_given_twice(complain: Complain) -> None:
    assert "password and password_file are both given" in complain(
        HOUSE + "    password: hunter2\n    password_file: x\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        HOUSE + "    password: [hunter2]\n",
        HOUSE + "    pasword: hunter2\n",
        HOUSE + "    nonsense: hunter2\n",
        HOUSE + "    battery: {nonsense: hunter2, floor_soc_percent: 101}\n",
        HOUSE + "    password: hunter2\n    poll_s: ten\n",
        HOUSE + "    {password: hunter2\n",
        HOUSE + "    password: hunter2\n    password: hunter2\n",
        HOUSE + "    password: !x hunter2\n",
        HOUSE + "    password: &x hunter2\n",
        HOUSE + "    password: 'hunter2\n",
        HOUSE + "    password: hunter2: x\n",
        HOUSE + "    password: |\n      hunter2\n      more\n    poll_s: ten\n",
        HOUSE.replace("http://192.0.2.20", "http://me:hunter2@192.0.2.20"),
        HOUSE.replace("http://192.0.2.20", "http://192.0.2.20/?token=hunter2"),
        "serve: {status: {token: hunter2}}",
        "devices: {house: {type: fems, url: 'http://a', password: hunter2, poll_s: ten, user: [x]}}",
    ],
)
def test_no_message_repeats_a_secret(complain: Complain, text: str) -> None:
    assert "hunter2" not in complain(text)


PRIVATE_URLS = (
    "http://me:hunter2@h",
    "http://me:hun/ter2@h",
    "http://me:8/hunter2@h",
    "http://me:hun@ter2@h",
    "http://me:hun ter2@h",
    "http://me:hun?ter2@h",
    "http://me:hun#ter2@h",
    "http://me:hun #ter2@h",
    "http//me:hunter2@h",
    "me:hunter2@h",
    "hunter2@h",
    "http:/me:hunter2@h",
    "http:\\\\me:hunter2@h",
    "http://h/?token=hunter2",
    "http://h/#hunter2",
)


@pytest.mark.parametrize("url", PRIVATE_URLS)
@pytest.mark.parametrize(
    "text",
    [
        "devices: {house: {type: fems, url: 'URL'}}",
        "devices:\n  house:\n    type: fems\n    url: URL\n    poll_s: ten",
        "devices: {house: {type: mqtt, host: 'URL', readings: {grid_power: {topic: t}}}}",
        "grid: [1]  # URL",
        "on_exit: 'http://URL'",
        "devices: {house: {type: fems, 'http://URL': 1}}",
    ],
)
def test_no_message_repeats_what_a_url_holds_beside_its_address(complain: Complain, text: str, url: str) -> None:
    message = complain(text.replace("URL", url))
    assert "hun" not in message
    assert "ter2" not in message


@pytest.mark.parametrize("url", PRIVATE_URLS)
def test_no_message_repeats_a_url_of_the_environment(complain: Complain, url: str) -> None:
    environ = {"OPTIMIZER_DEVICES__HOUSE__URL": url, "OPTIMIZER_SERVE__STATUS__HOST": url, "OPTIMIZER_SITE__ZONE": url}
    message = complain(environ=environ)
    assert "environment variable OPTIMIZER_DEVICES__HOUSE__URL" in message
    assert "environment variable OPTIMIZER_SERVE__STATUS__HOST" in message
    assert "hun" not in message
    assert "ter2" not in message


@pytest.mark.parametrize("token", ["hunter2hunt\u00e9r2hunter2", "hunter2\thunter2", "hunter2\x01hunter2"])
def test_a_token_that_no_header_takes_is_told_with_its_place(complain: Complain, tmp_path: Path, token: str) -> None:
    sonnen = "devices:\n  cellar: {type: sonnen, url: 'http://a', KEY}\n"
    (tmp_path / "cellar.txt").write_text(token)
    for name in ("devices.cellar.token", "serve.status.token"):
        (tmp_path / name).write_text(token)
    quoted = token.replace("\t", "\\t").replace("\x01", "\\x01")
    tried = [
        (complain(sonnen.replace("KEY", f'token: "{quoted}"')), "site.yaml:2:50: devices.cellar.token: contains"),
        (complain(sonnen.replace("KEY", "token_file: cellar.txt")), "devices.cellar.token_file: the secret in"),
        (
            complain(sonnen.replace(", KEY", ""), {"OPTIMIZER_DEVICES__CELLAR__TOKEN": token}),
            "environment variable OPTIMIZER_DEVICES__CELLAR__TOKEN: devices.cellar.token: contains",
        ),
        (
            complain(environ={"CREDENTIALS_DIRECTORY": str(tmp_path)}),
            "credential serve.status.token: serve.status.token: the secret in",
        ),
    ]
    for message, part in tried:
        assert part in message
        assert "contains a character that HTTP headers do" in message
        assert "hunter2" not in message


def test_a_password_may_be_of_any_letters_but_must_print(complain: Complain, read: Read) -> None:
    assert (
        read(HOUSE + "    password: 'schön und gut'\n").devices["house"].password.get_secret_value() == "schön und gut"
    )
    message = complain(HOUSE + '    password: "hunter2\\x07"\n')
    assert "devices.house.password: contains a character that does not print" in message
    assert "hunter2" not in message


def test_no_message_repeats_a_secret_of_the_environment(complain: Complain) -> None:
    environ = {
        "OPTIMIZER_DEVICES__HOUSE__PASSWORD": '["hunter2"]',
        "OPTIMIZER_DEVICES__HOUSE__PASWORD": "hunter2",
        "OPTIMIZER_SERVE__STATUS__TOKEN": "hunter2",
    }
    assert "hunter2" not in complain(environ=environ)


def test_the_caret_stays_under_its_word_beside_a_blotted_secret(complain: Complain) -> None:
    message = complain("devices: {h: {type: fems, password: hunter2, url: 'http://a', poll_s: ten}}")
    quoted, caret = message.splitlines()[1:3]
    assert quoted[caret.index("^") :].startswith("ten}}")


@pytest.mark.parametrize(("content", "part"), [(b"a: \xff", ":1:1: is not UTF-8"), (None, "cannot be read")])
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, part: str) -> None:
    file = tmp_path / "site.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsErrors, match=part):
        load_settings(file, {})
