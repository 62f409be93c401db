"""Tests of the prices while the service runs."""
