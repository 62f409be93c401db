"""Starts the optimizer in the add-on: settings from /config, options and broker from the supervisor."""

from __future__ import annotations

import json
import os
import shutil
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CONFIG = Path("/config")
SHARED = Path("/usr/share/optimizer")
OPTIONS = Path("/data/options.json")
SUPERVISOR = "http://supervisor"
TIMEOUT_S = 10.0
MOST_BYTES = 100_000
CONNECTION = "OPTIMIZER_CONNECTIONS__HOME_ASSISTANT__"
FIRST_START = """\
There are no settings yet. This folder has an example and the rules: {config}
In Home Assistant it is /addon_configs/..._optimizer, which the add-ons File editor, Studio Code Server, and Samba show.
  1. Copy site.example.yaml to site.yaml, and write your own devices, fuse, and time zone into it.
  2. Start the add-on again. The log names each mistake with its line.
"""


def main() -> None:
    """Become the service, so that the signal of a stop reaches it."""
    options = json.loads(OPTIONS.read_text(encoding="utf-8"))
    place_files(CONFIG, SHARED)
    site = CONFIG / "site.yaml"
    if not site.exists():
        sys.exit(FIRST_START.format(config=CONFIG))
    given = settings(options, broker() if options.get("mqtt") else {})
    environment = {**os.environ, **given}
    os.execvpe("optimizer", ["optimizer", "run", "--config", str(site)], environment)  # noqa: S606, S607


def place_files(config: Path, shared: Path) -> None:
    """The example and the schema of this version. The rules only once, because the owner edits them."""
    if not (config / "rules").exists():
        shutil.copytree(shared / "rules", config / "rules")
    shutil.copy(shared / "site.example.yaml", config / "site.example.yaml")
    shutil.copytree(shared / "schema", config / "schema", dirs_exist_ok=True)


def broker() -> dict[str, Any]:
    """The MQTT broker that the supervisor knows. Empty if there is none."""
    token = os.environ.get("SUPERVISOR_TOKEN", "")
    request = urllib.request.Request(f"{SUPERVISOR}/services/mqtt", headers={"Authorization": f"Bearer {token}"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            found = json.loads(answer.read(MOST_BYTES))["data"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        print(f"Home Assistant names no MQTT broker ({error}). The connection home_assistant is left out.", flush=True)
        return {}
    return found if isinstance(found, dict) else {}


def settings(options: Mapping[str, Any], service: Mapping[str, Any]) -> dict[str, str]:
    """The variables of the service for the options and the broker."""
    found = {"OPTIMIZER_SERVE__STATUS__TOKEN": str(options["token"])} if options.get("token") else {}
    if service.get("host"):
        found[f"{CONNECTION}TYPE"] = "mqtt"
        names = {"HOST": "host", "PORT": "port", "USER": "username", "PASSWORD": "password"}
        found |= {f"{CONNECTION}{ours}": str(service[name]) for ours, name in names.items() if service.get(name)}
        found[f"{CONNECTION}TLS"] = "true" if service.get("ssl") else "false"
    return found


if __name__ == "__main__":
    main()
