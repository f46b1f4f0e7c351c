"""The command line: `python -m causalrec simulate`, `recommend`, `claims`, `data`, each in `causalrec.commands`.

Whatever goes wrong with what was given is one sentence on stderr and exit code 2. Ctrl-C is 130, a pipe that was closed
141, a claim that does not hold or data that cannot be had 1.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import sys
import warnings
from collections.abc import Sequence
from typing import NoReturn

from causalrec import __version__
from causalrec.commands import claims, data, recommend, simulate
from causalrec.commands.terminal import one_line
from causalrec.errors import CausalrecError

COMMANDS = {"simulate": simulate, "recommend": recommend, "claims": claims, "data": data}


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line."""

    def error(self, message: str) -> NoReturn:
        """Leave with exit code 2 and one sentence on stderr."""
        self.exit(2, f"{one_line(message)}; `{self.prog} --help` shows what fits.\n")


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands; `run` of what it parses is the command asked for."""
    top = _Parser(
        prog="python -m causalrec",
        description="What should a shop show to whom, if what counts is what the showing causes?",
        epilog="example: python -m causalrec simulate --out data",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"causalrec {__version__}")
    parsers = top.add_subparsers(title="commands", dest="command", metavar="command", required=True)
    for name, command in COMMANDS.items():
        about, epilog = f"{command.DOES.capitalize()}.", f"example: {top.prog} {name} {command.EXAMPLE}".rstrip()
        parser = parsers.add_parser(name, help=command.DOES, description=about, epilog=epilog, allow_abbrev=False)
        parser.set_defaults(run=command.run)
        command.add_options(parser)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of the command that the arguments (the process's own by default) name."""
    try:
        args = make_parser().parse_args(arguments)
        code = int(args.run(args))
        sys.stdout.flush()
        return code
    except CausalrecError as error:
        complaint = one_line(error)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except OSError as error:
        if error.filename is None and error.errno in (errno.EPIPE, errno.EINVAL):  # EINVAL: the same on Windows
            with contextlib.suppress(OSError, ValueError):  # `| head` has seen enough: flush nothing more into it
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 141
        complaint = f"{error.filename or 'the output'}: {error.strerror or error}; check the name and its permissions"
    except MemoryError:
        complaint = "this takes more memory than there is; rank for fewer users, or with a smaller catalogue"
    print(f"{complaint}.", file=sys.stderr)
    return 2


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # where the terminal's encoding lacks a letter, its number is shown
            stream.reconfigure(errors="backslashreplace")
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # what a library warns of, no reader of a ranking can mend
    sys.exit(main())
