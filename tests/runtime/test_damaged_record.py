"""A record that was damaged, and a device that cannot be handed back at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

from optimizer.runtime.record.ownership import FILE_NAME, Ownership
from tests.runtime.house import House
from tests.virtual_time import run_virtually


def test_what_may_be_held_stays_on_the_new_record_with_its_settings_lost(tmp_path: Path) -> None:
    async def start() -> None:
        (tmp_path / FILE_NAME).write_text("{")
        house = House(folder=tmp_path)
        house.battery.link.lose_writes = 1000
        async with house.running():
            await asyncio.sleep(20.0)
            record = Ownership(tmp_path)
            assert "battery.cellar" in record.held
            assert record.load("cellar") == {}
            house.battery.link.lose_writes = 0
            await asyncio.sleep(120.0)
            record = Ownership(tmp_path)
            assert (record.held, record.load("cellar")) == ({}, None)

    run_virtually(start())
