"""sonnen batteries over REST v1 and v2."""
