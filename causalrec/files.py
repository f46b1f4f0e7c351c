"""Files: their SHA-256 sums, where the kit keeps its own, and writing a file whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from causalrec.errors import DataError

SUMS = "SHA256SUMS"


def sha256(path: str | Path) -> str:
    """The SHA-256 of a file's bytes, in 64 hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_sums(path: str | Path) -> dict[str, str]:
    """File names and their SHA-256, from a file in the form that ``sha256sum`` writes."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    pairs = [line.split(maxsplit=1) for line in lines if line.strip()]
    return {name.lstrip("*"): digest for digest, name in pairs}


def default_cache() -> Path:
    """The folder where the kit keeps what it need not compute twice.

    $CAUSALREC_CACHE, or else `causalrec` in the user's cache folder as the system has it.
    """
    if chosen := os.environ.get("CAUSALREC_CACHE"):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        home = Path.home() / "Library" / "Caches"
    else:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "causalrec"


def write_whole(path: str | Path, content: str | bytes) -> Path:
    """The path of the file just written; text as UTF-8 with the line ends it has.

    The content goes to a temporary file in the same folder which then takes the name: whatever goes wrong, either the
    old file is there or the new one, never half of one.

    Raises:
        DataError: the folder does not exist or cannot be written to, or the path is a folder.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        os.replace(part, path)
    except FileNotFoundError:
        raise DataError(f"{path} cannot be written: there is no folder {path.parent}; create it first.") from None
    except OSError as error:
        remedy = "give the name of a file in a folder you may write to"
        raise DataError(f"{path} cannot be written ({error.strerror}); {remedy}.") from None
    finally:
        with contextlib.suppress(OSError):  # already renamed, or never made
            part.unlink()
    return path


def write_together(folder: str | Path, contents: Mapping[str, str]) -> dict[str, str]:
    """The SHA-256 of each file just written into `folder`, where SHA256SUMS now holds them; all are written, or none.

    `contents` maps file names to their text. A folder that does not exist is made. The files are written beside their
    places first and moved there when all of them are whole, the sums last.

    Raises:
        DataError: the folder cannot be made or written to, or a name in it is a folder; then nothing has changed.
    """
    folder, names = Path(folder), (*contents, SUMS)
    try:
        folder.mkdir(exist_ok=True)
        if taken := [name for name in names if (folder / name).is_dir()]:
            raise DataError(f"{folder / taken[0]} is a folder where a file is to be written; move it away.")
        with tempfile.TemporaryDirectory(prefix=".part-", dir=folder) as parts:
            sums = {name: sha256(write_whole(Path(parts) / name, text)) for name, text in contents.items()}
            write_whole(Path(parts) / SUMS, "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items())))
            for name in names:
                os.replace(Path(parts) / name, folder / name)
    except OSError as error:
        remedy = "give a folder that exists, or whose parent does, and that you may write to"
        raise DataError(f"{folder} cannot be written to ({error.strerror}); {remedy}.") from None
    return sums


def check_output(path: str | Path, formats: Sequence[str], inputs: Sequence[str | Path] = ()) -> None:
    """Nothing, if a result may be written to `path`; asked before the work begins, not after it.

    `formats`: the endings that a name may have, such as ".csv". `inputs`: files and folders that are not to be changed.

    Raises:
        DataError: another ending, a folder, a place where nothing can be written, or a file that is read as input.
    """
    path, trouble = Path(path), ""
    if path.suffix.lower() not in formats:
        trouble = f"the name's ending says the format; let it be {' or '.join(formats)}"
    elif path.is_dir():
        trouble = "this is a folder; give the name of a file in it"
    elif not path.parent.is_dir():
        trouble = f"there is no folder {path.parent}; create it first"
    elif not os.access(path.parent, os.W_OK):
        trouble = f"nothing may be written in {path.parent}; choose another folder"
    elif path.exists() and any(_within(path, Path(source)) for source in inputs):
        trouble = "this is read as input and would be overwritten; give another name"
    if trouble:
        raise DataError(f"{path} cannot be written: {trouble}.")


def _within(path: Path, other: Path) -> bool:
    """Whether two paths are one file, or the other is a folder around the first."""
    return other.exists() and (path.samefile(other) or other.resolve() in path.resolve().parents)
