"""The steps of an identification in words, written from the record of what the algorithm did.

First taught: lesson 3b.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from causalrec.causal.formulas.expression import P
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.graphs.separation import Nodes
from causalrec.causal.identification.id import Line
from causalrec.causal.identification.query import Query, Step


def back_door_steps(query: Query, graph: CausalGraph, held: tuple[str, ...], smallest: bool) -> tuple[Step, ...]:
    """How the back-door criterion leads to its formula; `smallest`: all sets of fewer nodes were tried in vain."""
    x, y, w = query.treatments, query.outcome, query.conditions
    treatment, outcome = (names[0] if len(names) == 1 else braced(names) for names in (x, y))
    among = f" among cases with the same {' and '.join(w)}" if w else ""
    return (
        *_cut(query, graph, treatment, outcome),
        *([
            Step("hold fixed", f"{braced(held)}{f', together with {braced(w)},' if w else ''} blocks every back-door "
                 f"path, and no {'smaller set' if smallest else 'part of it'} does.", graph),
            Step("adjust", f"average {P(y, given=(*x, *held, *w))} over how {braced(held)} is distributed"
                 f"{among or ' among all cases'}, treated or not.", graph),
        ] if held else [
            Step("read off", f"nothing {'more ' if w else ''}has to be held fixed: setting {treatment} and seeing "
                 f"{treatment} say the same of {outcome}{among}.", graph),
        ]),
    )


def _cut(query: Query, graph: CausalGraph, treatment: str, outcome: str) -> tuple[Step, Step]:
    """The first two steps by the back door: what to leave alone, and which paths are left to block."""
    w, are = braced(query.conditions) if query.conditions else "", _verb(query.conditions, "is", "are")
    after = graph.in_order(graph.descendants(query.treatments).difference(query.treatments))
    words = f"{braced(after)} may be changed by {treatment}" if after else \
        f"{treatment} {_verb(query.treatments, 'changes', 'change')} no other variable here"
    if w and after:
        words += f"; {w}, which {are} given, {are} not among these"
    shut = graph.d_separated(query.treatments, query.outcome, query.conditions, out_of=query.treatments)
    state = f"{'no' if shut else 'a'} back-door path is open"
    return (
        Step("leave alone", f"{words}; what the {_verb(query.treatments, 'treatment', 'treatments')} may change must "
             "not be held fixed.", graph),
        Step("cut", f"without the arrows out of {treatment}, only back-door paths are left between {treatment} and "
             f"{outcome}; with {f'only {w} given' if w else 'nothing held fixed'} {state}.",
             graph.without_arrows_out_of(query.treatments)),
    )


def front_door_steps(graph: CausalGraph, treatment: str, outcome: str, through: tuple[str, ...]) -> tuple[Step, ...]:
    """How the front-door criterion leads to its formula, condition by condition."""
    z = braced(through)
    moved = graph.in_order(graph.descendants(treatment) & set(through))
    still = [name for name in through if name not in moved]
    shut = f"; without {braced(still)}, a back-door path from {braced(moved)} would be open" if still else ""
    cut_x, cut_z = graph.without_arrows_out_of(treatment), graph.without_arrows_out_of(through)
    return (
        Step("intercept", f"every directed path from {treatment} to {outcome} passes {braced(moved)}.", graph),
        Step("first step", f"no back-door path from {treatment} to {z} is open, so what {treatment} does to {z} can be "
             f"read off: {P(through, given=treatment)}.", cut_x),
        Step("second step", f"{treatment} blocks every back-door path from {z} to {outcome}, so what {z} does to "
             f"{outcome} is found by holding {treatment} fixed{shut}.", cut_z),
        Step("chain", f"put the two steps together: {treatment} moves {braced(moved)}, and {z} moves {outcome}.",
             graph),
    )


def id_steps(graph: CausalGraph, lines: Sequence[Line]) -> tuple[Step, ...]:
    """The lines of ID and IDC that were taken, with the subgraph that each looked at."""
    parts: dict[Nodes, CausalGraph] = {}  # several steps look at the same one
    return tuple(_step(graph, line, parts) for line in lines)


def _step(graph: CausalGraph, line: Line, parts: dict[Nodes, CausalGraph]) -> Step:
    def part(nodes: Nodes) -> CausalGraph:
        return parts.get(nodes) or parts.setdefault(nodes, graph.induced(nodes))

    y, x, v, *found = map(graph.in_order, (line.outcome, line.do, line.nodes, *line.found))
    asked = P(y, do=x)
    here = graph if line.number > 7 else part(line.nodes)
    match line.number:
        case 1:
            words = f"nothing is set any more, so {asked} is read off the distribution at hand{_over(v, y)}."
        case 2:
            gone = without(v, found[0])
            words = f"{braced(gone)} {_verb(gone, 'is not an ancestor', 'are not ancestors')} of {braced(y)} here, " \
                    f"so {_verb(gone, 'it cannot', 'they cannot')} matter to {asked}. " \
                    f"Sum {_verb(gone, 'it', 'them')} out."
        case 3:
            words = f"with {braced(x)} set, {braced(found[0])} no longer {_verb(found[0], 'reaches', 'reach')} " \
                    f"{braced(y)}; so set {_verb(found[0], 'it', 'them')} too, to any value: {asked} stays the same."
            here = here.without_arrows_into(x)
        case 4:
            words = f"without {braced(x)} the graph falls into the districts {' and '.join(map(braced, found))}. So " \
                    f"{asked} is a product of one factor a district{_over(v, (*y, *x))}."
            here = part(line.nodes - line.do)
        case 5:
            words = f"{braced(found[0])} hangs together by bidirected edges, and so does {braced(found[1])} inside " \
                    f"it, though {braced(x)} {_verb(x, 'is', 'are')} set: a hedge. No formula gives {asked}."
        case 6:
            words = f"{braced(found[0])} is a whole district, so its factor is read off: each of its variables " \
                    f"given those before it{_over(found[0], y)}."
        case 7:
            words = f"{braced(found[1])} is part of the district {braced(found[0])}. Go on inside it; what stands " \
                    "outside is as good as set, at the value it is given."
        case 8:
            held = (*x, *without(v, found[0]))
            words = f"rule 2: {braced(y)} and {braced(found[0])} are separated" \
                    + (f" by {braced(held)}" if held else "") + f" once the arrows out of {braced(found[0])}" \
                    + (f" and into {braced(x)}" if x else "") + " are cut. So seeing it is as good as setting it."
            here = graph.without_arrows_into(x).without_arrows_out_of(found[0])
        case _:
            words = f"find {P((*y, *v), do=x)} and divide it by its sum over {braced(y)}."
    return Step(f"ID line {line.number}" if line.number < 8 else f"IDC line {line.number - 7}", words, here)


def braced(names: Sequence[str]) -> str:
    """Names as a set."""
    return "{" + ", ".join(names) + "}"


def without(names: Sequence[str], others: Collection[str]) -> tuple[str, ...]:
    """The names that are not among the others."""
    return tuple(name for name in names if name not in others)


def _over(names: Sequence[str], others: Collection[str]) -> str:
    """That the names not among the others are summed over, if there are any."""
    rest = without(names, others)
    return f", summed over {braced(rest)}" if rest else ""


def _verb(names: Sequence[str], one: str, several: str) -> str:
    """The word that fits one name, or several."""
    return one if len(names) == 1 else several
