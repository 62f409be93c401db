"""Calling a command as it is, and watching what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.devices.givtcp.commands import COMMANDS, CommandInfo, changes, flat
from optimizer.devices.givtcp.gateway import GIVE_UP_S, LOOK_S, Gateway
from optimizer.devices.givtcp.stays import stays
from optimizer.devices.port import DeviceError
from optimizer.devices.raw import UNHEARD, Outcome, Progress, RawCommand
from optimizer.model.clock import Clock
from optimizer.words.text import Text

TABLE: Mapping[str, RawCommand] = {
    name: RawCommand(
        does=info.does, example=info.example, writes=writes, broken=info.broken, stays=stays(name) if writes else ""
    )
    for name, info in COMMANDS.items()
    for writes in (info.method == "POST" or info.kind == "system",)
}
"""As the command line shows it."""
CHARGER_COMMANDS: Mapping[str, RawCommand] = {
    name: command for name, command in TABLE.items() if COMMANDS[name].kind == "charger"
}
"""Those of the EV charger."""
REFUSALS = ("failed", "invalid", "not allowed", "not currently running")
"""Words in the answer to a command that GivTCP does not carry out."""
NO_BODY = ("syncDateTime",)
"""Commands that need no body. All others would write nothing, or, as `settings`, wipe what is there."""
NEWER_S = 45.0
"""A refresh of the cache comes within this time, if the inverter answers."""
CHARGER_S = 30.0
"""The charger's cache is watched for so long."""


async def call(
    gateway: Gateway, clock: Clock, name: str, body: Mapping[str, object], progress: Progress = UNHEARD,
    *, watch_s: float | None = None,
) -> Outcome:  # fmt: skip
    """Send `name` with `body` and watch the cache until something changes or `watch_s` is over.

    Raises DeviceError refused for a name that the document does not know, and whatever reading the cache raises.
    """
    info = COMMANDS.get(name)
    if info is None:
        near = [known for known in COMMANDS if known.lower().startswith(name.lower()[:6])]
        raise DeviceError(
            "refused",
            Text("GivTCP knows no command {name}; similar: {names}", name=name, names=", ".join(near) or "none"),
        )
    if info.method == "GET":
        status, answer = await gateway.raw("GET", name, None)
        progress.answered(status, answer)
        return Outcome(status=status, answer=answer, changed={}, waited_s=0.0, note=info.broken)
    _check(name, body)
    limit_s = watch_s if watch_s is not None else CHARGER_S if info.kind == "charger" else GIVE_UP_S
    if info.kind == "inverter":
        progress.waits("the next refresh of GivTCP's cache, so that it shows the effect of earlier commands", NEWER_S)
        await _newer(gateway, clock)
    earlier = await _look(gateway, info)
    started_s = clock.monotonic_s()
    status, answer = await gateway.raw("POST", name, dict(body))
    progress.answered(status, answer)
    if status is not None and any(word in answer.lower() for word in REFUSALS):
        return Outcome(
            status=status,
            answer=answer,
            changed={},
            waited_s=clock.monotonic_s() - started_s,
            note=info.broken,
            refused=True,
        )
    while True:
        changed = changes(earlier, await _look(gateway, info))
        waited_s = clock.monotonic_s() - started_s
        if changed or waited_s >= limit_s:
            return Outcome(status=status, answer=answer, changed=changed, waited_s=waited_s, note=info.broken)
        progress.watches(waited_s, limit_s)
        await clock.sleep(LOOK_S)


def _check(name: str, body: Mapping[str, object]) -> None:
    """DeviceError refused for a body that is missing, or has a word that GivTCP does not take."""
    if not body and name not in NO_BODY:
        raise DeviceError("refused", Text("{name} needs a body; without one GivTCP could lose what is set", name=name))
    key, words = COMMANDS[name].words
    if key in body and str(body[key]) not in words:
        raise DeviceError(
            "refused",
            Text(
                "{name}: GivTCP does not take {key}={body}; it takes {names}",
                name=name,
                key=key,
                body=str(body[key]),
                names=", ".join(words),
            ),
        )


async def _newer(gateway: Gateway, clock: Clock) -> None:
    """Wait for the next refresh of the cache, so that it shows what earlier commands have done."""
    end_s = clock.monotonic_s() + NEWER_S
    first = (await gateway.read()).cache.updated
    while (await gateway.read()).cache.updated == first and clock.monotonic_s() < end_s:
        await clock.sleep(LOOK_S)


async def _look(gateway: Gateway, info: CommandInfo) -> dict[str, object]:
    """The values of the cache now, as far as it answers."""
    answer = await gateway.http.request("GET", "/getEVCCache" if info.kind == "charger" else "/getCache")
    return flat(answer.json()) if answer.ok else {}
