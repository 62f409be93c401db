"""Changes of rule files are noticed; others are not."""

import asyncio
from pathlib import Path

from optimizer.rules.book.watch import changes


async def test_a_change_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    await asyncio.to_thread(file.write_text, "version: 1\n")
    stop = asyncio.Event()
    seen = changes(file, stop)
    waiting = asyncio.ensure_future(anext(seen))
    async with asyncio.timeout(10.0):
        while not waiting.done():
            fresh = tmp_path / "a.yaml.new"
            await asyncio.to_thread(fresh.write_text, "version: 1\nrules: []\n")
            await asyncio.to_thread(fresh.replace, file)
            await asyncio.wait({waiting}, timeout=0.05)
    assert waiting.result() is None
    stop.set()
    async with asyncio.timeout(10.0):
        async for _ in seen:
            stop.set()
