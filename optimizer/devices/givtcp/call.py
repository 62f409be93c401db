"""Calling a command as it is, and watching what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.devices.givtcp.commands import COMMANDS, CommandInfo, changes, flat
from optimizer.devices.givtcp.gateway import GIVE_UP_S, LOOK_S, Gateway
from optimizer.devices.port import DeviceError
from optimizer.devices.raw import Outcome, RawCommand
from optimizer.model.clock import Clock

TABLE: Mapping[str, RawCommand] = {
    name: RawCommand(info.does, info.example, info.method == "POST" or info.kind == "system", info.broken)
    for name, info in COMMANDS.items()
}
"""As the command line shows it."""
CHARGER_S = 30.0
"""The charger's cache is watched for so long."""


async def call(
    gateway: Gateway, clock: Clock, name: str, body: Mapping[str, object], *, watch_s: float | None = None
) -> Outcome:
    """Send `name` with `body` and watch the cache until something changes or `watch_s` is over.

    Raises DeviceError refused for a name that the document does not know, and whatever reading the cache raises.
    """
    info = COMMANDS.get(name)
    if info is None:
        near = [known for known in COMMANDS if known.lower().startswith(name.lower()[:6])]
        raise DeviceError("refused", f"GivTCP knows no command {name}; similar: {', '.join(near) or 'none'}")
    if info.method == "GET":
        status, answer = await gateway.raw("GET", name, None)
        return Outcome(status, answer, {}, 0.0, info.broken)
    limit_s = watch_s if watch_s is not None else CHARGER_S if info.kind == "charger" else GIVE_UP_S
    earlier = await _look(gateway, info)
    started_s = clock.monotonic_s()
    status, answer = await gateway.raw("POST", name, dict(body))
    while True:
        changed = changes(earlier, await _look(gateway, info))
        waited_s = clock.monotonic_s() - started_s
        if changed or waited_s >= limit_s:
            return Outcome(status, answer, changed, waited_s, info.broken)
        await clock.sleep(LOOK_S)


async def _look(gateway: Gateway, info: CommandInfo) -> dict[str, object]:
    """What the cache shows now, as far as it answers."""
    answer = await gateway.http.request("GET", "/getEVCCache" if info.kind == "charger" else "/getCache")
    return flat(answer.json()) if answer.ok else {}
