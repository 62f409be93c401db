"""Commands that write the first settings."""
