"""The name of a browser for people, from its User-Agent header."""

from __future__ import annotations

BROWSERS = (("Firefox/", "Firefox"), ("Edg/", "Edge"), ("OPR/", "Opera"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
"""A part of the header, and the name. The first part that is found counts, since Edge also names Chrome and Safari."""
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)
LONGEST = 40


def device_of(agent: str) -> str:
    """`Firefox on Android`; of an unknown program the beginning of its own text."""
    browser = next((name for part, name in BROWSERS if part in agent), "")
    system = next((name for part, name in SYSTEMS if part in agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return "".join(c for c in agent[:LONGEST] if c.isprintable()) or "unknown browser"
