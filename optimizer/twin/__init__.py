"""A simulated house: physics, and servers that speak each device's real protocol over a socket.

Written from the devices' documents, never from our adapters, so that it can disagree with them.

- `physics`, `battery`, `charger`: the house in motion; no clock, no sockets; a study steps it by itself.
- `weather`, `sun`, `load` and `trace`: what comes in from outside, generated or recorded.
- `live`: the house on a clock; `faults` and `ledger`: what goes wrong with it, and what was done to it.
- `http`, `modbus`: the servers; `nrgkick*`, `fems*`, `sonnen*`, `givtcp`: the devices.
- `house`: all of it assembled and started: `await start_house(HOUSES["small"](None, 1), clock)`.
"""
