#!/usr/bin/env python3
"""Write lock/: every distribution that a set-up may install, its version and the hashes of its files.

python3 .ci/lock.py             after a change of pyproject.toml or constraints.txt; all other versions stay
python3 .ci/lock.py --upgrade   take the newest versions that fit

One resolution serves Linux (x86-64 and arm64), macOS (arm64) and Windows (x86-64) with Python 3.11 to 3.13; markers say
what belongs where. It is kept in three files, because the three are installed one after another:

lock/torch.txt      PyTorch, first and alone, so that a machine without an NVIDIA card can take the small CPU build
lock/cuda.txt       what only PyTorch's CUDA build for Linux needs: several GB, left out wherever the CPU build is taken
lock/packages.txt   all the rest

It takes a few seconds and a network, and installs uv in build/uv for that.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "lock"
UV = "uv==0.13.9"
CUDA = re.compile(r"(nvidia|cuda|triton)\b")  # by these names; all of them are there through torch alone
HEADERS = {
    "torch": "PyTorch: the wheels of pip's default index and, after them, the CPU builds of PyTorch's own index.",
    "cuda": "What PyTorch's CUDA build for Linux needs, and nothing else does.",
    "packages": "All other packages.",
}
# On Linux the CPU build is another file than the default index's, with another hash, which no resolver of the default
# index sees. These are the hashes that PyTorch's own index gives for the wheels of this one version.
CPU_VERSION = "2.13.0"
CPU_WHEELS = {
    "cp311 x86_64": "6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b",
    "cp311 aarch64": "84453b69508ec79902f899c5ed9495acb9e2bbe9fda5f1d5d6f19e3c3842e1a7",
    "cp312 x86_64": "4ca4a9394b0c771238a4f73590fdbbc4debad85ed0fa63d026ae1b085da7d6e2",
    "cp312 aarch64": "6f307c2c32d764ffc6ff6893b801fad6d4752f3e67966cb8abf1843427c02604",
    "cp313 x86_64": "3fbf9c9d1f3c10c2d59d04aca426dee9ccc6ceb32d255c61e93acc3b4f75fae6",
    "cp313 aarch64": "0b8f7d0423027ae8b90c7977c627f3379f325363a08224dffad9b4b2d684a83d",
}


def resolve(options: "list[str]") -> str:
    """What uv resolves, starting from the versions that are locked now."""
    venv = ROOT / "build" / "uv"
    if not venv.exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    (tool,) = (path for path in (venv / "bin", venv / "Scripts") if path.exists())
    subprocess.run([str(tool / "python"), "-m", "pip", "install", "--quiet", UV], check=True)
    output = ROOT / "build" / "resolved.txt"
    output.write_text("\n".join(path.read_text("utf-8") for path in sorted(FOLDER.glob("*.txt"))), "utf-8")
    command = [str(tool / "uv"), "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header"]
    command += ["--only-binary", ":all:", "--all-extras", "--constraint", "constraints.txt", "--no-sources"]
    subprocess.run([*command, *options, "--output-file", str(output), "pyproject.toml"], cwd=str(ROOT), check=True)
    return output.read_text("utf-8")


def with_cpu_wheels(torch: str) -> str:
    """The entry of torch with the hashes of the CPU builds as well."""
    if f"torch=={CPU_VERSION} " not in torch:
        raise SystemExit(f"lock.py: CPU_WHEELS has the hashes of {CPU_VERSION} only; give it those of the new version.")
    *hashes, via = re.split(r"\n(?=    # via)", torch, maxsplit=1)
    lines = [f"    --hash=sha256:{digest}" for digest in CPU_WHEELS.values() if digest not in torch]
    return " \\\n".join([*hashes, *lines]) + "\n" + via


def main(options: "list[str]") -> None:
    """Resolve and write the three files."""
    entries = re.split(r"^(?=\S)", resolve(options), flags=re.M)[1:]
    parts = {name: "" for name in HEADERS}
    for entry in entries:
        name = entry.partition("==")[0]
        part = "torch" if name == "torch" else "cuda" if CUDA.match(name) else "packages"
        parts[part] += with_cpu_wheels(entry) if part == "torch" else entry
    FOLDER.mkdir(exist_ok=True)
    for part, text in parts.items():
        header = f"# {HEADERS[part]}\n# Written by `python3 .ci/lock.py`, which says more; do not edit.\n"
        (FOLDER / f"{part}.txt").write_bytes((header + text).encode("utf-8"))
        print(f"lock/{part}.txt: {len(re.findall('^[^ #]', text, re.M))} distributions")


if __name__ == "__main__":
    main(sys.argv[1:])
