"""The three rules of the do-calculus, each as a check that shows the graph it looked at and what it found there.

A rule changes one thing in P(y | do(x), …, w): rule 1 lets go of something seen, rule 2 takes seeing for setting, rule
3 lets go of something set. It may do so where y and z are d-separated in a graph from which some arrows are cut. The
rules are complete: what they and the laws of probability cannot derive, no log of that graph answers.

Source: Pearl 1995, Biometrika 82, theorem 3; Pearl 2009, Causality, theorem 3.4.1. Completeness: Shpitser & Pearl 2006;
Huang & Valtorta 2006. First taught: lesson 3b.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

from causalrec.causal.formulas.expression import P, capital
from causalrec.causal.formulas.table import as_tuple
from causalrec.causal.graphs.graph import CausalGraph, checked_graph
from causalrec.causal.graphs.paths import Path
from causalrec.causal.graphs.picture import sketch
from causalrec.causal.graphs.separation import Nodes, Separation, separated
from causalrec.causal.identification.steps import without
from causalrec.errors import IdentificationError
from causalrec.types import Names
from causalrec.wording import arrowed, listed

Move = tuple[int, tuple[str, ...]]
"""A rule and what it changes; where that stands in the probability decides which way the rule is read."""

_MEANING = {
    1: "knowing {z} as well adds nothing",
    2: "seeing {z} is as good as setting it",
    3: "setting {z} changes nothing",
}


@dataclass(frozen=True, repr=False)
class RuleCheck:
    """Whether a rule of the do-calculus may be used, and why, or why not. True where it may.

    Attributes:
        rule: 1, 2 or 3.
        before: the probability that the rule starts from; the rule is an equation and may be read from either side.
        after: the one that it then equals.
        changed: the nodes that the rule changes, in the order of the graph.
        uncut: the graph of the question.
        into: the nodes into which arrows are cut in the mutilated graph that the rule looks at.
        out_of: those out of which arrows are cut.
        holds: whether the rule may be used: whether changed nodes and outcome are d-separated there.

    First taught: lesson 3b.
    """

    rule: int
    before: P
    after: P
    changed: tuple[str, ...]
    uncut: CausalGraph
    into: tuple[str, ...]
    out_of: tuple[str, ...]
    holds: bool

    def __bool__(self) -> bool:
        """Whether the rule may be used."""
        return self.holds

    @cached_property
    def graph(self) -> CausalGraph:
        """The mutilated graph."""
        return self.uncut.without_arrows_into(self.into).without_arrows_out_of(self.out_of)

    @cached_property
    def separation(self) -> Separation:
        """Whether changed nodes and outcome are d-separated in the mutilated graph, with the open path where not."""
        return self.graph.separation(self.changed, self.before.outcome, self.separated_by)

    @property
    def path(self) -> Path | None:
        """The open path from z to y that forbids it, a shortest one; None where the rule may be used."""
        return None if self.holds else self.separation.path

    @property
    def outcome(self) -> tuple[str, ...]:
        """The nodes of y, in the order of the graph."""
        return self.uncut.in_order(self.before.outcome)

    @property
    def separated_by(self) -> tuple[str, ...]:
        """What is held fixed in the mutilated graph: x and w."""
        return self.uncut.in_order(without(self.after.do + self.after.given, self.changed))

    @property
    def words(self) -> str:
        """The verdict and its reason, as a sentence."""
        z, y = listed(self.changed), listed(self.outcome)
        held = f" given {listed(self.separated_by)}" if self.separated_by else ""
        if self.path is None:
            return (f"rule {self.rule} holds: {self.where}, {z} and {y} are d-separated{held}, so "
                    f"{_MEANING[self.rule].format(z=z)}.")
        return f"rule {self.rule} does not hold: {self.where}, {self.path} is open{held}, for {self.path.why}."

    @property
    def where(self) -> str:
        """Which arrows are cut, in words; why rule 3 leaves some where it does."""
        cut = [f"{way} {listed(nodes)}" for way, nodes in (("into", self.into), ("out of", self.out_of)) if nodes]
        words = f"with the arrows {' and '.join(cut)} cut" if cut else "in the graph as it is"
        if left := [node for node in self.changed if self.rule == 3 and node not in self.into]:
            words += f" (those into {listed(left)} stay, for {listed(self.after.given)} may answer to it)"
        return words

    @property
    def independence(self) -> str:
        """What the rule asks for, in LaTeX: which separation, in which graph."""
        z, y, held = (", ".join(map(capital, names)) for names in (self.changed, self.outcome, self.separated_by))
        given = rf" \mid {held}" if held else ""
        over = rf"\overline{{{','.join(map(capital, self.into))}}}" if self.into else ""
        under = rf"\underline{{{','.join(map(capital, self.out_of))}}}" if self.out_of else ""
        gap = r"\," if over and under else ""
        cut = f"_{{{over}{gap}{under}}}" if over or under else ""
        relation = r"\perp" if self.holds else r"\not\perp"
        return rf"{y} {relation} {z}{given} \text{{ in }} G{cut}"

    def __repr__(self) -> str:
        """The equation and the verdict."""
        return f"{self.before} {'=' if self.holds else '≟'} {self.after}: {self.words}"

    def _repr_markdown_(self) -> str:
        sign, verdict = ("=", "holds") if self.holds else (r"\overset{?}{=}", "does not hold")
        formula = f"$$ {self.before.latex()} {sign} {self.after.latex()} $$"
        return "\n\n".join((f"**Rule {self.rule}** {verdict}", formula, f"$$ {self.independence} $$", self.picture,
                            arrowed(self.words[0].upper() + self.words[1:])))

    @property
    def picture(self) -> str:
        """The mutilated graph as an HTML image: what is cut dotted, what is held fixed grey, an open path set off."""
        return sketch(self.uncut, self.graph, self.separated_by, self.path)


def check_rule(rule: int, graph: CausalGraph, y: Names, x: Names = (), z: Names = (), w: Names = ()) -> RuleCheck:
    """Whether a rule of the do-calculus may be used on this graph, with the open path where it may not.

    With arrows into X cut written G_X̄, and arrows out of Z cut G_Z̲,
      rule 1: P(y | do(x), z, w) = P(y | do(x), w)         if Y ⊥ Z | X, W in G_X̄,
      rule 2: P(y | do(x), do(z), w) = P(y | do(x), z, w)  if Y ⊥ Z | X, W in G_X̄,Z̲,
      rule 3: P(y | do(x), do(z), w) = P(y | do(x), w)     if Y ⊥ Z | X, W in G_X̄,Z(W)̄,
    where Z(W) are the nodes of Z that are not ancestors of any node of W in G_X̄.

    Args:
        rule: 1, 2 or 3.
        graph: the assumptions.
        y: the outcome, one node or several.
        x: what is set on both sides.
        z: what the rule changes.
        w: what is given on both sides.

    Raises:
        GraphError: no graph, or an unknown node.
        IdentificationError: another rule; no y or no z; a node in two places.

    Source: Pearl 2009, Causality, theorem 3.4.1. First taught: lesson 3b.
    """
    y, x, z, w = map(as_tuple, (y, x, z, w))
    if rule not in (1, 2, 3) or not z:
        raise IdentificationError(f"rule {rule} for z = {', '.join(z) or 'nothing'} is none of the do-calculus; ask "
                                  "for rule 1, 2 or 3 and name what it should change as z.")
    before = P(y, given=z + w, do=x) if rule == 1 else P(y, given=w, do=x + z)
    after = P(y, given=z + w, do=x) if rule == 2 else P(y, given=w, do=x)
    changed = checked_graph(graph).in_order(z)
    graph.known(before.free)
    into, out_of, holds = _asked(rule, graph, *map(frozenset, (y, x, z, w)))
    return RuleCheck(rule, before, after, changed, graph, tuple([node for node in x + z if node in into]),
                     tuple([node for node in z if node in out_of]), holds)


def _asked(rule: int, graph: CausalGraph, y: Nodes, x: Nodes, z: Nodes, w: Nodes) -> tuple[Nodes, Nodes, bool]:
    """The nodes into which and out of which a rule cuts the arrows, and whether Z and Y are separated then."""
    into, out_of = x, z if rule == 2 else frozenset[str]()
    if rule == 3:  # Z(W)
        into |= z - graph.ancestors(w, cut=x)
    return into, out_of, separated(graph, z, y, x | w, into, out_of)


# ---- read in both directions -----------------------------------------------------------------------------------------


def turned(number: int, term: P, z: tuple[str, ...]) -> P:
    """What a rule makes of a probability; where z stands decides which way the rule is read.

    Rule 1 drops a z that is given, else adds it; rule 2 exchanges do(z) and z given; rule 3 drops do(z), else adds it.
    """
    x, w, place = without(term.do, z), without(term.given, z), place_of(term, z)
    if (number, place) == (1, "nowhere"):
        w += z
    elif (number, place) == (2, "do"):
        w = z + w
    elif (number, place) in ((2, "given"), (3, "nowhere")):
        x += z
    return P.of(outcome=term.outcome, given=w, do=x)


def licensed(number: int, graph: CausalGraph, term: P, z: Names) -> bool:
    """Whether the rule may change z in the probability: `check_rule`'s verdict, for algorithms that ask often."""
    y, changed = frozenset(term.outcome), frozenset(z)
    return _asked(number, graph, y, frozenset(term.do) - changed, changed, frozenset(term.given) - changed)[2]


def place_of(term: P, z: tuple[str, ...]) -> str:
    """Where in a probability all of z stand; "nowhere" if none does, "several" if they stand apart."""
    for place, names in (("outcome", term.outcome), ("do", term.do), ("given", term.given)):
        if set(z) <= set(names):
            return place
    return "several" if set(z) & set(term.free) else "nowhere"


# ---- short ways by the rules alone -----------------------------------------------------------------------------------


def largest(number: int, graph: CausalGraph, term: P, candidates: tuple[str, ...]) -> tuple[str, ...]:
    """As many of the candidates as the rule takes at once; all together where that is licensed, else one by one."""
    if not candidates or licensed(number, graph, term, candidates):
        return candidates
    taken: tuple[str, ...] = ()
    for name in candidates:
        if licensed(number, graph, term, (*taken, name)):
            taken += (name,)
    return taken


def without_do(graph: CausalGraph, term: P) -> list[Move] | None:
    """The fewest moves that leave no do(): each rule at most once, on as many variables as it takes.

    None where that does not do it.
    """
    best: list[Move] | None = None
    for order in permutations((3, 2, 1)):
        now, moves = term, list[Move]()
        for number in order:
            if now.do and (z := largest(number, graph, now, now.given if number == 1 else now.do)):
                now = turned(number, now, z)
                moves.append((number, z))
        if not now.do and (best is None or len(moves) < len(best)):
            best = moves
            if len(best) == 1:
                break
    return best


def between(graph: CausalGraph, term: P, target: P) -> list[Move] | None:
    """Moves from one probability of an outcome to another: each kind of change at once, in an order that is licensed.

    None where no order is.
    """
    do, given, new_do, new_given = (set(names) for names in (term.do, term.given, target.do, target.given))
    changes: list[tuple[int, set[str]]] = [
        (3, new_do - do - given), (1, new_given - given - do), (2, do & new_given), (2, given & new_do),
        (3, do - new_do - new_given), (1, given - new_given - new_do),
    ]
    kinds: list[Move] = [(number, graph.in_order(z)) for number, z in changes if z]
    for order in permutations(kinds):
        now = term
        for number, z in order:
            if place_of(now, z) == "several" or not licensed(number, graph, now, z):
                break
            now = turned(number, now, z)
        else:
            return list(order)
    return None
