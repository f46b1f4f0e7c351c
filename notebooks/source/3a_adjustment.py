# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Which variables must we hold fixed, and which must we not?
#
# The shop compares what it recommended with what it did not, and recommending seems to pay. Hold three columns fixed,
# and much of that is gone. Hold a fourth fixed, and nothing is left. Which of these should it believe?
#
# After this lesson you can
#
# - take a question to a log and back by a routine that says at each step what you rely on,
# - say of any set of variables whether holding it fixed answers the question, and if not, why,
# - compute the answer, over all and for one group, and see when the log has none.
#
# **You need** [lesson 2a](2a_structural_causal_models.ipynb) and [lesson 2b](2b_paths_and_paradoxes.ipynb). **45
# minutes.** A number in brackets, such as (3d), names the lesson that teaches a step in full.

# %%
from itertools import combinations

import numpy as np
import pandas as pd

from causalrec.causal import SCM, CausalGraph, P, Product, Query, Sum, Table, bernoulli, example, identify
from causalrec.causal.estimation.outcome_models import fit_outcomes
from causalrec.causal.estimation.weighting import aipw, ipw
from causalrec.causal.identification.adjustment import back_door, back_door_sets, is_back_door_set
from causalrec.shop import simulate
from causalrec.teach import check, claim, figure, hint, solution, where_it_breaks

rng = np.random.default_rng(7)

# %% [markdown]
# ## Guess first
#
# Four analysts ask our shop's log how much recommending adds to purchases. Each compares recommended pairs with others
# that are alike in some columns, and averages the differences:
#
# | | alike in |
# |---|---|
# | A | nothing |
# | B | score, popularity and activity, which the recommender went by |
# | C | the same, and clicked: without a click nothing is bought |
# | D | every other column of the log, too: browsed, position … |
#
# Whose number comes nearest to the truth?

# %%
guess = ...  # "A", "B", "C" or "D"
check("3a.guess", guess)

# %% [markdown]
# ## A routine
#
# From here on every analysis of this course takes the same eight steps. Here they are, for the shop, with $X = 1$ for
# shown and $Y = 1$ for bought:
#
# | step | what it settles | here |
# |---|---|---|
# | **question** | what you want to know, in plain words | How many purchases does recommending add? |
# | **treatment** | what is set, and to what | shown among the recommendations, or not |
# | **time zero** | the moment that decides the treatment | when the page is made |
# | **population** | whom the answer is about: all who could have got either | pairs of weeks 5 to 8, no new items |
# | **estimand** | the number asked for, as a formula, in the end without do | $E[Y \mid do(X=1)] - E[Y \mid do(X=0)]$ |
# | **assumptions** | what must be true, though no row can show it all | a graph; consistency, positivity (2a) |
# | **estimate** | the formula's value in this log, and how far luck reaches | below |
# | **refutation** | what you would have to see to give the answer up | below |
#
# Time zero divides the columns. What was fixed before it may be a reason for the treatment. What came after may be an
# effect of it.

# %%
log, truth = simulate("course")
pairs = log.pairs.rename(columns={"recommended": "shown", "purchased": "bought"})
print(", ".join(pairs.columns[3:]))

# %% [markdown]
# **Exercise 3a.1.** Which of score, popularity, activity, nudge (a coin tossed for each user), position (the place on
# the page), browsed and clicked were fixed before time zero?

# %%
answer = ...  # {"...", "..."}
check("3a.1", answer)
# hint("3a.1", 1)
# hint("3a.1", 2)
# solution("3a.1")

# %% [markdown]
# ## The estimand, by hand
#
# A thousand pairs. Popular items are shown more often, and are bought more often anyway. Among items of one kind, say,
# chance alone decides what is shown:

# %%
kinds = pd.MultiIndex.from_product([[0, 1], [0, 1]], names=["popular", "shown"])
tiny = pd.DataFrame({"pairs": [540, 60, 160, 240], "bought": [54, 12, 56, 96]}, index=kinds)
share = (tiny["bought"] / tiny["pairs"]).unstack()
sums = tiny.groupby("shown").sum()
print(f"over all: {sums['bought'][1]} of {sums['pairs'][1]} shown, {sums['bought'][0]} of {sums['pairs'][0]} not shown")
share.assign(added=share[1] - share[0])

# %% [markdown]
# Within its kind, showing adds 0.10 to the share bought of the unpopular and 0.05 to that of the popular. Asked is one
# number. So average, but with which weights?

# %%
n, added = tiny["pairs"].unstack(), share[1] - share[0]
weights = {"as among all pairs": n[0] + n[1], "as among the shown": n[1], "both kinds alike": [1, 1]}
for how, weight in weights.items():
    print(f"{how}: {np.average(added, weights=weight):.3f}")

# %% [markdown]
# Each answers another question. The second is the effect on the treated (2c): what a shown pair would lose if the shop
# stopped showing. The third is about a shop half of whose pairs are popular; ours is not. Our population was all pairs,
# so the weight of a kind $z$ is $P(z)$:
#
# $$P(y \mid do(x)) = \sum_z P(y \mid x, z)\, P(z)$$
#
# You know it from 2b; for which $z$ it is right, the next section says. To hold $z$ fixed and average like this is to
# **adjust** for $z$.

# %%
def adjusted(counts, x, z):
    share = (counts["bought"] / counts["pairs"]).unstack(x)  # P(y | x, z), a row for each z
    weight = counts["pairs"].groupby(z).sum() / counts["pairs"].sum()  # P(z)
    return share.mul(weight, axis=0).sum()  # a number for each x


by_hand = adjusted(tiny, "shown", "popular")
print(f"do(shown = 0): {by_hand[0]:.2f}   do(shown = 1): {by_hand[1]:.2f}   added: {by_hand[1] - by_hand[0]:.2f}")

# %% [markdown]
# This is `identify`, which finds the estimand, and `evaluate`, which computes it from a table. The first needs the
# graph and no data, the second the data and no graph. (What a back-door path is, the next section says.)

# %%
found = identify(Query("bought", do="shown"), CausalGraph.parse("popular -> shown -> bought; popular -> bought"))
outcomes = np.stack([tiny["pairs"] - tiny["bought"], tiny["bought"]], axis=-1)  # (kinds, not bought and bought)
table = Table(("popular", "shown", "bought"), ((0, 1),) * 3, outcomes.reshape(2, 2, 2) / 1000)
assert np.allclose(found.estimand.evaluate(table).at(bought=1).probabilities, by_hand)
found

# %% [markdown]
# **Exercise 3a.2.** A lamp is shown to busy users more often; among users of one kind chance decides. How much does
# showing it add to the share bought, among all 500 pairs?
#
# | | pairs | bought |
# |---|---|---|
# | busy user, shown | 160 | 96 |
# | busy user, not shown | 40 | 20 |
# | quiet user, shown | 40 | 16 |
# | quiet user, not shown | 260 | 26 |

# %%
answer = ...
check("3a.2", answer)
# hint("3a.2", 1)
# hint("3a.2", 2)
# solution("3a.2")

# %% [markdown]
# ## The assumptions: close the back doors
#
# Which $z$? Shown and bought go together for two reasons: what showing *does*, and what it merely goes along with.
# The second comes in by paths that begin with an arrow *into* shown, its **back doors**. Cut the arrows out of shown,
# and they alone are left. Here is our shop (dashed: quality behind popularity, taste behind score; arcs that ask for
# no further column are left out):

# %%
shop = CausalGraph.parse(
    "nudge -> shown <- score <-> clicked; activity -> shown <- popularity <-> bought; shown -> clicked;"
    "shown -> browsed -> clicked -> bought; popularity -> browsed; activity -> browsed; activity -> bought"
)
assert shop == example("shop").graph  # the catalogue has it, too
figure.show(figure.paths(shop.without_arrows_out_of("shown"), "shown", "bought"))

# %% [markdown]
# A set of variables is a **back-door set** for $X$ and $Y$ if
#
# 1. none of them is an effect of $X$, near or far,
# 2. with all of them held fixed, every back door is blocked.
#
# This is the **back-door criterion**. If it holds, and positivity does, adjusting for the set gives $P(y \mid do(x))$
# (Pearl 1993).


# %%
def is_admissible(graph, x, y, held):
    if held & graph.descendants(x):
        return False
    back_doors = [path for path in graph.paths(x, y, held) if path.marks[0] != "->"]
    return not any(path.open for path in back_doors)


for held in ({"score", "popularity"}, {"score", "popularity", "activity"}, {"score", "popularity", "clicked"}):
    print(is_admissible(shop, "shown", "bought", held), sorted(held))

# %% [markdown]
# This is `is_back_door_set`. `back_door_sets` lists all that are **minimal** (leave one out, and it is none any more),
# and `back_door` says why a set will not do:

# %%
rest = [node for node in shop.nodes if node not in ("shown", "bought")]
for held in (set(some) for size in range(len(rest) + 1) for some in combinations(rest, size)):
    assert is_admissible(shop, "shown", "bought", held) == is_back_door_set(shop, "shown", "bought", held)
print("minimal:", back_door_sets(shop, "shown", "bought"))
back_door(shop, "shown", "bought", ("score", "popularity", "clicked"))

# %% [markdown]
# ## Good and bad controls, measured
#
# What one holds fixed is called a **control**. What happens if it is one that you should have left alone? In a little
# shop of yes-or-no variables exact tables can tell. An item may carry a *badge*: a campaign can pay for it, or testers
# award it for quality. The campaign also pays for being shown, and quality also sells; the log has neither. Later a
# *survey* asks people about an item, above all those who were shown it or bought it.

# %%
little = SCM({
    "campaign": bernoulli((), lambda: 0.5),
    "quality": bernoulli((), lambda: 0.5),
    "popular": bernoulli((), lambda: 0.4),
    "nudge": bernoulli((), lambda: 0.5),
    "badge": bernoulli(("campaign", "quality"), lambda c, q: 0.1 + 0.4 * c + 0.4 * q),
    "shown": bernoulli(("popular", "campaign", "nudge"), lambda p, c, n: 0.05 + 0.2 * p + 0.3 * c + 0.4 * n),
    "browsed": bernoulli(("popular", "shown"), lambda p, s: 0.1 + 0.4 * p + 0.4 * s),
    "bought": bernoulli(("browsed", "quality"), lambda b, q: 0.1 * b + 0.6 * b * q),
    "survey": bernoulli(("shown", "bought"), lambda s, b: 0.1 + 0.3 * s + 0.5 * b),
}, hidden={"campaign", "quality"})
graph = little.visible_graph
figure.show(figure.paths(graph, "shown", "bought", ("popular", "badge")))

# %% [markdown]
# Four kinds of controls are in it. Popular is a **confounder**: it causes both, so a back door leads over it, and is
# shut when it is held fixed. Browsed is a **mediator**: showing works through it. The nudge is an **instrument**: it
# moves the treatment, and no other open path leads from it to the outcome. Survey and badge are colliders (2b). The
# badge is the treacherous one. It was there before time zero, and it goes with both shown and bought; many would hold
# it fixed for that. Fixed, it opens shown ↔ badge ↔ bought. This is **M-bias**: with campaign and quality drawn above
# it, the path has the shape of an M.

# %%
def effect(table, held):
    # Σ_z [P(y = 1 | x = 1, z) − P(y = 1 | x = 0, z)] P(z)
    formula = Sum(held, Product((P("bought", given=("shown", *held)), P(held)))) if held else P("bought", given="shown")
    values = formula.evaluate(table).at(bought=1)
    return values.probability(shown=1) - values.probability(shown=0)


roles = {"nothing": "", "confounder": "popular", "+ instrument": "popular nudge", "instrument alone": "nudge",
         "+ collider before": "popular badge", "+ mediator": "popular browsed", "+ collider after": "popular survey",
         "everything": "popular nudge badge browsed survey"}
held, true = [names.split() for names in roles.values()], little.do_prime("bought", "shown")
found = np.array([effect(little.table(), some) for some in held])
table = pd.DataFrame({"adjusted": found, "true": true, "error": found - true}, index=roles).round(3) + 0.0  # no -0.0
table.assign(held=roles.values(), back_door_set=[is_back_door_set(graph, "shown", "bought", some) for some in held])

# %% [markdown]
# The two back-door sets have no error. All others here err, some too high, some too low, and *everything* gets even the
# sign wrong. Is that so for these chances only? Draw others:

# %%
claim("3a.criterion_keeps_its_word")

# %%
where_it_breaks("3a.criterion_keeps_its_word")

# %% [markdown]
# The criterion is as good as the graph. And it says what is enough, not what is needed. A forbidden set may do no harm,
# by luck, or for a reason that a finer criterion knows: an effect of showing that bears on nothing else, say, a counter
# of showings (Shpitser, VanderWeele and Robins 2010). Now each bad control, and the world in which it is none:

# %%
bad = ("3a.browsed_hides", "3a.survey_misleads", "3a.badge_misleads", "3a.nudge_amplifies")
for name in bad:
    print(claim(name), where_it_breaks(name), sep="\n", end="\n\n")

# %% [markdown]
# The last is worth a second look. The nudge makes no bias, it *amplifies* what is there: among pairs with the same
# nudge, more of the difference between shown and not shown is the work of popular, whose back door is open. (Where all
# equations are linear, an instrument always does so: Pearl 2010.) Where there is no bias, it can still cost precision,
# while a cause of the purchase alone can save some (Cinelli, Forney and Pearl 2024).

# %%
claim("3a.nudge_costs_precision")
# where_it_breaks("3a.nudge_costs_precision")

# %% [markdown]
# And if the badge is *seen*, by the recommender and by the users? Then it is a confounder and a collider at once; such
# a graph is called a **butterfly**.

# %%
seen = little.do(
    shown=bernoulli(("popular", "campaign", "nudge", "badge"),
                    lambda p, c, n, b: 0.05 + 0.15 * p + 0.3 * c + 0.2 * n + 0.25 * b),
    browsed=bernoulli(("popular", "shown", "badge"), lambda p, s, b: 0.05 + 0.3 * p + 0.35 * s + 0.25 * b),
)
figure.show(figure.graph(seen.visible_graph, highlight=["badge"]))
print("back-door sets among what is logged:", back_door_sets(seen.visible_graph, "shown", "bought"))
for held in (["popular"], ["popular", "badge"], ["popular", "badge", "campaign"]):
    print(f"{', '.join(held):26} {effect(seen.table(hidden=True), held):.3f}")
other = identify(Query("bought", do="shown"), seen.visible_graph)
values = other.estimand.evaluate(seen.table()).at(bought=1, nudge=0)  # nudge=1 gives the same
print(f"by another formula:        {values.probability(shown=1) - values.probability(shown=0):.3f}, {other.method}")
claim("3a.no_set_will_do")
# where_it_breaks("3a.no_set_will_do")

# %% [markdown]
# No set of logged columns will do. Holding the badge fixed is the smaller evil in these numbers, and often so:
# colliders before the treatment tend to do less harm than confounders left open (Ding and Miratrix 2015). The
# criterion is not the end: `identify` found a formula all the same. It goes by what browsing does. 3b teaches such
# formulas, 3c the algorithm that found this one, ID.
#
# **Exercise 3a.3.** A shop mails vouchers. City and membership decide who gets one; wealth is not in the log. Which is
# the smallest set of logged columns that gives the effect of a voucher on purchases?

# %%
mail = CausalGraph.parse(
    "city -> member <- wealth -> bought; city -> voucher; member -> voucher -> visited -> bought; rain -> bought"
)
figure.show(figure.graph(mail))
answer = ...  # {"...", "..."}
check("3a.3", answer)
# hint("3a.3", 1)
# hint("3a.3", 2)
# solution("3a.3")

# %% [markdown]
# ## The estimate
#
# Back to the four analysts. Score, popularity and activity are numbers, so cut each into thirds:

# %%
def table_of(pairs, parts):
    cut = pairs[["score", "popularity", "activity"]].apply(lambda column: pd.qcut(column, parts, labels=False))
    rows = cut.join(pairs[["clicked", "shown", "bought"]])
    cells = pd.MultiIndex.from_product([range(parts)] * 3 + [(0, 1)] * 3, names=rows.columns)
    counts = rows.value_counts().reindex(cells, fill_value=0).to_numpy()
    return Table(tuple(rows), cells.levels, counts.reshape(cells.levshape) / len(rows))


thirds, three = table_of(pairs, 3), ["score", "popularity", "activity"]
for analyst, held in {"A": [], "B": three, "C": [*three, "clicked"]}.items():
    print(f"{analyst}: {effect(thirds, held):+.3f}")
print("D: pairs that were not shown and have a position:", pairs.query("shown == 0")["position"].notna().sum())
print(f"truth: {truth.open().pairs['uplift'].mean():+.3f}")

# %% [markdown]
# B is nearest, but still too high: within a third, what is shown still has the higher score. C found that showing does
# nothing, for what it does it does by way of the click. Look up your guess. And D?
#
# ### When the log has no answer
#
# D holds the position fixed too. Only what is shown has one, so at no position is there anything to compare with. This
# violates **positivity** (2a): within each $z$ that occurs, both treatments must occur. B runs into it as well, by
# cutting finer:

# %%
estimand = identify(Query("bought", do="shown"), shop).estimand
for parts in (3, 5, 10):
    try:
        values = estimand.evaluate(table_of(pairs, parts)).at(bought=1)
        print(f"{parts} parts: {values.probability(shown=1) - values.probability(shown=0):+.3f}")
    except ValueError as error:
        print(f"{parts} parts: {error}")

# %% [markdown]
# The error names the empty cell: of the lowest tenths (0) in all three nothing was shown. (Our `adjusted` would skip
# it without a word, and its weights would no longer sum to one.) D's cells are empty by rule, this one by luck: such
# pairs had a chance, but a small one. Coarse cells leave confounding in, fine ones run empty. There is a way round.
# Since $P(y \mid x, z) = P(y, x, z) / P(x, z)$ and $P(x, z) = P(x \mid z)\, P(z)$,
#
# $$\sum_z P(y \mid x, z)\, P(z) = \sum_z \frac{P(y, x, z)}{P(x \mid z)}$$
#
# So count each pair as one divided by the chance of the treatment that it got: **weighting** (3d). It needs no cells,
# only the propensity $P(x = 1 \mid z)$, which our log keeps (made of the three columns and the nudge; they are a
# back-door set, too):

# %%
chance = n[1] / (n[0] + n[1])  # the tiny table: shown, of the unpopular and of the popular
weighted = (tiny["bought"].unstack() / pd.DataFrame({0: 1 - chance, 1: chance})).sum() / 1000
assert np.allclose(weighted, by_hand)
# cluster: the pairs of one user share their luck, so they count as one case for the interval
weigh = {"treatment": pairs["shown"], "propensity": pairs["propensity"], "cluster": pairs["user_id"]}
print(ipw(pairs["bought"], **weigh))
m0, m1 = fit_outcomes(pairs[three], pairs["shown"], pairs["bought"], cluster=pairs["user_id"], rng=rng)
print(aipw(pairs["bought"], outcome_untreated=m0, outcome_treated=m1, **weigh))

# %% [markdown]
# First by `ipw`, then by `aipw`, which adds a model of purchases (3d). **ATE**, the average treatment effect, is our
# estimand. In brackets stands how far luck reaches: such an interval is built to hold the truth in nineteen of twenty
# logs, and does in this. *Effective n* says how many pairs with equal weights would tell about as much.

# %%
claim("3a.three_columns_answer")
# where_it_breaks("3a.three_columns_answer")

# %%
claim("3a.clicked_hides")
# where_it_breaks("3a.clicked_hides")

# %% [markdown]
# ## For whom?
#
# In the tiny table showing added more for the unpopular. Such a **conditional effect**, the effect within a group $w$
# that was fixed before time zero, has the same estimand, taken within the group:
#
# $$P(y \mid do(x), w) = \sum_z P(y \mid x, z, w)\, P(z \mid w)$$
#
# if $z$ and $w$ together are a back-door set. So keep the group's rows and go on as before:

# %%
groups = {}
for column, low, high in (("popularity", "unpopular", "popular"), ("activity", "quiet", "busy")):
    third = pd.qcut(pairs[column], 3, labels=[low, f"middle {column}", high])
    for name, some in pairs.groupby(third, observed=True):
        plain = some.groupby("shown")["bought"].mean()
        within = ipw(some["bought"], some["shown"], some["propensity"], cluster=some["user_id"])
        print(f"{name:17} {within}")
        groups[name] = [plain[1] - plain[0], within.value, truth.open().pairs.loc[some.index, "uplift"].mean()]
table = pd.DataFrame(groups, index=["plain", "adjusted", "truth"]).T
figure.show(figure.bars(table, label="added to the share bought"))

# %% [markdown]
# Plainly compared, popular and unpopular items gain nearly alike. Adjusted, the unpopular gain more, and in truth
# they do: what is seldom come across has most to gain from being shown. (The intervals overlap: this log alone would
# not settle it.)

# %%
claim("3a.unpopular_gain_more")
# where_it_breaks("3a.unpopular_gain_more")

# %% [markdown]
# Averaged with weights $P(w)$, the conditional effects give the effect. A ranking lives on how they *differ* (5a).
#
# **Exercise 3a.4.** By weighting, what does showing add among pairs that are both *unpopular* and *busy*, as cut above?

# %%
answer = ...  # a number, such as ipw(...).value
check("3a.4", answer)
# hint("3a.4", 1)
# hint("3a.4", 2)
# solution("3a.4")

# %% [markdown]
# ## What would refute it?
#
# A lottery that disagrees (2a). Or, without one, an effect where there can be none. Showing in weeks 5 to 8 cannot
# change clicks in weeks 1 to 4. Yet the two go together, for taste sways those clicks and, through the score, what is
# shown. If the three columns close that way, adjusting must give zero, up to luck. Such an outcome is a **negative
# control**.

# %%
clicks = log.history[["user_id", "item_id"]].drop_duplicates().assign(earlier=1)
earlier = pairs.merge(clicks, how="left", on=["user_id", "item_id"])["earlier"].fillna(0)
plain = earlier.groupby(pairs["shown"]).mean()
print(f"plain: {plain[1] - plain[0]:.3f}")
print(ipw(earlier, **weigh))
claim("3a.earlier_clicks_are_left_alone")

# %%
where_it_breaks("3a.earlier_clicks_are_left_alone")

# %% [markdown]
# In that shop the three columns are no back-door set, and the negative control says so. It can refute; it cannot
# prove: a hidden cause of shown and bought that leaves earlier clicks alone would pass.
#
# Now the routine has an answer, and it takes a sentence. *Among pairs of weeks 5 to 8 recommending adds 0.0353
# purchases a pair (0.0265 to 0.0442), provided that the recommender went by score, popularity, activity and coins only;
# a lottery that disagrees would refute it, or an effect on earlier clicks.* Report no number without the rest of its
# sentence.
#
# ## What can go wrong
#
# **Everything held fixed.** More columns are not safer. Ask of each whether it was there before time zero, and which
# paths it opens.
#
# **What predicts best held fixed.** A click predicts purchases because it is on the way to them.
#
# **Before time zero, hence harmless.** The badge was there before, and misled.
#
# **The weights forgotten.** With other weights an average is about another population.
#
# **An empty cell skipped.** Then the number is about other pairs than you asked about, if about any.
#
# **A group formed afterwards.** “The effect among those who clicked” is no conditional effect: showing helps to decide
# who they are.
#
# ## A graph you have not seen
#
# Does warming up prevent injuries in sport? Shrier and Platt (2008) drew what may matter. *Readiness* is the sense of
# the body's position before the game, *balance* during it; *contact* says whether it is a contact sport, *tissue* a
# disorder of connective tissue:

# %%
sport = CausalGraph.parse(
    "coach -> motivation -> warm_up -> balance -> injury; coach -> fitness -> readiness -> warm_up; motivation -> "
    "old_injury <- contact -> balance; genes -> fitness -> fatigue -> balance; genes -> tissue -> weakness -> injury;"
    "genes -> fatigue <- tissue; fatigue -> injury"
)
figure.show(figure.graph(sport))

# %% [markdown]
# **Exercise 3a.5.** A club asks what warm_up does to injury. It knows each player's fitness and may ask for *one* thing
# more. Which could it be, so that fitness and that one make a back-door set? Name each that would do.

# %%
answer = ...  # {"...", "..."}
check("3a.5", answer)
# hint("3a.5", 1)
# hint("3a.5", 2)
# hint("3a.5", 3)
# solution("3a.5")

# %% [markdown]
# ## Summary in three lines
#
# 1. Question, treatment, time zero, population, estimand, assumptions, estimate, refutation: in this order.
# 2. Hold fixed what closes every back door and is no effect of the treatment; the graph tells, prediction does not.
# 3. Average by how the population is spread, and stop where a cell is empty.
#
# ## References
#
# - Pearl (2009), *Causality*, 2nd edition: definition 3.3.1 and theorem 3.3.2, the back door. First in Pearl (1993),
#   *Statistical Science* 8: 266–269.
# - Pearl, Glymour and Jewell (2016), *Causal Inference in Statistics: A Primer*, sections 3.2 and 3.3; 3.5 on
#   conditional effects, 3.6 on weighting.
# - Hernán and Robins (2020), *Causal Inference: What If*, chapters 3 and 7.
# - Shpitser, VanderWeele and Robins (2010), *UAI*: the complete criterion for adjustment.
# - Cinelli, Forney and Pearl (2024), *Sociological Methods & Research* 53: 1071–1104, good and bad controls.
# - Greenland, Pearl and Robins (1999), *Epidemiology* 10: 37–48; Ding and Miratrix (2015), *Journal of Causal
#   Inference* 3: M-bias and butterfly.
# - Pearl (2010), *UAI*: bias amplified by instruments.
# - Lipsitch, Tchetgen Tchetgen and Cohen (2010), *Epidemiology* 21: 383–388, negative controls.
# - Shrier and Platt (2008), *BMC Medical Research Methodology* 8: 70, figure 2.
