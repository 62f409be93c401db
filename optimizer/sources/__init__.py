"""Sources of values beside the devices: prices, PV forecasts, vehicles, and inputs. One port, a module a service."""
