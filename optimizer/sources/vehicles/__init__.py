"""Vehicles: the state of charge of a car, measured or estimated from the energy of its charger. Pure."""
