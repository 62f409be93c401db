"""The summary of a demo, from the meters of the simulated devices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optimizer.runtime.loop import TickLoop
    from optimizer.twin.ledger import Summary


def summarise(seen: Summary, loop: TickLoop | None, end: datetime) -> tuple[dict[str, Any], str]:
    """As fields of a JSON line, and as text; without a `loop` no service ran."""
    fields: dict[str, Any] = {
        "house_time": end.isoformat(timespec="seconds"),
        "house_hours": round(seen.duration_s / 3600.0, 2),
        "ev_wh": round(seen.ev_wh),
        "ev_from_surplus_wh": round(seen.ev_from_surplus_wh),
        "ev_from_grid_wh": round(seen.ev_from_grid_wh),
        "pv_wh": round(seen.pv_wh),
        "home_wh": round(seen.home_wh),
        "import_wh": round(seen.import_wh),
        "export_wh": round(seen.export_wh),
        "battery_throughput_wh": round(seen.battery_throughput_wh),
        "battery_soc_percent": [round(soc, 1) for soc in seen.soc_percent],
        "load_wh": {name: round(energy_wh) for name, energy_wh in seen.load_wh.items()},
        "load_starts": dict(seen.load_starts),
        "starts": seen.starts,
        "phase_switches": seen.phase_switches,
        "writes": {device: dict(kinds) for device, kinds in seen.writes.items()},
        "refused_writes": dict(seen.refused),
        "unsafe_writes": [f"{incident.device}: {incident.what}" for incident in seen.unsafe],
        "longest_refresh_gap_s": {device: round(gap, 1) for device, gap in seen.longest_gap_s.items()},
        "lapses": dict(seen.lapses),
    }
    if loop is not None:
        fields |= {"ticks": loop.ticks, "ticks_overrun": loop.overruns, "ticks_failed": loop.failures}
    return fields, _text(seen, loop)


def _text(seen: Summary, loop: TickLoop | None) -> str:
    share = f" ({seen.ev_from_surplus_wh / seen.ev_wh:.0%})" if seen.ev_wh > 0 else ""
    lines = {
        "house time": f"{seen.duration_s / 3600.0:.1f} h",
        "car charged": f"{_kwh(seen.ev_wh)}: {_kwh(seen.ev_from_surplus_wh)} from surplus{share}, "
        f"{_kwh(seen.ev_from_grid_wh)} from grid import or battery losses",
        "sun, home": f"{_kwh(seen.pv_wh)}, {_kwh(seen.home_wh)}",
        "grid": f"{_kwh(seen.import_wh)} imported, {_kwh(seen.export_wh)} exported",
        "battery": f"{_kwh(seen.battery_throughput_wh)} through it, "
        + ", ".join(f"{name} now {soc:.0f} %" for name, soc in zip(seen.batteries, seen.soc_percent, strict=True)),
        "loads": ", ".join(
            f"{name} {_kwh(energy_wh)} in {seen.load_starts[name]} runs" for name, energy_wh in seen.load_wh.items()
        )
        or "none",
        "starts": f"{seen.starts}, phase switches under charge {seen.phase_switches}",
        "writes": "; ".join(f"{device}: {_counts(kinds)}" for device, kinds in seen.writes.items()) or "none",
        "refused": _counts(seen.refused) or "none",
        "unsafe writes": str(len(seen.unsafe)) if seen.unsafe else "none",
        "longest gap": "; ".join(f"{device} {gap:.1f} s" for device, gap in seen.longest_gap_s.items())
        or "no setpoint was requested",
    }
    if loop is not None:
        lines["ticks"] = f"{loop.ticks}, overrun {loop.overruns}, failed {loop.failures}"
    width = max(map(len, lines))
    return "\nSummary\n" + "\n".join(f"  {name.ljust(width)}  {value}" for name, value in lines.items())


def _counts(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in kinds.items())


def _kwh(energy_wh: float) -> str:
    return f"{energy_wh / 1000.0:.2f} kWh"
