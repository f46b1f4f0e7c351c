"""`python -m causalrec claims`: what the lessons claim, measured."""

from __future__ import annotations

import argparse

from causalrec.commands.terminal import say
from causalrec.errors import DataError

DOES = "measure what the lessons claim, sentence by sentence"
EXAMPLE = ""


def add_options(it: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser: there are none."""


def run(args: argparse.Namespace) -> int:
    """Exit code 0, once every claim is printed with its verdict; 1 if one does not hold."""
    from causalrec.teach.claims import all_claims

    holds = True
    for one in all_claims():
        try:
            verdict = one.verdict(one.world)
        except DataError as error:  # real data that are not on this machine
            say(f"{one.id}: not measured: {error}", "", 2)
            continue
        holds &= verdict.holds
        say(f"{one.id}: {verdict!r}", "", 2)
    return 0 if holds else 1
