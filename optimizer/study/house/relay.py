"""A switchable load of the virtual house: its part of State, and how it receives orders.

It draws its whole `power_w` while it is on. No thermostat is simulated. A write takes effect in the next tick.
"""

from __future__ import annotations

from optimizer.model.decision import SwitchAction, SwitchOrder
from optimizer.model.reading import Reading
from optimizer.model.site import SwitchSite
from optimizer.model.state import Switch, SwitchCommanded
from optimizer.twin.switched import LoadSpec, SwitchedLoad


def load_spec(site: SwitchSite) -> LoadSpec:
    """The simulated load of the settings."""
    return LoadSpec(site.name, site.power_w, site.phase_map[0] if site.phase_map else 1)


class Relay:
    """One load behind its relay."""

    __slots__ = ("_commanded", "load", "on_s", "site", "writes")

    def __init__(self, site: SwitchSite, load: SwitchedLoad) -> None:
        self.site = site
        self.load = load
        self.on_s = 0.0
        """How long it was on."""
        self.writes = 0
        self._commanded: SwitchCommanded | None = None

    def look(self, now_s: float, tick_s: float) -> Switch:
        """The load in State, after a tick of `tick_s`."""
        if self.load.on:
            self.on_s += tick_s
        return Switch(
            name=self.site.name,
            on=Reading(self.load.on, now_s),
            power_w=Reading(self.load.power_w, now_s),
            energy_total_wh=Reading(self.load.energy_wh, now_s),
            commanded=self._commanded,
        )

    def obey(self, order: SwitchOrder, now_s: float) -> None:
        """Switch the load if the order changes its state."""
        if order.action is SwitchAction.LEAVE:
            return
        on = order.action is SwitchAction.ON
        if on == self.load.on:
            return
        self.load.switch(on)
        self.writes += 1
        self._commanded = SwitchCommanded(on, now_s)
