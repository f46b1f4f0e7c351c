"""Vectors kept between runs: what is kept comes back, what is damaged counts as absent, nothing is unpickled."""

from __future__ import annotations

import pickle
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causalrec.files import default_cache
from causalrec.recommend.text import vector_cache
from causalrec.recommend.text.vector_cache import VectorCache, _seal, text_key


def made_up(texts: list[str], hidden: int = 3) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    return {text_key(text): rng.normal(size=hidden).astype(np.float32) for text in texts}


def equal(left: dict[str, np.ndarray], right: dict[str, np.ndarray]) -> bool:
    return left.keys() == right.keys() and all(np.array_equal(left[key], right[key]) for key in left)


def test_text_key_is_the_start_of_the_sha256():
    assert text_key("abc") == "ba7816bf8f01cfea414140de5dae2223"


def test_what_is_added_comes_back(tmp_path):
    vectors = made_up(["tent", "lamp", "stove"])
    path = tmp_path / "new" / "folder" / "kept.sqlite"
    VectorCache(path, 3).add(vectors)
    assert equal(VectorCache(path, 3).read(vectors), vectors)
    assert [found.name for found in path.parent.iterdir()] == ["kept.sqlite"]


def test_an_absent_file_holds_nothing_and_is_not_made(tmp_path):
    assert VectorCache(tmp_path / "absent.sqlite", 3).read([text_key("tent")]) == {}
    assert list(tmp_path.iterdir()) == []


def test_adding_keeps_what_was_there(tmp_path):
    cache = VectorCache(tmp_path / "kept.sqlite", 3)
    first, second = made_up([f"first {i}" for i in range(40)]), made_up([f"second {i}" for i in range(40)])
    cache.add(first)
    cache.add(second)
    assert equal(cache.read([*first, *second]), {**first, **second})
    assert equal(cache.read(second), second)  # of what was asked for, and no more
    assert len(list(tmp_path.iterdir())) == 1


@given(st.lists(st.text(), unique=True, max_size=20))
def test_any_texts_come_back(tmp_path_factory, texts):
    cache = VectorCache(tmp_path_factory.mktemp("cache") / "kept.sqlite", 3)
    encodable = [text for text in texts if text.isprintable()]
    vectors = made_up(encodable)
    cache.add(vectors)
    assert equal(cache.read(vectors), vectors)


@pytest.mark.parametrize("damage", ["cut short", "emptied", "nonsense", "one page overwritten"])
def test_a_damaged_file_counts_as_absent_once_and_is_written_anew(tmp_path, damage):
    path = tmp_path / "kept.sqlite"
    cache, vectors = VectorCache(path, 384), made_up([f"item {i}" for i in range(30)], hidden=384)
    cache.add(vectors)
    whole = path.read_bytes()
    pages = bytearray(whole)
    pages[4096 : 2 * 4096] = b"x" * 4096
    contents = {"cut short": whole[:5000], "emptied": b"", "nonsense": b"x" * 500, "one page overwritten": pages}
    path.write_bytes(contents[damage])
    assert cache.read(vectors) == {}
    cache.add(vectors)
    assert equal(cache.read(vectors), vectors)
    assert list(tmp_path.iterdir()) == [path]


def test_whatever_byte_is_damaged_no_wrong_vector_comes_back(tmp_path):
    path, rng = tmp_path / "kept.sqlite", np.random.default_rng(4)
    cache, vectors = VectorCache(path, 3), made_up([f"item {i}" for i in range(40)])
    cache.add(vectors)
    whole = path.read_bytes()
    missed = 0
    for place in rng.integers(0, len(whole), 200):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << rng.integers(8)
        path.write_bytes(damaged)
        kept = cache.read(vectors)
        assert equal(kept, {key: vectors[key] for key in kept})
        missed += len(kept) < len(vectors)
        cache.add(vectors)
        assert equal(cache.read(vectors), vectors)
    assert missed > 10


def test_a_file_that_another_is_writing_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(vector_cache, "_SECONDS", 0.05)
    cache, first, second = VectorCache(tmp_path / "kept.sqlite", 3), made_up(["tent"]), made_up(["lamp"])
    cache.add(first)
    other = sqlite3.connect(cache.path)
    other.execute("BEGIN EXCLUSIVE")
    cache.add(second)
    assert cache.read(first) == {}
    other.close()
    assert equal(cache.read([*first, *second]), first)


class Trap:
    """Sets a mark when it is unpickled."""

    sprung = False

    def __reduce__(self):
        return (setattr, (Trap, "sprung", True))


def test_nothing_is_unpickled(tmp_path):
    key, path, content = text_key("tent"), tmp_path / "kept.sqlite", pickle.dumps(Trap())
    content += b"\0" * (-len(content) % 4)
    cache = VectorCache(path, len(content) // 4)
    cache.add({key: np.zeros(cache.hidden)})
    with sqlite3.connect(path) as kept:  # length and seal are right: it is read, as numbers
        kept.execute("UPDATE vectors SET vector = ?, seal = ?", (content, _seal(key.encode(), content)))
    kept.close()
    assert cache.read([key])[key].tobytes() == content
    assert not Trap.sprung
    path.write_bytes(content)
    assert cache.read([key]) == {}
    assert not Trap.sprung
    pickle.loads(content)
    assert Trap.sprung  # the trap works


def test_vectors_of_another_length_count_as_absent(tmp_path):
    vectors = made_up(["tent"])
    VectorCache(tmp_path / "kept.sqlite", 3).add(vectors)
    assert VectorCache(tmp_path / "kept.sqlite", 4).read(vectors) == {}


def test_a_folder_that_cannot_be_written_to_is_no_error(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    cache = VectorCache(tmp_path / "file" / "cache" / "kept.sqlite", 3)
    cache.add(made_up(["tent"]))
    assert cache.read([text_key("tent")]) == {}


def add_many(path: Path, start: int) -> None:
    for i in range(start, start + 25):
        VectorCache(path, 3).add({text_key(str(i)): np.full(3, i, dtype=np.float32)})


def test_what_two_processes_add_at_once_is_all_kept(tmp_path):
    path = tmp_path / "kept.sqlite"
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(add_many, path, start) for start in (0, 25)]:
            done.result()
    right = {text_key(str(i)): np.full(3, i, dtype=np.float32) for i in range(50)}
    assert equal(VectorCache(path, 3).read(right), right)
    assert list(tmp_path.iterdir()) == [path]  # no unfinished file is left


def test_a_process_that_was_killed_while_it_wrote(tmp_path):
    path, code = tmp_path / "kept.sqlite", (
        "import sys; sys.path.insert(0, sys.argv[1]); import pathlib, test_vector_cache as t\n"
        "print('started', flush=True)\n"
        "while True: t.add_many(pathlib.Path(sys.argv[2]), 0)\n"
    )  # fmt: skip
    for _ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", code, str(Path(__file__).parent), str(path)], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(0.3)
        writer.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        writer.wait()
        writer.stdout.close()
    cache, right = VectorCache(path, 3), {text_key(str(i)): np.full(3, i, dtype=np.float32) for i in range(25)}
    kept = cache.read(right)
    assert kept
    assert equal(kept, {key: right[key] for key in kept})
    cache.add(right)
    assert equal(cache.read(right), right)


def test_a_whole_catalogue_is_read_back(tmp_path):
    cache, vectors = VectorCache(tmp_path / "kept.sqlite", 384), made_up([f"item {i}" for i in range(252)], hidden=384)
    cache.add(vectors)
    assert equal(cache.read(vectors), vectors)


def test_the_default_folder_is_chosen_by_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("CAUSALREC_CACHE", str(tmp_path / "mine"))
    assert default_cache() == tmp_path / "mine"


@pytest.mark.parametrize(
    ("platform", "variable", "parts"),
    [
        ("linux", "XDG_CACHE_HOME", ("causalrec",)),
        ("linux", None, (".cache", "causalrec")),
        ("darwin", None, ("Library", "Caches", "causalrec")),
        ("win32", "LOCALAPPDATA", ("causalrec",)),
        ("win32", None, ("AppData", "Local", "causalrec")),
    ],
)
def test_the_default_folder_lies_where_the_system_keeps_caches(monkeypatch, tmp_path, platform, variable, parts):
    for name in ("CAUSALREC_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    if variable:
        monkeypatch.setenv(variable, str(tmp_path))
    assert default_cache() == tmp_path.joinpath(*parts)
