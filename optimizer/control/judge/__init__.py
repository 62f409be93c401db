"""The judge of readings: which readings of the house contradict each other, and how late the meter is."""
