"""Named causal graphs: patterns, paradoxes, a textbook's figures, applications, the shop; and what an example is.

The graphs of the papers on identification are in `causalrec.causal.examples.example_papers`; all are found by name in
`causalrec.causal.examples.catalogue`. First taught: lesson 2b.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.identification.query import Query

BOOK = "Pearl, Glymour & Jewell 2016, Causal Inference in Statistics: A Primer"

Asked = str | tuple[str, ...]
"""The one variable that is set or asked about, or several."""


@dataclass(frozen=True, repr=False)
class Example:
    """A causal graph from the literature, with the question that its source asks of it.

    Attributes:
        name: what `example` finds it by.
        graph: the observed variables; what the source leaves unobserved is a bidirected edge.
        treatment: the variable that is set, or a tuple of several.
        outcome: the variable asked about, or a tuple of several.
        story: what the variables are and what the example shows, in a sentence or two.
        source: author, year, and page, figure or section.
        identifiable: whether `query` can be answered from a log of the graph's variables.
        given: the variables on which the question conditions; mostly none.

    First taught: lesson 2b.
    """

    name: str
    graph: CausalGraph
    treatment: Asked
    outcome: Asked
    story: str
    source: str
    identifiable: bool = True
    given: tuple[str, ...] = ()

    @property
    def query(self) -> Query:
        """The question: P(outcome | do(treatment), given)."""
        return Query(self.outcome, do=self.treatment, given=self.given)

    def __repr__(self) -> str:
        """Name, graph and source."""
        return f"Example({self.name}: {self.graph}; {self.source})"

    def _repr_html_(self) -> str:
        verdict = "can be answered from a log" if self.identifiable else "no log of these variables answers"
        lines = (f"<b>{escape(self.name)}</b>: {escape(str(self.graph))}",
                 f"Asked: {escape(str(self.query))}; {verdict}", escape(self.story), f"<i>{escape(self.source)}</i>")
        return "".join(f"<p>{line}</p>" for line in lines)


def drawn(
    name: str,
    graph: str,
    asked: tuple[Asked, Asked],
    story: str,
    source: str,
    *,
    identifiable: bool = True,
    given: tuple[str, ...] = (),
) -> Example:
    """The example, its graph read from text; `asked` is (what is set, what is asked about)."""
    return Example(name, CausalGraph.parse(graph), *asked, story, source, identifiable, given)


PATTERNS = (
    drawn(
        "chain", "fire -> smoke -> alarm", ("fire", "alarm"),
        "The alarm answers to smoke only: once you know of the smoke, the fire tells you no more about the alarm.",
        "Pearl & Mackenzie 2018, The Book of Why, chapter 3",
    ),
    drawn(
        "fork", "age -> shoe_size; age -> reading", ("shoe_size", "reading"),
        "Children with larger shoes read better, since they are older; among children of one age shoes tell nothing.",
        "Pearl & Mackenzie 2018, The Book of Why, chapter 3",
    ),
    drawn(
        "collider", "talent -> celebrity <- beauty", ("talent", "beauty"),
        "Talent and beauty both help to fame and have nothing to do with each other, except among the famous.",
        "Pearl & Mackenzie 2018, The Book of Why, chapter 3",
    ),
    drawn(
        "monty_hall", "choice -> opened <- car", ("choice", "car"),
        "The host opens a door with neither your choice nor the car behind it: choice and car meet in what he opens.",
        "Pearl & Mackenzie 2018, The Book of Why, chapter 6",
    ),
    drawn(
        "sprinkler", "season -> sprinkler -> wet -> slippery; season -> rain -> wet", ("sprinkler", "slippery"),
        "The season decides whether it rains and whether the sprinkler runs; either makes the pavement wet.",
        "Pearl 2009, Causality, §1.2, figure 1.2",
    ),
    drawn(
        "burglary", "burglary -> alarm <- earthquake -> radio; alarm -> call", ("burglary", "call"),
        "Burglary or earthquake sets off the alarm, at which a neighbour may call; news of an earthquake explains the "
        "alarm away.",
        "Pearl 1988, Probabilistic Reasoning in Intelligent Systems, chapter 2",
    ),
    drawn(
        "asia",
        "asia -> tuberculosis -> either -> xray; smoking -> lung_cancer -> either -> dyspnoea;"
        "smoking -> bronchitis -> dyspnoea",
        ("smoking", "dyspnoea"),
        "A fictitious chest clinic: a visit to Asia and smoking, three diseases, an X-ray and shortness of breath.",
        "Lauritzen & Spiegelhalter 1988, Journal of the Royal Statistical Society B 50",
    ),
)

PARADOXES = (
    drawn(
        "kidney_stones", "size -> treatment -> recovered; size -> recovered", ("treatment", "recovered"),
        "Large stones were treated by open surgery more often and are harder to cure: the size must be held fixed.",
        "Charig, Webb, Payne & Wickham 1986, BMJ 292; Julious & Mullee 1994, BMJ 309",
    ),
    drawn(
        "blood_pressure", "drug -> blood_pressure -> recovered; drug -> recovered", ("drug", "recovered"),
        "The drug works in part by lowering blood pressure, measured afterwards: it must not be held fixed.",
        f"{BOOK}, §1.2, table 1.2, and §3.2, figure 3.5",
    ),
    drawn(
        "berkeley", "sex -> department -> admitted; sex -> admitted", ("sex", "admitted"),
        "Women were admitted less often, since they applied to departments that admit few. Kruskal's objection, that "
        "department and admission may share a hidden cause, is `berkeley_hidden`.",
        "Bickel, Hammel & O'Connell 1975, Science 187: 398-404",
    ),
    drawn(
        "berkeley_hidden", "sex -> department -> admitted; sex -> admitted; department <-> admitted",
        ("sex", "admitted"),
        "As `berkeley`, but something unrecorded (Kruskal proposed the state of residence) sways both the department "
        "and the admission: comparing within departments then says nothing about the direct effect of sex.",
        "Pearl & Mackenzie 2018, The Book of Why, chapter 9",
    ),
    drawn(
        "whickham", "age -> smoker -> died; age -> died", ("smoker", "died"),
        "Within twenty years fewer smokers than non-smokers had died: few of the old women smoked.",
        "Appleton, French & Vanderpump 1996, The American Statistician 50: 340-341",
    ),
    drawn(
        "birth_weight", "smoking -> birth_weight -> death; smoking -> death; birth_weight <-> death",
        ("smoking", "death"),
        "Among infants of low weight those of smokers die less often: low weight without smoking has other, graver "
        "causes, such as defects, which nobody recorded.",
        "Hernández-Díaz, Schisterman & Hernán 2006, American Journal of Epidemiology 164: 1115-1120",
    ),
    drawn(
        "berkson", "diabetes -> hospital <- cholecystitis", ("diabetes", "cholecystitis"),
        "Either disease brings people to hospital, so among the patients of a hospital the two are associated.",
        "Berkson 1946, Biometrics Bulletin 2: 47-53",
    ),
    drawn(
        "m_bias", "X -> Y; X <-> M; M <-> Y", ("X", "Y"),
        "M is known before the treatment and goes with treatment and outcome, and still must not be held fixed.",
        "Greenland, Pearl & Robins 1999, Epidemiology 10: 37-48",
    ),
    drawn(
        "butterfly", "A -> X -> Y; A -> M; B -> M; B -> Y; M -> X; M -> Y", ("X", "Y"),
        "M is a collider and a confounder at once: holding it fixed is not enough, leaving it alone is not either.",
        "Ding & Miratrix 2015, Journal of Causal Inference 3",
    ),
)

PRIMER = (
    drawn(
        "primer_ice_cream", "temperature -> ice_cream; temperature -> crime", ("ice_cream", "crime"),
        "More ice cream is sold where there is more crime, since both rise with the heat. To shut the shops would "
        "change nothing.",
        f"{BOOK}, §3.1, figure 3.1",
    ),
    drawn(
        "primer_gender", "gender -> drug -> recovered; gender -> recovered", ("drug", "recovered"),
        "Women take the drug more often and recover less often: the drug is to be judged for each gender.",
        f"{BOOK}, §3.2, figure 3.3",
    ),
    drawn(
        "primer_families", "X -> W -> Y -> Z -> T; X -> Y; W -> Z; Y -> T", ("X", "T"),
        "Parents, children, and seven paths between X and T, five of them directed.",
        f"{BOOK}, figure 1.8, study question 1.4.1",
    ),
    drawn(
        "primer_collider", "X -> R -> S -> T <- U <- V -> Y; T -> P", ("X", "Y"),
        "One long path with a collider T, of which P is an effect.",
        f"{BOOK}, figure 2.6, study question 2.3.1",
    ),
    drawn(
        "primer_d_separation", "Z1 -> X -> W -> Y; Z1 -> Z3 -> X; Z2 -> Z3 -> Y; Z2 -> Y", ("X", "Y"),
        "Six variables and ten pairs to separate or not.",
        f"{BOOK}, figure 2.9, study question 2.4.1",
    ),
    drawn(
        "primer_back_door", "B -> A -> X -> W -> Y; B -> Z -> X; C -> Z -> Y; C -> D -> Y", ("X", "Y"),
        "Z must be held fixed and opens B -> Z <- C: one of A, B, C, D must go with it.",
        f"{BOOK}, figure 3.8, study question 3.3.1",
    ),
    drawn(
        "primer_weight", "X -> Y; X <-> W; W -> Y", ("X", "Y"),
        "A drug X, recovery Y and weight W. Social standing, not recorded, sways who takes the drug and who is heavy; "
        "the weight stands in for it.",
        f"{BOOK}, §3.3, figure 3.6",
    ),
    drawn(
        "primer_w_specific", "X -> Y; X <-> W; W -> Y", ("X", "Y"),
        "The effect among people of one weight, on the graph of `primer_weight`: no sum is left.",
        f"{BOOK}, §3.3, figure 3.6", given=("W",),
    ),
    drawn(
        "primer_collider_held", "E -> X -> Y; E -> Z -> X; A -> Z -> Y; A -> Y", ("X", "Y"),
        "All back doors pass through Z, a collider: it must be held fixed, and E or A with it.",
        f"{BOOK}, §3.3, figure 3.7",
    ),
    drawn(
        "primer_c_specific", "B -> A -> X -> W -> Y; B -> Z -> X; C -> Z -> Y; C -> D -> Y", ("X", "Y"),
        "The effect among cases with one value of C, on the graph of `primer_back_door`.",
        f"{BOOK}, figure 3.8, study question 3.5.1",
        given=("C",),
    ),
    drawn(
        "primer_z_specific", "B -> A -> X -> W -> Y; B -> Z -> X; C -> Z -> Y; C -> D -> Y", ("X", "Y"),
        "The effect among cases with one value of Z, on the graph of `primer_back_door`.",
        f"{BOOK}, figure 3.8, study question 3.5.1",
        given=("Z",),
    ),
    drawn(
        "primer_two_treatments", "B -> A -> X -> W -> Y; B -> Z -> X; C -> Z -> Y; C -> D -> Y", (("D", "W"), "Y"),
        "Two treatments at once, on the graph of `primer_back_door`: Z alone shuts all back doors.",
        f"{BOOK}, figure 3.8, study question 3.3.1",
    ),
    drawn(
        "primer_hiring_alone", "gender -> qualification -> hired; gender -> hired",
        (("gender", "qualification"), "hired"),
        "The direct effect of gender where nothing sways both qualification and hiring: to compare equally qualified "
        "people is enough.",
        f"{BOOK}, §3.7, figure 3.11",
    ),
    drawn(
        "primer_hiring", "gender -> qualification -> hired; gender -> hired; income -> qualification; income -> hired",
        (("gender", "qualification"), "hired"),
        "The direct effect of gender: qualification is set, and income, which sways qualification and hiring, is held "
        "fixed.",
        f"{BOOK}, §3.7, figure 3.12",
    ),
    drawn(
        "primer_linear", "Z1 -> W1 -> X -> W3 -> Y; Z1 -> Z3 -> X; Z2 -> Z3 -> Y; Z2 -> W2 -> Y", ("X", "Y"),
        "The model that the book asks to be tested and estimated by regressions.",
        f"{BOOK}, figure 3.18, study question 3.8.1",
    ),
)

APPLICATIONS = (
    drawn(
        "warm_up",
        "coach -> motivation -> warm_up -> balance -> injury; coach -> fitness -> readiness -> warm_up;"
        "motivation -> old_injury <- contact -> balance; genes -> fitness -> fatigue -> balance;"
        "genes -> tissue -> weakness -> injury; genes -> fatigue <- tissue; fatigue -> injury",
        ("warm_up", "injury"),
        "Does warming up prevent injuries in sport? Contact is a contact sport, tissue a disorder of the connective "
        "tissue, readiness and balance are the sense of position before and during the game.",
        "Shrier & Platt 2008, BMC Medical Research Methodology 8: 70, figure 2",
    ),
)

SHOP = (
    drawn(
        "shop",
        "score -> shown; popularity -> shown; activity -> shown; nudge -> shown;"
        "shown -> browsed -> clicked -> bought; shown -> clicked; popularity -> browsed; activity -> browsed;"
        "activity -> bought; score <-> clicked; popularity <-> bought",
        ("shown", "bought"),
        "The course's shop. The hidden causes are taste, behind score and clicks, and quality, behind popularity and "
        "purchases; arcs that open no other back door are left out.",
        "this course, lesson 5b",
    ),
    drawn(
        "quiet_shop", "activity -> shown -> browsed -> clicked -> bought; activity -> browsed; activity -> bought",
        ("shown", "bought"),
        "A shop that shows things to quiet users, who buy little: the preset simpson.",
        "this course, lesson 2b",
    ),
)
