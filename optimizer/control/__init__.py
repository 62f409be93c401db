"""The pure core: from a State and a Verdict to a Decision. No I/O, no clock, no randomness."""
