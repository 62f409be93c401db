"""Tests of forecasts while the service runs."""
