"""Lesson 3b, Can the log answer it at all: its exercises."""

from __future__ import annotations

from functools import cache
from inspect import getsource
from typing import TYPE_CHECKING, Any

from causalrec.causal.formulas.expression import P
from causalrec.teach.derived import Derived, refused
from causalrec.teach.exercise import Exercise, Mistake
from causalrec.teach.judge import Guess, Number, Subset
from notebooks.claims.lesson_3b import DOOR, plainly

if TYPE_CHECKING:
    from causalrec.causal.formulas.table import Table


@cache
def tar() -> Table:
    """Pearl's invented table of smoking, tar and cancer."""
    from causalrec.causal.examples.tables import counts

    return counts("pearl_tar").table()


def tar_by(how: str) -> float:
    """The effect of smoking on cancer in Pearl's table, computed in one of several ways, most of them wrong."""
    given = {(x, z): tar().condition(smoking=x, tar=z).mean("cancer") for x in (0, 1) for z in (0, 1)}
    tar_seen = {x: tar().condition(smoking=x).mean("tar") for x in (0, 1)}
    if how in ("engine", "if all smoke", "if none smokes"):
        from causalrec.causal.examples.graphs import example
        from causalrec.causal.identification.identifier import identify
        from causalrec.causal.identification.query import Identified, Query

        found = identify(Query("cancer", do="smoking"), example("smoking_tar").graph)
        assert isinstance(found, Identified)
        values = found.estimand.evaluate(tar()).at(cancer=1)
        none, all_smoke = (values.probability(smoking=x) for x in (0, 1))
        return {"engine": all_smoke - none, "if all smoke": all_smoke, "if none smokes": none}[how]
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
        judge=Subset(
            right=frozenset("ACE"),
            among=tuple("ABCDEFG"),
            because={
                "B": "B takes seeing for setting while a back door is open: with the arrows out of shown cut, "
                "shown ← popular → bought is still there.",
                "D": "D drops do(shown) where a directed path remains: with the arrows into shown cut, shown → bought "
                "is still there.",
                "F": "F forgets the (W): reviewed is given and answers to shown, so the arrows into shown stay, and "
                "shown ← popular is open. Under do() a review tells nothing of why an item was shown; as things are, "
                "it does.",
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
                {"A", "C"},
                "A and C are right. One is missing, a use of rule 3 without a w. Cut the arrows into shown: every path "
                "from shown to popular then meets in a collider, and no collider is given.",
                verdict="almost",
            ),
            Mistake(
                {"C", "E"},
                "C and E are right. One is missing, a use of rule 1. In the graph as it is, shown held fixed opens "
                "nudge → shown ← popular → bought; but here shown is set, and the arrows into it are cut.",
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
                lambda: tar_by("if all smoke"),
                "That is the share with cancer if all smoke. Take from it the share if none does.",
                verdict="almost",
            ),
            Mistake(
                lambda: tar_by("if none smokes"),
                "That is the share with cancer if none smokes. Asked is how much more, or less, it is if all do.",
                verdict="almost",
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
        judge=Subset(
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
                "Undo is right. Do has the right name only: its browsing is that of the world as it is, in which "
                "nobody set shown.",
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
        judge=Subset(
            right=frozenset({"nets", "income"}),
            among=("campaign", "nets", "income", "malaria", "clinic"),
            because={
                "clinic": "clinic is an effect of malaria: its back door clinic ← malaria is open though campaign is "
                "held fixed. It is not on the way.",
                "campaign": "campaign is what is set; it cannot be on its own way.",
                "malaria": "malaria is what is asked about.",
            },
            praise="Held beside nets, income closes nets ← income → malaria. A common cause of nets and malaria does "
            "no harm once it is a column.",
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
