"""The register table against the rules of the contract, and the packing against its examples."""

from __future__ import annotations

import struct

import pytest

from optimizer.devices.nrgkick.decode import NEEDED
from optimizer.devices.nrgkick.registers import BY_PATH, INFO, LIVE, TABLE, Block, Register, decode, encode
from tests.devices.nrgkick.bodies import everything


def test_82_values_fill_the_registers_0_to_263_without_gaps() -> None:
    assert len(TABLE) == 82
    taken = [address for row in TABLE for address in range(row.address, row.address + row.count)]
    assert taken == list(range(264))


def test_every_value_of_the_json_api_has_registers() -> None:
    assert set(BY_PATH) == set(everything())
    assert set(BY_PATH) >= NEEDED


def test_factors_are_those_of_the_contract() -> None:
    factor = {path: row.factor for path, row in BY_PATH.items()}
    assert factor["info.general.rated_current"] == 1
    assert factor["info.connector.max_current"] == 10
    assert factor["control.current_set"] == 10
    assert factor["values.powerflow.charging_current"] == 10
    for path, row in BY_PATH.items():
        leaf = path.rpartition(".")[2]
        if leaf.endswith(("_power", "power_factor")):
            assert row.factor == 1000, path
        elif leaf == "current" and row.address >= 199:
            assert (row.factor, row.kind) == (1000, "uint16"), path
        elif path.startswith(("values.temperatures", "values.powerflow.charging_voltage")):
            assert row.factor == 100, path
        elif leaf.endswith("energy") or leaf == "energy_limit":
            assert row.factor == 1, path


def test_only_control_is_written() -> None:
    assert [BY_PATH[p].address for p in BY_PATH if p.startswith("control.")] == [194, 195, 196, 198]


def test_blocks_cover_everything_and_cut_no_value() -> None:
    covered = [row for block in (*INFO, LIVE) for row in block.registers]
    assert covered == list(TABLE)
    for block in (*INFO, LIVE):
        assert sum(row.count for row in block.registers) == block.count <= 125
    assert [(b.address, b.address + b.count - 1) for b in INFO if b.optional] == [(80, 113), (114, 121), (186, 193)]


EXAMPLES = [
    ("values.powerflow.total_active_power", [0x4920, 0x0069], 6900.0),
    ("values.powerflow.total_active_power", [0xFC18, 0xFFFF], -1.0),
    ("control.energy_limit", [0xD2A8, 0x0002], 185000),
    ("values.energy.total_charged_energy", [1, 2, 3, 4], 1 + (2 << 16) + (3 << 32) + (4 << 48)),
    ("values.temperatures.housing", [0xFF38], -2.0),
    ("values.powerflow.total_power_factor", [0xFC18], -1.0),
    ("control.current_set", [67], 6.7),
    ("values.powerflow.l1.current", [16000], 16.0),
    ("info.network.rssi", [0xFFC4], -60),
    ("values.general.charging_rate", list(reversed(struct.unpack(">2H", struct.pack(">f", 55.25)))), 55.25),
    ("values.general.charging_rate", [0x0000, 0x7FC0], None),
    ("values.general.charging_rate", [0x0000, 0x7F80], None),
    ("info.connector.serial", [0x4137, 0x3700, 0xFFFE, 0x4142], "A77"),
    ("info.connector.serial", [0x4142, 0x4344, 0x4546, 0x4748], "ABCDEFGH"),
    ("info.connector.serial", [0, 0, 0, 0], ""),
    ("info.connector.serial", [0xFF41, 0x4200, 0, 0], "\ufffdAB"),
]


@pytest.mark.parametrize(("path", "words", "value"), EXAMPLES)
def test_decoding(path: str, words: list[int], value: object) -> None:
    assert decode(BY_PATH[path], words) == value


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("control.current_set", 6.7, [67]),
        ("control.current_set", 32.0, [320]),
        ("control.charge_pause", 1, [1]),
        ("control.energy_limit", 185000, [0xD2A8, 0x0002]),
        ("control.energy_limit", 0, [0, 0]),
        ("control.phase_count", 3, [3]),
    ],
)
def test_encoding(path: str, value: float, words: list[int]) -> None:
    assert encode(BY_PATH[path], value) == words


def test_what_does_not_fit_is_not_sent() -> None:
    with pytest.raises(ValueError, match=r"control\.current_set"):
        encode(BY_PATH["control.current_set"], 7000)


def test_a_block_knows_its_values() -> None:
    assert Block(194, 2).registers == (BY_PATH["control.current_set"], BY_PATH["control.charge_pause"])
    assert isinstance(TABLE[0], Register)
