"""Commands for rule authors: check, test, explain."""
