"""The settings of a site: one commented file, overridden by the environment, every mistake answered."""
