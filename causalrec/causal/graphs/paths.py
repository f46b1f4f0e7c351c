"""Paths through a causal graph: which let dependence through, which are blocked, by which node and why.

`CausalGraph.paths`, `.separation` and `.minimal_separators` answer with what is defined here. The functions know a
graph only as its `Links`: at every node the edges by which it can be left. An edge is written as it is met on the way:
``->`` with the arrow, ``<-`` against it, ``<->`` over a hidden common cause, which has an arrowhead at both ends.

First taught: lesson 2b.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from causalrec.errors import GraphError
from causalrec.wording import arrowed

Links = Mapping[str, tuple[tuple[str, str], ...]]
"""Per node the pairs (mark, neighbour), nodes and neighbours in the graph's order."""

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
        onward = zip(self.marks, self.nodes[1:], strict=True)
        return " ".join([self.nodes[0], *(part for step in onward for part in step)])

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
        pair = f"{self.x} to {self.y}{_given(self.given)}"
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


@dataclass(frozen=True, repr=False)
class Separation:
    """Whether holding some nodes fixed d-separates others, with the open path that decides where it does not.

    True when separated.

    Attributes:
        x: the nodes on one side.
        y: those on the other.
        given: the nodes held fixed.
        path: a shortest open path from x to y, or None when there is none; the first of them in the order of `Paths`.

    First taught: lesson 2b.
    """

    x: tuple[str, ...]
    y: tuple[str, ...]
    given: tuple[str, ...]
    path: Path | None

    def __bool__(self) -> bool:
        """Whether every path is blocked."""
        return self.path is None

    @property
    def words(self) -> str:
        """The verdict and what decides it, as a sentence."""
        sides = f"{_side(self.x)} and {_side(self.y)} are"
        if self.path is None:
            return f"{sides} d-separated{_given(self.given)}: every path is blocked"
        return f"{sides} not d-separated{_given(self.given)}: {self.path} is open"

    def __repr__(self) -> str:
        """The verdict in words."""
        return self.words

    def _repr_html_(self) -> str:
        return f"<p>{arrowed(self.words)}</p>"


def _side(nodes: tuple[str, ...]) -> str:
    return nodes[0] if len(nodes) == 1 else f"{{{', '.join(nodes)}}}"


def _given(nodes: tuple[str, ...]) -> str:
    return f" given {', '.join(nodes)}" if nodes else ""


# ---- what they are found by --------------------------------------------------------------------------------------


def reach(start: Collection[str], neighbours: Callable[[str], Iterable[str]]) -> frozenset[str]:
    """All that can be come to from the start, itself included, by going from node to neighbour."""
    found, waiting = set(start), list(start)
    while waiting:
        fresh = set(neighbours(waiting.pop())) - found
        found |= fresh
        waiting += fresh
    return frozenset(found)


def _along(links: Links, mark: str) -> Callable[[str], list[str]]:
    """A node's neighbours across one kind of edge: its children for "->", parents for "<-", siblings for "<->"."""
    return lambda node: [neighbour for kind, neighbour in links[node] if kind == mark]


def every_path(links: Links, x: str, y: str, fixed: tuple[str, ...]) -> Paths:
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
            for mark, neighbour in links[nodes[-1]]
            if neighbour not in nodes
        ]
        found += [path for path in longer if path[0][-1] == y]
        begun = [path for path in longer if path[0][-1] != y]
        _stop_after(steps := steps + len(longer), f"the paths from {x} to {y} are too many to list", "separation")
    judge = _Judge(links, fixed)
    return Paths(x, y, fixed, tuple(judge(nodes, marks) for nodes, marks in found))


def _stop_after(steps: int, what: str, instead: str) -> None:
    if steps > MOST_STEPS:
        raise GraphError(f"{what}: not done after {MOST_STEPS:,} steps; use `{instead}`, which needs no such list.")


class _Judge:
    """Says of every node how it lets paths through, once for each kind of passage, given the nodes held fixed."""

    def __init__(self, links: Links, fixed: tuple[str, ...]) -> None:
        self.children, self.fixed = _along(links, "->"), fixed
        self._passages: dict[tuple[str, str], Passage] = {}

    def __call__(self, nodes: tuple[str, ...], marks: tuple[str, ...]) -> Path:
        passed = [
            self._passage(node, _KIND[into != "<-", out != "->"])
            for node, into, out in zip(nodes[1:-1], marks, marks[1:], strict=False)
        ]
        return Path(nodes, marks, tuple(passed))

    def _passage(self, node: str, kind: str) -> Passage:
        if (node, kind) not in self._passages:
            self._passages[node, kind] = self._judged(node, kind)
        return self._passages[node, kind]

    def _judged(self, node: str, kind: str) -> Passage:
        held = node in self.fixed
        if kind != "collider":
            what = f"is held fixed, so the {kind} is blocked" if held else f"is not held fixed, so the {kind} is open"
            return Passage(node, kind, not held, f"{node} {what}")
        if held:
            return Passage(node, kind, True, f"{node} is held fixed, so the collider is open")
        below = reach([node], self.children)
        if opens := [descendant for descendant in self.fixed if descendant in below]:
            why = f"{opens[0]}, a descendant of {node}, is held fixed, so the collider {node} is open"
            return Passage(node, kind, True, why)
        why = f"neither {node} nor any descendant of it is held fixed, so the collider is blocked"
        return Passage(node, kind, False, why)


_KIND = {  # (an arrowhead at the node where the path comes in, one where it goes out): how the node is passed
    (True, True): "collider", (True, False): "chain", (False, True): "chain", (False, False): "fork",
}


def shortest_open_path(
    links: Links, starts: Iterable[str], ends: Collection[str], fixed: tuple[str, ...], opened: Collection[str]
) -> Path | None:
    """A shortest open path from any start to any end, the first in the order of `Paths`, or None if all are blocked.

    The search goes breadth first along open passages and remembers of each way only its last node and whether it came
    in through an arrowhead. `opened` are the nodes fixed and their ancestors: they let a collider through.

    A *shortest* such way meets no node twice, so it is a path. Suppose it met v twice and cut the loop out. If v is a
    collider then, the way came in through an arrowhead. Where it first left v through an arrowhead too, v is opened;
    where it left along an arrow, it followed arrows down to a collider before it could return, and that one is opened,
    hence so is v. If v is no collider then, it was passed once as none, so v is not fixed. Either way the shorter way
    is open, against what was supposed. It takes time in proportion to the edges.
    """
    states = [(start, False) for start in starts]
    held = frozenset(fixed)
    came: dict[tuple[str, bool], tuple[tuple[str, bool], str] | None] = dict.fromkeys(states)
    for state in states:  # which grows on the way
        node, through_head = state
        free, opens_collider = node not in held, node in opened
        for mark, neighbour in links[node]:
            lets_through = opens_collider if through_head and mark != "->" else free
            if lets_through and (onward := (neighbour, mark != "<-")) not in came:
                came[onward] = (state, mark)
                if neighbour in ends:
                    return _traced(came, onward, _Judge(links, fixed))
                states.append(onward)
    return None


def _traced(
    came: Mapping[tuple[str, bool], tuple[tuple[str, bool], str] | None], last: tuple[str, bool], judge: _Judge
) -> Path:
    """The path that led to a state, followed back to its start."""
    nodes, marks = [last[0]], []
    while (step := came[last]) is not None:
        last, mark = step
        nodes.append(last[0])
        marks.append(mark)
    return judge(tuple(nodes[::-1]), tuple(marks[::-1]))


def minimal_separators(links: Links, x: str, y: str) -> tuple[tuple[str, ...], ...]:
    """All sets that separate x and y and of which no part does, smallest first, ties by the graph's order.

    Such a set holds only ancestors of x or y. Among these, a set separates when it cuts x from y in the undirected
    graph that joins everything a collider could join: every district with its parents, all with one another.
    There every minimal cut is come to from the one nearest to x, by pushing one of its nodes over to the side of x.
    Each cut takes nodes × edges steps; there can be exponentially many.

    Raises:
        GraphError: still not done after `MOST_STEPS` cuts tried.

    Source: Tian, Paz & Pearl 1998 (ancestors suffice); Richardson 2003 (the undirected graph of an acyclic graph with
    bidirected edges); Kloks & Kratsch 1998 (listing the cuts).
    """
    near = _joined(links, reach((x, y), _along(links, "<-")))
    if y in near[x]:
        return ()
    waiting = [_cut_beyond(near, frozenset([x]), y)]
    found, tried = set(waiting), 0
    while waiting:
        cut = waiting.pop()
        side_of_x = _side_of(near, cut, x)
        pushed = {_cut_beyond(near, side_of_x | {node}, y) for node in cut if y not in near[node]}
        _stop_after(tried := tried + len(cut), f"{x} and {y} have too many minimal separators to list", "separation")
        waiting += pushed - found
        found |= pushed
    place = {node: position for position, node in enumerate(links)}
    ordered = [tuple(sorted(cut, key=place.__getitem__)) for cut in found]
    return tuple(sorted(ordered, key=lambda cut: (len(cut), [place[node] for node in cut])))


def _joined(links: Links, kept: frozenset[str]) -> dict[str, frozenset[str]]:
    """The undirected graph of an ancestral set: two nodes are joined when an edge or a path of colliders does so."""
    inside = {node: tuple(link for link in links[node] if link[1] in kept) for node in links if node in kept}
    siblings, parents = _along(inside, "<->"), _along(inside, "<-")
    near: dict[str, set[str]] = {node: set() for node in inside}
    for node in inside:
        district = reach([node], siblings)
        family = district.union(*map(parents, district))
        for member in family:
            near[member] |= family - {member}
    return {node: frozenset(others) for node, others in near.items()}


def _side_of(near: Mapping[str, frozenset[str]], cut: frozenset[str], node: str) -> frozenset[str]:
    """What can be come to from a node without entering the cut."""
    return reach([node], lambda member: near[member] - cut)


def _cut_beyond(near: Mapping[str, frozenset[str]], side: frozenset[str], y: str) -> frozenset[str]:
    """The nearest minimal cut that leaves `side`, which is in one piece, apart from y: the border of y's part."""
    fence = side.union(*(near[node] for node in side))
    beyond = _side_of(near, fence, y)
    return frozenset().union(*(near[node] for node in beyond)) - beyond
