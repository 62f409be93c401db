"""The HTTP side of the service: the Custom API feed, /metrics, the status page, and its API."""
