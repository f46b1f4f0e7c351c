"""The lessons: a file each, its exercises and claims as data and nothing else."""
