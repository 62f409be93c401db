"""Charging sessions that evcc recorded: its CSV, its JSON, and its database."""
