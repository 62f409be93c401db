"""Tests of the NRGkick adapter."""
