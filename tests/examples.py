"""The number of examples of a property test that needs another number than the profile's."""

from hypothesis import settings


def at_least(examples: int) -> int:
    """`examples`, or as many as the profile in force asks for where these are more (2,000 in the long one)."""
    return max(examples, settings().max_examples)


def one_in(part: int) -> int:
    """One `part`-th of the examples of the profile in force: for a test whose single example takes long."""
    return max(1, settings().max_examples // part)
