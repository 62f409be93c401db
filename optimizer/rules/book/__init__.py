"""The rule book: from rule files to a compiled book, its evaluation, and overrides."""
