"""Forecasts while the service runs: a service that is asked, the record of the past, and the forecast of each tick."""
