"""The NRGkick Custom API feed."""
