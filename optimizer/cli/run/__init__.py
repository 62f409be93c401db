"""Commands that run the service, the demo, and the hand-back, and that ask the running service."""
