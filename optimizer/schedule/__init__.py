"""The schedule: forecasts, goals, and the solver. Pure."""
