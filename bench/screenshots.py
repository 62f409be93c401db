"""Takes the pictures of the status page in docs/images: `python -m bench.screenshots`.

It runs the demo for some minutes of house time, and needs Chromium and Playwright as the tests in tests/e2e do.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "docs" / "images"
PICTURES: dict[str, dict[str, Any]] = {
    "status-page.png": {"viewport": {"width": 1200, "height": 1000}, "color_scheme": "light", "locale": "en-GB"},
    "status-page-phone.png": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "locale": "en-GB"},
}
LIVE_S = 180.0
"""Time in which the chart fills: an hour of the house."""
PATIENCE_S = 60.0
ENGLISH = {**os.environ, "LC_ALL": "C"}
"""The demo prints its token in the language of the terminal."""


def main() -> None:
    """Run the demo, log in, and take each picture."""
    with tempfile.TemporaryDirectory() as folder:
        endpoints, log = Path(folder) / "endpoints.json", Path(folder) / "log"
        command = [sys.executable, "-m", "optimizer", "demo", "--speed", "20", "--endpoints", str(endpoints)]
        with log.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output, env=ENGLISH) as demo:
            try:
                address = address_of(endpoints)
                time.sleep(LIVE_S)
                _take(address, token_of(log))
            finally:
                demo.terminate()


def address_of(endpoints: Path) -> str:
    """The address of the page, once the demo has written it."""
    end = time.monotonic() + PATIENCE_S
    while not endpoints.exists():
        if time.monotonic() > end:
            sys.exit("the demo does not start")
        time.sleep(0.5)
    return str(json.loads(endpoints.read_text())["status"])


def token_of(log: Path) -> str:
    """The token that the demo has printed into `log`. Empty if it has printed none."""
    found = re.search(r"changes with the token (\S+)", log.read_text(encoding="utf-8"))
    return found[1] if found else ""


def _take(address: str, token: str) -> None:
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only this command needs it
    except ImportError:
        sys.exit("playwright is not installed: ./dev browser installs it")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, options in PICTURES.items():
            page = browser.new_context(**options).new_page()
            page.goto(f"{address}/login#{token}")
            page.wait_for_selector("#why details")
            page.wait_for_timeout(1500)
            page.screenshot(path=FOLDER / name)
        browser.close()


if __name__ == "__main__":
    main()
