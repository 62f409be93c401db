"""The record on disk: which devices we control, what decisions remember, and the hand-back."""
