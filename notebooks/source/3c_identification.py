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
# # Is there always an answer?
#
# Whoever needs a tent is more often shown one, and more often buys one; no column says who needed what. In 3b the log
# could still tell what showing does, because showing worked through browsing alone. Take that away. Is there another
# formula? If not, will a log a thousand times as long do?
#
# After this lesson you can
#
# - follow the algorithm that finds a formula wherever there is one,
# - read the proof that there is none, and say why more rows do not help,
# - say what is left then: a range, the effect on some users, or an experiment and its size.
#
# **You need** [lesson 2a](2a_structural_causal_models.ipynb) (twin worlds), [lesson 3a](3a_adjustment.ipynb) and
# [lesson 3b](3b_do_calculus.ipynb). This lesson is optional. **45 minutes.**

# %%
import numpy as np
import pandas as pd

from causalrec.causal import SCM, CausalGraph, P, Product, Query, Table, back_door_sets, example, instruments
from causalrec.causal.bounds.experiment import experiment_size
from causalrec.causal.bounds.instrument_bounds import balke_pearl, extreme_models
from causalrec.causal.bounds.worst_case import manski
from causalrec.causal.models.mechanism import bernoulli, categorical, deterministic
from causalrec.causal.models.twins import twin_worlds
from causalrec.teach import check, claim, figure, hint, solution, where_it_breaks

# %% [markdown]
# ## Guess first
#
# Two hundred users. Need, in no column, bears on who is shown the tent and on who buys it:
#
# | | users | bought |
# |---|---|---|
# | shown | 90 | 55 |
# | not shown | 110 | 22 |
#
# The effect of showing, the share that buys if all are shown it minus the share if none are, lies between −1 and 1: a
# range of width 2. Suppose a billion rows had these shares. How wide a range of effects do they leave open?

# %%
guess = ...  # a number from 0 to 2
check("3c.guess", guess)

# %% [markdown]
# ## A log falls into districts
#
# First a question with an answer: the shop of 3b. The dashed arc is need.

# %%
graph = CausalGraph.parse("shown -> browsed -> bought; shown <-> bought")
figure.show(figure.graph(graph))
print("districts:", sorted(map(sorted, graph.districts)))
funnel = SCM({
    "need": bernoulli((), lambda: 0.5),
    "shown": bernoulli(("need",), lambda need: 0.2 + 0.6 * need),
    "browsed": bernoulli(("shown",), lambda shown: 0.2 + 0.5 * shown),
    "bought": bernoulli(("browsed", "need"), lambda browsed, need: browsed * (0.1 + 0.6 * need)),
}, hidden={"need"})
log = funnel.table()
log

# %% [markdown]
# A **district** is a set of variables that hang together by dashed arcs; a variable without an arc is one of its own.
# Write the table by the chain rule and sort its factors by district:
#
# $$\underbrace{P(\mathit{shown})\; P(\mathit{bought} \mid \mathit{shown}, \mathit{browsed})}_{\text{shown, bought}}
# \;\cdot\; \underbrace{P(\mathit{browsed} \mid \mathit{shown})}_{\text{browsed}}$$
#
# Each product is more than arithmetic. No hidden cause reaches from one district into another. So, if the graph is
# right, the **factor** of a district $S$ says what its variables do in an experiment that sets *everything else* (Tian
# and Pearl 2002):
#
# $$Q[S] = \prod_{v \in S} P(v \mid \text{all before } v) = P(S \mid do(\text{all else}))$$
#
# where *before* means in an order in which causes come first. So a log holds an experiment for each district, and
# nobody had to run it. Here is one:

# %%
def factor(district, order):
    # Q[S] = Π_{v in S} P(v | all before v)
    return Product(P(v, given=order[: order.index(v)]) for v in order if v in district)


pair = factor({"shown", "bought"}, graph.order).evaluate(log)
experiment = funnel.do(browsed=1).table(["shown", "bought"])
assert np.allclose(pair.at(browsed=1).probabilities, experiment.probabilities)
experiment

# %% [markdown]
# Now ask for do(shown = 1). Setting *shown* takes it out of the graph, and the rest falls into smaller districts,
# {browsed} and {bought}. We need a factor for each:
#
# - {browsed} is a whole district of the log. Its factor is P(browsed | shown).
# - {bought} is a part of {shown, bought}. So go into the experiment that sets *browsed*, which we have. There *shown*
#   no longer reaches *bought*: sum it out.

# %%
inside = pair.marginal(["browsed", "bought"])  # P(bought | do(browsed)): shown is summed out
browses = log.condition(shown=1).marginal("browsed")  # P(browsed | shown = 1)
by_hand = sum(browses.probability(browsed=b) * inside.probability(browsed=b, bought=1) for b in (0, 1))
print(f"by hand: {by_hand:.2f}   do(shown = 1): {funnel.do(shown=1).table().mean('bought'):.2f}   "
      f"seen: {log.condition(shown=1).mean('bought'):.2f}")

# %% [markdown]
# ### Seven lines
#
# This is the algorithm **ID** (Shpitser and Pearl 2006, figure 3). It takes the first line that applies, and starts
# again with the smaller questions it leaves. The *rest* is what is not set:
#
# | line | if | then |
# |---|---|---|
# | 1 | nothing is set | read the answer off |
# | 2 | some variables do not lead to the outcome | sum them out |
# | 3 | setting some more changes nothing | set them too |
# | 4 | the rest falls into several districts | multiply, one factor for each; sum out what is not asked |
# | 5 | the rest is one district, and so is the whole, treatment included | stop: there is no formula |
# | 6 | the rest is one whole district | read its factor off; sum out likewise |
# | 7 | the rest is a part of a larger district | go on inside that one, its outside set |
#
# This is `identify` with `method="ID"`, and it records the lines it took:

# %%
from causalrec.causal import identify

found = identify(Query("bought", do="shown"), graph, method="ID")
assert np.isclose(found.estimand.evaluate(log).probability(bought=1, shown=1), by_hand)
found

# %% [markdown]
# Line 4 asks for both factors; 2 and 6 find the first, 7, 2 and 1 the second. Out comes 3b's front-door formula, though
# no line knows of doors. ID is **complete**: if it stops at line 5, no one else will find a formula (Shpitser and
# Pearl 2006; Huang and Valtorta 2006).
#
# **Exercise 3c.1.** Farmers fumigate (X) against eelworms, counted before (Z1), after (Z2) and at the end of the season
# (Z3); Y is the yield of oats (Pearl 1995). Which variables make up the district of Z3?

# %%
oats = example("eelworms").graph
figure.show(figure.graph(oats))
answer = ...  # {"...", "..."}
check("3c.1", answer)
# hint("3c.1", 1)
# hint("3c.1", 2)
# solution("3c.1")

# %% [markdown]
# ## A formula nobody would guess
#
# Pearl and Mackenzie (2018, p. 240) set this graph as a *napkin problem*. As a shop: regular customers get more mails,
# and a mail brings them to where the tent is shown. A hidden taste is behind *regular* and *shown*, a hidden income
# behind *regular* and *bought*.

# %%
napkin = CausalGraph.parse("regular -> mailed -> shown -> bought; regular <-> shown; regular <-> bought")
figure.show(figure.graph(napkin))
print("back-door sets:", back_door_sets(napkin, "shown", "bought"))
ratio = identify(Query("bought", do="shown"), napkin)
ratio

# %% [markdown]
# Hold *regular* fixed, or *mailed*, its effect, and shown ↔ regular ↔ bought opens. Leave both alone, and shown ←
# mailed ← regular ↔ bought is open. ID goes round both. Below the line stands P(shown | do(mailed)), adjusted for
# *regular*; above it P(shown, bought | do(mailed)). Where *mailed* is set, no path but the arrow is open between
# *shown* and *bought*, so there seeing is doing: divide. And *mailed* sells only by showing. So it may be set to any
# value, and is left over, free (`ratio.any_value`).

# %%
mails = SCM({
    "taste": bernoulli((), lambda: 0.5),
    "income": bernoulli((), lambda: 0.5),
    "regular": bernoulli(("taste", "income"), lambda taste, income: 0.1 + 0.4 * taste + 0.4 * income),
    "mailed": bernoulli(("regular",), lambda regular: 0.1 + 0.8 * regular),
    "shown": bernoulli(("mailed", "taste"), lambda mailed, taste: 0.05 + 0.3 * mailed + 0.6 * taste),
    "bought": bernoulli(("shown", "income"), lambda shown, income: 0.05 + 0.2 * shown + 0.6 * income),
}, hidden={"taste", "income"})
values = ratio.estimand.evaluate(mails.table()).at(shown=1, bought=1)
print(f"at mailed = 0 and 1: {values.probabilities.round(4)}   {mails.baseline('bought', do={'shown': 1})}")
claim("3c.ratio_is_do")
# where_it_breaks("3c.ratio_is_do")

# %% [markdown]
# **Exercise 3c.2.** A log of this graph. What share of all users buys the tent if all are shown it?
#
# | | users | of these mailed | of these shown | of these bought |
# |---|---|---|---|---|
# | new | 600 | 100 | 30 | 6 |
# | regular | 400 | 300 | 240 | 120 |

# %%
answer = ...
check("3c.2", answer)
# hint("3c.2", 1)
# hint("3c.2", 2)
# hint("3c.2", 3)
# solution("3c.2")

# %% [markdown]
# ## The proof that there is none
#
# Back to the 200 users, and no browsing to help. An arrow with an arc beside it is a **bow**:

# %%
bow = CausalGraph.parse("shown -> bought; shown <-> bought")
no = identify(Query("bought", do="shown"), bow)
outer, inner = no.hedge
figure.show(figure.graph(outer, highlight=inner.nodes))
print("roots:", no.roots)
no

# %% [markdown]
# Line 5: a **hedge**. It is two parts of the graph, one inside the other. The larger, $F$, hangs together by arcs and
# contains something that you set. The smaller, $F'$ (highlighted), hangs together too, and contains nothing that you
# set. In both all arrows run down to the same **roots**, here *bought*, which are the outcome or lead to it past what
# you set. What shows at the roots may come from the treatment, or from the hidden causes that steer the treatment too;
# no row tells which.
#
# Twin worlds (2a) put it into numbers. (The claim below draws logs from the shop behind the table; you will look inside
# soon.)

# %%
seen = Table(("shown", "bought"), ((0, 1), (0, 1)), np.array([[88, 22], [35, 55]]) / 200)
rows = {}
for name, world in zip(("first", "second"), twin_worlds(seen, "shown", "bought"), strict=True):
    assert np.allclose(world.table(["shown", "bought"]).probabilities, seen.probabilities)
    rows[name] = {f"do(shown = {x})": world.do(shown=x).table().mean("bought") for x in (0, 1)}
    rows[name]["effect"] = world.do_prime("bought", "shown")
print(pd.DataFrame(rows).T.astype(float).round(3))
claim("3c.more_rows_do_not_help")

# %% [markdown]
# In the first world the arc is idle, in the second the arrow. Both fit the graph and have this very table. So has the
# shop itself, a third world. A formula would say the same of all, and be wrong in two at least: there is none. Every
# hedge allows such worlds (Shpitser and Pearl 2006, theorem 4).
#
# So graph and question decide. More rows narrow the interval around what you compute, whether or not it is what you
# asked. Where it is, they help:

# %%
where_it_breaks("3c.more_rows_do_not_help")

# %% [markdown]
# For one treatment there is a quick look. Leave out what does not lead to the outcome. If no chain of dashed arcs runs
# from the treatment to a child of its own, there is a formula (Tian and Pearl 2002). If one does, there may be none, so
# let ID decide: the napkin has such a chain, and a formula.
#
# **Exercise 3c.3.** For which of these does no formula give P(Y | do(X))?

# %%
graphs = {
    "A": "X -> M -> Y; X <-> Y",
    "B": "X -> M -> Y; X <-> M",
    "C": "Z -> X -> Y; X <-> Y",
    "D": "W -> X -> Y; W -> Y; W <-> X",
    "E": "X -> M -> Y; M <-> Y",
    "F": "W -> X -> Y; W <-> X; W <-> Y",
}
answer = ...  # {"...", "..."}
check("3c.3", answer)
# hint("3c.3", 1)
# hint("3c.3", 2)
# solution("3c.3")

# %% [markdown]
# ## What is left: a range
#
# No formula does not mean no knowledge. If all 200 were shown the tent, 55 would buy for certain: they were, and did
# (consistency, 2a). The 110 who were not shown it were never seen in that world; any number of them might buy, from
# none to all. Likewise if nobody is shown it:

# %%
if_shown, if_not = (55 / 200, (55 + 110) / 200), (22 / 200, (22 + 90) / 200)
low, high = if_shown[0] - if_not[1], if_shown[1] - if_not[0]
print(f"between {low:+.3f} and {high:+.3f}: width {high - low:.0f}")
open_range = manski(seen, "shown", "bought")
assert np.allclose([open_range.low, open_range.high], [low, high])
open_range

# %% [markdown]
# This is `manski`. The width is 1 whatever the shares, for each user leaves one outcome of two unseen. Zero always lies
# inside. Compare your guess.
#
# **Exercise 3c.4.** A billion such rows; the plain comparison says +0.411. Which is right?
#
# - `"luck"`: with more rows still, the effect would come out.
# - `"small"`: there is some bias, but the effect lies near +0.411.
# - `"worthless"`: the log says nothing about the effect.
# - `"range"`: the effect lies between −0.285 and +0.715; the log says so much, and no more.
# - `"interval"`: that range is a 95 % interval, and most likely in the middle.

# %%
answer = ...
check("3c.4", answer)
# hint("3c.4", 1)
# hint("3c.4", 2)
# solution("3c.4")

# %% [markdown]
# ## What is left: the effect on some
#
# Now the shop has drawn lots, though not for the showing. The routine of 3a:
#
# | step | here |
# |---|---|
# | question | What does showing the tent add to its sales? |
# | treatment, time zero | shown or not, when the page is made |
# | population | all who open the page |
# | estimand | $E[\mathit{bought} \mid do(\mathit{shown}=1)] - E[\mathit{bought} \mid do(\mathit{shown}=0)]$ |
# | assumptions | a **nudge** put the tent first in line for half of the users, drawn by lot; it sells only by showing |
# | estimate | the effect in some users; a range for everybody |
# | refutation | a table that no such shop can have (`balke_pearl` refuses it) |
#
# The log has one more column, *nudge*. In no column, but open to you: three kinds of users.

# %%
entries = np.array([[20, 1, 1, 13 / 20, 15 / 20], [50, 0, 1, 10 / 50, 25 / 50], [30, 0, 0, 6 / 30, 9 / 30]])
columns = ["of 100", "shown, no nudge", "shown, nudge", "buys, not shown", "buys, shown"]
shop = SCM({
    "kind": categorical((), lambda: entries[:, 0] / 100, (0, 1, 2)),
    "nudge": bernoulli((), lambda: 0.5),
    "shown": deterministic(("nudge", "kind"), lambda nudge, kind: entries[kind, 1 + nudge].astype(int)),
    "bought": bernoulli(("shown", "kind"), lambda shown, kind: entries[kind, 3 + shown]),
}, hidden={"kind"})
kinds = ["always shown", "shown if nudged", "never shown"]
pd.DataFrame(entries, index=kinds, columns=columns).map("{:g}".format)

# %%
table, question = shop.table(), Query("bought", do="shown")
assert np.allclose(table.marginal(["shown", "bought"]).probabilities, seen.probabilities)  # our 200 users
print(identify(question, shop.visible_graph))
(lot,) = instruments(shop.visible_graph, "shown", "bought")
print(lot.verdict, *(condition.words for condition in lot.conditions), "", sep="\n")
means = {f"nudge = {z}": {v: table.condition(nudge=z).mean(v) for v in ("shown", "bought")} for z in (0, 1)}
halves = pd.DataFrame(means).assign(gained=lambda half: half["nudge = 1"] - half["nudge = 0"])
wald = halves.loc["bought", "gained"] / halves.loc["shown", "gained"]
print(f"{halves.round(2)}\n\nbought over shown: {wald:.2f}")

# %% [markdown]
# Still the bow: a lot for the nudge is no lot for the showing. But of 100 users it has 50 more shown the tent, and 15
# more buy. It sells only by showing, so the 15 come from these 50: 0.30 for each. A variable that moves the treatment
# and has no other tie to the outcome is an **instrument** (3a); this is its **Wald ratio**.
#
# Whose effect is it? Those 50 are the **compliers**, shown the tent if nudged and only then. Users who are always or
# never shown it are shown it alike in both halves, and tell nothing of its effect. One assumption crept in: no
# **defiers**, who are shown it only if *not* nudged; else the 50 and the 15 would be differences. That is
# **monotonicity**, in 2c of buying, here of being shown. Tell the kit, and it answers:

# %%
local = identify(question, shop.visible_graph, assume="monotone")
assert np.isclose(float(local.estimand.evaluate(table)), wald)
local

# %%
claim("3c.wald_is_for_compliers")
# where_it_breaks("3c.wald_is_for_compliers")

# %% [markdown]
# This **local average treatment effect**, LATE (Imbens and Angrist 1994), is not the effect in everybody. The log says
# how many compliers there are, and not who.
#
# ## What is left: a narrower range
#
# In everybody, then? The compliers' 0.30 is known. Whoever is shown the tent without a nudge is always shown it, and
# whoever is not despite a nudge never is. What these buy is seen; for what they would buy otherwise, fill in none or
# all, as before. `balke_pearl` does not even rule defiers out: four ways to answer the nudge times four to answer the
# showing make 16 kinds of users, and a linear program over their shares finds the ends (Balke and Pearl 1997). Here
# they are the same:

# %%
always, never = (table.condition(nudge=z, shown=1 - z).mean("bought") for z in (0, 1))
low = 0.5 * wald + 0.2 * (always - 1) + 0.3 * (0 - never)  # compliers, always shown, never shown
high = 0.5 * wald + 0.2 * (always - 0) + 0.3 * (1 - never)
by_nudge = balke_pearl(table, "nudge", "shown", "bought")
assert np.allclose([by_nudge.low, by_nudge.high], [low, high])
for world in extreme_models(table, "nudge", "shown", "bought"):
    assert np.allclose(world.table(table.variables).probabilities, table.probabilities)
    print(f"a world with this very log: showing adds {world.do_prime('bought', 'shown'):.2f}")
rows = {"the log alone": open_range, "with the nudge": by_nudge}
ends = pd.DataFrame([(name, found.low, found.high) for name, found in rows.items()], columns=["name", "low", "high"])
figure.show(figure.ranges(ends, label="effect in everybody, purchases a user"))
claim("3c.bounds_hold_the_truth")
# where_it_breaks("3c.bounds_hold_the_truth")

# %% [markdown]
# Now zero is outside: on average, showing sells. Without a further assumption this log allows nothing narrower, for
# each end is the truth of a world that has it.
#
# **Exercise 3c.5.** A stronger nudge: 90 of 100 are shown the tent if nudged, 10 of 100 if not. No defiers, an endless
# log. How wide is the range of effects in everybody?

# %%
answer = ...
check("3c.5", answer)
# hint("3c.5", 1)
# hint("3c.5", 2)
# solution("3c.5")

# %% [markdown]
# ## What is left: go and find out
#
# An experiment draws lots for the showing itself. The arc is gone, and rows count again. How many, to find even the
# least effect that the log leaves possible? Or only to tell one end from the other? `experiment_size` takes so many
# that an effect of that size is found in four of five trials (its **power**), and one that does not exist in one of
# twenty (its **level**). For fewer than some sixty rows it is rough.

# %%
for left in (by_nudge.low, by_nudge):
    size = experiment_size(left)
    print(f"{size.rows:,} rows, half of them shown, tell {size.tells}")
claim("3c.an_experiment_decides")
# where_it_breaks("3c.an_experiment_decides")

# %% [markdown]
# Or log more: the graph changes, and with it the verdict. Or ask something else. A question with a condition, which the
# algorithm IDC decides, may have no formula where the one about everybody has, in the same graph (last two lines):

# %%
returning = "shown -> bought; shown -> returns; shown <-> returns; returns <-> bought"
changes = {
    "log the need": ("need -> shown -> bought; need -> bought", ()),
    "log a step between": ("shown -> browsed -> bought; shown <-> bought", ()),
    "ask of everybody": (returning, ()),
    "of those who return": (returning, "returns"),
}
for change, (edges, given) in changes.items():
    found = identify(Query("bought", do="shown", given=given), CausalGraph.parse(edges))
    print(f"{change:19} {getattr(found, 'estimand', 'no formula')}")

# %% [markdown]
# ## What can go wrong
#
# - **The graph is wrong.** A missing arc turns *no* into a formula, and nothing about it looks suspicious.
# - **The formula divides by zero.** It needs positivity (2a). The kit names the empty cell.
# - **The Wald ratio is reported as the effect.** It is the compliers'; with defiers it need not be anybody's.
# - **A range is read as an interval for luck.** It is what is left without; in a real log each end has luck on top.
# - **The instrument leaks.** A nudge that also advertises sells past the showing. Not every table betrays that.
# - **"Not identified" is heard as "a little biased".** How much is open, the range says.
#
# ## A graph you have not seen
#
# In a trial a lot assigned a drug against cholesterol or a placebo, and not all took enough of it. *Fell* means by 28
# units or more. The shares are from Balke and Pearl (1997).
#
# **Exercise 3c.6.** How much, at least, does taking the drug add to the share whose cholesterol falls, in everybody?

# %%
figure.show(figure.graph(CausalGraph.parse("assigned -> taken -> fell; taken <-> fell")))
shares = np.array([[[0.919, 0.081], [0, 0]], [[0.315, 0.073], [0.139, 0.473]]])  # assigned, taken, fell
trial = Table(("assigned", "taken", "fell"), ((0, 1),) * 3, shares / 2)  # as by a fair lot
answer = ...
check("3c.6", answer)
# hint("3c.6", 1)
# hint("3c.6", 2)
# solution("3c.6")

# %% [markdown]
# ## Summary in three lines
#
# 1. Graph and question decide whether there is a formula, not the number of rows. ID finds it, district by district.
# 2. If there is none, a hedge proves it: it yields two worlds with the same log and different answers.
# 3. Then say what is left: a range, an effect on compliers under one more assumption, or an experiment and its size.
#
# ## References
#
# - Shpitser and Pearl (2006), *AAAI*: figure 3, the seven lines; definition 6 and theorem 4, hedges. Their second
#   paper (2006), *UAI*: conditions.
# - Huang and Valtorta (2006), *UAI*: completeness. Tian and Pearl (2002), *AAAI*: districts, the quick look.
# - Pearl and Mackenzie (2018), *The Book of Why*, p. 240: the napkin. Pearl (1995), *Biometrika* 82, figure 1: the
#   eelworms.
# - Manski (1990), *American Economic Review* 80: the range without assumptions.
# - Imbens and Angrist (1994), *Econometrica* 62; Angrist, Imbens and Rubin (1996), *Journal of the American
#   Statistical Association* 91: compliers.
# - Balke and Pearl (1997), *Journal of the American Statistical Association* 92; Pearl (2009), *Causality*, section
#   8.2: bounds from an instrument; section 8.2.6, the drug.
