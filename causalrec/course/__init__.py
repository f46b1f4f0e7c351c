"""What `start.py`, authors and teachers run on the course: open it, execute its lessons, check it."""
