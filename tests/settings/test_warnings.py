"""Warnings, with their place, about settings that are allowed but look like a slip."""

import pytest

from tests.settings.conftest import HOUSE, Read

SECOND = "  second:\n    type: {}\n    url: {}\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "tariff: {import_ct: 0.30, feed_in_ct: 8, alternative_ct: 22}",
            "site.yaml:11:21: tariff.import_ct: 0.3 ct for a kWh is very low; prices are in ct: 0.3 € is written 30",
        ),
        (
            "tariff: {import_ct: 30, feed_in_ct: 8}",
            "tariff: without alternative_ct no share of grid energy follows from the prices; give all three",
        ),
        (
            SECOND.format("nrgkick", "http://192.0.2.10/"),
            "site.yaml:13:10: devices.second.url: the device “carport” has the same address; each has its own",
        ),
        (
            SECOND.format("givtcp", "http://192.0.2.30/REST1") + "    pv: false\ngrid: house",
            "the phases of the battery “second” are not known, so it counts on each phase; write [L1] or [L1, L2, L3]",
        ),
        (
            SECOND.format("givtcp", "http://192.0.2.30/REST1") + "    pv: false\n    battery: {phases: 1}\ngrid: house",
            "the battery “second” names a number of phases and not the phases; write [L1] or [L1, L2, L3]",
        ),
        (
            SECOND.format("sonnen", "http://192.0.2.40")
            + "    pv: false\n    delay_s: 9\n    battery: {phases: [L1]}\ngrid: house",
            "devices.second.delay_s: the delay has no effect, because the grid meter is “house”; remove it",
        ),
    ],
)
def test_each_doubt(read: Read, text: str, says: str) -> None:
    [warning] = read(HOUSE + text).warnings
    assert says in warning


@pytest.mark.parametrize(
    "text",
    [
        "tariff: {import_ct: 30, feed_in_ct: 0, alternative_ct: 22}",
        "tariff: {import_ct: 30, feed_in_ct: 8}\ncontrol: {grid_share: 0.4}",
        SECOND.format("givtcp_evc", "http://192.0.2.30/REST1")
        + "  third: {type: givtcp, url: 'http://192.0.2.30/REST1', pv: false, battery: {phases: [L1]}}\ngrid: house",
    ],
)
def test_what_is_in_order(read: Read, text: str) -> None:
    assert read(HOUSE + text).warnings == ()


SONNEN = "  cellar2:\n    type: sonnen\n    url: http://192.0.2.77:8080\n    api: v1\n    pv: false\n{}grid: house\n"


def test_a_battery_without_capacity_beside_another_is_warned_of(read: Read) -> None:
    [warning] = read(HOUSE + SONNEN.format("    battery: {phases: [L1]}\n")).warnings
    assert "devices.cellar2: battery “cellar2” reports no capacity" in warning
    assert "capacity_wh under battery" in warning


def test_a_given_capacity_ends_the_warning(read: Read) -> None:
    settings = read(HOUSE + SONNEN.format("    battery: {phases: [L1], capacity_wh: 10000}\n"))
    assert settings.warnings == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            SECOND.format("sonnen", "http://192.0.2.40")
            + "    pv: false\n    battery: {phases: [L1], max_charge_w: 4.6}"
            "\ngrid: house",
            "devices.second.battery.max_charge_w: 4.6 W is very little; powers are in W: 4.6 kW is written 4600",
        ),
        (
            SECOND.format("sonnen", "http://192.0.2.40") + "    pv: false\n    battery: {phases: [L1], "
            "floor_soc_percent: 0.15}\ngrid: house",
            "second.battery.floor_soc_percent: 0.15 % is very little; a percentage is from 0 to 100: write 15",
        ),
        (
            "switches: {boiler: {type: shelly, url: 'http://192.0.2.9', power_w: 2}}",
            "switches.boiler.power_w: 2 W is very little; powers are in W: 2 kW is written 2000",
        ),
    ],
)
def test_a_rating_in_the_wrong_unit(read: Read, text: str, says: str) -> None:
    [warning] = read(HOUSE + text).warnings
    assert says in warning
