"""The announcement of a demo: the addresses of its devices, their passwords, and the steps to a site.yaml."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from optimizer.cli.console import echo, said
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.run.demo_devices import DEVICES, LOADS
from optimizer.cli.table import table
from optimizer.words.text import Text, joined, message_of

OURS = {"status": Text("status page and /metrics"), "feed": Text("feed for the charger's own PV mode")}
OPENERS = ("password", "token")


def announced(listening: Mapping[str, str]) -> str:
    """A table of all addresses (name → address)."""
    rows = [
        (name, _what(name), where, ", ".join(f"{opener} {word}" for opener, word in _openers(name)))
        for name, where in listening.items()
    ]
    return table((Text("name"), Text("what it is"), Text("address"), Text("opened by")), rows)


def write_endpoints(path: Path, listening: Mapping[str, str]) -> None:
    """All addresses as JSON: name → address, and `NAME_password` or `NAME_token` if a device requires one.

    These are not secrets: they are for simulated devices on this machine.
    """
    opened = {f"{name}_{opener}": word for name in listening for opener, word in _openers(name)}
    try:
        path.write_text(json.dumps({**listening, **opened}, indent=1) + "\n")
    except OSError as error:
        fail(
            Text(
                "{path} cannot be written: {strerror}. Name another file with --endpoints",
                path=str(path),
                strerror=message_of(error),
            ),
            ExitCode.MISTAKE,
        )


def invitation(endpoints: Mapping[str, str]) -> str:
    """The steps to a site.yaml for simulated devices without a service."""
    devices = [
        f"--device {name}={given['type']}@{endpoints[endpoint]}"
        for name, (endpoint, given) in DEVICES.items()
        if endpoint in endpoints
    ]
    lines = " \\\n    ".join(["optimizer init --no-input", *devices])
    tokens = [
        said(Text("Under `{name}:` it then needs the line  token: {token}\n", name=name, token=str(given["token"])))
        for name, (endpoint, given) in DEVICES.items()
        if endpoint in endpoints and "token" in given
    ]
    invited = Text("No service runs. To make a site.yaml, run in another terminal:\n\n  {lines}\n", lines=lines)
    return "\n".join([said(invited), *tokens])


def tell(text: str) -> None:
    """Print to the terminal, apart from the output that a program may read."""
    echo(text, err=True)


def _what(endpoint: str) -> str:
    if endpoint in OURS:
        return OURS[endpoint]
    if endpoint in LOADS:
        return Text("simulated {what}", what=f"{endpoint} ({LOADS[endpoint]['type']})")
    there = [f"{name} ({given['type']})" for name, (where, given) in DEVICES.items() if where == endpoint]
    if not there:
        return Text("second address of a simulated device")
    return Text("simulated {what}", what=joined(there, "{first} and {then}"))


def _openers(endpoint: str) -> Iterator[tuple[str, str]]:
    for where, given in DEVICES.values():
        if where == endpoint:
            yield from ((opener, str(given[opener])) for opener in OPENERS if opener in given)
