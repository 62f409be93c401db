"""Inputs while the service runs: values set by hand and kept on disk, and values that are read from a source."""
