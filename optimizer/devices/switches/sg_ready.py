"""A heat pump with SG Ready: two contacts that recommend or order it to run (BWP, SG Ready 1.1).

State 2 (both open) is normal, state 3 (second closed) recommends, and state 4 (both closed) orders. State 1 (first
closed alone) blocks the pump and is never used. The order of the writes passes through states 2 and 3 only.
"""

from __future__ import annotations

import math
from dataclasses import replace

from optimizer.devices.port import DeviceError, Identified, Identity, Sample
from optimizer.devices.switches.port import Relay
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.state import Switch
from optimizer.words.text import Text


class SgReady:
    """The contacts of one heat pump. Implements Meter, SwitchControl, and Identified."""

    def __init__(self, name: str, second: Relay, first: Relay | None) -> None:
        """`first` is given if the pump is to be ordered (state 4), and not only recommended (state 3)."""
        self._name = name
        self._second = second
        self._first = first

    @property
    def timer_s(self) -> float | None:
        """The shorter timer of its relays."""
        given = [one.timer_s for one in self._relays if one.timer_s is not None]
        return min(given, default=None)

    @property
    def _relays(self) -> tuple[Relay, ...]:
        return (self._second,) if self._first is None else (self._second, self._first)

    async def read(self) -> Sample:
        """On if the pump is recommended or ordered. The contacts do not measure its power."""
        second = _contact(await self._second.read())
        if self._first is None:
            return Sample(switches=(replace(second, name=self._name),))
        first = _contact(await self._first.read())
        on = _state(first.on, second.on)
        return Sample(switches=(Switch(self._name, on=on, blocked=first.blocked or second.blocked),))

    async def switch(self, on: bool) -> None:
        """Close or open the contacts one after the other. A failure between them leaves state 3."""
        relays = self._relays if on else tuple(reversed(self._relays))
        for relay in relays:
            await relay.switch(on)

    async def rest(self) -> None:
        """Open both contacts, and verify it."""
        for relay in reversed(self._relays):
            await relay.rest()

    async def identify(self) -> Identity:
        """That both relays answer."""
        for relay in self._relays:
            if isinstance(relay, Identified):
                await relay.identify()
        return Identity("sg_ready")

    async def close(self) -> None:
        """Release the connections; never raises."""
        for relay in self._relays:
            await relay.close()


def _contact(sample: Sample) -> Switch:
    if len(sample.switches) != 1:
        raise DeviceError("garbled", Text("a contact has no state"))
    switch = sample.switches[0]
    return Switch(switch.name, on=switch.on, blocked=switch.blocked)


def _state(first: Reading[bool], second: Reading[bool]) -> Reading[bool]:
    """Whether both are closed (True) or both open (False). Anything else is unknown, and the guard counts it as on."""
    at_s = min(first.at_s, second.at_s)
    if first.value is None or second.value is None:
        return unknown(first.why or second.why, at_s if at_s > -math.inf else second.at_s)
    if first.value == second.value:
        return known(first.value, at_s)
    state = "state 1 (blocked): the first is closed alone" if first.value else "state 3 (recommended), not state 4"
    return unknown(Text("the contacts are in {state}", state=state), at_s)
