"""A simulated house: physics, and servers that speak each device's real protocol over a socket.

Written from the devices' documents, never from our adapters, so that it can disagree with them.
"""
