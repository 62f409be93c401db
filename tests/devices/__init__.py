"""Tests of the devices: fixtures of our own, written from the contracts."""
