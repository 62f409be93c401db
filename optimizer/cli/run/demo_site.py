"""The settings of the simulated house, as its owner would write them into site.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from shutil import copytree
from typing import Any

from optimizer.cli.run.books import shipped_rules
from optimizer.cli.run.demo_devices import DEVICES, LOADS
from optimizer.settings import Settings

SITE: Mapping[str, Any] = {"name": "demo", "time_zone": "Europe/Berlin"}

RULES_OF_LOADS = """\
version: 1
rules:
  - id: loads-follow-the-surplus
    about: The boiler and the pump of the pool take what battery and cars leave.
    claim:
      switch.boiler.state: surplus
      switch.pool.state: surplus
"""

INPUTS: Mapping[str, Mapping[str, Any]] = {
    "holiday": {"type": "switch", "about": "Nobody is at home", "default": False},
    "heating": {"type": "choice", "about": "Heating", "options": ["eco", "comfort"], "default": "eco"},
    "guests": {"type": "number", "about": "Guests", "min": 0, "max": 20, "default": 0},
}
"""Values of the owner that the page shows and sets."""


def demo_settings(
    endpoints: Mapping[str, str],
    folder: Path,
    *,
    hybrid: bool,
    token: str | None = None,
    rules: Path | None = None,
    sections: Mapping[str, Any] | None = None,
) -> Settings:
    """Settings for the devices in `endpoints` (name → URL). `folder` keeps the state.

    `token` allows overrides on the status page. The default `rules` are the shipped ones, and one for the loads.
    `sections` are further sections of site.yaml, or replace those below.
    """
    devices = {
        name: {"url": endpoints[endpoint], **given}
        for name, (endpoint, given) in DEVICES.items()
        if endpoint in endpoints
    }
    loads = {name: {"url": endpoints[name], **given} for name, given in LOADS.items() if name in endpoints}
    if hybrid:
        devices["fems"]["battery"] = {"hybrid": True}
    return Settings.model_validate(
        {
            "site": SITE,
            "devices": devices,
            "grid": "fems",
            # The battery is controlled from the first watt of missing PV power, so that a morning shows this control.
            "control": {"battery_buffer_wh": 0},
            "serve": {"status": {"token": token}, "feed": {}},
            "inputs": INPUTS,
            "switches": loads,
            "rules": rules or (_rules_with_loads(folder) if loads else shipped_rules()),
            "state_dir": folder,
            **(sections or {}),
        }
    )


def _rules_with_loads(folder: Path) -> Path:
    """A copy of the shipped rules beside the state, with a rule for the loads."""
    copy = folder / "rules"
    copytree(shipped_rules(), copy, dirs_exist_ok=True)
    (copy / "loads.yaml").write_text(RULES_OF_LOADS)
    return copy
