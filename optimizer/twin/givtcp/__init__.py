"""A simulated GivEnergy plant behind GivTCP: inverter, battery and EV charger, false answers and all."""

from optimizer.twin.givtcp.gateway import GivTcpTraps, GivTcpTwin
from optimizer.twin.givtcp.registers import Plate

__all__ = ["GivTcpTraps", "GivTcpTwin", "Plate"]
