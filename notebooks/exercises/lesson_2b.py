"""Lesson 2b, Why do the numbers contradict each other: its exercises."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from causalrec.teach.exercise import Exercise, Mistake
from causalrec.teach.judge import Choice, Guess, Number, Subset

if TYPE_CHECKING:
    import pandas as pd


@cache
def deaths() -> pd.DataFrame:
    """The women of Whickham: per age group the share that died, smokers (1) and others (0), and how many there are."""
    from causalrec.causal.examples.catalogue import counts

    rows = counts("whickham").rows()
    shares = rows.groupby(["age", "smoker"])["died"].mean().unstack()
    size = rows.groupby(["age", "smoker"]).size().unstack()
    return shares.assign(n=size[0] + size[1], smokers=size[1], others=size[0])


def excess(weights: str | None = "n") -> float:
    """How much more often smokers died: within age groups, averaged by a column's weights, or plainly."""
    import numpy as np

    table = deaths()
    return float(np.average(table[1] - table[0], weights=None if weights is None else table[weights]))


def crude_excess() -> float:
    """How much more often smokers died, whatever their age."""
    from causalrec.causal.examples.catalogue import counts

    died = counts("whickham").rows().groupby("smoker")["died"].mean()
    return float(died[1] - died[0])


EXERCISES = (
    Exercise(
        id="2b.guess",
        prompt="Nobody has measured your stone. Which treatment do you choose?",
        judge=Guess(options=("open surgery", "nephrolithotomy", "cannot tell")),
        solution="",
    ),
    Exercise(
        id="2b.1",
        prompt="Of the browsed pairs that were not recommended, what share is popular? From it subtract the share "
        "among the browsed pairs that were recommended.",
        judge=Number(
            expected=0.5,
            tolerance=0.001,
            low=-1.0,
            high=1.0,
            praise="Not recommended and browsed all the same: then it must have been popular. Neither causes the "
            "other; you made the link by looking at browsed pairs only.",
        ),
        hints=(
            "Cross out the row that was not browsed. Which rows are left for “not recommended”?",
            "Not recommended: 20 of 20 are popular. Recommended: 20 of 40.",
        ),
        solution="`answer = 20 / 20 - 20 / 40`, which is one half. Over all 80 pairs it is 20 / 40 − 20 / 40 = 0.",
        mistakes=(
            Mistake(
                0.0,
                "That is the difference over all pairs: popular and recommended have nothing to do with each other. "
                "The question is about the browsed pairs: leave out those that nobody came across.",
            ),
            Mistake(
                1.0,
                "That is the first share alone. Subtract from it the share among the recommended.",
                verdict="almost",
            ),
            Mistake(
                20 / 20 - 20 / 60,
                "You divided by all 60 browsed pairs the second time. Each share has its own whole: of the 40 browsed "
                "pairs that were recommended, 20 are popular.",
            ),
        ),
    ),
    Exercise(
        id="2b.2",
        prompt="Held fixed alone, which of R, S, T, U, V, P can make X and Y dependent?",
        judge=Subset(
            right=frozenset({"T", "P"}),
            among=("R", "S", "T", "U", "V", "P"),
            because={
                "R": "R is the middle of a chain: holding it fixed can only block.",
                "S": "S is the middle of a chain: holding it fixed can only block.",
                "U": "U is the middle of a chain: holding it fixed can only block.",
                "V": "V is a fork: holding it fixed can only block.",
            },
            praise="T is the collider. P is an effect of T, so knowing P is knowing something of T.",
        ),
        hints=(
            "There is one path. With nothing held fixed it is blocked, by one node. Which one, and what would open it?",
            "A collider lets through when it is held fixed, or something that it causes.",
            '`graph.separation("X", "Y", "T")` names the open path; try the others.',
        ),
        solution='`answer = {"T", "P"}`\n\nThe path is X → R → S → T ← U ← V → Y, and the collider T blocks it. '
        "Holding T or its effect P fixed opens T. The other nodes are chains and a fork: they can block, not open.",
        mistakes=(
            Mistake(
                {"T"},
                "T is right. But what is caused by a collider tells about it: holding P fixed opens T as well.",
                verdict="almost",
            ),
            Mistake(
                {"R", "S", "U", "V"},
                "These four would block an open path, as the middle of a chain or fork does. But the path is blocked "
                "already, by its collider. Which nodes open it?",
            ),
            Mistake(
                {"R", "S", "T", "U", "V", "P"},
                "Holding something fixed does not always make a link. In chains and forks it takes one away.",
            ),
        ),
    ),
    Exercise(
        id="2b.3",
        prompt="By how much does the share that died rise with smoking, within age groups, averaged over all women?",
        judge=Number(
            expected=lambda: excess("n"),
            tolerance=0.0005,
            low=-1.0,
            high=1.0,
            praise="Crude, smokers die less often; within age groups, on average more. The young smoke, the old die.",
        ),
        hints=(
            "First the two shares in each age group, then their difference, then an average over the groups. What are "
            "the weights?",
            'The weights are the sizes of the age groups: `women.groupby("age").size()`.',
            '`died = women.groupby(["age", "smoker"])["died"].mean().unstack()`, then '
            '`np.average(died[1] - died[0], weights=women.groupby("age").size())`.',
        ),
        solution='`died = women.groupby(["age", "smoker"])["died"].mean().unstack()`\n\n'
        '`answer = np.average(died[1] - died[0], weights=women.groupby("age").size())`\n\n'
        "It is the formula of the kidney stones with age for size.",
        mistakes=(
            Mistake(
                crude_excess,
                "That is the crude difference. Age is a fork: the old of that time seldom smoked, and the old die. "
                "Compare women of the same age.",
            ),
            Mistake(
                lambda: excess(None),
                "You averaged the seven differences plainly. The groups differ in size: weight each by its women.",
                verdict="almost",
            ),
            Mistake(
                lambda: excess("smokers"),
                "You weighted by the smokers in each group. That averages over those who smoke; the question is about "
                "all women.",
                verdict="almost",
            ),
            Mistake(
                lambda: excess("others"),
                "Weighting by the women who do not smoke gives that, or the right answer rounded too early. Weight "
                "each age group by all its women, and keep three decimals.",
                verdict="almost",
            ),
        ),
    ),
    Exercise(
        id="2b.4",
        prompt="In department A women are far ahead. Does that show that its committee preferred women?",
        judge=Choice(
            options={
                "yes": "Only if nothing else sways both where people apply and who is admitted. Holding department "
                "fixed opens sex → department ↔ admitted: perhaps the few women who chose A were stronger applicants "
                "than the many men.",
                "no, it preferred men": "The table does not show that either. Over all, women are behind, but they "
                "mostly applied to departments that admit few; that tells nothing of the committee of A.",
                "only without a hidden cause": "If nothing sways both the choice of department and the admission, the "
                "comparison within a department is what is left of the direct arrow. That is an assumption; no table "
                "can confirm it.",
            },
            right="only without a hidden cause",
        ),
        hints=("Look at the figure of the paths: which ones are open once department is held fixed?",),
        solution='`answer = "only without a hidden cause"`\n\n'
        "department is a collider on sex → department ↔ admitted. Held fixed, it lets through what the hidden cause "
        "does: women and men who chose the same department may differ in it.",
    ),
    Exercise(
        id="2b.5",
        prompt="Someone compares infants of the same birth weight. What else must they hold fixed, so that nothing but "
        "smoking's own arrow is left between smoking and death?",
        judge=Subset(
            right=frozenset({"defect"}),
            among=("smoking", "birth_weight", "defect", "death"),
            because={
                "birth_weight": "birth_weight they hold fixed already; that is what opened the path.",
                "smoking": "smoking is what is compared; held fixed, there is nothing to compare.",
                "death": "death is what is asked about.",
            },
            praise="Held fixed, birth_weight lets through smoking → birth_weight ← defect → death. In practice "
            "nobody recorded the defect: then leave birth_weight alone, and ask for the whole effect.",
        ),
        hints=(
            "Which path is open in the second figure besides the direct arrow from smoking to death?",
            "birth_weight is a collider on it. The path passes one more node.",
        ),
        solution='`answer = {"defect"}`\n\n'
        "A light infant of a mother who does not smoke is light for another reason, often a defect, which is worse. "
        "So among light infants those of smokers do better, and smoking protects nobody.",
        mistakes=(
            Mistake(
                {"birth_weight", "defect"},
                "defect is right; birth_weight they hold fixed already. Name what is to be added.",
                verdict="almost",
            ),
            Mistake(
                set(),
                "Held fixed, birth_weight opens a path through defect. (Left alone it opens none; but then the way "
                "smoking → birth_weight → death is open as well, and you get the whole effect.)",
            ),
        ),
    ),
)
