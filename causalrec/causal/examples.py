"""Named causal graphs and tables of counts from the literature: one catalogue for lessons, tests and figures.

`example("napkin")` gives a graph with its story and its source, `counts("kidney_stones")` a published table. An arrow
in an example says what its source drew, not that the source was right about the world.

First taught: lesson 2b.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from types import MappingProxyType

from causalrec.causal.example_tables import COUNTS, Counts, counts
from causalrec.causal.graph import CausalGraph
from causalrec.errors import GraphError

__all__ = ["COUNTS", "EXAMPLES", "Counts", "Example", "counts", "example"]


@dataclass(frozen=True, repr=False)
class Example:
    """A causal graph from the literature, with the question that its source asks of it.

    Attributes:
        name: what `example` finds it by.
        graph: the observed variables; what the source leaves unobserved is a bidirected edge.
        treatment: the variable that is set.
        outcome: the variable asked about.
        story: what the variables are and what the example shows, in a sentence or two.
        source: author, year, and page, figure or section.
        identifiable: whether P(outcome | do(treatment)) follows from a log of the graph's variables.

    First taught: lesson 2b.
    """

    name: str
    graph: CausalGraph
    treatment: str
    outcome: str
    story: str
    source: str
    identifiable: bool = True

    def __repr__(self) -> str:
        """Name, graph and source."""
        return f"Example({self.name}: {self.graph}; {self.source})"

    def _repr_html_(self) -> str:
        asked = f"P({self.outcome} | do({self.treatment}))"
        lines = (f"<b>{escape(self.name)}</b>: {escape(str(self.graph))}", f"Asked: {escape(asked)}",
                 escape(self.story), f"<i>{escape(self.source)}</i>")
        return "".join(f"<p>{line}</p>" for line in lines)


def _example(
    name: str, graph: str, asked: tuple[str, str], story: str, source: str, *, identifiable: bool = True
) -> Example:
    return Example(name, CausalGraph.parse(graph), *asked, story, source, identifiable)


_PATTERNS = (
    _example(
        "chain", "fire -> smoke -> alarm", ("fire", "alarm"),
        "The alarm answers to smoke only: once you know of the smoke, the fire tells you no more about the alarm.",
        "Pearl & Mackenzie 2018, The Book of Why, chapter 3",
    ),
    _example(
        "fork", "age -> shoe_size; age -> reading", ("shoe_size", "reading"),
        "Children with larger shoes read better, since they are older; among children of one age shoes tell nothing.",
        "Pearl & Mackenzie 2018, The Book of Why, chapter 3",
    ),
    _example(
        "collider", "talent -> celebrity <- beauty", ("talent", "beauty"),
        "Talent and beauty both help to fame and have nothing to do with each other, except among the famous.",
        "Pearl & Mackenzie 2018, The Book of Why, chapter 3",
    ),
    _example(
        "monty_hall", "choice -> opened <- car", ("choice", "car"),
        "The host opens a door with neither your choice nor the car behind it: choice and car meet in what he opens.",
        "Pearl & Mackenzie 2018, The Book of Why, chapter 6",
    ),
    _example(
        "sprinkler", "season -> sprinkler -> wet -> slippery; season -> rain -> wet", ("sprinkler", "slippery"),
        "The season decides whether it rains and whether the sprinkler runs; either makes the pavement wet.",
        "Pearl 2009, Causality, §1.2, figure 1.2",
    ),
    _example(
        "burglary", "burglary -> alarm <- earthquake -> radio; alarm -> call", ("burglary", "call"),
        "Burglary or earthquake sets off the alarm, at which a neighbour may call; news of an earthquake explains the "
        "alarm away.",
        "Pearl 1988, Probabilistic Reasoning in Intelligent Systems, chapter 2",
    ),
    _example(
        "asia",
        "asia -> tuberculosis -> either -> xray; smoking -> lung_cancer -> either -> dyspnoea;"
        "smoking -> bronchitis -> dyspnoea",
        ("smoking", "dyspnoea"),
        "A fictitious chest clinic: a visit to Asia and smoking, three diseases, an X-ray and shortness of breath.",
        "Lauritzen & Spiegelhalter 1988, Journal of the Royal Statistical Society B 50",
    ),
)

_PARADOXES = (
    _example(
        "kidney_stones", "size -> treatment -> recovered; size -> recovered", ("treatment", "recovered"),
        "Large stones were treated by open surgery more often and are harder to cure: the size must be held fixed.",
        "Charig, Webb, Payne & Wickham 1986, BMJ 292; Julious & Mullee 1994, BMJ 309",
    ),
    _example(
        "blood_pressure", "drug -> blood_pressure -> recovered; drug -> recovered", ("drug", "recovered"),
        "The drug works in part by lowering blood pressure, measured afterwards: it must not be held fixed.",
        "Pearl, Glymour & Jewell 2016, Causal Inference in Statistics: A Primer, §1.2, table 1.2",
    ),
    _example(
        "berkeley", "sex -> department -> admitted; sex -> admitted", ("sex", "admitted"),
        "Women were admitted less often, since they applied to departments that admit few. Kruskal's objection, that "
        "department and admission may share a hidden cause, is `berkeley_hidden`.",
        "Bickel, Hammel & O'Connell 1975, Science 187: 398-404",
    ),
    _example(
        "berkeley_hidden", "sex -> department -> admitted; sex -> admitted; department <-> admitted",
        ("sex", "admitted"),
        "As `berkeley`, but something unrecorded (Kruskal proposed the state of residence) sways both the department "
        "and the admission: comparing within departments then says nothing about the direct effect of sex.",
        "Pearl & Mackenzie 2018, The Book of Why, chapter 9",
    ),
    _example(
        "whickham", "age -> smoker -> died; age -> died", ("smoker", "died"),
        "Within twenty years fewer smokers than non-smokers had died: few of the old women smoked.",
        "Appleton, French & Vanderpump 1996, The American Statistician 50: 340-341",
    ),
    _example(
        "birth_weight", "smoking -> birth_weight -> death; smoking -> death; birth_weight <-> death",
        ("smoking", "death"),
        "Among infants of low weight those of smokers die less often: low weight without smoking has other, graver "
        "causes, such as defects, which nobody recorded.",
        "Hernández-Díaz, Schisterman & Hernán 2006, American Journal of Epidemiology 164: 1115-1120",
    ),
    _example(
        "berkson", "diabetes -> hospital <- cholecystitis", ("diabetes", "cholecystitis"),
        "Either disease brings people to hospital, so among the patients of a hospital the two are associated.",
        "Berkson 1946, Biometrics Bulletin 2: 47-53",
    ),
    _example(
        "m_bias", "X -> Y; X <-> M; M <-> Y", ("X", "Y"),
        "M is known before the treatment and goes with treatment and outcome, and still must not be held fixed.",
        "Greenland, Pearl & Robins 1999, Epidemiology 10: 37-48",
    ),
    _example(
        "butterfly", "A -> X -> Y; A -> M; B -> M; B -> Y; M -> X; M -> Y", ("X", "Y"),
        "M is a collider and a confounder at once: holding it fixed is not enough, leaving it alone is not either.",
        "Ding & Miratrix 2015, Journal of Causal Inference 3",
    ),
)

_IDENTIFICATION = (
    _example(
        "smoking_tar", "smoking -> tar -> cancer; smoking <-> cancer", ("smoking", "cancer"),
        "A gene may make people smoke and fall ill. If smoking harms through tar alone, the front door answers.",
        "Pearl 2009, Causality, §3.3.2 and §3.3.3",
    ),
    _example(
        "bow", "X -> Y; X <-> Y", ("X", "Y"),
        "A direct effect beside a hidden common cause: no log tells them apart.",
        "Pearl 2009, Causality, §3.5", identifiable=False,
    ),
    _example(
        "instrument", "assigned -> taken -> response; taken <-> response", ("taken", "response"),
        "A coin assigns the treatment, not all comply: the effect is bounded, not identified.",
        "Balke & Pearl 1997, Journal of the American Statistical Association 92, figure 1", identifiable=False,
    ),
    _example(
        "napkin", "W -> Z -> X -> Y; W <-> X; W <-> Y", ("X", "Y"),
        "Neither back door nor front door, and identifiable all the same: as a ratio of two effects of Z.",
        "Pearl & Mackenzie 2018, The Book of Why, p. 240",
    ),
    _example(
        "verma", "A -> B -> C -> D; B <-> D", ("C", "D"),
        "No arrow from A to D: a constraint on the log that no conditional independence expresses.",
        "Verma & Pearl 1990, Proceedings of the 6th Conference on Uncertainty in Artificial Intelligence",
    ),
    _example(
        "back_door", "X1 -> X3 -> Xi -> X6 -> Xj; X1 -> X4 -> Xi; X2 -> X4 -> Xj; X2 -> X5 -> Xj", ("Xi", "Xj"),
        "Holding {X3, X4} or {X4, X5} fixed shuts every back door; {X4} alone opens one.",
        "Pearl 2009, Causality, §3.3.1, figure 3.4",
    ),
    _example(
        "eelworms", "Z1 -> Z2 -> Z3 -> Y; X -> Z2 -> Y; X -> Y; X <-> Z1; X <-> Z3; Z1 <-> Z3", ("X", "Y"),
        "Fumigants X against eelworms, counted before (Z1), after (Z2) and at the end of the season (Z3), and oat "
        "yields Y. Last year's eelworms, unrecorded, sway how much is fumigated, Z1 and, through the birds, Z3.",
        "Pearl 1995, Biometrika 82: 669-710, figure 1, after Cochran",
    ),
    _example(
        "primer_collider", "X -> R -> S -> T <- U <- V -> Y; T -> P", ("X", "Y"),
        "One long path with a collider T, of which P is an effect.",
        "Pearl, Glymour & Jewell 2016, Causal Inference in Statistics: A Primer, figure 2.6, study question 2.3.1",
    ),
    _example(
        "primer_d_separation", "Z1 -> X -> W -> Y; Z1 -> Z3 -> X; Z2 -> Z3 -> Y; Z2 -> Y", ("X", "Y"),
        "Six variables and ten pairs to separate or not.",
        "Pearl, Glymour & Jewell 2016, Causal Inference in Statistics: A Primer, figure 2.9, study question 2.4.1",
    ),
    _example(
        "primer_back_door", "B -> A -> X -> W -> Y; B -> Z -> X; C -> Z -> Y; C -> D -> Y", ("X", "Y"),
        "Z must be held fixed and opens B -> Z <- C: one of A, B, C, D must go with it.",
        "Pearl, Glymour & Jewell 2016, Causal Inference in Statistics: A Primer, figure 3.8, study question 3.3.1",
    ),
    _example(
        "two_mediators", "X -> Z1 -> Z2 -> Y; X -> Y; Z1 -> Y; X <-> Z2; Z1 <-> Y", ("X", "Y"),
        "No back-door set, and identifiable: Z1 answers for what X does, X for what confounds Z2.",
        "Pearl 2009, Causality, §3.5, figure 3.8, p. 92",
    ),
    _example(
        "three_covariates", "Z2 -> X -> Z1 -> Y; Z2 -> Z1; Z2 -> Z3 -> Y; Z2 <-> X; Z2 <-> Y; X <-> Z3; X <-> Y",
        ("X", "Y"),
        "Identifiable by three covariates together; some libraries get it wrong.",
        "Pearl 2009, Causality, §3.5, figure 3.8, p. 92",
    ),
    _example(
        "confounded_mediator", "X -> Z -> Y; X -> Y; Z <-> Y", ("X", "Y"),
        "A hidden cause of mediator and outcome leaves the total effect alone.",
        "Shpitser & Pearl 2008, Journal of Machine Learning Research 9, figure 2(b)",
    ),
    _example(
        "surrogate", "Z -> X -> Y; Z <-> X; Z <-> Y", ("X", "Y"),
        "No log identifies the effect; a log in which Z was randomised does.",
        "Bareinboim & Pearl 2012, Conference on Uncertainty in Artificial Intelligence, p. 114", identifiable=False,
    ),
    _example(
        "feedback", "A0 -> L1 -> A1 -> Y; A0 -> A1; A0 -> Y; L1 -> Y; L1 <-> Y", ("A1", "Y"),
        "A treatment A1 that answers to a symptom L1 which an earlier treatment A0 changed.",
        "Hernán & Robins 2020, Causal Inference: What If, chapter 20",
    ),
)

_SHOP = (
    _example(
        "shop",
        "score -> shown; popularity -> shown; activity -> shown; nudge -> shown;"
        "shown -> browsed -> clicked -> bought; shown -> clicked; popularity -> browsed; activity -> browsed;"
        "activity -> bought; score <-> clicked; popularity <-> bought",
        ("shown", "bought"),
        "The course's shop. The hidden causes are taste, behind score and clicks, and quality, behind popularity and "
        "purchases; arcs that open no other back door are left out.",
        "this course, lesson 5b",
    ),
    _example(
        "quiet_shop", "activity -> shown -> browsed -> clicked -> bought; activity -> browsed; activity -> bought",
        ("shown", "bought"),
        "A shop that shows things to quiet users, who buy little: the preset simpson.",
        "this course, lesson 2b",
    ),
)

EXAMPLES: Mapping[str, Example] = MappingProxyType(
    {one.name: one for one in (*_PATTERNS, *_PARADOXES, *_IDENTIFICATION, *_SHOP)}
)
"""All examples by name, in the order of the lessons that need them."""


def example(name: str) -> Example:
    """The example with this name.

    Raises:
        GraphError: there is none.

    First taught: lesson 2b.
    """
    if name not in EXAMPLES:
        raise GraphError(f"no example is called {name!r}; choose from {', '.join(EXAMPLES)}.")
    return EXAMPLES[name]
