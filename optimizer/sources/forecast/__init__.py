"""Forecasts of PV power and of the house's consumption: services, roofs, correction by the past, and persistence."""
