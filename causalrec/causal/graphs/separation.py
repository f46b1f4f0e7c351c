"""D-separation: whether holding some nodes of a causal graph fixed blocks every path between others.

One walk decides it, for the graph as it is drawn or with some of its arrows cut: `separated`. Every question of this
kind ends here: `CausalGraph.d_separated`, the criteria, the three rules of the do-calculus, ID. `Separation` is the
answer that shows an open path, and `minimal_separators` lists what has to be held fixed.

Source: Pearl 2009, Causality, definition 1.2.3. First taught: lesson 2b.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

from causalrec.causal.graphs.paths import Path, held, judge_of, stop_after
from causalrec.causal.graphs.relatives import Relatives, reach
from causalrec.wording import arrowed

Nodes = frozenset[str]


def separated(
    graph: Relatives, x: Nodes, y: Nodes, given: Nodes, into: Nodes = frozenset(), out_of: Nodes = frozenset()
) -> bool:
    """Whether `given` blocks every path between x and y once the arrows into `into` and out of `out_of` are cut.

    The walk goes from x along open ways. All it must remember of a way is its last node and whether it came in through
    an arrowhead, `by_head`, or by a tail. A collider opened by a descendant needs no rule of its own: the walk goes
    down to that descendant, turns there and comes back up. It takes time in proportion to the edges. The sets must be
    nodes of the graph, `given` apart from x and y: nothing is checked here, `CausalGraph.d_separated` does that.

    Source: Shachter 1998, Bayes ball.
    """
    parents, children, siblings = graph.parents_of, graph.children_of, graph.siblings_of
    by_tail, by_head = set(x | out_of), set(into)  # met so far by a tail, by an arrowhead; what is cut, never again
    waiting = [(x, False)]  # nodes that the walk has come to, and whether through an arrowhead
    for nodes, through_head in waiting:  # which grows on the way
        if not nodes.isdisjoint(y):
            return False
        for node in nodes:
            held = node in given
            # chain -> v -> and fork <- v ->
            if not held and node not in out_of and (fresh := children[node] - by_head):
                by_head |= fresh
                waiting.append((fresh, True))
            # collider -> v <- and chain <- v <-
            if held is through_head and node not in into:
                if fresh := siblings[node] - by_head:
                    by_head |= fresh
                    waiting.append((fresh, True))
                if fresh := parents[node] - by_tail:
                    by_tail |= fresh
                    waiting.append((fresh, False))
    return True


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
            return f"{sides} d-separated{held(self.given)}: every path is blocked"
        return f"{sides} not d-separated{held(self.given)}: {self.path} is open"

    def __repr__(self) -> str:
        """The verdict in words."""
        return self.words

    def _repr_html_(self) -> str:
        return f"<p>{arrowed(self.words)}</p>"


def _side(nodes: tuple[str, ...]) -> str:
    return nodes[0] if len(nodes) == 1 else f"{{{', '.join(nodes)}}}"


def shortest_open_path(
    graph: Relatives, starts: tuple[str, ...], ends: tuple[str, ...], fixed: tuple[str, ...]
) -> Path | None:
    """A shortest open path from any start to any end, the first in the order of `Paths`, or None if all are blocked.

    The search goes breadth first along open passages and remembers of each way only its last node and whether it came
    in through an arrowhead. The nodes fixed and their ancestors let a collider through.

    A *shortest* such way meets no node twice, so it is a path. Suppose it met v twice and cut the loop out. If v is a
    collider then, the way came in through an arrowhead. Where it first left v through an arrowhead too, v is opened;
    where it left along an arrow, it followed arrows down to a collider before it could return, and that one is opened,
    hence so is v. If v is no collider then, it was passed once as none, so v is not fixed. Either way the shorter way
    is open, against what was supposed. It takes time in proportion to the edges.
    """
    states, opened, closed = [(start, False) for start in starts], graph.ancestors(fixed), frozenset(fixed)
    came: dict[tuple[str, bool], tuple[tuple[str, bool], str] | None] = dict.fromkeys(states)
    for state in states:  # which grows on the way
        node, through_head = state
        free, opens_collider = node not in closed, node in opened
        for mark, neighbour in graph.links[node]:
            lets_through = opens_collider if through_head and mark != "->" else free
            if lets_through and (onward := (neighbour, mark != "<-")) not in came:
                came[onward] = (state, mark)
                if neighbour in ends:
                    return judge_of(graph, fixed)(*_traced(came, onward))
                states.append(onward)
    return None


def _traced(
    came: Mapping[tuple[str, bool], tuple[tuple[str, bool], str] | None], last: tuple[str, bool]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Nodes and marks of the way that led to a state, followed back to its start."""
    nodes, marks = [last[0]], list[str]()
    while (step := came[last]) is not None:
        last, mark = step
        nodes.append(last[0])
        marks.append(mark)
    return tuple(nodes[::-1]), tuple(marks[::-1])


def minimal_separators(graph: Relatives, x: str, y: str) -> tuple[tuple[str, ...], ...]:
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
    near = _joined(graph, graph.ancestors((x, y)))
    if y in near[x]:
        return ()
    waiting = [_cut_beyond(near, frozenset([x]), y)]
    found, tried = set(waiting), 0
    while waiting:
        cut = waiting.pop()
        side_of_x = reach({x}, near, near.keys() - cut)
        pushed = {_cut_beyond(near, side_of_x | {node}, y) for node in cut if y not in near[node]}
        stop_after(tried := tried + len(cut), f"{x} and {y} have too many minimal separators to list", "separation")
        waiting += pushed - found
        found |= pushed
    place = {node: position for position, node in enumerate(graph.nodes)}
    ordered = [tuple(sorted(cut, key=place.__getitem__)) for cut in found]
    return tuple(sorted(ordered, key=lambda cut: (len(cut), [place[node] for node in cut])))


def _joined(graph: Relatives, kept: Nodes) -> dict[str, Nodes]:
    """The undirected graph of an ancestral set: two nodes are joined when an edge or a path of colliders does so."""
    near: dict[str, set[str]] = {node: set() for node in kept}
    for district in graph.districts_within(kept):
        family = district | graph.parents(district)
        for member in family:
            near[member] |= family - {member}
    return {node: frozenset(others) for node, others in near.items()}


def _cut_beyond(near: Mapping[str, Nodes], side: Nodes, y: str) -> Nodes:
    """The nearest minimal cut that leaves `side`, which is in one piece, apart from y: the border of y's part."""
    fence = side.union(*(near[node] for node in side))
    beyond = reach({y}, near, near.keys() - fence)
    return frozenset().union(*(near[node] for node in beyond)) - beyond


def implied_independences(graph: Relatives) -> tuple[Separation, ...]:
    """Separations from which all others of the graph follow, node by node in causal order: an independence basis.

    Without hidden causes every node is independent of the nodes before it given its parents. With hidden causes it is,
    in every set of nodes before it that holds all their ancestors, independent of the others given its Markov blanket:
    its district in that set, and the parents of that district. Of the sets with one blanket the largest is taken.

    All d-separations of the graph follow by the laws that hold in every distribution: symmetry, decomposition, weak
    union and contraction. There can be exponentially many where there are bidirected edges.

    Raises:
        GraphError: still not done after `MOST_STEPS` sets.

    Source: Pearl 2009, Causality, theorem 1.2.7; Richardson 2003, Scandinavian Journal of Statistics 30, theorem 2
    (the ordered local Markov property).
    """
    found, steps = list[Separation](), 0
    for position, node in enumerate(graph.order):
        before = frozenset(graph.order[:position + 1])
        waiting, seen = [before], set[Nodes]()
        for kept in waiting:  # which grows on the way
            district = graph.district(node, within=kept)
            if district in seen:
                continue
            seen.add(district)
            beside = before.intersection(chain(*(graph.siblings_of[one] for one in district))) - district
            largest = before - graph.descendants(beside)
            blanket = (district | graph.parents(district)) - {node}
            if rest := largest - blanket - {node}:
                found.append(Separation((node,), graph.in_order(rest), graph.in_order(blanket), None))
            waiting += [largest - below for one in graph.in_order(district) if node not in (
                below := graph.descendants(one))]
            stop_after(steps := steps + 1, "the implied independences are too many to list", "d_separated")
    return tuple(found)
