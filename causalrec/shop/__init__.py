"""The shop: a world whose truth is known, and the log that is all a learner sees of it.

`Log` holds what a shop records, `Truth` what only the simulator knows; they are different types so that no estimate can
look at the truth by accident. A stranger's log and catalogue enter through `read_log` and `read_catalogue`.
"""

import sys
from types import ModuleType
from typing import Any

from causalrec._lazy import attach

__getattr__, __dir__ = attach(
    __name__,
    {
        "CATEGORIES": "catalogue",
        "Catalogue": "catalogue",
        "ItemSource": "catalogue",
        "THEMES": "catalogue",
        "check_catalogue": "catalogue",
        "deal_cold": "catalogue",
        "read_catalogue": "catalogue",
        "read_items": "catalogue",
        "bundled": "datasets",
        "Coat": "datasets",
        "coat": "datasets",
        "fetch": "datasets",
        "find": "datasets",
        "hillstrom": "datasets",
        "open_bandit": "datasets",
        "reviews": "datasets",
        "noisy": "degrade",
        "sparse": "degrade",
        "check_output": "files",
        "default_cache": "files",
        "sha256": "files",
        "write_together": "files",
        "write_whole": "files",
        "CANDIDATE_COLUMNS": "log",
        "HISTORY_COLUMNS": "log",
        "LOG_COLUMNS": "log",
        "Log": "log",
        "OpenTruth": "log",
        "TRUTH_COLUMNS": "log",
        "Truth": "log",
        "check_pairs": "log",
        "read_log": "log",
        "CleaningReport": "cleaning",
        "RAW_COLUMNS": "cleaning",
        "clean": "cleaning",
        "make_raw_log": "raw_log",
        "read_raw_log": "raw_log",
        "PRESETS": "model",
        "Preset": "model",
        "shop_model": "model",
        "simulate": "simulate",
        "SOURCES": "sources",
        "Source": "sources",
    },
)


class _Shop(ModuleType):
    """This package, in which `simulate` is the function: loading the module of the same name must not hide it."""

    def __setattr__(self, name: str, value: Any) -> None:
        """Set the attribute, unless it is that module."""
        if not (name == "simulate" and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Shop
