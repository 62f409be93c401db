"""Tests of the sources beside the devices: fixtures of our own, written from the contracts."""
