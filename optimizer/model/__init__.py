"""The ground floor: what the house is (State), what is wanted of it (Decision), and time.

Imports nothing of the other rooms. All powers, currents and energies follow one sign table:
grid + import / − export, battery + discharge / − charge, PV, EV and home ≥ 0.
"""
