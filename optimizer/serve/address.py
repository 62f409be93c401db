"""A host with its port as in a URL."""

from __future__ import annotations


def authority(host: str, port: int) -> str:
    """`127.0.0.1:8080`, `house.local:8080`, or `[::1]:8080`, since an IPv6 address contains colons."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
