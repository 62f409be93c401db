"""A rule-based home-energy optimizer: reads the house, decides by rules, explains every decision."""

__version__ = "0.1.0"
"""The one place of it: the package's metadata is made from it (pyproject.toml)."""
