"""The steps of an identification in words, written from the record of what the algorithm did.

First taught: lesson 3a (back door), lesson 3b (front door), lesson 3c (ID).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from causalrec.causal.bits import Bits
from causalrec.causal.expression import P
from causalrec.causal.graph import CausalGraph
from causalrec.causal.id_algorithm import Line
from causalrec.causal.query import Step


def back_door_steps(graph: CausalGraph, treatment: str, outcome: str, held: tuple[str, ...]) -> tuple[Step, ...]:
    """How the back-door criterion leads to its formula."""
    after = graph.in_order(graph.descendants(treatment) - {treatment})
    words = f"{braced(after)} may be changed by {treatment}" if after else f"{treatment} changes no variable here"
    cut = graph.without_arrows_out_of(treatment)
    state = "no back-door path is open" if cut.d_separated(treatment, outcome) else "a back-door path is open"
    steps = [
        Step("leave alone", f"{words}; what the treatment may change must not be held fixed.", graph),
        Step("cut", f"without the arrows out of {treatment}, only back-door paths are left between {treatment} and "
             f"{outcome}; with nothing held fixed {state}.", cut),
    ]
    if not held:
        return (*steps, Step("read off", f"nothing has to be held fixed: setting {treatment} and seeing {treatment} "
                             f"say the same of {outcome}.", graph))
    return (
        *steps,
        Step("hold fixed", f"{braced(held)} blocks every back-door path, and no smaller set does.", graph),
        Step("adjust", f"average {P(outcome, given=(treatment, *held))} over how {braced(held)} is distributed among "
             "all cases, treated or not.", graph),
    )


def front_door_steps(graph: CausalGraph, treatment: str, outcome: str, through: tuple[str, ...]) -> tuple[Step, ...]:
    """How the front-door criterion leads to its formula, condition by condition."""
    z = braced(through)
    cut_x, cut_z = graph.without_arrows_out_of(treatment), graph.without_arrows_out_of(through)
    return (
        Step("intercept", f"every directed path from {treatment} to {outcome} passes {z}.", graph),
        Step("first step", f"no back-door path from {treatment} to {z} is open, so what {treatment} does to {z} can be "
             f"read off: {P(through, given=treatment)}.", cut_x),
        Step("second step", f"{treatment} blocks every back-door path from {z} to {outcome}, so what {z} does to "
             f"{outcome} is found by holding {treatment} fixed.", cut_z),
        Step("chain", f"put the two steps together: {treatment} moves {z}, and {z} moves {outcome}.", graph),
    )


def id_steps(graph: CausalGraph, bits: Bits, lines: Sequence[Line]) -> tuple[Step, ...]:
    """The lines of ID and IDC that were taken, with the subgraph that each looked at."""
    return tuple(_step(graph, bits, line) for line in lines)


def _step(graph: CausalGraph, bits: Bits, line: Line) -> Step:
    def named(mask: int) -> tuple[str, ...]:
        return graph.in_order(bits.named(mask))

    y, x, v = named(line.outcome), named(line.do), named(line.nodes)
    found = [named(mask) for mask in line.found]
    asked = P(y, do=x)
    here = induced(graph, v)
    match line.number:
        case 1:
            rest = [name for name in v if name not in y]
            over = f", summing out {braced(rest)}" if rest else ""
            words = f"nothing is set any more, so {asked} is read off the distribution at hand{over}."
        case 2:
            gone = braced([name for name in v if name not in found[0]])
            words = f"{gone} cannot matter to {asked}: only {braced(found[0])} are ancestors of {braced(y)} here. " \
                    "Sum the others out."
        case 3:
            words = f"with {braced(x)} set, {braced(found[0])} no longer reach {braced(y)}; so set them too, to any " \
                    f"value: {asked} stays the same."
            here = here.without_arrows_into(x)
        case 4:
            others = [name for name in v if name not in (*y, *x)]
            summed = f", summed over {braced(others)}." if others else "."
            words = f"without {braced(x)} the graph falls into the districts {', '.join(map(braced, found))}. So " \
                    f"{asked} is a product of one factor a district{summed}"
            here = induced(graph, tuple(name for name in v if name not in x))
        case 5:
            words = f"{braced(found[0])} hangs together by bidirected edges, and so does {braced(found[1])} inside " \
                    f"it, though {braced(x)} is set: a hedge. No formula gives {asked}."
        case 6:
            words = f"{braced(found[0])} is a whole district, so its factor is read off: each of its variables " \
                    "given those before it."
        case 7:
            words = f"{braced(found[1])} is part of the district {braced(found[0])}. Go on inside it; what stands " \
                    "outside is as good as set, at the value it is given."
        case 8:
            held = [*x, *(name for name in v if name not in found[0])]
            words = f"rule 2: {braced(y)} and {braced(found[0])} are separated" \
                    + (f" by {braced(held)}" if held else "") + f" once the arrows out of {braced(found[0])}" \
                    + (f" and into {braced(x)}" if x else "") + " are cut. So seeing it is as good as setting it."
            here = graph.without_arrows_into(x).without_arrows_out_of(found[0])
        case _:
            words = f"find {P((*y, *v), do=x)} and divide it by its sum over {braced(y)}."
            here = graph
    return Step(f"ID line {line.number}" if line.number < 8 else f"IDC line {line.number - 7}", words, here)


def induced(graph: CausalGraph, nodes: Collection[str]) -> CausalGraph:
    """The subgraph on some of the nodes."""
    return CausalGraph(
        graph.in_order(nodes),
        frozenset(arrow for arrow in graph.arrows if set(arrow) <= set(nodes)),
        frozenset(pair for pair in graph.confounded if pair <= set(nodes)),
    )


def braced(names: Sequence[str]) -> str:
    """Names as a set."""
    return "{" + ", ".join(names) + "}"
