"""GivEnergy inverters, batteries and EV chargers behind GivTCP."""
