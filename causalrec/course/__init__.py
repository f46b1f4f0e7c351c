"""What `start.py`, authors and teachers run on the course: open it, execute its lessons, check it."""

from causalrec._lazy import attach

__getattr__, __dir__ = attach(__name__, {"environment_check": "machine"})
