"""Prices of energy: market feeds, and the contract that makes them into what a kWh costs or pays."""
