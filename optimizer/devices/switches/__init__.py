"""Switchable loads: one module a brand."""
