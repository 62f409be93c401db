"""The results of a study for a reader: comparison, report, plots, and terminal tables."""
