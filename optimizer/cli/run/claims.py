"""The addresses of the devices that a service controls, by which it claims them on this machine and records them."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.settings import Settings
from optimizer.settings.adapters import DevicePlan, device_plans


def controlled_addresses(settings: Settings) -> Mapping[str, str]:
    """Device → its address, for each device that the service may write to and that has one address."""
    found = {
        plan.name: _address(plan)
        for plan in device_plans(settings)
        if plan.evs or plan.controls_batteries or plan.switches
    }
    return {name: address for name, address in found.items() if address}


def recorded_addresses(settings: Settings) -> Mapping[str, str]:
    """Key on the record of devices written to → address of its device (runtime.record.ownership)."""
    found: dict[str, str] = {}
    for plan in device_plans(settings):
        if address := _address(plan):
            parts = (("ev", plan.evs), ("battery", plan.batteries), ("switch", plan.switches))
            found |= {f"{kind}.{name}": address for kind, names in parts for name in names}
    return found


def _address(plan: DevicePlan) -> str:
    """Brand, server, and unit. Empty for a load that is switched by topics or requests of its own."""
    config = plan.config
    http = getattr(config, "http", None)
    if http is not None:
        relay = getattr(config, "channel", getattr(config, "relay", None))
        return "" if relay is None else f"{plan.brand} {_server(http.url)} {relay}"
    if url := getattr(config, "url", ""):
        return f"{plan.brand} {_server(url)}"
    host, port = getattr(config, "modbus_host", ""), getattr(config, "modbus_port", 502)
    return f"{plan.brand} {host.lower()}:{port} {getattr(config, 'modbus_unit', 1)}" if host else ""


def _server(url: str) -> str:
    return url.lower().rstrip("/")
