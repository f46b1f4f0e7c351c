"""What the commands share: whole numbers in, wrapped sentences and CSV out."""

from __future__ import annotations

import argparse
import shutil
import sys
import textwrap
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def whole_number(least: int) -> Callable[[str], int]:
    """A reader of whole numbers from `least` on."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 19 and int(text) >= least):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} on")
        return int(text)

    return read


def say(text: str, first: str = "", indent: int = 0) -> None:
    """Print a text wrapped to the terminal, or to 100 columns where there is none; `first` stands before it."""
    width = max(shutil.get_terminal_size((100, 24)).columns, 40) if sys.stdout.isatty() else 100
    wrap = textwrap.TextWrapper(width, first, " " * indent, break_long_words=False, break_on_hyphens=False)
    print(wrap.fill(text), flush=True)


def one_line(text: object) -> str:
    """A complaint on one line, without its full stop."""
    return " ".join(str(text).split()).removesuffix(".")


def as_csv(table: pd.DataFrame, digits: Mapping[str, int], otherwise: int) -> str:
    """The table as CSV text, the same on every system: LF, and in each column a fixed number of digits."""
    written = {}
    for name in table.select_dtypes("float"):
        form = f"z.{digits.get(str(name), otherwise)}f"
        written[str(name)] = [format(value, form) if value == value else "" for value in table[name]]
    return str(table.assign(**written).to_csv(index=False, lineterminator="\n"))
