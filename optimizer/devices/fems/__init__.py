"""FENECON FEMS, Symphon-E and every other OpenEMS Edge over REST."""
