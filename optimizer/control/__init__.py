"""The pure core: computes a Decision from a State and a Verdict. It has no I/O, no clock, and no randomness."""
