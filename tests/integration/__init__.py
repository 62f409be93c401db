"""Rooms together over real sockets on loopback."""
