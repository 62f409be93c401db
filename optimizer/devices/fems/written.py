"""The written values that an Edge may hold, and the writes themselves."""

from __future__ import annotations

from collections.abc import Collection

from optimizer.devices.fems.channels import ACTIVE, EQUALS, GREATER, LESS, REACTIVE
from optimizer.devices.fems.config import FemsConfig
from optimizer.devices.fems.wire import FemsWire
from optimizer.devices.port import LATE_S, DeviceError
from optimizer.model.clock import Clock
from optimizer.words.text import Text

AGAINST = {EQUALS: (LESS, GREATER), LESS: (EQUALS,), GREATER: (EQUALS,)}
"""Channels that must not hold a value while the key does."""


class Written:
    """The values of one Edge, by battery and channel. Writes and withdraws them, and knows which ones may hold."""

    def __init__(self, config: FemsConfig, wire: FemsWire, clock: Clock) -> None:
        self._components = {ess.name: ess.component for ess in config.ess}
        self._wire = wire
        self._clock = clock
        self.withdrawable = ACTIVE + REACTIVE if config.reactive else ACTIVE
        """The channels that we may have written."""
        self._may_hold = {ess.name: set(self.withdrawable) for ess in config.ess}
        """At first all, because an earlier process may have written them."""
        self._equals_w: dict[str, int] = {}
        self._late_until_s: dict[tuple[str, str], float] = {}
        """Until when a value that was sent without an answer may still be taken, by battery and channel."""
        self.at_s = 0.0
        """When a channel was last written to. Each write restarts the one timer of the Edge."""

    def may_hold(self, battery: str) -> bool:
        """Whether any channel of the battery may hold a value of ours."""
        return bool(self._may_hold[battery])

    def equals_w(self, battery: str) -> int | None:
        """The last Equals written in W, while it may hold."""
        return self._equals_w.get(battery)

    def expect(self, battery: str, channels: Collection[str], equals_w: int | None = None) -> None:
        """Take it that these channels may hold a value; Equals the value `equals_w`, where it is known."""
        self._may_hold[battery].update(channels)
        if equals_w is not None:
            self._equals_w[battery] = equals_w

    async def set(self, battery: str, channel: str, value: int) -> None:
        """Write a value. Raises DeviceError; without an answer the value may hold nevertheless."""
        self.expect(battery, (channel,), value if channel == EQUALS else None)
        await self._write(battery, channel, value)

    async def withdraw(self, battery: str, channels: Collection[str]) -> None:
        """Withdraw by null those of the channels that may hold a value."""
        for channel in channels:
            if channel in self._may_hold[battery]:
                await self._write(battery, channel, None)
                if self._is_late(battery, channel):
                    continue
                self._may_hold[battery].discard(channel)
                if channel == EQUALS:
                    self._equals_w.pop(battery, None)

    def refuse_late(self, battery: str, channels: Collection[str]) -> None:
        """Raise DeviceError if a value that was sent to one of the channels without an answer may still arrive."""
        late = [channel for channel in channels if self._is_late(battery, channel)]
        if late:
            raise DeviceError(
                "timeout", Text("an earlier {late} got no answer and may still arrive: waiting for that", late=late[0])
            )

    async def _write(self, battery: str, channel: str, value: int | None) -> None:
        answered = False
        try:
            await self._wire.write(self._components[battery], channel, value)
            answered = True
        except DeviceError as error:
            answered = error.said_no
            raise
        finally:
            self.at_s = self._clock.monotonic_s()
            if value is not None and not answered:
                self._late_until_s[battery, channel] = self.at_s + LATE_S

    def _is_late(self, battery: str, channel: str) -> bool:
        return self._clock.monotonic_s() < self._late_until_s.get((battery, channel), 0.0)
