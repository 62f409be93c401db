"""The text of `optimizer init` for loads: their settings, and a rule for each. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator

from optimizer.cli.setup.answers import SG_READY, SwitchAnswer
from optimizer.cli.setup.comments import Comments
from optimizer.words.text import Text

RULES_FILE = "loads.yaml"
NUMBER = {"shelly": "channel", "tasmota": "relay"}
"""How the settings call the number of a relay in its device."""


def switch_lines(switches: tuple[SwitchAnswer, ...], say: Comments) -> Iterator[str]:
    """The section `switches`. A load of unknown power is a comment, because the fuses could not count it."""
    if not switches:
        yield say("# switches:", Text("loads behind a relay: docs/how-to/switch-loads.md"))
        yield '#   boiler: {type: shelly, url: "http://192.168.1.60", power_w: 2000}'
        return
    complete = any(one.power_w is not None for one in switches)
    note = Text("loads behind a relay; rules decide when they are on: docs/how-to/switch-loads.md")
    yield say(f"{'' if complete else '# '}switches:", note)
    for one in switches:
        mark = "# " if one.power_w is None else ""
        yield from (f"{mark}{line}" for line in _one(one, say))


def _one(one: SwitchAnswer, say: Comments) -> Iterator[str]:
    relay = [f"type: {one.type}", f"url: {json.dumps(one.url)}"]
    relay += [f"{NUMBER[one.type]}: {one.number}"] if one.number is not None else []
    if one.secret_file:
        relay += [f"user: {one.user}", f"password_file: {json.dumps(one.secret_file)}"]
    relay += ["timer_s: 120"] if one.timer else []
    yield f"  {one.name}:"
    if one.load == SG_READY:
        yield say(
            "    type: sg_ready", Text("`recommend` closes its second contact; `order` would close the first one too")
        )
        yield f"    recommend: {{{', '.join(relay)}}}"
    else:
        yield from (f"    {line}" for line in relay)
    if one.power_w is None:
        yield say("    power_w: 2000", Text("write its largest power here, and remove the # before these lines"))
    else:
        yield say(f"    power_w: {one.power_w:g}", Text("largest power; the fuses count it"))
    if one.phases:
        yield say(f"    phases: [{', '.join(one.phases)}]", Text("house phases that it is connected to"))
    else:
        yield say("    # phases: [L1]", Text("or [L1, L2, L3]; without it the load counts on each phase"))


def rules_text(switches: tuple[SwitchAnswer, ...], language: str) -> str:
    """A rule file in which each load follows the surplus, in the language with this tag. Empty if no load is
    complete."""
    complete = [one for one in switches if one.power_w is not None]
    return "\n".join(_rules(complete, Comments.of(language))) + "\n" if complete else ""


def _rules(switches: list[SwitchAnswer], say: Comments) -> Iterator[str]:
    yield "# yaml-language-server: $schema=../schema/rules.schema.json"
    yield "#"
    yield say.alone(Text("Rules for loads behind a relay. More of them: docs/how-to/switch-loads.md"))
    yield "version: 1"
    yield ""
    yield "rules:"
    for one in switches:
        yield f"  - id: {one.name.replace('_', '-')}-surplus"
        about = Text("The load {name} takes what battery and cars leave.", name=one.name)
        yield f"    about: {say.words(about)}"
        yield "    claim:"
        yield f"      switch.{one.name}.state: surplus"
