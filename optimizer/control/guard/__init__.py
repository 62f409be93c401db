"""What is allowed: fuses, ratings, and battery limits. No rule loosens the guard."""
