"""The guard: fuses, ratings, and battery limits. No rule loosens it."""
