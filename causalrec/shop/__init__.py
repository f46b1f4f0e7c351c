"""The shop: a world whose truth is known, and the log that is all a learner sees of it.

`Log` holds what a shop records, `Truth` what only the simulator knows; they are different types so that no estimate can
look at the truth by accident. A stranger's log and catalogue enter through `read_log` and `read_catalogue`.
"""

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
        "bundled": "sources.datasets",
        "Coat": "sources.datasets",
        "coat": "sources.datasets",
        "fetch": "sources.datasets",
        "find": "sources.datasets",
        "hillstrom": "sources.datasets",
        "open_bandit": "sources.datasets",
        "reviews": "sources.datasets",
        "noisy": "raw.degrade",
        "sparse": "raw.degrade",
        "CANDIDATE_COLUMNS": "log",
        "HISTORY_COLUMNS": "log",
        "LOG_COLUMNS": "log",
        "Log": "log",
        "OpenTruth": "log",
        "TRUTH_COLUMNS": "log",
        "Truth": "log",
        "check_pairs": "log",
        "read_log": "log",
        "CleaningReport": "raw.cleaning",
        "RAW_COLUMNS": "raw.cleaning",
        "clean": "raw.cleaning",
        "make_raw_log": "raw.mess",
        "read_raw_log": "raw.mess",
        "PRESETS": "model",
        "Preset": "model",
        "shop_model": "model",
        "simulate": "simulator",
        "SOURCES": "sources.source",
        "Source": "sources.source",
    },
)
