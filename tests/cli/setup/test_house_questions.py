"""The questions of `optimizer init` about prices, cars, and roofs. `later` is an answer to each."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.settings import Settings, load_settings
from optimizer.words.language import ENGLISH, language_of, speak
from tests.cli.setup.person import CAR, asked
from tests.cli.village import call
from tests.examples import one_in

NRGKICK = ("nrgkick", "", "192.168.1.20", "n", "", "16", "n")
FIXED = ("fixed", "30,4", "8.03 ct", "22 ct/kWh")
AWATTAR = ("dynamic", "awattar", "", "15.3", "", "8.03", "later")
ROOFS = ("48,80", "9.20", "5 kWp", "35°", "", "4", "15", "−90", "")


def written(folder: Path) -> Settings:
    return load_settings(folder / "site.yaml", {})


def test_fixed_prices_a_car_and_two_roofs(tmp_path: Path) -> None:
    code, text = asked(tmp_path, NRGKICK, cars=("57", "8 A", "2"), house=(*FIXED, *ROOFS))
    assert code == 0, text
    found = written(tmp_path)
    assert (found.tariff.import_ct, found.tariff.feed_in_ct, found.tariff.alternative_ct) == (30.4, 8.03, 22.0)
    assert found.vehicles["car"].capacity_wh == 57_000.0
    charger = found.model_dump()["devices"]["carport"]["charger"]
    assert (charger["car_min_current_a"], charger["car_phases"]) == (8.0, 2)
    assert (found.site.latitude, found.site.longitude) == (48.8, 9.2)
    assert found.forecast is not None
    assert [(one.peak_w, one.tilt, one.azimuth) for one in found.forecast.roofs.values()] == [
        (5000.0, 35.0, 0.0),
        (4000.0, 15.0, -90.0),
    ]
    assert found.reminders == ("commission",)


def test_a_market_price_with_its_fees(tmp_path: Path) -> None:
    code, text = asked(tmp_path, NRGKICK, cars=CAR, house=(*AWATTAR, "later"))
    assert code == 0, text
    contract = written(tmp_path).prices.imports
    assert contract is not None
    assert (contract.source, contract.vat_percent, contract.fees["all"].ct) == ("market", 19.0, 15.3)
    assert written(tmp_path).model_dump()["prices"]["sources"]["market"]["country"] == "de"
    assert written(tmp_path).reminders == ("commission", "car", "prices", "forecast")
    assert call("check", "--config", str(tmp_path / "site.yaml"))[0] == 0


@pytest.mark.parametrize("token", ["t0ken-of-mine", "later"])
def test_a_contract_with_a_token(tmp_path: Path, token: str) -> None:
    code, text = asked(tmp_path, (), house=("dynamic", "tibber", token, "8", "22", "later"))
    assert code == 0, text
    assert "t0ken-of-mine" not in text + (tmp_path / "site.yaml").read_text()
    assert (tmp_path / "tibber.secret").read_text() == f"{token}\n"
    assert written(tmp_path).model_dump()["prices"]["sources"]["market"]["token"].get_secret_value() == token


def test_a_price_in_euros_is_asked_for_again(tmp_path: Path) -> None:
    code, text = asked(tmp_path, (), house=("fixed", "0.30", "30", "later", "later", "later"))
    assert code == 0, text
    assert "prices are in ct: 0.3 € is written 30" in text


def test_later_to_everything(tmp_path: Path) -> None:
    code, text = call("init", "-o", str(tmp_path / "site.yaml"), stdin="later\n" * 20)
    assert code == 0, text
    assert written(tmp_path).reminders == ("site", "devices", "switches", "prices", "forecast", "page")


@settings(max_examples=one_in(2), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 2**16 - 1))
def test_later_to_any_of_the_questions_leaves_settings_that_load(tmp_path: Path, which: int) -> None:
    answers = ["", "home", "Europe/Berlin", "35", "0", "n", *NRGKICK, "", "", "57", "8", "2", *AWATTAR, *ROOFS, "n"]
    # Only questions whose next questions stay the same, and no type or roof, which `later` ends.
    free = [1, 2, 3, 4, 7, 8, 10, 11, 12, 15, 16, 17, 20, 21, 22, 23, 28, 29]
    for bit, index in enumerate(free):
        if which >> bit & 1:
            answers[index] = "later"
    path = tmp_path / "site.yaml"
    code, text = call("init", "--force", "-o", str(path), stdin="\n".join(answers) + "\n")
    assert code == 0, text
    assert load_settings(path, {}).vehicles.keys() <= {"car"}


def test_everything_in_german(tmp_path: Path) -> None:
    german = language_of("de")
    assert german is not None
    devices = ("nrgkik", *NRGKICK[:3], "j", "ich", "später", "", "x", "16", "vielleicht", "j")
    more = ("sonnen", "cellar", "192.168.1.40:8080", "v1", "n", "?", "?")
    try:
        _, text = asked(
            tmp_path,
            (*devices, *more),
            language="de",
            fuse="drei",
            rule="3x25",
            search="0",
            switches=("shely", "tasmota", "", "oven", "heat_pump", "", "j", "später", "9 kW", "?", "L1 L2 L3", "j"),
            cars=("j", "57", "?", "?"),
            house=(*AWATTAR, *ROOFS),
            end=("n",),
        )
    finally:
        speak(ENGLISH)
    left = [english for english in german.texts if len(english) > 12 and "{" not in english and english in text]
    assert not left, text
    assert "Sicherung je Phase" in text
    assert "Noch zu tun: " in text
