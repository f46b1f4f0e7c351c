"""Vectors kept between runs: what is kept comes back, what is damaged counts as absent, nothing is unpickled."""

from __future__ import annotations

import hashlib
import io
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causalrec.recommend.text.vector_cache import VectorCache, default_cache, text_key


def made_up(texts: list[str], hidden: int = 3) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    return {text_key(text): rng.normal(size=hidden).astype(np.float32) for text in texts}


def equal(left: dict[str, np.ndarray], right: dict[str, np.ndarray]) -> bool:
    return left.keys() == right.keys() and all(np.array_equal(left[key], right[key]) for key in left)


def test_text_key_is_the_start_of_the_sha256():
    assert text_key("abc") == "ba7816bf8f01cfea414140de5dae2223"


def test_what_is_added_comes_back(tmp_path):
    vectors = made_up(["tent", "lamp", "stove"])
    VectorCache(tmp_path / "new", 3).add(vectors)
    assert equal(VectorCache(tmp_path / "new", 3).read(vectors), vectors)


def test_an_absent_folder_holds_nothing(tmp_path):
    assert VectorCache(tmp_path / "absent", 3).read([text_key("tent")]) == {}


def test_adding_keeps_what_was_there(tmp_path):
    cache = VectorCache(tmp_path, 3)
    first, second = made_up([f"first {i}" for i in range(40)]), made_up([f"second {i}" for i in range(40)])
    cache.add(first)
    cache.add(second)
    assert equal(cache.read([*first, *second]), {**first, **second})
    assert len(list(tmp_path.iterdir())) <= 16


@given(st.lists(st.text(), unique=True, max_size=20))
def test_any_texts_come_back(tmp_path_factory, texts):
    cache = VectorCache(tmp_path_factory.mktemp("cache"), 3)
    encodable = [text for text in texts if text.isprintable()]
    vectors = made_up(encodable)
    cache.add(vectors)
    assert equal(cache.read(vectors), vectors)


@pytest.mark.parametrize("damage", ["cut short", "one bit flipped", "emptied", "nonsense"])
def test_a_damaged_file_counts_as_absent_and_is_written_anew(tmp_path, damage):
    cache, vectors = VectorCache(tmp_path, 3), made_up(["tent"])
    cache.add(vectors)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    flipped = bytearray(whole)
    flipped[-40] ^= 1  # within the last vector
    file.write_bytes(
        {"cut short": whole[:100], "one bit flipped": bytes(flipped), "emptied": b"", "nonsense": b"x" * 500}[damage]
    )
    assert cache.read(vectors) == {}
    cache.add(vectors)
    assert file.read_bytes() == whole


class Trap:
    """Sets a mark when it is unpickled."""

    sprung = False

    def __reduce__(self):
        return (setattr, (Trap, "sprung", True))


def test_nothing_is_unpickled(tmp_path):
    key = text_key("tent")
    body = io.BytesIO()
    np.save(body, np.array([Trap()], dtype=object), allow_pickle=True)
    # The seal is right, so that only the refusal to unpickle stands between the file and its effect.
    (tmp_path / f"{key[0]}.npy").write_bytes(body.getvalue() + hashlib.sha256(body.getvalue()).digest())
    assert VectorCache(tmp_path, 3).read([key]) == {}
    assert not Trap.sprung
    body.seek(0)
    np.load(body, allow_pickle=True)
    assert Trap.sprung  # the trap works


def test_vectors_of_another_length_count_as_absent(tmp_path):
    vectors = made_up(["tent"])
    VectorCache(tmp_path, 3).add(vectors)
    assert VectorCache(tmp_path, 4).read(vectors) == {}


def test_a_folder_that_cannot_be_written_to_is_no_error(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    cache = VectorCache(tmp_path / "file" / "cache", 3)
    cache.add(made_up(["tent"]))
    assert cache.read([text_key("tent")]) == {}


def add_many(folder: Path, start: int) -> None:
    for i in range(start, start + 25):
        VectorCache(folder, 3).add({text_key(str(i)): np.full(3, i, dtype=np.float32)})


def test_two_processes_at_once_leave_whole_files(tmp_path):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(add_many, tmp_path, start) for start in (0, 25)]:
            done.result()
    kept = VectorCache(tmp_path, 3).read([text_key(str(i)) for i in range(50)])
    right = {text_key(str(i)): np.full(3, i, dtype=np.float32) for i in range(50)}
    assert kept  # what one process overwrote of the other may be missing, what is there is right
    assert equal(kept, {key: right[key] for key in kept})
    assert all(file.suffix == ".npy" for file in tmp_path.iterdir())  # no unfinished file is left


def test_a_catalogue_of_252_texts_is_read_in_less_than_50_ms(tmp_path):
    cache, vectors = VectorCache(tmp_path, 384), made_up([f"item {i}" for i in range(252)], hidden=384)
    cache.add(vectors)
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        found = cache.read(vectors)
        seconds.append(time.perf_counter() - start)
    assert equal(found, vectors)
    assert min(seconds) < 0.05


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
