"""Lesson 3a, Which variables must we hold fixed: its exercises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from causalrec.teach.exercise import Exercise, Mistake
from causalrec.teach.judge import Guess, Number, Subset
from notebooks.claims.lesson_3a import rows_of
from notebooks.claims.worlds import COURSE

if TYPE_CHECKING:
    import pandas as pd

LAMP = {"busy": (160, 96, 40, 20), "quiet": (40, 16, 260, 26)}
"""Per kind of user: pairs shown, bought of them, pairs not shown, bought of them."""


def lamp(weights: str) -> float:
    """What showing the lamp adds within busy and quiet users, averaged with one or another choice of weights."""
    import numpy as np

    shown, bought, others, bought_otherwise = np.array(list(LAMP.values())).T
    added = bought / shown - bought_otherwise / others
    choices = {"all": shown + others, "shown": shown, "others": others, "alike": None}
    return float(np.average(added, weights=choices[weights]))


def busy_with_unpopular(how: str) -> float:
    """What showing adds for the unpopular third of items and the busy third of users, by one way or another."""
    import pandas as pd

    from causalrec.causal.estimation.weighting import ipw

    rows = rows_of(COURSE)
    thirds = rows[["popularity", "activity"]].apply(lambda column: pd.qcut(column, 3, labels=False))
    unpopular, busy = thirds["popularity"] == 0, thirds["activity"] == 2

    def weighted(some: pd.DataFrame) -> float:
        return ipw(some["purchased"], some["recommended"], some["propensity"]).value

    if how == "plain":
        shares = rows[unpopular & busy].groupby("recommended")["purchased"].mean()
        return float(shares[1] - shares[0])
    if how == "true":
        return float(rows[unpopular & busy]["uplift"].mean())
    if how == "by the number of pairs":
        some = rows[unpopular & busy]
        shown, e = some["recommended"], some["propensity"]
        return float((some["purchased"] * (shown / e - (1 - shown) / (1 - e))).mean())
    if how == "clicked":
        return weighted(rows[unpopular & busy & (rows["clicked"] == 1)])
    groups = {"both": unpopular & busy, "unpopular": unpopular, "busy": busy, "all": busy | ~busy}
    return weighted(rows[groups[how]])


EXERCISES = (
    Exercise(
        id="3a.guess",
        prompt="Whose number comes nearest to the truth?",
        judge=Guess(options=("A", "B", "C", "D")),
        solution="",
    ),
    Exercise(
        id="3a.1",
        prompt="Which of score, popularity, activity, nudge, position, browsed and clicked were fixed before time "
        "zero?",
        judge=Subset(
            right=frozenset({"score", "popularity", "activity", "nudge"}),
            among=("score", "popularity", "activity", "nudge", "position", "browsed", "clicked"),
            because={
                "position": "position is decided together with the treatment: only what is shown has one.",
                "browsed": "browsed comes after: being shown is one way to be come across.",
                "clicked": "clicked comes after: it may be an effect of being shown.",
            },
            praise="These four may be reasons for what was shown. Whether each should be held fixed is another "
            "question: time zero says what may be, not what must be.",
        ),
        hints=(
            "Imagine the page is just being made. What does the shop know already?",
            "The recommender's score, popularity and activity are measured before the period (lesson 0). What about a "
            "coin that is tossed for a user?",
        ),
        solution='`answer = {"score", "popularity", "activity", "nudge"}`\n\n'
        "A position is given to what is shown, so it is part of the treatment. Browsing and clicking follow.",
        mistakes=(
            Mistake(
                {"score", "popularity", "activity"},
                "These three are right. But the coin was tossed before the page was made, too. That it has nothing to "
                "do with purchases is another matter.",
                verdict="almost",
            ),
            Mistake(
                {"score", "popularity", "activity", "nudge", "position"},
                "All but one. A pair has a position because it is shown: the position is decided at time zero, as part "
                "of the treatment, not before it.",
                verdict="almost",
            ),
            Mistake(
                {"score", "popularity", "activity", "nudge", "browsed", "clicked"},
                "browsed and clicked are in the same row of the log, but they happened later. A row has no order in "
                "time; ask of each column when it was written.",
            ),
            Mistake(
                {"browsed", "clicked"},
                "That is what came *after* time zero. Asked is what was there before.",
            ),
        ),
    ),
    Exercise(
        id="3a.2",
        prompt="How much does showing it add to the share bought, among all 500 pairs?",
        judge=Number(
            expected=lambda: lamp("all"),
            tolerance=0.001,
            low=-1.0,
            high=1.0,
            praise="One tenth among the 200 pairs of busy users, three tenths among the 300 of quiet ones.",
        ),
        hints=(
            "First what showing adds for busy users alone, then for quiet ones. Then average: who is in the "
            "population?",
            "Of the 500 pairs 200 belong to busy users and 300 to quiet ones.",
        ),
        solution="`answer = 200 / 500 * (96 / 160 - 20 / 40) + 300 / 500 * (16 / 40 - 26 / 260)`\n\n"
        "That is two fifths of .10 and three fifths of .30, which makes .22.",
        mistakes=(
            Mistake(
                112 / 200 - 46 / 300,
                "That compares all shown pairs with all others. The shown ones mostly belong to busy users, who buy "
                "more anyway. Hold the kind of user fixed.",
            ),
            Mistake(
                lambda: lamp("alike"),
                "You gave both kinds the same weight and forgot P(z): there are 200 pairs of busy users and 300 of "
                "quiet ones.",
                verdict="almost",
            ),
            Mistake(
                lambda: lamp("shown"),
                "You weighted by the *shown* pairs, P(z | x = 1). That is the effect on the treated; asked is the "
                "effect among all pairs.",
                verdict="almost",
            ),
            Mistake(
                lambda: lamp("others"),
                "You weighted by the pairs that were *not* shown. Asked is the effect among all pairs: weight by all "
                "of a kind, shown or not.",
                verdict="almost",
            ),
            Mistake(
                0.4 * 0.6 + 0.6 * 0.4,
                "That is P(bought | do(shown = 1)), the first half. Subtract P(bought | do(shown = 0)).",
                verdict="almost",
            ),
            Mistake(
                0.4 * 0.5 + 0.6 * 0.1,
                "That is P(bought | do(shown = 0)), the second half. Subtract it from P(bought | do(shown = 1)).",
                verdict="almost",
            ),
            Mistake(
                0.1,
                "That is what showing adds for busy users. The quiet ones are in the population, too.",
                verdict="almost",
            ),
            Mistake(
                0.3,
                "That is what showing adds for quiet users. The busy ones are in the population, too.",
                verdict="almost",
            ),
            Mistake(0.1 + 0.3, "You added up the two effects. An average needs weights that sum to one: P(z)."),
        ),
    ),
    Exercise(
        id="3a.3",
        prompt="Which is the smallest set of logged columns that gives the effect of a voucher on purchases?",
        judge=Subset(
            right=frozenset({"city", "member"}),
            among=("city", "member", "wealth", "visited", "rain", "voucher", "bought"),
            because={
                "wealth": "wealth would do alone, but it is not in the log.",
                "visited": "visited is an effect of the voucher.",
                "rain": "rain is on no path from voucher to bought.",
                "voucher": "voucher is the treatment itself.",
                "bought": "bought is what is asked about.",
            },
            praise="member must be held fixed, for it lets wealth in; held fixed, it opens city → member ← wealth, and "
            "city closes that again.",
        ),
        hints=(
            "List the back doors of voucher. There are two.",
            "voucher ← member ← wealth → bought is blocked by member. What does holding member fixed do to "
            "voucher ← city → member ← wealth → bought?",
        ),
        solution='`answer = {"city", "member"}`\n\n'
        "member is the middle of a chain on the first back door and a collider on the second. "
        '`back_door(mail, "voucher", "bought", "member")` names the path that is left open.',
        mistakes=(
            Mistake(
                {"member"},
                "member blocks voucher ← member ← wealth → bought. But it is also a collider: held fixed, it opens "
                "voucher ← city → member ← wealth → bought. What blocks that?",
                verdict="almost",
            ),
            Mistake(
                {"city"},
                "city shuts only its own back door. voucher ← member ← wealth → bought stays open.",
            ),
            Mistake(
                {"city", "member", "rain"},
                "These three answer, but rain is not needed: it goes with purchases only, and opens or shuts nothing.",
                verdict="almost",
            ),
            Mistake(
                {"city", "member", "visited", "rain"},
                "You hold everything fixed that the log has. visited is on the way from voucher to bought: held fixed, "
                "it hides what the voucher does.",
            ),
            Mistake(
                {"visited", "rain"},
                "visited predicts purchases well, but it is on no back door: the voucher works through it. Asked is "
                "what closes back doors.",
                when=lambda names: "visited" in names and not {"city", "member"} <= names,
            ),
            Mistake(
                {"wealth"},
                "wealth alone would do, and it is the cleaner set. But the log does not have it.",
                verdict="almost",
            ),
            Mistake(
                set(),
                "With nothing held fixed, voucher ← member ← wealth → bought is open: members get vouchers, and many "
                "members are wealthy.",
            ),
        ),
    ),
    Exercise(
        id="3a.4",
        prompt="By weighting, what does showing add among pairs that are both unpopular and busy?",
        judge=Number(
            expected=lambda: busy_with_unpopular("both"),
            tolerance=0.001,
            low=-1.0,
            high=1.0,
            praise="The group was fixed before time zero, so its rows and their propensities are all that is needed. "
            "But the finer the group, the fewer pairs answer for it, and the wider the interval.",
        ),
        hints=(
            "Find the rows of the group first. Both columns were fixed before time zero, so a filter is allowed.",
            '`group = (pd.qcut(pairs["popularity"], 3, labels=False) == 0) & '
            '(pd.qcut(pairs["activity"], 3, labels=False) == 2)`, then `ipw` on those rows.',
        ),
        solution='`group = (pd.qcut(pairs["popularity"], 3, labels=False) == 0) & '
        '(pd.qcut(pairs["activity"], 3, labels=False) == 2)`\n\n'
        '`some = pairs[group]`\n\n'
        '`answer = ipw(some["bought"], some["shown"], some["propensity"]).value`',
        mistakes=(
            Mistake(
                lambda: busy_with_unpopular("plain"),
                "That is the plain comparison within the group. Among these pairs, too, the recommender went by its "
                "score: weight them.",
            ),
            Mistake(
                lambda: busy_with_unpopular("by the number of pairs"),
                "That is the formula as it stands: weighted sums, divided by the number of pairs. An honest answer; "
                "but `ipw` divides by the sum of the weights, which as a rule varies less from log to log (3d).",
                verdict="almost",
            ),
            Mistake(
                lambda: busy_with_unpopular("true"),
                "That is the truth, which was sealed. Asked is what the log says, by weighting.",
            ),
            Mistake(
                lambda: busy_with_unpopular("all"),
                "That is the effect among all pairs. Keep the rows of the group only.",
            ),
            Mistake(
                lambda: busy_with_unpopular("unpopular"),
                "That is the effect among all unpopular pairs. They are to be busy as well.",
                verdict="almost",
            ),
            Mistake(
                lambda: busy_with_unpopular("busy"),
                "That is the effect among all busy pairs. They are to be unpopular as well.",
                verdict="almost",
            ),
            Mistake(
                lambda: busy_with_unpopular("clicked"),
                "You kept the clicked pairs. Whether a pair is clicked was decided after time zero, and by showing "
                "among other things.",
            ),
        ),
    ),
    Exercise(
        id="3a.5",
        prompt="Which one thing more, so that fitness and that one make a back-door set for warm_up and injury?",
        judge=Subset(
            right=frozenset({"coach", "motivation", "genes"}),
            among=("coach", "motivation", "fitness", "readiness", "balance", "old_injury", "contact", "genes",
                   "fatigue", "tissue", "weakness"),
            because={
                "fitness": "fitness is known already; name what may be asked besides.",
                "readiness": "readiness blocks what comes by fitness, which fitness blocks already; the way over coach "
                "stays open.",
                "balance": "balance is an effect of warming up.",
                "old_injury": "old_injury is a collider: held fixed, it opens motivation → old_injury ← contact.",
                "contact": "contact leaves coach → fitness ← genes open, and is on no back door that needs blocking.",
                "fatigue": "fatigue is a collider between fitness, genes and tissue, and leaves coach → fitness ← "
                "genes → tissue open.",
                "tissue": "tissue leaves coach → fitness ← genes → fatigue → injury open.",
                "weakness": "weakness leaves coach → fitness ← genes → fatigue → injury open.",
            },
            praise="fitness held fixed opens coach → fitness ← genes. Each of the three lies on that way, and blocks "
            "it.",
        ),
        hints=(
            "fitness blocks warm_up ← readiness ← fitness → fatigue. What else does holding it fixed do?",
            "fitness is a collider of coach and genes. Follow the path that it opens, from warm_up to injury.",
            '`back_door(sport, "warm_up", "injury", ("fitness", "fatigue"))` names an open path; try the others.',
        ),
        solution='`answer = {"coach", "motivation", "genes"}`\n\n'
        "Held fixed, the collider fitness opens warm_up ← motivation ← coach → fitness ← genes → …, which goes on to "
        "injury by several ways. motivation, coach and genes each block it before it parts.",
        mistakes=(
            Mistake(
                {"old_injury"},
                "An old injury may well be what predicts the next one best, and it was there before time zero. But it "
                "is a collider: held fixed, it opens warm_up ← motivation → old_injury ← contact → balance.",
                when=lambda names: "old_injury" in names and "balance" not in names,
            ),
            Mistake(
                {"balance"},
                "balance is on the way from warming up to injury: held fixed, it hides what warming up does.",
                when=lambda names: "balance" in names and len(names) < 10,
            ),
            Mistake(
                {"coach", "motivation", "readiness", "balance", "old_injury", "contact", "genes", "fatigue", "tissue",
                 "weakness"},
                "Not all of them: balance is an effect of warming up, old_injury a collider, and some leave a back "
                "door open that fitness has opened.",
            ),
            Mistake(
                {"fitness", "coach", "motivation", "genes"},
                "These are the three, and fitness, which is known already. Name only what may be asked besides.",
                verdict="almost",
            ),
            Mistake(
                {"coach", "motivation"},
                "These two are right. But the path that fitness opens can be blocked on its other side as well.",
                verdict="almost",
            ),
            Mistake(
                set(),
                "Is fitness enough alone? It is a confounder, but also a collider of coach and genes: held fixed, it "
                "opens a path between them.",
            ),
        ),
    ),
)
