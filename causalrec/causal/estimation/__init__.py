"""From a log to a number with its interval. Taught: lessons 3d, 3e and 5b."""
