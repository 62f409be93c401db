"""Brings pip into a virtual environment whose Python came without it (Debian packages it apart).

./dev calls it with the environment's own interpreter and the path of uv.lock. It takes the release that the lock names,
and the wheel must have the digest in the lock. Uses the standard library alone, and honors PIP_INDEX_URL and PIP_CERT.
"""

from __future__ import annotations

import hashlib
import os
import re
import ssl
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import urlopen

DEFAULT_INDEX = "https://pypi.org/simple"
TIMEOUT_S = 60


def locked_wheel(lock: Path) -> tuple[str, str]:
    """File name and SHA-256 of the pip wheel in the lock."""
    packages = tomllib.loads(lock.read_text(encoding="utf-8"))["package"]
    [wheel] = next(package["wheels"] for package in packages if package["name"] == "pip")
    return wheel["url"].rsplit("/", 1)[-1], wheel["hash"].removeprefix("sha256:")


def fetch(url: str) -> bytes:
    """The body at `url`, checked against PIP_CERT where that is set. Ends the program where it cannot be read."""
    context = ssl.create_default_context(cafile=os.environ.get("PIP_CERT"))
    try:
        with urlopen(url, timeout=TIMEOUT_S, context=context) as answer:  # noqa: S310  (the owner's own index)
            body: bytes = answer.read()
    except OSError as error:
        sys.exit(f"{url} cannot be read: {error}")
    return body


def main() -> None:
    """Download, verify, install."""
    name, digest = locked_wheel(Path(sys.argv[1]))
    page = os.environ.get("PIP_INDEX_URL", DEFAULT_INDEX).rstrip("/") + "/pip/"
    link = re.search(rf'href="([^"]*/{re.escape(name)}[^"]*)"', fetch(page).decode())
    if link is None:
        sys.exit(f"{page} does not list {name}")
    body = fetch(urljoin(page, link[1]))
    if hashlib.sha256(body).hexdigest() != digest:
        sys.exit(f"{name} from {page} is not the file that the lock names (SHA-256 differs)")
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(folder) / name
        wheel.write_bytes(body)
        install = [sys.executable, f"{wheel}/pip", "install", "--quiet", "--no-index", "--no-deps", str(wheel)]
        subprocess.run(install, check=True)  # noqa: S603  (our own interpreter and file)


if __name__ == "__main__":
    main()
