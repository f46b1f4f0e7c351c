"""The lessons: a file each, its exercises as data and its claims from `causalrec.teach.measures`."""
