import os
from pathlib import Path

import pytest

import causalrec.files as files
from causalrec.errors import DataError
from causalrec.files import sha256, write_whole


def test_sha256_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    # The example of FIPS 180-2, appendix B.1.
    assert sha256(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_file_is_written_whole_with_its_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    assert write_whole(path, "größe\nzwei\n") == path
    assert path.read_bytes() == "größe\nzwei\n".encode()
    write_whole(path, b"\x00new")
    assert path.read_bytes() == b"\x00new"
    assert os.listdir(tmp_path) == ["log.csv"]


@pytest.mark.parametrize("failing", ["write_bytes", "replace"])
def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    path = tmp_path / "log.csv"
    path.write_text("old", encoding="utf-8")

    def half(part: Path, content: bytes) -> None:
        with part.open("wb") as file:
            file.write(content[:1])
        raise OSError(28, "No space left on device")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    if failing == "write_bytes":
        monkeypatch.setattr(Path, "write_bytes", half)
    else:
        monkeypatch.setattr(files.os, "replace", refuse)
    with pytest.raises(DataError, match=r"log\.csv cannot be written \(No space left on device\); give the name"):
        write_whole(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["log.csv"]


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no folder .*nowhere; create it first"):
        write_whole(tmp_path / "nowhere" / "log.csv", "new")
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError, match="folder cannot be written"):
        write_whole(tmp_path / "folder", "new")
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DataError, match="cannot be written"):
        write_whole(tmp_path / "file" / "log.csv", "new")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]
