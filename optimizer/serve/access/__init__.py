"""Access control of the HTTP listeners: hosts, origins, tokens, and rate limits."""
