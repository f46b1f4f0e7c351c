"""Paths through a causal graph: which let dependence through, which are blocked, by which node and why.

`CausalGraph.paths` answers with what is defined here. An edge is written as it is met on the way: ``->`` with the
arrow, ``<-`` against it, ``<->`` over a hidden common cause, which has an arrowhead at both ends.

First taught: lesson 2b.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from causalrec.causal.graphs.relatives import Relatives
from causalrec.errors import GraphError
from causalrec.wording import arrowed, quoted

MOST_STEPS = 100_000
"""Steps after which a listing gives up, for the number of paths or sets can double with every node."""


@dataclass(frozen=True)
class Passage:
    """How a path passes one of its middle nodes.

    A chain ``-> v ->`` and a fork ``<- v ->`` are open unless v is held fixed. A collider ``-> v <-`` is open when v or
    a descendant of it is held fixed. ``<->`` has an arrowhead at both ends, so ``<-> v ->`` is a chain.

    Attributes:
        node: the node passed.
        kind: "chain", "fork" or "collider".
        open: whether dependence passes.
        why: the reason in words; it names the descendant that opens a collider.

    Source: Pearl 2009, Causality, definition 1.2.3. First taught: lesson 2b.
    """

    node: str
    kind: str
    open: bool
    why: str


@dataclass(frozen=True, repr=False)
class Path:
    """One way from a node to another along the edges, each node met once, and whether it is open.

    Attributes:
        nodes: the nodes in the order of the path, shape (length + 1,).
        marks: the edges between them, each "->", "<-" or "<->", shape (length,).
        passages: how each middle node is passed, shape (length - 1,).

    First taught: lesson 2b.
    """

    nodes: tuple[str, ...]
    marks: tuple[str, ...]
    passages: tuple[Passage, ...]

    @property
    def open(self) -> bool:
        """Whether the path lets dependence through: every middle node does."""
        return all(passage.open for passage in self.passages)

    @property
    def blocked_by(self) -> tuple[str, ...]:
        """The middle nodes that block the path, in its order; none when it is open."""
        return tuple(passage.node for passage in self.passages if not passage.open)

    @property
    def why(self) -> str:
        """Why the path is open, or why it is blocked, in one sentence."""
        if not self.passages:
            return f"nothing stands between {self.nodes[0]} and {self.nodes[-1]} that could block it"
        is_open = self.open
        return "; ".join(passage.why for passage in self.passages if passage.open == is_open)

    @property
    def state(self) -> str:
        """The word "open", or "blocked by" and the nodes that block it."""
        return "open" if self.open else f"blocked by {', '.join(self.blocked_by)}"

    def __str__(self) -> str:
        """The path as it is drawn: ``X <- Z -> Y``."""
        first, *others = map(quoted, self.nodes)
        return " ".join([first, *(f"{mark} {node}" for mark, node in zip(self.marks, others, strict=True))])

    def __repr__(self) -> str:
        """The path and its state."""
        return f"Path({self}: {self.state})"

    def _repr_html_(self) -> str:
        return f"<p><b>{arrowed(self)}</b> {self.state}: {self.why}</p>"


@dataclass(frozen=True, repr=False)
class Paths:
    """All paths between two nodes, shortest first, ties by the graph's order of the nodes; one can loop over it.

    Attributes:
        x: where every path begins.
        y: where every path ends.
        given: the nodes held fixed.
        paths: each `Path` with its state and reason.

    First taught: lesson 2b.
    """

    x: str
    y: str
    given: tuple[str, ...]
    paths: tuple[Path, ...]

    def __iter__(self) -> Iterator[Path]:
        """Go through the paths, shortest first."""
        return iter(self.paths)

    def __len__(self) -> int:
        """How many paths there are."""
        return len(self.paths)

    def __getitem__(self, position: int) -> Path:
        """The path at a position, 0 for the first."""
        return self.paths[position]

    @property
    def open(self) -> tuple[Path, ...]:
        """The paths that let dependence through."""
        return tuple(path for path in self.paths if path.open)

    @property
    def blocked(self) -> tuple[Path, ...]:
        """The paths that do not."""
        return tuple(path for path in self.paths if not path.open)

    def __repr__(self) -> str:
        """How many paths are open and how many blocked."""
        return f"Paths({self._count()})"

    def __str__(self) -> str:
        """A line for every path: the path, its state and the reason."""
        lines = [f"{path} is {path.state}: {path.why}" for path in self.paths]
        return "\n".join(lines) or f"no path joins {self.x} and {self.y}"

    def _count(self) -> str:
        pair = f"{self.x} to {self.y}{held(self.given)}"
        return f"{pair}: {len(self.open)} open, {len(self.blocked)} blocked"

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{name}</th>' for name in ("path", "state", "blocked by", "why"))
        rows = [
            (arrowed(path), "open" if path.open else "blocked", ", ".join(path.blocked_by), path.why)
            for path in self.paths[:32]
        ]
        body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
        rest = f"<p>and {len(self) - 32} more paths</p>" if len(self) > 32 else ""
        return f"<table><caption>Paths from {self._count()}</caption><tr>{head}</tr>{body}</table>{rest}"


def held(nodes: tuple[str, ...]) -> str:
    """The nodes held fixed, as the end of a phrase: " given Z, W", or nothing."""
    return f" given {', '.join(nodes)}" if nodes else ""


def every_path(graph: Relatives, x: str, y: str, fixed: tuple[str, ...]) -> Paths:
    """All simple paths from x to y with the state of each; two edges between one pair make two paths.

    Begun paths grow by an edge at a time, so the shortest arrive first. Their number can double with every node.

    Raises:
        GraphError: still not done after `MOST_STEPS` begun paths.
    """
    found: list[tuple[tuple[str, ...], tuple[str, ...]]] = []  # (nodes, marks)
    begun: list[tuple[tuple[str, ...], tuple[str, ...]]] = [((x,), ())]
    steps = 0
    while begun:
        longer = [
            ((*nodes, neighbour), (*marks, mark))
            for nodes, marks in begun
            for mark, neighbour in graph.links[nodes[-1]]
            if neighbour not in nodes
        ]
        found += [path for path in longer if path[0][-1] == y]
        begun = [path for path in longer if path[0][-1] != y]
        stop_after(steps := steps + len(longer), f"the paths from {x} to {y} are too many to list", "separation")
    judge = judge_of(graph, fixed)
    return Paths(x, y, fixed, tuple(judge(nodes, marks) for nodes, marks in found))


def stop_after(steps: int, what: str, instead: str) -> None:
    """Give up a listing after `MOST_STEPS` steps: a GraphError that says what, and what to use instead."""
    if steps > MOST_STEPS:
        raise GraphError(f"{what}: not done after {MOST_STEPS:,} steps; use `{instead}`, which needs no such list.")


def judge_of(graph: Relatives, fixed: tuple[str, ...]) -> Callable[[tuple[str, ...], tuple[str, ...]], Path]:
    """What makes a `Path` of nodes and marks: it judges each node passed, once for each way of passing it."""
    passage = cache(lambda node, kind: _passage(graph, fixed, node, kind))

    def judge(nodes: tuple[str, ...], marks: tuple[str, ...]) -> Path:
        return Path(nodes, marks, tuple(
            passage(node, _KIND[into != "<-", out != "->"])
            for node, into, out in zip(nodes[1:-1], marks, marks[1:], strict=False)
        ))

    return judge


_KIND = {  # (an arrowhead at the node where the path comes in, one where it goes out): how the node is passed
    (True, True): "collider", (True, False): "chain", (False, True): "chain", (False, False): "fork",
}


def _passage(graph: Relatives, fixed: tuple[str, ...], node: str, kind: str) -> Passage:
    held = node in fixed
    if held or kind != "collider":
        is_open = held == (kind == "collider")
        return Passage(node, kind, is_open, f"{node} is {'' if held else 'not '}held fixed, so the {kind} is "
                                            f"{'open' if is_open else 'blocked'}")
    below = graph.descendants(node)
    if opens := [descendant for descendant in fixed if descendant in below]:
        why = f"{opens[0]}, a descendant of {node}, is held fixed, so the collider {node} is open"
        return Passage(node, kind, True, why)
    why = f"neither {node} nor any descendant of it is held fixed, so the collider is blocked"
    return Passage(node, kind, False, why)
