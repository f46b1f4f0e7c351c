"""Types that all rooms share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
"""An array of numpy; its axes are named in a comment where they matter."""

Names = str | Iterable[str]
"""One name, of a node or a variable, or several."""
