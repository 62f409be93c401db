"""The records on disk: the devices written to, the memory of decisions, and the hand-back."""
