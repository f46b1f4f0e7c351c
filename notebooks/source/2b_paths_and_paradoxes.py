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
# # Why do the numbers contradict each other?
#
# In one of our shops, recommended items are bought less often than others. Split the users by how active they are, and
# in every group recommended items are bought *more* often. Same rows, two answers. Which one do you act on?
#
# After this lesson you can
#
# - follow a path through a causal graph and say whether anything passes along it, and what would change that,
# - say why a table and its parts disagree, and which of them answers your question,
# - say what a graph learned from data cannot know.
#
# **You need** [lesson 0](0_start_here.ipynb) and [lesson 2a](2a_structural_causal_models.ipynb). **45 minutes.** A
# number in brackets, such as (3a), names the later lesson that teaches a step in full.

# %%
import numpy as np
import pandas as pd

from causalrec.causal import SCM, CausalGraph, Query, additive, counts, equivalence_class, example, exogenous, pc
from causalrec.shop import simulate
from causalrec.teach import check, claim, figure, hint, solution, where_it_breaks

rng = np.random.default_rng(7)

# %% [markdown]
# ## Guess first
#
# Seven hundred real patients had their kidney stones removed, by open surgery or by nephrolithotomy (through a small
# hole). How many recovered? First of all, then by the size of the stone:

# %%
stones = counts("kidney_stones").rows()
stones.groupby("treatment")["recovered"].agg(recovered="sum", patients="size", share="mean").round(3)

# %%
stones.groupby(["size", "treatment"])["recovered"].agg(recovered="sum", patients="size", share="mean").round(3)

# %% [markdown]
# Nephrolithotomy is ahead over all. Open surgery is ahead for small stones, and for large ones. You have a stone, not
# yet measured. Which do you choose?

# %%
guess = ...  # "open surgery", "nephrolithotomy" or "cannot tell"
check("2b.guess", guess)

# %% [markdown]
# ## Three ways to go together
#
# Luck apart, two variables go together for one or more of three reasons. Each is seen best with a third variable, left
# alone and then **held fixed**: only cases that share its value are compared. Here is the first reason, in 80 pairs of
# a user and an item. *n* counts pairs, *yes* those that were bought; `share` divides the one by the other.

# %%
fork = pd.DataFrame({
    "activity": ["busy", "busy", "quiet", "quiet"],
    "recommended": [0, 1, 0, 1],
    "n": [30, 10, 10, 30],
    "yes": [15, 5, 1, 3],
})


def share(table, *by):
    sums = table.groupby(list(by))[["n", "yes"]].sum()
    return (sums["yes"] / sums["n"]).unstack()


print("over all:", fork.groupby("recommended")["yes"].sum().tolist(), "bought of 40 each")
share(fork, "activity", "recommended")

# %% [markdown]
# Over all, 16 of 40 pairs were bought without a recommendation and 8 of 40 with one. Yet among busy users the share is
# the same without (column 0) and with (column 1), and so it is among quiet ones. The pairs were made up so:
# recommending does nothing, busy users buy more, quiet ones got the recommendations, recommended ← activity → bought. A
# node (a variable of the graph) that causes both sides is a **fork**. Left alone, it makes its two effects go together.
# Held fixed, it does not.
#
# The second reason: recommended → browsed → bought. This is a **chain**.

# %%
chain = pd.DataFrame({
    "browsed": [0, 0, 1, 1],
    "recommended": [0, 1, 0, 1],
    "n": [30, 10, 10, 30],
    "yes": [0, 0, 5, 15],
})
print("over all:", chain.groupby("recommended")["yes"].sum().tolist(), "bought of 40 each")
share(chain, "browsed", "recommended")

# %% [markdown]
# Now 5 of 40 were bought without and 15 of 40 with a recommendation, and here that is its doing. Hold *browsed* fixed,
# and the difference is gone. The numbers behave as in the fork; only the arrows say that here you have hidden an
# effect, and there removed an illusion.
#
# The third reason is odd. A pair is browsed if the item is popular, or if it was recommended:
# popular → browsed ← recommended. A node that both sides cause is a **collider**. This time *yes* counts popular items.

# %%
collider = pd.DataFrame({
    "browsed": [0, 1, 1],
    "recommended": [0, 0, 1],
    "n": [20, 20, 40],
    "yes": [0, 20, 20],
})
print("over all:", collider.groupby("recommended")["yes"].sum().tolist(), "popular of 40 each")
share(collider, "browsed", "recommended")

# %% [markdown]
# Over all, popularity and recommendation have nothing to do with each other: 20 of 40 are popular either way. (One
# field is empty: what is recommended here is always browsed.) Look at browsed pairs only, and they do.
#
# **Exercise 2b.1.** Of the browsed pairs that were *not* recommended, what share is popular? From it subtract the share
# among the browsed pairs that were.

# %%
answer = ...
check("2b.1", answer)
# hint("2b.1", 1)
# hint("2b.1", 2)
# solution("2b.1")

# %% [markdown]
# So the rule for one node $v$ in the middle is
#
# | pattern | left alone | held fixed |
# |---|---|---|
# | chain $\to v \to$ | passes | blocks |
# | fork $\leftarrow v \to$ | passes | blocks |
# | collider $\to v \leftarrow$ | blocks | passes, also if an *effect* of $v$ is held fixed |
#
# Whatever makes you look at cases with the same $v$ holds it fixed: a `groupby`, a filter, a control variable in a
# regression, a sample that was selected by $v$.
#
# ## Longer paths
#
# A **path** is a way along arrows, in whichever direction they point, that meets no node twice. It is **blocked** if
# one of its middle nodes blocks, else it is **open**. If all paths between two nodes are blocked, they are
# **d-separated** (d for directional): the graph promises that they are independent, given what is held fixed, whatever
# its equations are.

# %%
def is_blocked(graph, path, given):
    for left, middle, right in zip(path, path[1:], path[2:], strict=False):
        collider = {left, right} <= graph.parents(middle)
        # descendants: the collider and all its effects
        held = given & graph.descendants(middle) if collider else given & {middle}
        if bool(held) != collider:  # a chain or fork that is held, a collider that is not
            return True
    return False


wet = example("sprinkler").graph
print(wet)
for path in (("sprinkler", "season", "rain"), ("sprinkler", "wet", "rain")):
    print(path, [is_blocked(wet, path, given) for given in ({"season"}, {"season", "slippery"})])

# %% [markdown]
# The season decides whether it rains and whether the sprinkler runs; both make the pavement wet, and so slippery. With
# the season held fixed, both paths are blocked. If you also know that it is slippery, the second opens: if it has not
# rained, the sprinkler ran.
#
# This is `CausalGraph.paths`. Two routes, one answer:

# %%
for given in ((), ("season",), ("wet",), ("season", "slippery")):
    for path in wet.paths("sprinkler", "rain", given):
        assert path.open != is_blocked(wet, path.nodes, set(given))
print(wet.separation("sprinkler", "rain", "season"))
print(wet.separation("sprinkler", "rain", ("season", "slippery")))

# %% [markdown]
# **Exercise 2b.2.** In the graph below nothing is held fixed, and X and Y are independent. Held fixed *alone*, which of
# R, S, T, U, V, P can make them dependent?

# %%
graph = example("primer_collider").graph
figure.show(figure.graph(graph))
answer = ...  # a set of names: {"...", "..."}
check("2b.2", answer)
# hint("2b.2", 1)
# hint("2b.2", 2)
# hint("2b.2", 3)
# solution("2b.2")

# %% [markdown]
# ## Simpson's paradox, among patients
#
# Back to the stones. Who got which treatment?

# %%
figure.show(figure.stratified_bars(stones, treatment="treatment", outcome="recovered", stratum="size"))

# %% [markdown]
# Large stones mostly got open surgery, and large stones are harder to cure. The size is a fork. A difference that turns
# round when you split the cases is called **Simpson's paradox**. It is no paradox once you see that two questions were
# answered. How did the two *groups* fare, which differ in their stones? And how would the *same* patients fare under
# either treatment? For the second, weight each size as it occurs among all patients:
#
# $$P(y \mid do(x)) = \sum_z P(y \mid x, z)\, P(z)$$

# %%
within = stones.groupby(["treatment", "size"])["recovered"].mean().unstack()  # P(y | x, z)
sizes = stones["size"].value_counts(normalize=True)  # P(z)
(within * sizes).sum(axis=1).round(4)

# %% [markdown]
# This is `identify` (3a): it finds the formula from the graph. Its value on the table is the same.

# %%
from causalrec.causal import identify

found = identify(Query("recovered", do="treatment"), example("kidney_stones").graph)
values = found.estimand.evaluate(counts("kidney_stones").table())
assert np.allclose(values.at(recovered=1).probabilities, (within * sizes).sum(axis=1)[list(values.domains[1])])
found.estimand

# %% [markdown]
# Measured stone or not, choose open surgery, if nothing but the size bore on both who got what and who recovered. Was
# that your guess?
#
# But do not conclude that splitting is always right. Suppose the column *size* held something else: whether blood
# pressure had fallen *after* the treatment. The same rows, a different story:

# %%
for name in ("kidney_stones", "blood_pressure"):
    case = example(name)
    print(f"{name}: {case.graph}")
    print("   ", identify(Query(case.outcome, do=case.treatment), case.graph).estimand)

# %% [markdown]
# Now the third variable is the middle of a chain, part of what the drug does, and the overall numbers are right. **No
# table can tell you which story is true.** The graph says it, and you draw it from what you know, such as what happened
# first.
#
# ## Simpson's paradox, in the shop

# %%
log, truth = simulate("simpson")
pairs = log.pairs.assign(activity=pd.qcut(log.pairs["activity"], 3, labels=["low", "middle", "high"]).astype(str))
order = pairs.sort_values("activity", key=lambda level: level.map({"low": 0, "middle": 1, "high": 2}), kind="stable")
order = order.replace({"recommended": {0: "no", 1: "yes"}})
figure.show(figure.stratified_bars(order, treatment="recommended", outcome="purchased", stratum="activity"))

# %% [markdown]
# This recommender turns to quiet users, who buy little. The paths from *shown* (recommended) to *bought*, with nothing
# held fixed and with activity:

# %%
quiet = example("quiet_shop").graph
figure.show(figure.paths(quiet, "shown", "bought"))
figure.show(figure.paths(quiet, "shown", "bought", "activity"))

# %% [markdown]
# With activity held fixed one path is left, the one on which showing works. So average the three differences (the
# thirds are nearly equal):

# %%
bought = pairs.groupby(["activity", "recommended"])["purchased"].mean().unstack()
plain = pairs.groupby("recommended")["purchased"].mean()
print(f"plain:   {plain[1] - plain[0]:+.3f}")
print(f"by hand: {(bought[1] - bought[0]).mean():+.3f}")
print(f"truth:   {truth.open().pairs['uplift'].mean():+.3f}")

# %% [markdown]
# The sign is right, the size is not yet. Within a third, users still differ, and the recommender still turns to the
# quieter ones. Cut finer, as long as no group runs empty:

# %%
claim("2b.shop_turns_round")
# where_it_breaks("2b.shop_turns_round")

# %% [markdown]
# **Exercise 2b.3.** In Whickham, in England, 1,314 women were asked whether they smoked.
# Twenty years later a smaller share of the smokers than of the others had died. Age is a fork. Take the difference in
# the share that died, smokers minus others, within each age group, and average it over all women.

# %%
women = counts("whickham").rows()
print(women.groupby("smoker")["died"].mean().round(3).to_dict())
answer = ...
check("2b.3", answer)
# hint("2b.3", 1)
# hint("2b.3", 2)
# hint("2b.3", 3)
# solution("2b.3")

# %% [markdown]
# ## When neither table answers
#
# In 1973 the graduate school at Berkeley admitted a smaller share of the women than of the men who applied. Its six
# largest departments:

# %%
applicants = counts("berkeley").rows()
figure.show(figure.stratified_bars(applicants, treatment="sex", outcome="admitted", stratum="department"))

# %% [markdown]
# In four departments of six women are ahead. But women mostly applied to departments that admit few: sex → department →
# admitted. Here the department is the middle of a chain. If you ask what being a woman changed in all, do not hold it
# fixed. If you ask whether *committees* went by sex, you want the direct arrow sex → admitted alone, and hold the
# department fixed.
#
# William Kruskal objected that something unrecorded may sway both which department people choose and whether they are
# admitted. The dashed arc (↔ in a path) stands for it:

# %%
figure.show(figure.paths(example("berkeley_hidden").graph, "sex", "admitted", "department"))

# %% [markdown]
# **Exercise 2b.4.** In department A women are far ahead. Does that show that its committee preferred women? Answer
# `"yes"`, `"no, it preferred men"` or `"only without a hidden cause"`.

# %%
answer = ...
check("2b.4", answer)
# hint("2b.4", 1)
# solution("2b.4")

# %% [markdown]
# ## Selected into a contradiction
#
# Colliders need no third column to do harm; a filter is enough. In our shop the recommender does not look at how
# popular an item is. Now look only at what was browsed:

# %%
browsed = log.pairs[log.pairs["browsed"] == 1]
rows = {"all pairs": log.pairs, "browsed pairs": browsed}
means = {name: some.groupby("recommended")["popularity"].mean() for name, some in rows.items()}
print("browsed pairs, share clicked:", browsed.groupby("recommended")["clicked"].mean().round(3).to_dict())
pd.DataFrame(means).T.rename(columns={0: "not recommended", 1: "recommended"}).round(2)

# %% [markdown]
# An analyst who gets the browsed pairs reports that the recommender prefers unpopular items, and that people click less
# on what it recommends. Yet over all pairs there is no such preference. What is *not* recommended is seldom browsed
# unless it is popular, or liked. Doctors call this **Berkson's bias**: two diseases that have nothing to do with each
# other go together among the patients of a hospital, since either brings you there.
#
# Would a fair lottery help? In the next shop recommendations are drawn by lot, and once an item is browsed a
# recommendation has no bearing on the click:

# %%
claim("2b.browsed_only")

# %% [markdown]
# Lots protect the comparison of *all* pairs, not one among pairs that the recommendation helped to select.

# %%
where_it_breaks("2b.browsed_only")

# %% [markdown]
# ## A graph from data?
#
# If the graph decides, can a log draw it? Take a world whose graph is known: season → weather → visits → sales and
# advert → visits (`exogenous` is noise alone, `additive` adds it to a function). The **PC algorithm** tests which pairs
# are independent given which others. Where no test parts a pair, it keeps an **edge**, an arrow without a direction.
# Then it looks for colliders. (`pc` lets the library causal-learn do the tests.)

# %%
world = SCM({
    "season": exogenous(),
    "weather": additive(("season",), lambda season: season),
    "visits": additive(("weather", "advert"), lambda weather, advert: weather + advert),
    "sales": additive(("visits",), lambda visits: visits),
    "advert": exogenous(),
})
found = pc(world.sample(4_000, rng))
found

# %% [markdown]
# All edges are right, and three have their arrows. Weather and advert are independent until visits are held fixed: that
# makes visits a collider. Were sales a cause of visits, weather and sales would behave so too. The line between season
# and weather has no direction, and with more rows it would get none:

# %%
assert found == equivalence_class(world.graph)
for graph in found.members():
    print(graph)

# %% [markdown]
# Graphs with the same edges and the same colliders (between causes that no edge joins) promise the same independences:
# an **equivalence class**. Independences cannot tell its graphs apart. And even that much PC can be trusted to find, in
# long logs, only if two things hold: every common cause is a column (and no filter chose the rows), and whatever is
# joined by an open path is dependent, so that nothing cancels (**faithfulness**).

# %%
claim("2b.pc_finds_the_class")
# where_it_breaks("2b.pc_finds_the_class")

# %% [markdown]
# ### A hidden cause breaks it
#
# Now taste makes people visit and buy, and is not logged. Neither of visits and sales causes the other.

# %%
world = SCM({
    "advert": exogenous(),
    "taste": exogenous(),
    "visits": additive(("advert", "taste"), lambda advert, taste: advert + taste),
    "sales": additive(("taste",), lambda taste: taste),
}, hidden={"taste"})
print(pc(world.sample(4_000, rng)))
before, after = (world.do(sales=level).sample(4_000, np.random.default_rng(7)) for level in (0, 2))
print("visits added by do(sales = 2) instead of do(sales = 0):", (after["visits"] - before["visits"]).mean())

# %% [markdown]
# PC says that sales cause visits: advert and sales are independent, both go with visits, so visits must be a collider.
# They are one, but of advert and taste. Set the sales, and no visit is added. Is that one unlucky log?

# %%
claim("2b.hidden_cause_misleads")
# where_it_breaks("2b.hidden_cause_misleads")

# %% [markdown]
# The tests were right; the assumption was not. And the other assumption? Give PC the kidney stones:

# %%
coded = stones.apply(lambda column: column.astype("category").cat.codes)
pc(coded, test="chisq")

# %% [markdown]
# The size of the stone as an effect of treatment and recovery! Over all patients, effect and fork nearly cancel: in
# seven hundred rows treatment and recovery pass for independent. The calendar knows better. Take a learned graph as a
# list of questions for someone who knows the field.
#
# ## What can go wrong
#
# **Everything held fixed.** Holding the middle of a chain fixed hides an effect, holding a collider fixed can invent
# one. Ask of each variable what it is, on every path.
#
# **The finer table taken for the truer.** Finer by what? By a fork, good; by something that came after the treatment,
# no.
#
# **The filter forgotten.** A log of clicks, of buyers, of subscribers who stayed was selected by an effect.
#
# **Dependence expected on every open path.** Blocked paths promise independence. Open ones promise nothing: effects can
# cancel.
#
# **A learned graph believed.** Algorithms such as FCI allow for hidden causes, and claim less.
#
# ## A graph you have not seen
#
# Infants of smokers die more often. Yet among infants of low birth weight, those of smokers die *less* often. Does
# smoking protect the small ones? Smoking lowers the weight, and so do birth defects, which are far worse:

# %%
birth = CausalGraph.parse("smoking -> birth_weight -> death; smoking -> death; defect -> birth_weight; defect -> death")
figure.show(figure.paths(birth, "smoking", "death"))
figure.show(figure.paths(birth, "smoking", "death", "birth_weight"))

# %% [markdown]
# **Exercise 2b.5.** Someone compares infants of the same birth weight. What else must they hold fixed, so that nothing
# but smoking's own arrow is left between smoking and death?

# %%
answer = ...  # a set of names: {"..."}
check("2b.5", answer)
# hint("2b.5", 1)
# hint("2b.5", 2)
# solution("2b.5")

# %% [markdown]
# ## Summary in three lines
#
# 1. Chains and forks pass until held fixed; colliders block until they, or an effect of theirs, are held fixed.
# 2. When a table and its parts disagree, the graph says which answers your question. No table does.
# 3. Independences give an equivalence class at best, and can give a wrong arrow where a cause is hidden.
#
# ## References
#
# - Pearl (2009), *Causality*, 2nd edition: definition 1.2.3, d-separation; section 6.1, Simpson's paradox.
# - Pearl, Glymour and Jewell (2016), *Causal Inference in Statistics: A Primer*, sections 1.2 and 2.2 to 2.4; the graph
#   of exercise 2b.2 is their figure 2.6.
# - Charig, Webb, Payne and Wickham (1986), *BMJ* 292: 879–882, the kidney stones; Julious and Mullee (1994), *BMJ* 309:
#   1480–1481, their sizes.
# - Appleton, French and Vanderpump (1996), *The American Statistician* 50: 340–341, the women of Whickham.
# - Bickel, Hammel and O'Connell (1975), *Science* 187: 398–404, Berkeley; the six departments as in R's
#   `UCBAdmissions`. Pearl and Mackenzie (2018), *The Book of Why*, chapter 9: Kruskal's objection.
# - Berkson (1946), *Biometrics Bulletin* 2: 47–53, selection by a collider.
# - Verma and Pearl (1990), *UAI* 6, and Pearl (2009), theorem 1.2.8: equivalence classes. Spirtes, Glymour and Scheines
#   (2000), *Causation, Prediction, and Search*, section 5.4.2: PC; chapter 6: FCI.
# - Hernández-Díaz, Schisterman and Hernán (2006), *American Journal of Epidemiology* 164: 1115–1120, birth weight.
