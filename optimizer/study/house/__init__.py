"""The simulated house and its car, without sockets."""
