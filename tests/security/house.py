"""The whole service on virtual time, with secrets planted wherever its settings take one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from optimizer.cli.run.assemble import House, assemble
from optimizer.cli.run.books import RuleFiles
from optimizer.settings import Settings, load_settings
from optimizer.twin.house import RunningHouse, full_house, start_house
from optimizer.twin.virtual_time import VirtualClock, run_virtually

SECRETS = {
    "fems": "planted-for-fems-7d1f",
    "sonnen": "planted-for-sonnen-93ac",
    "carport": "planted-for-carport-0b55",
    "status": "planted-for-status-e2c8",
}
"""One in the file, one in a file beside it, one in the environment, one in systemd's credentials; all of them wrong
for the devices, so that the refusals are seen as well."""

RULES = """\
version: 1
rules:
  - id: fast
    claim: {ev.mode: fast}
  - id: hold
    limit: {battery.discharge_w: 0 W}
"""
SITE = """\
devices:
  carport: {{type: nrgkick, url: "{carport}", user: owner}}
  fems: {{type: fems, url: "{fems}", password: planted-for-fems-7d1f}}
  sonnen: {{type: sonnen, url: "{sonnen_v2}", api: v2, token_file: sonnen.token, battery: {{phases: [L1]}}}}
grid: fems
serve:
  status: {{}}
  feed: {{}}
state_dir: state
"""


def settings(folder: Path, endpoints: dict[str, str]) -> Settings:
    """As an owner would have them, with a secret by each way in which one can be given."""
    (folder / "rules").mkdir()
    (folder / "rules" / "a.yaml").write_text(RULES)
    (folder / "sonnen.token").write_text(f" {SECRETS['sonnen']} \n")  # as it is copied from a page by hand
    (folder / "credentials").mkdir()
    (folder / "credentials" / "serve.status.token").write_text(SECRETS["status"])
    site = folder / "site.yaml"
    site.write_text(SITE.format(**endpoints))
    for file in (site, folder / "sonnen.token"):
        file.chmod(0o600)
    environ = {
        "OPTIMIZER_DEVICES__CARPORT__PASSWORD": SECRETS["carport"],
        "CREDENTIALS_DIRECTORY": str(folder / "credentials"),
    }
    return load_settings(site, environ)


Visit = Callable[[House, RunningHouse, VirtualClock], Awaitable[Any]]


def in_the_house(folder: Path, visit: Visit) -> Any:
    """Run the service for two house minutes, visit it, and end it in an orderly way; returns what the visit did."""

    async def live() -> Any:
        clock = VirtualClock()
        twins = await start_house(full_house(), clock)
        given = settings(folder, twins.endpoints)
        house = assemble(given, RuleFiles.load(given), clock, folder / "state")
        stop = asyncio.Event()
        service = asyncio.ensure_future(house.service.run(stop))
        try:
            await clock.sleep(120.0)
            result = await visit(house, twins, clock)
            stop.set()
            await service
            return result
        finally:
            service.cancel()
            await asyncio.gather(service, return_exceptions=True)
            house.close()
            await twins.stop()

    (folder / "state").mkdir()
    return run_virtually(live(), network=True)
