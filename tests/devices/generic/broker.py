"""An MQTT broker for tests: a real Mosquitto where one is installed, and a very small one of our own everywhere."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
BROKERS = ["small", "small5", "mosquitto"] if MOSQUITTO else ["small", "small5"]
"""`small` speaks MQTT 3.1.1 only, `small5` and Mosquitto also MQTT 5. Beside them there is `mute`: a `small` that does
not refuse MQTT 5 but closes the connection."""
USER, PASSWORD = "meter", "right-one"
USER_ID = getpass.getuser()


@asynccontextmanager
async def broker(
    kind: str, folder: Path, port: int = 0, *, connects: list[int] | None = None, tls: Path | None = None
) -> AsyncIterator[int]:
    """Runs a broker that wants USER and PASSWORD; yields its port. `tls`: a folder with `device.pem` and `device.key`,
    for Mosquitto only.

    `connects`: the level of every CONNECT is put here, 5 for MQTT 5 and 4 for MQTT 3.1.1; not by Mosquitto.
    """
    if kind == "mosquitto":
        running = _mosquitto(folder, port, tls)
    else:
        running = _small(port, 5 if kind == "small5" else 4, [] if connects is None else connects, mute=kind == "mute")
    async with running as bound:
        yield bound


@asynccontextmanager
async def _mosquitto(folder: Path, port: int, tls: Path | None) -> AsyncIterator[int]:
    assert MOSQUITTO
    if not port:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    passwords, config = folder / "passwords", folder / "mosquitto.conf"
    maker = Path(MOSQUITTO).parent.parent / "bin" / "mosquitto_passwd"
    making = await asyncio.create_subprocess_exec(maker, "-b", "-c", passwords, USER, PASSWORD)
    await making.wait()
    keys = "" if tls is None else f"certfile {tls}/device.pem\nkeyfile {tls}/device.key\n"
    access = f"allow_anonymous false\npassword_file {passwords}\nuser {USER_ID}\n"
    config.write_text(f"listener {port} 127.0.0.1\n{keys}{access}")
    process = await asyncio.create_subprocess_exec(
        MOSQUITTO, "-c", config, stderr=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        for _ in range(500):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            await asyncio.sleep(0.01)
        yield port
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def _small(port: int, newest: int, connects: list[int], *, mute: bool) -> AsyncIterator[int]:
    """MQTT 3.1.1 (level 4) or also MQTT 5, QoS 0 and 1 inwards, exact topics, retained messages: as much as we need."""
    subscribers: dict[asyncio.StreamWriter, set[str]] = {}
    retained: dict[str, bytes] = {}
    most: dict[asyncio.StreamWriter, int] = {}
    """Of those who speak MQTT 5: the largest packet that they take."""

    def publish(writer: asyncio.StreamWriter, topic: str, payload: bytes, flag: int) -> None:
        body = _text(topic) + (b"\0" if writer in most else b"") + payload
        packet = bytes([0x30 | flag]) + _length(len(body)) + body
        if len(packet) <= most.get(writer, len(packet)):
            writer.write(packet)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                kind, body = await _packet(reader)
                none = b"\0" if writer in most else b""  # the properties of a packet of MQTT 5
                if kind >> 4 == 1:
                    connects.append(body[6])
                if kind >> 4 == 1 and body[6] > newest:
                    writer.write(b"" if mute else b"\x20\x02\x00\x01")
                    break
                if kind >> 4 == 1:
                    fits = body.endswith(_text(USER) + _text(PASSWORD))
                    if body[6] == 5:
                        at = body.find(b"\x27", 10, 11 + body[10])
                        most[writer] = int.from_bytes(body[at + 1 : at + 5], "big") if at > 0 else 2**28
                        writer.write(b"\x20\x03\x00\x00\x00" if fits else b"\x20\x03\x00\x86\x00")
                    else:
                        writer.write(b"\x20\x02\x00\x00" if fits else b"\x20\x02\x00\x05")
                    subscribers[writer] = set()
                elif kind >> 4 == 8:
                    named = body[2 + len(none) :]
                    topic = named[2 : 2 + int.from_bytes(named[:2], "big")].decode()
                    subscribers[writer].add(topic)
                    writer.write(b"\x90" + _length(3 + len(none)) + body[:2] + none + b"\x00")
                    if topic in retained:
                        publish(writer, topic, retained[topic], 1)
                elif kind >> 4 == 3:
                    end = 2 + int.from_bytes(body[:2], "big")
                    topic = body[2:end].decode()
                    if kind & 6:  # QoS 1: the number of the packet follows, and is acknowledged
                        writer.write(b"\x40\x02" + body[end : end + 2])
                        end += 2
                    payload = body[end + len(none) :]
                    if kind & 1:
                        retained[topic] = payload
                    for other, topics in subscribers.items():
                        if topic in topics:
                            publish(other, topic, payload, 0)
                elif kind >> 4 == 12:
                    writer.write(b"\xd0\x00")
                elif kind >> 4 == 14:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            subscribers.pop(writer, None)
            most.pop(writer, None)
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in list(subscribers):
            writer.close()
        await asyncio.sleep(0)


async def _packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    kind, length, shift = (await reader.readexactly(1))[0], 0, 0
    while True:
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return kind, await reader.readexactly(length)


def _length(size: int) -> bytes:
    out = bytearray()
    while True:
        size, byte = divmod(size, 128)
        out.append(byte | (128 if size else 0))
        if not size:
            return bytes(out)


def _text(word: str) -> bytes:
    return len(word).to_bytes(2, "big") + word.encode()
