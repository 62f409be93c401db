"""`python -m optimizer` is `optimizer`."""

from optimizer.cli import main

main()
