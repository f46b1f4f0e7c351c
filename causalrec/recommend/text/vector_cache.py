"""Vectors kept between runs, found again by the hash of their text: one SQLite file for each model."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from causalrec.types import Array

_SECONDS = 30.0  # that a process waits for the one that is writing
# What a damaged file raises; the second where Python cannot read SQLite's complaint, which quotes what is damaged.
_TROUBLE = (sqlite3.Error, UnicodeDecodeError)
# What SQLite says of a file that others are using, or of a full disk or a folder without the right to write.
_NOT_DAMAGED = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN")
_TABLE = "CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, vector BLOB, seal INTEGER)"
_FIND = "SELECT key, vector, seal FROM vectors WHERE key IN (SELECT value FROM json_each(?))"


def text_key(text: str) -> str:
    """The name under which a text's vector is kept: the first 32 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]


@dataclass(frozen=True)
class VectorCache:
    """Vectors of one length, `hidden`, by key, in one SQLite file at `path`.

    Processes that write at once wait for each other, so that all vectors are kept; whoever is killed while writing
    leaves the file as it was before. Each vector has a checksum: a damaged one counts as absent, as does a file that
    SQLite cannot read, which is then written anew. Nothing is unpickled.
    """

    path: Path
    hidden: int

    def read(self, keys: Iterable[str]) -> dict[str, Array]:
        """The vectors of those keys, as far as they are kept."""
        if not self.path.is_file():
            return {}
        try:
            with closing(sqlite3.connect(self.path, timeout=_SECONDS)) as kept:
                kept.text_factory = bytes  # what is damaged need not be text
                rows = kept.execute(_FIND, (json.dumps(list(keys)),)).fetchall()
        except _TROUBLE:
            return {}
        whole = {k.decode(): v for k, v, seal in rows if type(k) is type(v) is bytes and seal == _seal(k, v)}
        return {key: np.frombuffer(v, "<f4") for key, v in whole.items() if len(v) == 4 * self.hidden}

    def add(self, vectors: Mapping[str, Array]) -> None:
        """Keep these vectors too. A folder that cannot be written to is no error: they are computed again next time."""
        content = {key: np.asarray(vector, "<f4").tobytes() for key, vector in vectors.items()}
        rows = [(key, vector, _seal(key.encode(), vector)) for key, vector in content.items()]
        with suppress(OSError, *_TROUBLE):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._write(rows)
                if self.read(content).keys() == content.keys():
                    return
            except _TROUBLE as error:
                if getattr(error, "sqlite_errorname", "").startswith(_NOT_DAMAGED):
                    return
            self.path.unlink()
            self._write(rows)

    def _write(self, rows: list[tuple[str, bytes, int]]) -> None:
        with closing(sqlite3.connect(self.path, timeout=_SECONDS)) as kept, kept:
            kept.execute(_TABLE)
            kept.executemany("REPLACE INTO vectors VALUES (?, ?, ?)", rows)


def _seal(key: bytes, vector: bytes) -> int:
    return zlib.crc32(vector, zlib.crc32(key))
