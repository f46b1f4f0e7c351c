"""The ID algorithm: whether a log and a graph determine P(y | do(x)), and by which formula.

Sets of nodes are bits of an integer (`graphs.bits`), so that the seven lines of `identified` read as they do
in the paper. Every line that is taken is recorded; the record is what a reader sees, so it cannot differ from what was
done.

Source: Shpitser & Pearl 2006, Identification of joint interventional distributions, figure 3, and Identification of
conditional interventional distributions, figure 4; Tian & Pearl 2002 for the factors of a district.
First taught: lesson 3c.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from causalrec.causal.formulas.expression import Expression, Fraction, P, Product, Sum
from causalrec.causal.graphs.bits import Bits, members


class Term(NamedTuple):
    """A formula under construction: what it depends on, and its parts; `expression` writes it in names."""

    kind: str  # "P": P(outcome | given); "product" of the parts; "sum" over `given`; "fraction" of two parts
    free: int
    parts: tuple[Term, ...] = ()
    outcome: int = 0
    given: int = 0


ONE = Term("product", 0)


Law = Mapping[int, Term] | None
"""A distribution over some nodes by its chain rule: per node P(node | the nodes before it). None: the log's own."""


def flat(terms: Iterable[Term]) -> list[Term]:
    """The factors of a product, with nested products and factors of one dissolved."""
    return [part for term in terms for part in (term.parts if term.kind == "product" else (term,))]


def product(terms: Iterable[Term]) -> Term:
    """The product."""
    factors = flat(terms)
    if len(factors) == 1:
        return factors[0]
    free = 0
    for term in factors:
        free |= term.free
    return Term("product", free, tuple(factors))


def summed(over: int, terms: Iterable[Term]) -> Term:
    """Σ_over of the product, with factors that do not depend on `over` in front."""
    factors = summed_out(over, flat(terms))
    inside = [term for term in factors if term.free & over]
    if not inside:
        return product(factors)
    body, outside = product(inside), [term for term in factors if not term.free & over]
    over &= body.free
    return product([*outside, Term("sum", body.free & ~over, (body,), 0, over)])


def summed_out(over: int, factors: list[Term]) -> list[Term]:
    """The factors of Σ_over of the product, after Σ_b P(a | b, c) P(b | c) = P(a | c) where that saves a sum."""
    for i in members(over):
        b = 1 << i
        about = [term for term in factors if term.free & b]
        (one, *others) = joined(about) or [ONE]
        if not others and one.outcome & b:
            left = one.outcome & ~b
            found = [Term("P", left | one.given, (), left, one.given)] if left else []
            return summed_out(over & ~b, [
                new for term in factors for new in (found if term is about[-1] else () if term.free & b else (term,))])
    return factors


def joined(factors: list[Term]) -> list[Term]:
    """The factors with P(a, b | c) in place of P(b | c) and P(a | b, c), as often as there are two like that."""
    speaking_of = {term.free: term for term in factors if term.kind == "P"}
    for last in factors:
        if last.kind == "P" and (first := speaking_of.get(last.given)) is not None:
            both = Term("P", last.free, (), first.outcome | last.outcome, first.given)
            return joined([both if term is last else term for term in factors if term is not first])
    return factors


def factors(bits: Bits, law: Law, v: int, nodes: int) -> dict[int, Term]:
    """The law's factors for some of the nodes v that it is about."""
    return {i: log_factor(bits, v, i) if law is None else law[i] for i in members(nodes)}


def log_factor(bits: Bits, v: int, i: int) -> Term:
    """P(i | those before it) in the log's distribution of an ancestral set v.

    Of those before it only the node's district among them matters, and that district's parents (Tian & Pearl 2002).
    """
    before = v & ((2 << i) - 1)
    given = district = bits.district(i, before)
    for j in members(district):
        given |= bits.parents[j] & before
    given &= ~(1 << i)
    return Term("P", given | 1 << i, (), 1 << i, given)


def total(law: Mapping[int, Term], over: int) -> Term:
    """Σ_over of the product. A node that no other factor mentions sums to one with its own factor, and both go."""
    left = dict(law)
    for i in reversed(members(over)):  # a factor mentions only nodes before its own: later ones go first
        if i in left and not any(term.free >> i & 1 for j, term in left.items() if j != i):
            del left[i]
            over &= ~(1 << i)
    return summed(over, [left[i] for i in sorted(left)])


def margin(law: Mapping[int, Term], kept: int) -> dict[int, Term]:
    """The law of some of its nodes, again by the chain rule: P(i | kept before i) = Σ P(… i) / Σ P(… before i)."""
    found = {}
    dropped = sum(1 << i for i in law if not kept >> i & 1)
    for i in members(kept):
        part = _entangled(law, i, dropped)
        above, below = (total({j: law[j] for j in part if j != left}, dropped) for left in (-1, i))
        found[i] = law[i] if len(part) == 1 else above if below == ONE else (
            Term("fraction", above.free | below.free, (above, below)))
    return found


def _entangled(law: Mapping[int, Term], i: int, dropped: int) -> set[int]:
    """The factors up to i's that dropped nodes tie to it; the others are the same above and below, and cancel."""
    found, todo = {i}, [i]
    while todo:
        shared = law[todo.pop()].free & dropped
        fresh = [j for j in law if j < i and j not in found and law[j].free & shared]
        found.update(fresh)
        todo += fresh
    return found


class Line(NamedTuple):
    """A line of the algorithm that was taken, with the sets it was taken for."""

    number: int
    """1 to 7 of ID; 8 and 9 are the two of IDC, whose `nodes` are the conditions."""
    outcome: int
    do: int
    nodes: int
    found: tuple[int, ...]
    """Ancestors (2), further nodes to set (3), districts (4), the hedge (5), the district (6, 7), the condition (8)."""


class Hedged(Exception):
    """Line 5: no formula exists. `outer` and `inner` are the nodes of the hedge's two forests."""

    def __init__(self, outer: int, inner: int) -> None:
        """Keep the two sets."""
        super().__init__()
        self.outer, self.inner = outer, inner


def identified(bits: Bits, y: int, x: int, law: Law, v: int, lines: list[Line]) -> Term:
    """P(y | do(x)) from the law over the nodes v, or `Hedged`; every line taken is added to `lines`.

    The comments are the lines of Shpitser & Pearl 2006, figure 3.
    """
    # 1. if x = ∅, return Σ_{v \ y} P(v)
    if not x:
        lines.append(Line(1, y, x, v, ()))
        return Term("P", y, (), y) if law is None else total(law, v & ~y)
    # 2. if v ≠ An(y)_G, return ID(y, x ∩ An(y), Σ_{v \ An(y)} P, G_An(y))
    ancestors = bits.ancestors(y, v)
    if ancestors != v:
        lines.append(Line(2, y, x, v, (ancestors,)))
        narrowed = None if law is None else margin(law, ancestors)
        return identified(bits, y, x & ancestors, narrowed, ancestors, lines)
    # 3. let w = (v \ x) \ An(y)_{G_x̄}; if w ≠ ∅, return ID(y, x ∪ w, P, G)
    w = v & ~x & ~bits.ancestors(y, v, cut=x)
    if w:
        lines.append(Line(3, y, x, v, (w,)))
        return identified(bits, y, x | w, law, v, lines)
    # 4. if C(G \ x) = {s₁, …, s_k}, return Σ_{v \ (y ∪ x)} Π_i ID(s_i, v \ s_i, P, G)
    parts = bits.districts(v & ~x)
    if len(parts) > 1:
        lines.append(Line(4, y, x, v, tuple(parts)))
        return summed(v & ~(y | x), [identified(bits, s, v & ~s, law, v, lines) for s in parts])
    (s,) = parts
    # 5. if C(G) = {G}, fail: G and s make a hedge
    whole = bits.district(s.bit_length() - 1, v)
    if whole == v:
        lines.append(Line(5, y, x, v, (v, s)))
        raise Hedged(v, s)
    # 6. if s ∈ C(G), return Σ_{s \ y} Π_{i ∈ s} P(v_i | v_1, …, v_{i-1})
    if whole == s:
        lines.append(Line(6, y, x, v, (s,)))
        return total(factors(bits, law, v, s), s & ~y)
    # 7. if s ⊂ s' ∈ C(G), return ID(y, x ∩ s', Π_{i ∈ s'} P(v_i | v_1, …, v_{i-1}), G_s')
    lines.append(Line(7, y, x, v, (whole, s)))
    return identified(bits, y, x & whole, factors(bits, law, v, whole), whole, lines)


def conditional(bits: Bits, y: int, x: int, w: int, lines: list[Line]) -> Term:
    """P(y | do(x), w) from the log, or `Hedged`.

    Source: Shpitser & Pearl 2006 (conditional), figure 4, the algorithm IDC.
    """
    # 1. if (Y ⊥ Z | X, W \ Z) in G_X̄,Z̲ for some Z ∈ W, return IDC(y, x ∪ z, w \ z): rule 2
    for i in members(w):
        z = 1 << i
        if bits.separated(y, z, x | w & ~z, into=x, out_of=z):
            lines.append(Line(8, y, x, w, (z,)))
            return conditional(bits, y, x | z, w & ~z, lines)
    # 2. else let P' = ID(y ∪ w, x); return P' / Σ_y P'
    if not x:
        return Term("P", y | w, (), y, w)
    if w:
        lines.append(Line(9, y, x, w, ()))
    both = identified(bits, y | w, x, None, bits.all, lines)
    return given(both, y) if w else both


def given(joint: Term, y: int) -> Term:
    """P' / Σ_y P', without the factors that y has no part in; P(a, w | c) / P(w | c) is P(a | w, c)."""
    above = joined([factor for factor in flat([joint]) if factor.free & y])
    below = summed(y, above)
    if below == ONE:
        return product(above)
    for factor in above:
        if factor.kind == below.kind == "P" and factor.given == below.given and not below.outcome & ~factor.outcome:
            ratio = Term("P", factor.free, (), factor.outcome & ~below.outcome, factor.given | below.outcome)
            return product([ratio if term is factor else term for term in above])
    return Term("fraction", product(above).free | below.free, (product(above), below))


def expression(bits: Bits, term: Term) -> Expression:
    """The formula in the names of the graph."""
    if term.kind == "P":
        return P(bits.named(term.outcome), bits.named(term.given))
    parts = [expression(bits, part) for part in term.parts]
    if term.kind == "sum":
        return Sum(bits.named(term.given), parts[0])
    if term.kind == "fraction":
        return Fraction(*parts)
    return Product(parts)
