"""Graphs as text: what `CausalGraph.parse` reads and `str` of a graph writes, and the names that nodes may have.

A text is made of statements, parted by ``;`` or line ends. A statement is a node, or nodes joined by edges:
``Z -> X -> Y``, ``X <-> Y``, ``X -> {Y Z}``. A name with blanks or other marks stands in quotes: ``"blood pressure"``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, product
from typing import NamedTuple

from causalrec.errors import GraphError
from causalrec.wording import quoted

MARKS = ".,:;()/+*='%-"
"""What names may hold beside letters, digits, underscores and single blanks; nothing of it upsets a page or formula."""

Arrows = Collection[tuple[str, str]]
Pairs = Collection[frozenset[str]]

_USABLE = re.compile("W+(?: W+)*".replace("W", rf"[\w{re.escape(MARKS)}]"))
_NAME = r'(?:"[^"\n]*"|[\w.]+)'
_GROUP = rf"(?:{_NAME}|\{{[\s,;]*{_NAME}(?:[\s,;]+{_NAME})*[\s,;]*\}})"
_EDGE = "(?:<->|->|<-)"
_BEGIN = re.compile(r"[^\s;]")
_CHAIN = re.compile(rf"{_GROUP}(?:\s*{_EDGE}\s*{_GROUP})*")
_ANY_EDGE = re.compile(r"(?:o(?=<?-))?[<@*]?-+(?:[>@*]|o\b)?")
_ATTRIBUTES = re.compile(r'\s*\[((?:[^\]"]|"[^"]*")*)\]')
_SETTING = re.compile(r'[\w.]+\s*=\s*(?:"[^"]*"|[\w.-]+)')


class Statement(NamedTuple):
    """What a statement says: nodes in groups, the edges between the groups and, in DAGitty's texts, attributes."""

    groups: list[list[str]]
    edges: list[str]
    attributes: str


def usable(name: object) -> bool:
    """Whether a node may have this name."""
    return isinstance(name, str) and bool(_USABLE.fullmatch(name))


def statements(text: str, place: int = 0, dagitty: bool = False) -> Iterator[Statement]:
    """The statements of a text from a place on; DAGitty's may have attributes, and need nothing to part them.

    Raises:
        GraphError: what cannot be read so, with its line; a node that is declared twice.
    """
    declared, parted = set[str](), True
    while begun := _BEGIN.search(text, place):
        parted, place = parted or bool(re.search("[;\n]", text[place:begun.start()])), begun.start()
        if dagitty and (setting := _SETTING.match(text, place)):
            place, parted = setting.end(), True
            continue
        found = _CHAIN.match(text, place)
        if found is None or not (parted or dagitty and not _ANY_EDGE.match(text, place)):
            raise _unreadable(text, place)
        parts = re.findall(rf"{_GROUP}|{_EDGE}", found[0])  # group, edge, group, edge, …, group
        groups = [[name.strip('"') for name in re.findall(_NAME, group)] for group in parts[::2]]
        if len(parts) == 1:
            if again := declared.intersection(groups[0]):
                raise GraphError(f"node {min(again)!r} is declared twice, again {_line(text, place)}; do so once.")
            declared.update(groups[0])
        attributes = _ATTRIBUTES.match(text, found.end()) if dagitty else None
        place, parted = (attributes or found).end(), bool(attributes)
        yield Statement(groups, parts[1::2], attributes[1] if attributes else "")


def _line(text: str, place: int) -> str:
    lines, number = text.split("\n"), text.count("\n", 0, place)
    return f"in line {number + 1}, {lines[number].strip()!r}"


def _unreadable(text: str, place: int) -> GraphError:
    here = _line(text, place)
    if (edge := _ANY_EDGE.match(text, place)) is None:
        what = re.match(r"[\w.]+|\S", text[place:])
        return GraphError(f"cannot read {what and what[0]!r} {here}; write chains such as 'Z -> X -> Y' or 'X <-> Y', "
                          "part them by ';' and put names with blanks in double quotes.")
    if re.fullmatch(_EDGE, edge[0]):
        return GraphError(f"the edge {edge[0]!r} {here}, needs a node on both sides; write 'X {edge[0]} Y'.")
    return GraphError(f"the edge {edge[0]!r} {here}, means nothing in a causal graph; write 'X -> Y' for a cause and "
                      "'X <-> Y' for a hidden common cause.")


def edges(said: Iterable[Statement]) -> tuple[tuple[str, ...], set[tuple[str, str]], set[frozenset[str]]]:
    """The nodes of statements in the order of their first mention, the arrows, and the bidirected edges."""
    nodes, arrows, confounded = dict[str, None](), set[tuple[str, str]](), set[frozenset[str]]()
    for groups, marks, _ in said:
        nodes.update(dict.fromkeys(chain(*groups)))
        for left, mark, right in zip(groups, marks, groups[1:], strict=False):
            for one, other in product(left, right):
                if mark == "<->":
                    confounded.add(frozenset((one, other)))
                else:
                    arrows.add((one, other) if mark == "->" else (other, one))
    return tuple(nodes), arrows, confounded


def written(nodes: Sequence[str], arrows: Arrows, confounded: Pairs) -> str:
    """The text of a graph: chains and bidirected edges that mention every edge once, and the nodes in their order.

    Where these alone would mention the nodes in another order, as many nodes as needed are declared first.
    """
    left, lines, joined = set(arrows), list[tuple[str, Sequence[str]]](), frozenset().union(*arrows, *confounded)
    for position, start in enumerate(nodes):
        while (names := _chain(nodes, start, left))[1:]:
            left -= set(zip(names, names[1:], strict=False))
            lines.append((" -> ", names))
        lines += [(" <-> ", (start, other)) for other in nodes[position:] if frozenset((start, other)) in confounded]
        lines += [] if start in joined else [("", (start,))]
    for declared in range(len(nodes) + 1):
        first = [("", (node,)) for node in nodes[:declared]]
        kept = [*first, *(line for line in lines if line not in first)]
        if [*dict.fromkeys(chain(*(names for _, names in kept)))] == [*nodes]:
            break
    return "; ".join(mark.join(map(quoted, names)) for mark, names in kept)


def _chain(nodes: Iterable[str], start: str, left: Arrows) -> list[str]:
    names = [start]
    while onward := [child for child in nodes if (names[-1], child) in left]:
        names.append(onward[0])
    return names
