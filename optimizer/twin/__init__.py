"""A simulated house: physics, and servers that speak the real protocol of each device over a socket.

The twins are written from the documents of the devices and not from our adapters, so that the two can disagree.

- `physics`, `battery`, `charger`: the model of the house, without clock and sockets. A study steps it directly.
- `weather`, `sun`, `load`, `trace`: generated or recorded PV power and home load.
- `live`: the house on a clock. `faults`: the faults of its devices. `ledger`: the writes and energies.
- `listener`, `http`, `modbus`: the servers. `nrgkick*`, `fems*`, `sonnen*`, `givtcp`: the devices.
- `house`: assembles and starts a house: `await start_house(HOUSES["small"](None, 1), clock)`.
"""
