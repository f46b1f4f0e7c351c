"""Questions: read from text and written back, without a do, what is no question, and what a refusal proves."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from causal.hedge_checker import directed, hedge_faults, moved_conditions
from hypothesis import given, settings
from hypothesis import strategies as st

from causalrec.causal.formulas.expression import P
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.graphs.text import MARKS
from causalrec.causal.identification.identifier import identify
from causalrec.causal.identification.query import NotIdentified, Query, check_question
from causalrec.errors import GraphError, IdentificationError

NAMES = ("Y", "X", "W", "blood pressure", "do", "age (years)", "a=b", "P", f"Z {MARKS}", "do(X)", "é1")
VALUES = st.one_of(st.none(), st.integers(), st.booleans(), st.floats(allow_nan=False),
                   st.text(st.sampled_from("ab 1.-+eTrue(),=|"), max_size=6))


@pytest.mark.parametrize(("text", "query"), [
    ("P(y | do(x), w)", Query("y", do="x", given="w")),
    ("P(Y)", Query("Y")),
    ("P(Y | W)", Query("Y", given="W")),
    ("P(Y, Z | do(X=1))", Query(("Y", "Z"), do={"X": 1})),
    ("P(Y|do(X=1,V),W=0,U)", Query("Y", do={"X": 1, "V": None}, given={"W": 0, "U": None})),
    (" P ( Y | W = -1.5 , do( X ) , do(V = treated) ) ", Query("Y", {"X": None, "V": "treated"}, {"W": -1.5})),
    ('P("blood pressure" | do("dose, mg"=2), W="1")', Query("blood pressure", {"dose, mg": 2}, {"W": "1"})),
    ('P(Y | do(X=True), W="two words")', Query("Y", {"X": True}, {"W": "two words"})),
])
def test_parse_reads_what_is_asked(text, query):
    read = Query.parse(text)
    assert read == query
    assert [type(value) for _, value in read.do + read.given] == [type(value) for _, value in query.do + query.given]


@settings(deadline=None)
@given(st.permutations(NAMES), st.integers(1, 3), st.integers(0, 3), st.integers(0, 3), st.lists(VALUES, min_size=6))
def test_a_question_is_written_and_read_back(names, outcomes, set_to, seen, values):
    do, conditions = names[outcomes:outcomes + set_to], names[outcomes + set_to:outcomes + set_to + seen]
    query = Query(names[:outcomes], dict(zip(do, values[:3], strict=False)),
                  dict(zip(conditions, values[3:], strict=False)))
    again = Query.parse(str(query))
    assert again == query
    assert [type(value) for _, value in again.do + again.given] == [type(v) for _, v in query.do + query.given]


@pytest.mark.parametrize(("text", "said"), [
    ("", "cannot read '' as a question; write one such as"),
    ("Y", "cannot read 'Y' as a question"),
    ("P()", "cannot read"),
    ("P(Y | )", "cannot read"),
    ("P(Y | do())", "cannot read"),
    ("P(Y | do(X)", "cannot read"),
    ("P(Y | do(X) W)", "cannot read"),
    ("P(Y | do(X | W))", "cannot read"),
    ("E[Y | do(X)]", "cannot read"),
    ("P(blood pressure)", "cannot read"),
    (None, "cannot read None"),
    (Query("Y", do="X"), "cannot read Query"),
    ("P(Y=1 | do(X))", "gives the outcome 'Y' a value"),
    ("P(Y | X, X=1)", "names a variable twice"),
    ("P(Y | do(X), X)", "names a variable twice"),
    ("P(Y | do(Y))", "every variable in one place only"),
])
def test_texts_that_ask_nothing_are_refused(text, said):
    with pytest.raises(IdentificationError, match=said):
        Query.parse(text)


@pytest.mark.parametrize(("asked", "said"), [
    ((), "name an outcome"),
    ((7,), "a variable's name, or several, is asked for and not 7"),
    ((["Y", ["Z"]],), r"is asked for and not \['Z'\]"),
    (("Y", 7), "not 7"),
    (("Y", None), "not None"),
    (("Y", {7: 1}), "not 7"),
    (("Y", "X", [["W"]]), r"not \['W'\]"),
])
def test_what_names_no_variables_is_refused(asked, said):
    with pytest.raises(IdentificationError, match=said):
        Query(*(asked or ((),)))


def test_what_is_no_question_about_a_graph_is_refused():
    graph = CausalGraph.parse("X -> Y")
    for wrong, said in [("P(Y | do(X=1))", r"not 'P\(Y \| do\(X=1\)\)'; write Query.parse\('P\(Y \| do\(X=1"),
                        ("Y", r"a Query is asked for, not 'Y'; write Query.parse\("), (None, "not None"),
                        (P("Y", do="X"), r"a Query is asked for, not P\(Y \| do\(X\)\)")]:
        for ask in (check_question, identify):
            with pytest.raises(IdentificationError, match=said):
                ask(wrong, graph)
    for ask in (check_question, identify):
        with pytest.raises(GraphError, match="a CausalGraph is asked for, not 'X -> Y'"):
            ask(Query("Y", do="X"), "X -> Y")
        with pytest.raises(GraphError, match="no node 'y'; did you mean 'Y'"):
            ask(Query("y", do="X"), graph)


@pytest.mark.parametrize("method", ["textbook", "ID"])
@pytest.mark.parametrize(("query", "formula"), [
    (Query("Y"), P("Y")), (Query("Y", given="X"), P("Y", given="X")),
    (Query(("Y", "Z"), given={"X": 1, "W": None}), P(("Y", "Z"), given=("X", "W"))),
])
def test_a_question_without_do_is_read_off_the_log(method, query, formula):
    graph = CausalGraph.parse("W -> X -> Z -> Y; X <-> Y; W -> Y")
    answer = identify(query, graph, method=method)
    assert answer.estimand == formula
    assert (answer.method, len(answer.steps)) == ("log", 1)
    assert repr(answer) == f"Identified: {query} = {formula}"
    assert "Identified" in answer._repr_markdown_()


# ---- what a refusal proves ---------------------------------------------------------------------------------------


def test_the_roots_of_a_conditional_refusal_lead_to_what_is_asked_about():
    """To an outcome or to a condition that is not as good as set: to the outcomes alone they need not lead."""
    rng, refused, elsewhere = np.random.default_rng(13), 0, 0
    while refused < 300:
        names = [chr(65 + number) for number in range(int(rng.integers(3, 7)))]
        pairs = [(one, other) for place, one in enumerate(names) for other in names[place + 1:]]
        graph = CausalGraph(tuple(names), [pair for pair in pairs if rng.random() < 0.5],
                            [pair for pair in pairs if rng.random() < 0.4])
        y, x, *w = map(str, rng.permutation(names))
        w = w[:int(rng.integers(1, 3))]
        answer = identify(Query(y, do=x, given=w), graph)
        if not isinstance(answer, NotIdentified):
            continue
        refused += 1
        moved = moved_conditions(graph, [y], [x], w)
        is_set, asked = {x} | moved, {y, *w} - moved
        assert hedge_faults(answer.hedge, graph, is_set, asked) == []
        cut = directed(graph.without_arrows_into(is_set))
        below = [{root, *networkx.descendants(cut, root)} for root in answer.roots]
        assert all(nodes & asked for nodes in below)
        elsewhere += any(y not in nodes for nodes in below)
    assert elsewhere > 20
