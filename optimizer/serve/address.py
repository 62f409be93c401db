"""A host with its port as they stand in a URL."""

from __future__ import annotations


def authority(host: str, port: int) -> str:
    """`127.0.0.1:8080`, `house.local:8080`, `[::1]:8080`: an address of IPv6 has colons of its own."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
