"""Tools for rule authors: explain, lints, tests, schema, and the reference."""
