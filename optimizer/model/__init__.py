"""The base package: the state of the house (State), the orders for it (Decision), and time.

It imports no other package of the project. All powers, currents, and energies have the same signs: grid + import /
− export; battery + discharge / − charge; PV, EV, and home ≥ 0.
"""
