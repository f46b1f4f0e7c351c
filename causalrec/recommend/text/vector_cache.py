"""Vectors kept between runs, found again by the hash of their text."""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from causalrec.errors import DataError
from causalrec.files import default_cache as default_cache
from causalrec.files import write_whole
from causalrec.types import Array

_SEAL = 32  # bytes of a SHA-256


def text_key(text: str) -> str:
    """The name under which a text's vector is kept: the first 32 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]


@dataclass(frozen=True)
class VectorCache:
    """Vectors of one length in a folder, by key, in at most 16 files: one for each first digit of the key.

    A file is a table in numpy's .npy form with its own SHA-256 behind it, written whole and then renamed. Of two
    processes that write at once one wins, and what the other found will be computed again. A file that is not what it
    should be counts as absent and is written anew. Nothing is unpickled.
    """

    folder: Path
    hidden: int

    def read(self, keys: Iterable[str]) -> dict[str, Array]:
        """The vectors of those keys, as far as they are kept, and of others that lie in the same files."""
        found: dict[str, Array] = {}
        for digit in sorted({key[0] for key in keys}):
            found.update(self._read(digit))
        return found

    def add(self, vectors: Mapping[str, Array]) -> None:
        """Keep these vectors too. A folder that cannot be written to is no error: they are computed again next time."""
        with contextlib.suppress(OSError, DataError):
            self.folder.mkdir(parents=True, exist_ok=True)
            for digit in sorted({key[0] for key in vectors}):
                kept = {**self._read(digit), **{key: vector for key, vector in vectors.items() if key[0] == digit}}
                table = np.array(sorted(kept.items(), key=lambda item: item[0]), dtype=self._row)
                body = io.BytesIO()
                np.save(body, table, allow_pickle=False)
                write_whole(self._path(digit), body.getvalue() + hashlib.sha256(body.getvalue()).digest())

    @property
    def _row(self) -> np.dtype[Any]:
        return np.dtype([("key", "S32"), ("vector", "<f4", (self.hidden,))])

    def _path(self, digit: str) -> Path:
        return self.folder / f"{digit}.npy"

    def _read(self, digit: str) -> dict[str, Array]:
        try:
            content = self._path(digit).read_bytes()
            if hashlib.sha256(content[:-_SEAL]).digest() != content[-_SEAL:]:
                return {}
            table = np.load(io.BytesIO(content[:-_SEAL]), allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return {}
        if table.dtype != self._row:
            return {}
        return dict(zip(table["key"].astype(str).tolist(), table["vector"], strict=True))
