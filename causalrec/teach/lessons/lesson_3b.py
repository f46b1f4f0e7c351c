"""Lesson 3b, Can the log answer it at all: its exercises and claims."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from inspect import getsource
from itertools import permutations, product
from typing import TYPE_CHECKING, Any

from causalrec.causal.expression import P
from causalrec.causal.terms import key
from causalrec.errors import GraphError, IdentificationError
from causalrec.teach.answer import Feedback, UnreadableAnswer, described, untouched
from causalrec.teach.claim import Claim, Figures
from causalrec.teach.exercise import Exercise, Mistake
from causalrec.teach.judge import Guess, Judge, Names, Number, reason

if TYPE_CHECKING:
    from causalrec.causal.derivation import Derivation
    from causalrec.causal.do_calculus import RuleCheck
    from causalrec.causal.expression import Table
    from causalrec.causal.scm import SCM

World = tuple[str, int]
"""The name of a world and its seed."""

AS_DRAWN: World = ("as drawn", 2026)
ARC_MISSING: World = ("an arc is missing", 2026)
NEED: World = ("need", 2026)
TASTE: World = ("taste", 2026)

DOOR = "shown -> browsed -> bought; shown <-> bought"
"""The graph of the lesson's shop."""
NUDGED = f"nudge -> {DOOR}"

MODELS, LOGS, ROWS = 4, 20, 5000


# --------------------------------------------------------------------------------------------- measured by the claims


def shop(name: str) -> SCM:
    """The lesson's shop, in which a hidden need decides who is shown an item and buys it; or "taste", see below."""
    from causalrec.causal.mechanism import bernoulli
    from causalrec.causal.scm import SCM

    need, shown = bernoulli((), lambda: 0.5), bernoulli(("need",), lambda need: 0.2 + 0.6 * need)
    if name == "taste":  # a second hidden cause, of what is browsed and bought
        return SCM({
            "need": need,
            "taste": bernoulli((), lambda: 0.2),
            "shown": shown,
            "browsed": bernoulli(("shown", "taste"), lambda shown, taste: 0.05 + 0.25 * shown + 0.7 * taste),
            "bought": bernoulli(("browsed", "need", "taste"),
                                lambda browsed, need, taste: browsed * (0.4 * need + 0.6 * taste)),
        }, hidden=frozenset({"need", "taste"}))  # fmt: skip
    return SCM({
        "need": need,
        "shown": shown,
        "browsed": bernoulli(("shown",), lambda shown: 0.2 + 0.5 * shown),
        "bought": bernoulli(("browsed", "need"), lambda browsed, need: browsed * (0.1 + 0.6 * need)),
    }, hidden=frozenset({"need"}))  # fmt: skip


def by_front_door(table: Table, x: str = "shown", y: str = "bought", z: str = "browsed") -> float:
    """What setting x to 1 instead of 0 adds to y by way of z: the front-door formula on a table."""
    from causalrec.causal.expression import Product, Sum

    second = Sum(x, Product((P(y, given=(x, z)), P(x))))  # Σ_x' P(y | x', z) P(x')
    values = Sum(z, Product((P(z, given=x), second))).evaluate(table).at({y: 1})
    return values.probability({x: 1}) - values.probability({x: 0})


def plainly(table: Table, x: str = "shown", y: str = "bought") -> float:
    """How much more often y is 1 where x was seen to be 1."""
    return table.condition({x: 1}).mean(y) - table.condition({x: 0}).mean(y)


def in_logs(world: World) -> Figures:
    """What the front-door formula and the plain comparison say on average over twenty logs; with the worst error."""
    import numpy as np

    from causalrec.causal.expression import Table

    model, rng = shop(world[0]), np.random.default_rng(world[1])
    said = []
    for _ in range(LOGS):
        rows = model.sample(ROWS, rng).to_numpy(dtype=int)  # (rows, shown browsed bought)
        counts = np.bincount(rows @ [4, 2, 1], minlength=8).reshape(2, 2, 2)
        table = Table(("shown", "browsed", "bought"), ((0, 1),) * 3, counts / ROWS)
        said.append((by_front_door(table), plainly(table)))
    found, truth = np.array(said), float(model.do_prime("bought", "shown"))  # (logs, 2)
    (door, plain), most = found.mean(axis=0), np.abs(found[:, 0] - truth).max()
    return {"logs": LOGS, "rows": ROWS, "truth": truth, "door": door, "plain": plain, "most": most}


def applications() -> Iterator[RuleCheck]:
    """Every way to use a rule on the graph with the nudge, for one y, one z and whatever else is set or given."""
    from causalrec.causal.do_calculus import check_rule
    from causalrec.causal.graph import CausalGraph

    graph = CausalGraph.parse(NUDGED)
    for rule, (y, z) in product((1, 2, 3), permutations(graph.nodes, 2)):
        others = [node for node in graph.nodes if node not in (y, z)]
        for places in product("xw-", repeat=len(others)):
            x, w = ([node for node, place in zip(others, places, strict=True) if place == one] for one in "xw")
            yield check_rule(rule, graph, y=y, x=x, z=z, w=w)


def rules_on_models(world: World) -> Figures:
    """On random models: how far apart the sides of a licensed equation are at most, and how many refused ones differ.

    Where an arc is missing, the models have a hidden cause of browsed and bought that the rules were not told of.
    """
    import numpy as np

    from causalrec.causal.exact import evaluated, experiments, random_model
    from causalrec.causal.graph import CausalGraph
    from causalrec.causal.verification import difference

    edges = f"{NUDGED}; browsed <-> bought" if world[0] == "an arc is missing" else NUDGED
    rng = np.random.default_rng(world[1])
    models = [experiments(random_model(CausalGraph.parse(edges), rng)) for _ in range(MODELS)]
    apart: dict[bool, list[float]] = {True: [], False: []}
    for check in applications():
        found = [difference(evaluated(check.before, model), evaluated(check.after, model)) for model in models]
        apart[check.holds].append(max(found))
    refused = np.array(apart[False])
    return {
        "models": MODELS,
        "licensed": len(apart[True]),
        "worst": max(apart[True]),
        "refused": len(refused),
        "share": 100 * (refused > 1e-6).mean(),
    }


@cache
def tar() -> Table:
    """Pearl's invented table of smoking, tar and cancer."""
    from causalrec.causal.examples import counts

    return counts("pearl_tar").table()


def tar_by(how: str) -> float:
    """The effect of smoking on cancer in Pearl's table, computed in one of several ways, most of them wrong."""
    given = {(x, z): tar().condition(smoking=x, tar=z).mean("cancer") for x in (0, 1) for z in (0, 1)}
    tar_seen = {x: tar().condition(smoking=x).mean("tar") for x in (0, 1)}
    if how == "engine":
        from causalrec.causal.examples import example
        from causalrec.causal.identify import identify
        from causalrec.causal.query import Identified, Query

        found = identify(Query("cancer", do="smoking"), example("smoking_tar").graph)
        assert isinstance(found, Identified)
        values = found.estimand.evaluate(tar()).at(cancer=1)
        return values.probability(smoking=1) - values.probability(smoking=0)
    if how == "plain":
        return plainly(tar(), "smoking", "cancer")
    if how == "tar held fixed":
        share = tar().mean("tar")
        return sum(weight * (given[1, z] - given[0, z]) for z, weight in ((0, 1 - share), (1, share)))
    if how == "tar seen for set":  # Σ_z P(z | x) P(y | z)
        return (tar_seen[1] - tar_seen[0]) * plainly(tar(), "tar", "cancer")
    smokers = tar().mean("smoking")  # the second half: what setting tar adds
    second = sum(weight * (given[x, 1] - given[x, 0]) for x, weight in ((0, 1 - smokers), (1, smokers)))
    return second if how == "second half" else tar_seen[1] - tar_seen[0]


# ------------------------------------------------------------------------------------- a derivation as an answer


@dataclass
class Seen:
    """What a learner's derivation did: the last step that held, and the rule that was refused, if one was."""

    last: Derivation
    refused: RuleCheck | None = None


class Watched:
    """A derivation in a learner's hands: it does what a derivation does and remembers how far it came."""

    def __init__(self, derivation: Derivation, seen: Seen) -> None:
        """Wrap a derivation; all that come of it share `seen`."""
        self._derivation, self._seen = derivation, seen
        seen.last = derivation

    def __repr__(self) -> str:
        """As the derivation itself."""
        return repr(self._derivation)

    def __getattr__(self, name: str) -> Any:
        """The derivation's own; a step is watched."""
        from causalrec.causal.derivation import Derivation

        found = getattr(self._derivation, name)
        if not callable(found):
            return found

        def stepped(*args: Any, **named: Any) -> Any:
            if name == "rule" and not (check := self._derivation.check(*args, **named)):
                self._seen.refused = check
            result = found(*args, **named)
            return Watched(result, self._seen) if isinstance(result, Derivation) else result

        return stepped


@dataclass(frozen=True)
class Attempt:
    """How far a learner's derivation came, the rule that was refused, and what stopped it in words."""

    reached: Derivation
    refused: RuleCheck | None = None
    stopped: str = ""


@dataclass(frozen=True)
class Derived(Judge):
    """A function that a learner writes: it gets a derivation without a step and returns it without a do().

    Every step is checked as it is taken: a rule by its mutilated graph, a law of probability by its form. The whole is
    then tried on random models of the graph.
    """

    graph: str
    outcome: str
    treatment: str
    right: Callable[[Any], Any]
    praise: str = ""

    def start(self) -> Derivation:
        """The question, without a step."""
        from causalrec.causal.derivation import Derivation
        from causalrec.causal.graph import CausalGraph
        from causalrec.causal.query import Query

        return Derivation.start(Query(self.outcome, do=self.treatment), CausalGraph.parse(self.graph))

    def right_answer(self) -> Callable[[Any], Any]:
        """The worked solution."""
        return self.right

    def worked(self, answer: Any) -> Any:
        """The author's function itself: here a function is the answer, not the way to it."""
        return answer

    def read(self, answer: Any) -> Attempt:
        """How far the function comes, step by step."""
        from causalrec.causal.derivation import Derivation

        start = self.start()
        seen = Seen(start)
        if isinstance(answer, Derivation):
            result: Any = answer
        elif callable(answer):
            try:
                result = answer(Watched(start, seen))
            except (GraphError, IdentificationError) as error:
                return Attempt(seen.last, seen.refused, str(error))
            except Exception as error:
                raise UnreadableAnswer(f"After {_steps(seen.last)} your function stops with {reason(error)}.") from None
        else:
            raise UnreadableAnswer(f"You gave {described(answer)}; give the function itself, without brackets.")
        if untouched(result):
            raise UnreadableAnswer("Replace the dots in the function, then run the cell again.", "not attempted")
        if result is None:
            raise UnreadableAnswer("Your function gives nothing back: end it with `return`.")
        result = result._derivation if isinstance(result, Watched) else result
        if not isinstance(result, Derivation):
            raise UnreadableAnswer(f"Your function gives {described(result)}; let it return the derivation.")
        if result.question != start.question or result.graph != start.graph:
            raise UnreadableAnswer(f"That derives another question. Begin with the derivation of {start.question} that "
                                   "your function is given.")
        return Attempt(result)

    def grade(self, value: Attempt) -> Feedback:
        """Right when no do() is left; else what was refused and why, or what is still to be done."""
        import numpy as np

        d, done = value.reached, _steps(value.reached)
        if value.stopped:
            return Feedback("wrong", f"After {done} you have {d.formula}. The next step is refused: {value.stopped}")
        if not d.steps:
            return Feedback("wrong", f"No step is taken yet: {d.formula} still asks about a do().")
        if not d.concludes:
            left = "; ".join(dict.fromkeys(str(term) for term in _with_do(d)))
            return Feedback("almost", f"{done} so far, none refused. You have {d.formula}. A do() is left in {left}.")
        if not (tried := d.verify(np.random.default_rng(2026))):
            return Feedback("wrong", f"No do() is left, but {tried.words}")
        return Feedback("right", f"{d.question} = {d.formula}, in {done}. {self.praise}".strip())

    def same(self, value: Attempt, other: Attempt) -> bool:
        """Whether both end in the same formula, or were refused the same rule."""
        ends = [str(one.refused) if one.refused else str(one.reached.formula) for one in (value, other)]
        return ends[0] == ends[1]


def _steps(d: Derivation) -> str:
    return f"{len(d.steps)} step{'' if len(d.steps) == 1 else 's'}"


def _with_do(d: Derivation) -> Iterator[P]:
    from causalrec.causal.terms import probabilities

    return (term for term in probabilities(d.formula) if term.do)


def refused(rule: int, z: str, before: P) -> Callable[[Attempt], bool]:
    """Whether an attempt ended in this rule for this z; `before` is the longer side of the refused equation."""

    def fits(attempt: Attempt) -> bool:
        check = attempt.refused
        return check is not None and (check.rule, check.separation.x, key(check.before)) == (rule, (z,), key(before))

    return fits


def front_door(question: Any) -> Any:
    """Pearl's derivation of the front-door formula."""
    d = question.total("browsed")
    d = d.rule(2, "shown", of="browsed")  # the first half: no back door from shown to browsed is open
    d = d.rule(2, "browsed", of="bought")  # the second half: set browsed instead of seeing it ...
    d = d.rule(3, "shown", of="bought")  # ... then setting shown as well changes nothing
    d = d.total("shown", of="bought")
    d = d.rule(3, "browsed", of="shown")
    return d.rule(2, "browsed", of="bought")


EXERCISES = (
    Exercise(
        id="3b.guess",
        prompt="Who can say what showing adds: this table, a longer log, or only an experiment?",
        judge=Guess(options=("this table", "a longer log", "only an experiment")),
        solution="",
    ),
    Exercise(
        id="3b.1",
        prompt="In a shop where showing sells nothing, half of the users have a need. Of these 8 in 10 are shown the "
        "item, of the others 2 in 10. Of the shown 7 in 10 browse, of the others 2 in 10. With a need 7 in 10 buy, "
        "without 1 in 10. Under do(shown = 1), what share of those who browse buys?",
        judge=Number(
            expected=0.5 * 0.7 + 0.5 * 0.1,
            tolerance=0.002,
            low=0.0,
            high=1.0,
            praise="If all are shown the item, browsing tells nothing about need: half of those who browse have one.",
        ),
        hints=(
            "All are shown the item now. Is somebody with a need more likely to browse than somebody without?",
            "7 in 10 of either kind browse. So of those who browse, what share has a need, and how often do they buy?",
        ),
        solution="`answer = 0.5 * 0.7 + 0.5 * 0.1`, which is 0.4.\n\n"
        "Under do(shown = 1) browsing does not depend on need, so half of those who browse have one. In the log those "
        "who browse were mostly shown the item, and those who were shown it mostly have a need.",
        mistakes=(
            Mistake(
                0.5,
                "That is P(bought | browsed), as things are. There browsing tells that the item was probably shown, "
                "and that tells of need. Once all are shown it, it tells neither: you dropped a do() that what is "
                "given answers to.",
            ),
            Mistake(
                0.8 * 0.7 + 0.2 * 0.1,
                "That is P(bought | shown = 1, browsed): you kept the log's users who were shown the item, 8 in 10 of "
                "whom have a need. do(shown = 1) shows it to everybody.",
            ),
            Mistake(
                0.7 * (0.5 * 0.7 + 0.5 * 0.1),
                "That is the share of all who browse and buy. Asked is the share among those who browse.",
                verdict="almost",
            ),
            Mistake(0.7, "That is the share with a need who buy, or of the shown who browse. Average over both kinds."),
        ),
    ),
    Exercise(
        id="3b.2",
        prompt="Which of the seven equations does a rule allow in this graph?",
        judge=Names(
            right=frozenset("ACE"),
            among=tuple("ABCDEFG"),
            because={
                "B": "B takes seeing for setting while a back door is open: with the arrows out of shown cut, "
                "shown ← popular → bought is still there.",
                "D": "D drops do(shown) where a directed path remains: with the arrows into shown cut, shown → bought "
                "is still there.",
                "F": "F forgets the (W): reviewed is given and answers to shown, so the arrows into shown stay, and "
                "shown ← popular is open. With do(), a review tells less of who was shown what.",
                "G": "G conditions on a collider: shown is given, so nudge → shown ← popular is open. An item shown "
                "without a nudge is probably popular.",
            },
            praise="Each of the other four has an open path in its graph; `check_rule` names it.",
        ),
        hints=(
            "Say first which rule each would be: what is dropped, or changes from set to seen? Then cut, then look for "
            "an open path.",
            "A and G are rule 1, B and C rule 2, D, E and F rule 3. In F reviewed is given: is shown an "
            "ancestor of it?",
            '`check_rule(2, asked, y="bought", z="shown", w="popular")` is C. Ask for the others likewise.',
        ),
        solution='`answer = {"A", "C", "E"}`\n\n'
        "A: with the arrows into shown cut, nothing joins nudge to bought. C: with those out of shown cut and popular "
        "held fixed, shown ← popular → bought is blocked. E: with those into shown cut, shown → bought ← popular and "
        "shown → reviewed ← bought ← popular meet in colliders.",
        mistakes=(
            Mistake(
                {"A", "E"},
                "A and E are right. One is missing, a use of rule 2. Did you look for it in the graph as it is? Rule 2 "
                "cuts the arrows out of shown: what showing does is the same on both sides.",
                verdict="almost",
            ),
            Mistake(
                {"A"},
                "A is right. Did you find open paths out of shown in C and E? For C cut the arrows out of shown. In E, "
                "paths from shown to popular meet in colliders.",
                verdict="almost",
            ),
        ),
    ),
    Exercise(
        id="3b.3",
        prompt="By how much does the share with cancer change if all smoke rather than none?",
        judge=Number(
            expected=lambda: tar_by("engine"),
            tolerance=0.0005,
            low=-1.0,
            high=1.0,
            praise="Smokers fall ill far more often, and by this invented table smoking protects a little. Pearl made "
            "it to show how far the two can be apart.",
        ),
        hints=(
            "First half: how much more often do smokers have tar? Second half: for smokers and for others, how much "
            "more often do those with tar have cancer? Then average by how many smoke.",
            "First half: 380/400 − 20/400. Second half, others: 1/20 − 38/380; smokers: 323/380 − 18/20. Half of the "
            "800 people smoke.",
            "The effect is the product of the halves, since tar is 0 or 1.",
        ),
        solution="`answer = (380/400 - 20/400) * (0.5 * (1/20 - 38/380) + 0.5 * (323/380 - 18/20))`, which is −0.045."
        "\n\nBy the whole formula: 0.4525 if all smoke, 0.4975 if none does. The kit agrees: "
        '`identify(Query("cancer", do="smoking"), CausalGraph.parse("smoking -> tar -> cancer; smoking <-> cancer"))'
        ".estimand.evaluate(tar.table()).at(cancer=1)`.",
        mistakes=(
            Mistake(
                lambda: tar_by("plain"),
                "That is the plain comparison: you conditioned where the question asks to intervene. Smokers may carry "
                "the gene.",
            ),
            Mistake(
                lambda: tar_by("tar held fixed"),
                "You held tar fixed and compared smokers with others. All that smoking does goes through tar, so what "
                "is left is the hidden cause alone.",
            ),
            Mistake(
                lambda: tar_by("tar seen for set"),
                "In the second half you took seeing tar for setting it. Its back door tar ← smoking ↔ cancer is open: "
                "hold smoking fixed, and average by P(smoking).",
            ),
            Mistake(
                lambda: tar_by("second half"),
                "That is the second half, what tar does. Smoking changes tar for 9 in 10 only: multiply by the first "
                "half.",
                verdict="almost",
            ),
            Mistake(
                lambda: tar_by("first half"),
                "That is the first half, what smoking does to tar. Now what tar does to cancer.",
                verdict="almost",
            ),
        ),
    ),
    Exercise(
        id="3b.4",
        prompt="Of which printed formulas is the mean over all pairs a do-expression, whatever the shop?",
        judge=Names(
            right=frozenset({"Undo"}),
            among=("Do", "Undo", "DoPrime"),
            because={
                "Do": "Do takes browsed as it was, in the world as it is, and shown as it is set, in another: "
                "it joins two worlds in one pair, and P(… | do(…)) speaks of one.",
                "DoPrime": "DoPrime is what showing adds past browsed, with browsed as it is under do(x): one of its "
                "two terms needs shown at one value and browsed as under another. No P(… | do(…)) speaks of both.",
            },
            praise="f(x, the others after the intervention) is bought in the world of do(x).",
        ),
        hints=(
            "Write each as a value of bought: shown at x, browsed as it is in which world?",
            "In the world of do(x) shown is x, and browsed is what follows. Which formula takes both from there?",
        ),
        solution='`answer = {"Undo"}`\n\n'
        "Its mean is E[bought | do(x)], the very thing that Do is said to be. Do and DoPrime are counterfactuals (2c): "
        "they need shown from one world and browsed from another, in the same pair.",
        mistakes=(
            Mistake(
                {"Do", "Undo"},
                "Undo is right. Do has the right name only: its clicks and browsing are those of the world as it is, "
                "in which nobody set shown.",
                when=lambda value: value == {"Do", "Undo"},
            ),
            Mistake(
                {"Do"},
                "You went by the name. The printed Do leaves what comes after shown as it was; do() lets it follow.",
                when=lambda value: value == {"Do"},
            ),
            Mistake(
                set(),
                "One is. Which formula takes all its values from the world in which shown was set?",
                when=lambda value: not value,
            ),
        ),
    ),
    Exercise(
        id="3b.5",
        prompt="Through which set of the other nodes does the front door give the campaign's effect on malaria?",
        judge=Names(
            right=frozenset({"nets", "income"}),
            among=("campaign", "nets", "income", "malaria", "clinic"),
            because={
                "clinic": "clinic is an effect of malaria: its back door clinic ← malaria is open though campaign is "
                "held fixed. It is not on the way.",
                "campaign": "campaign is what is set; it cannot be on its own way.",
                "malaria": "malaria is what is asked about.",
            },
            praise="Held beside nets, income closes nets ← income → malaria. A cause of both halves does no harm once "
            "it is a column.",
        ),
        hints=(
            "Which node is met by every directed path from campaign to malaria? Is its back door to malaria blocked by "
            "campaign?",
            '`front_door(village, "campaign", "malaria", ["nets"])` names the open path. What would block it?',
        ),
        solution='`answer = {"nets", "income"}`\n\n'
        "nets alone meets the only directed path, but nets ← income → malaria stays open though campaign is held "
        "fixed. With income in the set it is closed, and campaign blocks what is left.",
        mistakes=(
            Mistake(
                {"nets"},
                "nets is on the way, but the second half is confounded: nets ← income → malaria is open though "
                "campaign is held fixed. The front door would credit the nets with what income does.",
                verdict="almost",
            ),
            Mistake(
                {"income"},
                "income closes a back door, but nothing of the campaign goes through it: campaign → nets → malaria "
                "goes past. The way itself must be in the set.",
            ),
        ),
    ),
    Exercise(
        id="3b.6",
        prompt="Derive a formula without do() for P(bought | do(shown)), where the front door is the only way.",
        judge=Derived(
            graph=DOOR,
            outcome="bought",
            treatment="shown",
            right=front_door,
            praise="Tried on random models, and true. Pearl derived the front-door formula so in 1995.",
        ),
        hints=(
            'The rules alone lead nowhere from here. Bring in what lies between: `.total("browsed")`.',
            'The first half, P(browsed | do(shown)), needs one rule: `.rule(2, "shown", of="browsed")`.',
            "In P(bought | do(shown), browsed) you cannot get rid of do(shown) at once. First *set* browsed: rule 2 "
            "from right to left. Then ask rule 3 whether setting shown still matters.",
            'P(bought | do(browsed)) has a back door through shown: `.total("shown", of="bought")`, then one rule for '
            "each of the two probabilities.",
        ),
        solution="Seven steps. Go through the values of browsed; for browsed, seeing shown is as good as setting it; "
        "browsed may as well be set; then setting shown changes nothing; adjust for shown.\n\n"
        f"```python\n{getsource(front_door).replace(': Any) -> Any', ')').rstrip()}\n```",
        mistakes=(
            Mistake(
                lambda question: question.rule(2, "shown"),
                "P(bought | do(shown)) = P(bought | shown) swaps setting and seeing while a back door is open: with "
                "the arrows out of shown cut, shown ↔ bought is left. Rule 2 refuses.",
                when=refused(2, "shown", P("bought", do="shown")),
            ),
            Mistake(
                lambda question: question.rule(3, "shown"),
                "P(bought | do(shown)) = P(bought) drops a do() where a directed path remains: with the arrows into "
                "shown cut, shown → browsed → bought is left. Rule 3 refuses.",
                when=refused(3, "shown", P("bought", do="shown")),
            ),
            Mistake(
                lambda question: question.total("browsed").rule(3, "shown", of="browsed"),
                "P(browsed | do(shown)) = P(browsed) drops a do() where an arrow remains: shown → browsed. Seeing will "
                "do for setting here, but not nothing at all.",
                when=refused(3, "shown", P("browsed", do="shown")),
            ),
            Mistake(
                lambda question: question.total("browsed").rule(2, "shown", of="bought"),
                "P(bought | do(shown), browsed) = P(bought | shown, browsed) swaps setting and seeing while "
                "shown ↔ bought is open; holding browsed fixed does not block it, for browsed is not on it.",
                when=refused(2, "shown", P("bought", given="browsed", do="shown")),
            ),
            Mistake(
                lambda question: question.total("browsed").rule(3, "shown", of="bought"),
                "P(bought | do(shown), browsed) = P(bought | browsed) forgets the (W) of Z(W): browsed is given and "
                "answers to shown, so the arrows into shown stay, and shown ↔ bought is open. If browsed were *set*, "
                "it would tell nothing of shown.",
                when=refused(3, "shown", P("bought", given="browsed", do="shown")),
            ),
            Mistake(
                lambda question: question.total("browsed").rule(1, "browsed", of="bought"),
                "P(bought | do(shown), browsed) = P(bought | do(shown)) lets go of something seen that still tells: "
                "with the arrows into shown cut, browsed → bought is open.",
                when=refused(1, "browsed", P("bought", given="browsed", do="shown")),
            ),
            Mistake(
                lambda question: question.total("browsed").rule(2, "browsed", of="bought").rule(3, "shown", of="bought")
                .rule(2, "browsed", of="bought"),
                "P(bought | do(browsed)) = P(bought | browsed) swaps setting and seeing while a back door is open: "
                "with the arrows out of browsed cut, browsed ← shown ↔ bought is left. Hold something on it fixed.",
                when=refused(2, "browsed", P("bought", do="browsed")),
            ),
            Mistake(
                lambda question: question.total("browsed").rule(2, "browsed", of="bought").rule(3, "shown", of="bought")
                .total("shown", of="bought").rule(2, "browsed", of="shown"),
                "P(shown | do(browsed)) = P(shown | browsed) would weigh by who is shown the item among those who "
                "browse. With the arrows out of browsed cut, shown → browsed is left: setting an effect tells nothing "
                "of its cause, seeing it does. Another rule drops do(browsed).",
                when=refused(2, "browsed", P("shown", do="browsed")),
            ),
        ),
    ),
)

CLAIMS = (
    Claim(
        id="3b.rules_keep_their_word",
        sentence="In a graph of four nodes the rules license {licensed:.0f} equations: on {models:.0f} random models "
        "the sides of each are at most {worst:.6f} apart. They refuse {refused:.0f}, of which {share:.0f} % are false "
        "on at least one of the models.",
        measure=rules_on_models,
        holds=lambda figures: figures["worst"] < 1e-9 and figures["share"] > 95,
        margin="licensed ones true but for rounding, at least 95 % of the refused ones false.",
        world=AS_DRAWN,
        breaks_in=ARC_MISSING,
        breaks_because="Here the world has a hidden cause of browsed and bought, and the graph does not show it. The "
        "rules are right about the graph that they are given.",
    ),
    Claim(
        id="3b.front_door_answers",
        sentence="In {logs:.0f} logs of {rows:,.0f} pairs the front door says {door:.3f} on average and is "
        "{most:.3f} off at most. The truth is {truth:.3f}; the plain comparison says {plain:.3f}.",
        measure=in_logs,
        holds=lambda figures: figures["most"] < 0.04 and figures["plain"] - figures["truth"] > 0.1,
        margin="the front door off by less than .04 in every log, the plain comparison by more than .1 on average.",
        world=NEED,
        breaks_in=TASTE,
        breaks_because="Here a few users have a taste for the item, browse it without being shown it, and buy it. The "
        "front door credits browsing with what taste does.",
    ),
)
