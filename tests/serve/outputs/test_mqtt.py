"""The MQTT output against brokers: discovery, states, commands, restarts, and the end."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from optimizer.devices.generic.mqtt_broker import Broker
from optimizer.journal.kept_file import KeptFiles
from optimizer.model.clock import SystemClock
from optimizer.model.tasks import end_tasks
from optimizer.runtime.goals.board import GoalBoard
from optimizer.runtime.goals.kept import KeptGoals
from optimizer.serve.outputs import due, mqtt
from optimizer.serve.outputs.commands import Commands
from optimizer.serve.outputs.entities import entities
from optimizer.serve.outputs.identity import Identity
from optimizer.serve.outputs.mqtt import MqttOutput
from optimizer.serve.panel import Panel
from tests.devices.generic.broker import BROKERS, MOSQUITTO, PASSWORD, USER, broker
from tests.serve.house import BERLIN, SITE, report, state
from tests.serve.outputs.house import HOUSE, INPUTS, Overrides, board
from tests.serve.outputs.test_goals import WEEKLY

TLS = Path(__file__).parents[2] / "devices" / "tls"
CONFIG = "homeassistant/device/optimizer_abc123/config"
needs_mosquitto = pytest.mark.skipif(MOSQUITTO is None, reason="Mosquitto is not installed (apt install mosquitto)")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("AFTER_DISCOVERY_S", 0.01), ("BIRTH_SPREAD_S", 0.01), ("RETRY_S", (0.05, 0.05))):
        monkeypatch.setattr(mqtt, name, value)
    monkeypatch.setattr(due, "LEAST_S", 0.05)


@dataclass
class Rig:
    """An output, and what a subscriber has seen."""

    port: int
    panel: Panel
    output: MqttOutput
    overrides: Overrides
    seen: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    async def until(self, good: Callable[[], bool]) -> None:
        """Ticks go on until it holds."""
        async with asyncio.timeout(20.0):
            while not good():
                now, mono_s = self.panel.clock.now(), self.panel.clock.monotonic_s()
                self.panel.on_tick(report(replace(state(), now=now, local=now.astimezone(BERLIN), mono_s=mono_s)))
                await asyncio.sleep(0.02)

    async def send(self, topic: str, payload: str, *, retain: bool = False) -> None:
        async with aiomqtt.Client("127.0.0.1", self.port, username=USER, password=PASSWORD) as client:
            await client.publish(topic, payload, qos=1, retain=retain)


@asynccontextmanager
async def listening(rig: Rig, topics: tuple[str, ...]) -> AsyncIterator[None]:
    ready = asyncio.Event()

    async def listen() -> None:
        while True:
            with contextlib.suppress(aiomqtt.MqttError):
                async with aiomqtt.Client("127.0.0.1", rig.port, username=USER, password=PASSWORD) as client:
                    for topic in topics:
                        await client.subscribe(topic)
                    ready.set()
                    async for message in client.messages:
                        key = str(message.topic)
                        rig.seen[key] = bytes(message.payload).decode()  # type: ignore[arg-type]
                        rig.counts[key] = rig.counts.get(key, 0) + 1
            await asyncio.sleep(0.02)

    task = asyncio.ensure_future(listen())
    try:
        await asyncio.wait_for(ready.wait(), 10.0)
        yield
    finally:
        await end_tasks([task])


def rig_at(port: int, folder: Path, *, commands: bool = True, **more: Any) -> Rig:
    clock, overrides = SystemClock(), Overrides()
    inputs, goals = board(folder, clock), GoalBoard(WEEKLY, clock, KeptGoals(KeptFiles(folder)))
    panel = Panel(clock, SITE, inputs=inputs, goals=goals)
    made = entities(SITE, INPUTS, pvs=("roof",), currency="EUR", commands=commands, repeating=("carport",))
    output = MqttOutput(
        Broker("127.0.0.1", port, USER, PASSWORD, timeout_s=2.0, **more),
        HOUSE,
        made,
        panel,
        identity=Identity(KeptFiles(folder)),
        commands=Commands(made, overrides, inputs, goals) if commands else None,
    )
    return Rig(port, panel, output, overrides)


@asynccontextmanager
async def running(rig: Rig) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(rig.output.run())
    try:
        yield task
    finally:
        await end_tasks([task])


TOPICS = (CONFIG, "optimizer/availability", "optimizer/house/grid_power_w", "optimizer/ev/carport/mode")


@pytest.mark.parametrize("kind", BROKERS)
async def test_discovery_states_commands_and_the_end(kind: str, tmp_path: Path) -> None:
    async with broker(kind, tmp_path) as port:
        rig = rig_at(port, tmp_path / "state")
        async with listening(rig, TOPICS):
            async with running(rig):
                await rig.until(lambda: len(rig.seen) == len(TOPICS))
                assert json.loads(rig.seen[CONFIG])["dev"]["ids"] == ["optimizer_abc123"]
                assert rig.seen["optimizer/availability"] == "online"
                assert rig.seen["optimizer/house/grid_power_w"] == "-542"
                assert rig.output.problem == ""
                await rig.send("optimizer/ev/carport/mode/set", "fast")
                before = rig.counts["optimizer/ev/carport/mode"]
                await rig.until(lambda: "ev.carport.mode" in rig.overrides.held)
                await rig.until(lambda: rig.counts["optimizer/ev/carport/mode"] > before)
                again = rig.counts[CONFIG]
                await rig.send("homeassistant/status", "online")
                await rig.until(lambda: rig.counts[CONFIG] > again)
            await rig.until(lambda: rig.seen["optimizer/availability"] == "offline")


@pytest.mark.parametrize("kind", BROKERS)
async def test_repeating_goals_pause_by_a_message_and_by_another_hand(kind: str, tmp_path: Path) -> None:
    """The pause of the page and of a command is published too."""
    topic, config = "optimizer/ev/carport/goals_paused_until", "homeassistant/device/optimizer_abc123_ev_carport/config"
    async with broker(kind, tmp_path) as port:
        rig = rig_at(port, tmp_path / "state")
        goals = rig.panel.goals
        assert goals is not None
        async with listening(rig, (topic, config)), running(rig):
            await rig.until(lambda: rig.seen.get(topic) == "none")
            component = json.loads(rig.seen[config])["cmps"]["goals_paused_until"]
            assert (component["p"], component["command_topic"]) == ("text", f"{topic}/set")
            day = (datetime.now(BERLIN) + timedelta(days=9)).date()
            await rig.send(f"{topic}/set", day.isoformat())
            await rig.until(lambda: rig.seen[topic] == f"{day} 00:00")
            assert goals.reports()[0].pause is not None
            await rig.send(f"{topic}/set", "none")
            await rig.until(lambda: rig.seen[topic] == "none")
            goals.pause("carport", datetime.now(BERLIN).timestamp() + 86_400.0, "page")
            await rig.until(lambda: rig.seen[topic] != "none")


async def only_a_new_command_is_carried_out(rig: Rig) -> None:
    async with listening(rig, TOPICS), running(rig):
        await rig.until(lambda: len(rig.seen) == len(TOPICS))
        await rig.send("optimizer/input/holiday/set", "ON")
        inputs = rig.panel.inputs
        assert inputs is not None
        await rig.until(lambda: inputs.reports()[0].reading.value is True)
        assert rig.overrides.held == {}


@pytest.mark.parametrize("kind", BROKERS)
async def test_a_retained_command_of_before_is_ignored(kind: str, tmp_path: Path) -> None:
    async with broker(kind, tmp_path) as port:
        rig = rig_at(port, tmp_path / "state")
        await rig.send("optimizer/ev/carport/mode/set", "fast", retain=True)
        await only_a_new_command_is_carried_out(rig)


async def test_a_command_that_the_last_connection_left_is_not_carried_out_later(tmp_path: Path) -> None:
    """A connection may break before a command is carried out, and come back hours later."""
    async with broker(BROKERS[-1], tmp_path) as port:
        rig = rig_at(port, tmp_path / "state")
        rig.output._take("optimizer/ev/carport/mode/set", b"fast", False)
        await only_a_new_command_is_carried_out(rig)


async def test_without_commands_nothing_is_taken(tmp_path: Path) -> None:
    async with broker(BROKERS[-1], tmp_path) as port:
        rig = rig_at(port, tmp_path / "state", commands=False)
        async with listening(rig, TOPICS), running(rig):
            await rig.until(lambda: len(rig.seen) == len(TOPICS))
            await rig.send("optimizer/ev/carport/mode/set", "fast")
            again = rig.counts[CONFIG]
            await rig.send("homeassistant/status", "online")
            await rig.until(lambda: rig.counts[CONFIG] > again)
            assert rig.overrides.held == {}


@pytest.mark.parametrize("kind", BROKERS)
async def test_a_broker_that_restarts_gets_everything_again(kind: str, tmp_path: Path) -> None:
    async with broker(kind, tmp_path) as port:
        rig = rig_at(port, tmp_path / "state")
        task = asyncio.create_task(rig.output.run())
        await everything_is_published(rig)
    try:
        await rig.until(lambda: rig.output.problem != "")
        async with broker(kind, tmp_path, port):
            await everything_is_published(rig)
    finally:
        await end_tasks([task])


async def everything_is_published(rig: Rig) -> None:
    rig.seen.clear()
    async with listening(rig, TOPICS):
        await rig.until(lambda: len(rig.seen) == len(TOPICS))


@needs_mosquitto
async def test_the_broker_says_offline_if_the_service_is_killed(tmp_path: Path) -> None:
    async with broker("mosquitto", tmp_path) as port:
        rig = rig_at(port, tmp_path / "state")
        clients: list[mqtt.Connection] = []
        plain = mqtt.connection_to

        def remembered(*args: object, **more: object) -> mqtt.Connection:
            clients.append(plain(*args, **more))  # type: ignore[arg-type]
            return clients[-1]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(mqtt, "connection_to", remembered)
            patch.setattr(mqtt, "RETRY_S", (30.0, 30.0))
            async with listening(rig, TOPICS), running(rig):
                await rig.until(lambda: rig.seen.get("optimizer/availability") == "online")
                clients[-1].drop()
                await rig.until(lambda: rig.seen["optimizer/availability"] == "offline")


async def test_a_wrong_password_is_said_once_and_nothing_ends(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    connects: list[int] = []
    async with broker("small5", tmp_path, connects=connects) as port:
        rig = rig_at(port, tmp_path / "state")
        object.__setattr__(rig.output._broker, "password", "wrong-secret")
        async with running(rig) as task:
            await rig.until(lambda: len(connects) >= 3)
            assert not task.done()
    assert caplog.text.count("nothing is published") == 1
    assert "wrong-secret" not in caplog.text + repr(rig.output._broker)


async def test_nobody_there(tmp_path: Path) -> None:
    rig = rig_at(9, tmp_path / "state")
    async with running(rig) as task:
        await rig.until(lambda: rig.output.problem != "no connection yet")
        assert not task.done()
    assert "nothing listens there" in rig.output.problem


@needs_mosquitto
@pytest.mark.parametrize(
    ("own", "password", "fails"),
    [(True, PASSWORD, ""), (False, PASSWORD, "certificate"), (True, "wrong-one", "authorized")],
)
async def test_tls_and_credentials_of_a_real_broker(own: bool, password: str, fails: str, tmp_path: Path) -> None:
    """An authority of one's own is trusted, another one is not, and no message has the password."""
    async with broker("mosquitto", tmp_path, tls=TLS) as port:
        ca_file = str(TLS / ("device.pem" if own else "other.pem"))
        rig = rig_at(port, tmp_path / "state", tls=True, ca_file=ca_file)
        rig.output._broker = replace(rig.output._broker, password=password)
        async with running(rig):
            await rig.until(lambda: rig.output.problem != "no connection yet")
    assert fails in rig.output.problem if fails else rig.output.problem == ""
    assert password not in rig.output.problem
