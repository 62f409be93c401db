"""A simulated GivEnergy plant with GivTCP: inverter, battery, and EV charger, with its false answers."""

from optimizer.twin.givtcp.gateway import GivTcpTwin
from optimizer.twin.givtcp.registers import Plate
from optimizer.twin.givtcp.traps import GivTcpTraps

__all__ = ["GivTcpTraps", "GivTcpTwin", "Plate"]
