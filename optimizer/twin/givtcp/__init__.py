"""A simulated GivEnergy plant with GivTCP: inverter, battery, and EV charger, with its false answers."""

from optimizer.twin.givtcp.gateway import GivTcpTraps, GivTcpTwin
from optimizer.twin.givtcp.registers import Plate

__all__ = ["GivTcpTraps", "GivTcpTwin", "Plate"]
