"""The record on disk: every tick as it was, so that it can be asked and replayed later.

Written by a watcher of the loop in a thread of its own, read by the status page, `optimizer why` and replay.
Imports `control`, `rules` and `model` only.
"""
