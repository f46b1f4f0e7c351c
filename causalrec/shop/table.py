"""Tables as strangers hand them in: read as text, checked column by column, every complaint one sentence.

A complaint names the file, the row, the column and the remedy. Rows are counted as a spreadsheet shows them: the header
is row 1, the first row of data is row 2.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from causalrec.errors import DataError

# What other programs write into a cell that holds nothing.
EMPTY = ("", "na", "n/a", "nan", "null", "none", "<na>")


@dataclass(frozen=True)
class Rule:
    """What a column of numbers may hold: `expected` and `remedy` in words, `accepts` as a test, `dtype` as stored."""

    expected: str
    remedy: str
    accepts: Callable[[np.ndarray], np.ndarray]
    dtype: str = "float64"
    may_be_empty: bool = False


def cell(where: str, position: int, column: str) -> str:
    """The place of a cell in words; `position` counts the rows of data from 0."""
    return f"{where}, row {position + 2}, column '{column}'"


def _decoded(path: Path) -> str:
    """The text of a UTF-8 file without its byte-order mark.

    Raises:
        DataError: the file is missing, unreadable, empty or not UTF-8.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{path} does not exist; check the name, or give the path from {Path.cwd()}.") from None
    except IsADirectoryError:
        raise DataError(f"{path} is a folder; give the CSV file inside it.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); check its permissions.") from None
    if not content.strip():
        raise DataError(f"{path} is empty; it needs a header line and at least one row.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise DataError(f"{path}, row {row}: not UTF-8 text; save the file as CSV with UTF-8 encoding.") from None


def read_table(path: str | Path) -> pd.DataFrame:
    """Every row of a CSV file, all cells as text exactly as they stand, an absent cell as "".

    Raises:
        DataError: the file is missing, empty, not UTF-8, has no rows, a header that names a column twice, or a row that
            does not fit the header.
    """
    path = Path(path)
    text = _decoded(path).rstrip("\r\n")  # blank lines at the end are no rows; one in the middle is, and gets reported
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            # The header is read as a row of data, so that a name that stands twice is seen and not renamed.
            table = pd.read_csv(
                io.StringIO(text),
                header=None,
                dtype=str,
                keep_default_na=False,
                index_col=False,
                skip_blank_lines=False,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise DataError(_misfit(path, str(error))) from None
    header = table.iloc[0].str.strip().tolist()
    twice = [name for position, name in enumerate(header) if name in header[:position]]
    if twice:
        raise DataError(f"{path}, row 1: the header names column '{twice[0]}' twice; keep one of the two.")
    if len(table) == 1:
        raise DataError(f"{path} has a header but no rows; it needs at least one row of data.")
    return table.iloc[1:].set_axis(header, axis="columns").reset_index(drop=True)


def _misfit(path: Path, complaint: str) -> str:
    """The sentence for what pandas says of a line with too many cells, or of a quotation mark that is never closed."""
    found = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", complaint)
    if found:
        expected, row, seen = found.groups()
        remedy = "put values that contain a comma between double quotes"
        return f"{path}, row {row}: {seen} cells where the header has {expected}; {remedy}."
    found = re.search(r"starting at row (\d+)", complaint)
    if found:
        return f"{path}, row {int(found[1]) + 1}: a quotation mark is opened and never closed; close it, or remove it."
    return f"{path} is not a CSV table ({complaint.strip()}); save it as CSV with commas."


def require(frame: pd.DataFrame, columns: Sequence[str], where: str) -> None:
    """Nothing, when the frame has all of `columns`.

    Raises:
        DataError: one is missing, or the frame has no rows.
    """
    present = [str(name) for name in frame.columns]
    for name in columns:
        if name not in present:
            remedy = f"it needs {', '.join(columns)}"
            if len(present) == 1 and any(mark in present[0] for mark in ";\t|"):
                remedy = "its cells are not separated by commas: save it as CSV with commas"
            raise DataError(f"{where}: column '{name}' is missing (found: {', '.join(present)}); {remedy}.")
    if not len(frame):
        raise DataError(f"{where} has no rows; it needs at least one row of data.")


def texts(frame: pd.DataFrame, column: str, where: str, *, may_be_empty: bool = False) -> pd.Series:
    """A column as text. Whole numbers become their digits; blank cells are "" where they may be.

    Raises:
        DataError: a cell is blank where it may not be.
    """
    values = frame[column]
    written = values if values.dtype == "str" and values.notna().all() else values.astype(str).where(values.notna(), "")
    if not may_be_empty:
        blank = (written.str.strip() == "").to_numpy()
        if blank.any():
            place = cell(where, int(blank.argmax()), column)
            raise DataError(f"{place} is empty{_in_all(blank)}; fill it in, or drop the row.")
    return written


def numbers(frame: pd.DataFrame, column: str, where: str, rule: Rule) -> pd.Series:
    """A column as numbers that keep `rule`, in the rule's dtype.

    Raises:
        DataError: a cell is not a number, is not accepted by the rule, or is empty where it may not be.
    """
    values = frame[column]
    if pd.api.types.is_numeric_dtype(values):
        parsed = values.to_numpy("float64", na_value=np.nan)
        unreadable = np.zeros(len(values), dtype=bool)
    else:
        parsed, unreadable = parse_numbers(values)
    empty = np.isnan(parsed)
    refused = unreadable | (~empty & ~rule.accepts(parsed))
    if refused.any():
        position = int(refused.argmax())
        shown = repr(str(values.iloc[position])) if unreadable[position] else f"{parsed[position]:g}"
        place = cell(where, position, column)
        raise DataError(f"{place}: {shown} is not {rule.expected}{_in_all(refused)}; {rule.remedy}.")
    if empty.any() and not rule.may_be_empty:
        place = cell(where, int(empty.argmax()), column)
        raise DataError(f"{place} is empty where {rule.expected} is needed{_in_all(empty)}; {rule.remedy}.")
    return pd.Series(parsed, index=frame.index, name=column).astype(rule.dtype)


def parse_numbers(values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of a column of text (True is 1, False 0), and which cells are neither a number nor empty."""
    codes, spellings = pd.factorize(values)  # each spelling is parsed once; a missing cell has code -1
    distinct = pd.Series(spellings, dtype="object")
    parsed = pd.to_numeric(distinct, errors="coerce").to_numpy("float64", na_value=np.nan, copy=True)
    odd = np.isnan(parsed)
    words = distinct[odd].astype(str).str.strip().str.lower()
    parsed[odd] = words.map({"true": 1.0, "false": 0.0})
    unreadable = np.isnan(parsed)
    unreadable[odd] &= ~words.isin(EMPTY).to_numpy()
    return np.append(parsed, np.nan)[codes], np.append(unreadable, False)[codes]


def _in_all(mask: np.ndarray) -> str:
    count = int(mask.sum())
    return f" ({count} rows in all)" if count > 1 else ""


def refuse_repeats(frame: pd.DataFrame, columns: Sequence[str], where: str, remedy: str) -> None:
    """Nothing, when no two rows agree in all of `columns`.

    Raises:
        DataError: two rows do.
    """
    repeated = frame.duplicated(list(columns)).to_numpy()
    if repeated.any():
        position = int(repeated.argmax())
        names = ", ".join(f"{name} {frame[name].iloc[position]}" for name in columns)
        raise DataError(f"{cell(where, position, columns[-1])}: {names} is there twice{_in_all(repeated)}; {remedy}.")


def refuse_unknown(frame: pd.DataFrame, column: str, known: pd.Series, where: str) -> None:
    """Nothing, when every item of the column is one of `known`.

    Raises:
        DataError: one is not.
    """
    unknown = ~frame[column].isin(known).to_numpy()
    if unknown.any():
        position = int(unknown.argmax())
        shown = f"{frame[column].iloc[position]!r} is not in the catalogue{_in_all(unknown)}"
        remedy = "add it to the catalogue, or drop the row"
        raise DataError(f"{cell(where, position, column)}: {shown}; {remedy}.")
