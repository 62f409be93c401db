"""The values of an Edge's documents for people. The control reads fewer of them (channels.py)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from optimizer.devices.fems.channels import ESS_CHANNELS, SUM_CHANNELS
from optimizer.devices.fems.config import FemsConfig
from optimizer.devices.fems.wire import FemsWire
from optimizer.devices.port import Value

SUM_ALSO: Mapping[str, str] = {
    "GridMinActivePower": "W, the most ever fed in, negative",
    "GridMaxActivePower": "W, the most ever bought",
    "ProductionAcActivePower": "W, PV on inverters of its own",
    "ConsumptionActivePower": "W, the house with the car",
    "EssActivePower": "W on the AC side, with the PV of hybrids",
    "EssMaxApparentPower": "VA",
    "GridBuyActiveEnergy": "Wh",
    "GridSellActiveEnergy": "Wh",
    "ConsumptionActiveEnergy": "Wh",
    "EssActiveChargeEnergy": "Wh on the AC side",
    "EssActiveDischargeEnergy": "Wh on the AC side",
    "EssDcChargeEnergy": "Wh, the batteries alone",
    "EssDcDischargeEnergy": "Wh, the batteries alone",
}
METER: Mapping[str, str] = {
    "ActivePower": "W, + import",
    "ActivePowerL1": "W, + import",
    "ActivePowerL2": "W, + import",
    "ActivePowerL3": "W, + import",
    "CurrentL1": "mA",
    "CurrentL2": "mA",
    "CurrentL3": "mA",
    "VoltageL1": "mV",
    "VoltageL2": "mV",
    "VoltageL3": "mV",
    "Frequency": "mHz",
}
UNITS = frozenset({"W", "VA", "Wh", "%", "mA", "mV", "mHz"})


async def documented(config: FemsConfig, wire: FemsWire) -> tuple[Value, ...]:
    """One request for everything; a channel that this Edge does not have is left out, null is None."""
    wanted = {"_sum": {**SUM_CHANNELS, **SUM_ALSO}, **{ess.component: ESS_CHANNELS for ess in config.ess}}
    if config.grid_meter:
        wanted[config.grid_meter] = METER
    found = await wire.read(tuple(wanted), tuple(name for names in wanted.values() for name in names))
    return tuple(_values(wanted, found.channels, found.at_s))


def _values(wanted: Mapping[str, Mapping[str, str]], channels: Mapping[str, object], at_s: float) -> Iterator[Value]:
    for component, names in wanted.items():
        for name, text in names.items():
            address = f"{component}/{name}"
            if address in channels:
                unit, meaning = parted(text)
                yield Value(address, channels[address], unit, meaning=meaning, at_s=at_s)


def parted(text: str) -> tuple[str, str]:
    """The unit, which may be empty, and the meaning of a channel."""
    first = text.partition(" ")[0].rstrip(",")
    unit = first if first in UNITS else ""
    return unit, text.removeprefix(unit).lstrip(", ")
