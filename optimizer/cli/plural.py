"""A number with its noun: `1 warning`, `2 warnings`."""


def plural(number: int, noun: str) -> str:
    """The number and the noun, for nouns whose plural ends in s."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
