"""The journal on disk: every tick with its readings, causes, and commands, to be queried and replayed later.

A watcher of the tick loop writes it in a thread of its own. The status page, `optimizer why`, and replay read it.
This package imports only `control`, `rules`, and `model`.
"""
