"""Commands for one device: probe, discover, read and write by hand, commission."""
