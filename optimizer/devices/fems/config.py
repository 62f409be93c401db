"""The settings of a FEMS or OpenEMS Edge."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class EssConfig:
    """One energy storage system of the Edge."""

    name: str
    """The name of the battery in rules and on the status page."""
    component: str = "ess0"
    """Component id in the Edge."""
    hybrid: bool = False
    """Whether PV is connected to the battery's own inverter (DC); setpoints then include that PV."""


@dataclass(frozen=True, slots=True)
class FemsConfig:
    """The settings for one Edge: its address, and the parts of it to use."""

    name: str
    """The name of its PV in rules and on the status page."""
    url: str
    """`http://host[:port]`; port 80 on FEMS, 8084 on a plain Edge."""
    user: str = "x"
    """Any. The Edge checks only the password."""
    password: str = field(default="user", repr=False)
    """`user` reads, `owner` writes."""
    timeout_s: float = 5.0
    """Deadline of one exchange in s."""
    ess: tuple[EssConfig, ...] = ()
    """Its storage systems; none where there is no battery."""
    grid: bool = True
    """Whether its grid meter is read."""
    pv: bool = True
    """Whether its PV is read."""
    grid_meter: str = ""
    """Component id of the grid meter (`meter0`), for its measured currents; empty: currents are worked out from
    the power of each phase at 230 V."""
    api_timeout_s: float = 60.0
    """`apiTimeout` of the Edge's REST controller: after so long without a write it drops all values. 0 = never."""
    reactive: bool = False
    """Whether the three reactive channels may be written (not usable on home systems)."""
    slow_s: float = 10.0
    """Values that change slowly (state of charge, limits, energies) are read this seldom, in s."""
    sums_in_fault: bool = False
    """Whether sums are believed while `_sum/State` is Fault; a sum skips a dead meter without a word."""
    verify_tls: bool = True
    ca_file: str = ""


def ids_of(config: FemsConfig) -> tuple[tuple[str, str], ...]:
    """The settings of site.yaml for the Edge's components, as (setting, value)."""
    said: list[tuple[str, str]] = [("grid_meter", config.grid_meter)] if config.grid_meter else []
    words = [f"{{component: {ess.component}, hybrid: {str(ess.hybrid).lower()}}}" for ess in config.ess]
    said.append(("battery", words[0] if words else "null"))
    if len(words) > 1:
        more = ", ".join(f"{ess.name}: {one}" for ess, one in zip(config.ess[1:], words[1:], strict=True))
        said.append(("more_batteries", f"{{{more}}}"))
    return tuple(said)
