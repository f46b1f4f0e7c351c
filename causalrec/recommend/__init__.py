"""Interest, ranking, value: what a shopper may like, what showing it changes, and what to show.

`TextEncoder` (a language model's vectors of texts) with `cosine` and `nearest` to compare them. Names load when first
used: torch and transformers only when a text is read that no cache holds.

First taught: lessons 4a to 5c.
"""

from __future__ import annotations

from causalrec._lazy import attach

# Public name -> the module that defines it.
_HOMES = {
    # words
    "TextEncoder": "text",
    "cosine": "text",
    "nearest": "text",
}

__getattr__, __dir__ = attach(__name__, _HOMES)
__all__ = list(_HOMES)
