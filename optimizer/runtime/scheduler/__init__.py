"""The scheduler: it assembles the problem, solves it in a child process, and gives its modes to every tick."""
