"""The summary of a demo, from the meters of the simulated devices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from optimizer.cli.console import said
from optimizer.words.text import Text, joined

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
    share = Text(" ({share_0d}%)", share_0d=100.0 * seen.ev_from_surplus_wh / seen.ev_wh) if seen.ev_wh > 0 else ""
    none = Text("none")
    lines: dict[str, str] = {
        Text("house time"): Text("{hours_1d} h", hours_1d=seen.duration_s / 3600.0),
        Text("car charged"): Text(
            "{car}: {sun} from surplus{share}, {grid} from grid import or battery losses",
            car=_kwh(seen.ev_wh),
            sun=_kwh(seen.ev_from_surplus_wh),
            share=share,
            grid=_kwh(seen.ev_from_grid_wh),
        ),
        Text("sun, home"): Text("{sun}, {home}", sun=_kwh(seen.pv_wh), home=_kwh(seen.home_wh)),
        Text("grid"): Text(
            "{imported} imported, {exported} exported", imported=_kwh(seen.import_wh), exported=_kwh(seen.export_wh)
        ),
        Text("battery"): joined(
            [
                Text("{energy} through it", energy=_kwh(seen.battery_throughput_wh)),
                *(
                    Text("{name} now {soc_percent}", name=name, soc_percent=soc)
                    for name, soc in zip(seen.batteries, seen.soc_percent, strict=True)
                ),
            ],
            "{first}, {then}",
        ),
        Text("loads"): joined(
            [
                Text("{name} {energy} in {runs} runs", name=name, energy=_kwh(energy_wh), runs=seen.load_starts[name])
                for name, energy_wh in seen.load_wh.items()
            ],
            "{first}, {then}",
        )
        or none,
        Text("starts"): Text(
            "{starts}, phase switches under charge {switches}", starts=seen.starts, switches=seen.phase_switches
        ),
        Text("writes"): "; ".join(f"{device}: {_counts(kinds)}" for device, kinds in seen.writes.items()) or none,
        Text("refused"): _counts(seen.refused) or none,
        Text("unsafe writes"): str(len(seen.unsafe)) if seen.unsafe else none,
        Text("longest gap"): joined(
            [Text("{device} {gap_1d} s", device=device, gap_1d=gap) for device, gap in seen.longest_gap_s.items()],
            "{first}; {then}",
        )
        or Text("no setpoint was requested"),
    }
    if loop is not None:
        lines[Text("ticks")] = Text(
            "{ticks}, overrun {overruns}, failed {failures}",
            ticks=loop.ticks,
            overruns=loop.overruns,
            failures=loop.failures,
        )
    told = {said(name): said(value) for name, value in lines.items()}
    width = max(map(len, told))
    title = said(Text("Summary"))
    return f"\n{title}\n" + "\n".join(f"  {name.ljust(width)}  {value}" for name, value in told.items())


def _counts(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in kinds.items())


def _kwh(energy_wh: float) -> str:
    return Text("{energy_2d} kWh", energy_2d=energy_wh / 1000.0)
