"""What others read: the Custom API feed, /metrics, the status page and its API."""
