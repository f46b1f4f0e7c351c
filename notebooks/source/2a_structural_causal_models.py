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
# # What happens if we act?
#
# A shop shows a tent to those who look like campers, and those who see it buy more of it. Should everyone see it? The
# log says what happened when the shop did as it does. You ask what happens if it does something else.
#
# After this lesson you can
#
# - write down a world as a graph, equations and noise, and draw a log from it,
# - act in that world, and tell what you *do* from what you *see*,
# - say why a log alone, however long, does not answer your question, and what must be added.
#
# **You need** [lesson 0](0_start_here.ipynb). **45 minutes.**

# %%
import numpy as np
import pandas as pd

from causalrec.causal import SCM, CausalGraph, Table, bernoulli, deterministic, twin_worlds
from causalrec.shop import PRESETS, shop_model, simulate
from causalrec.shop.model import LOG_PRICE_SCALE
from causalrec.teach import check, claim, deal, figure, hint, solution, where_it_breaks

rng = np.random.default_rng(7)

# %% [markdown]
# ## Guess first
#
# A hundred people came to the shop. Every second one was shown the tent:
#
# | | bought it | did not | in all |
# |---|---|---|---|
# | shown | 23 | 27 | 50 |
# | not shown | 9 | 41 | 50 |
#
# Suppose the shop had shown the tent to all hundred. How many would have bought it?

# %%
guess = ...  # a number from 0 to 100
check("2a.guess", guess)

# %% [markdown]
# ## Two kinds of visitors
#
# One thing is missing from the table. Fifty of the hundred had come for camping gear, and the recommender mostly
# guessed who:

# %%
visitors = pd.DataFrame(
    {"visitors": [40, 10, 10, 40], "bought": [20, 5, 3, 4]},
    index=pd.MultiIndex.from_product([["camper", "other"], ["shown", "not shown"]]),
)
visitors.assign(share=visitors["bought"] / visitors["visitors"])

# %% [markdown]
# Every second camper buys, shown the tent or not. Of the others one in ten buys, and three in ten if shown. Two
# questions:
#
# - **Seeing.** Keep those who were shown the tent: 40 campers and 10 others. What share of them bought?
# - **Doing.** Keep everybody, 50 campers and 50 others, and show all of them the tent. What share buys?

# %%
seeing = (40 * 0.5 + 10 * 0.3) / 50
doing = (50 * 0.5 + 50 * 0.3) / 100
print(f"seeing: {seeing:.2f}   doing: {doing:.2f}")

# %% [markdown]
# So 40 of the hundred would have bought, not 46. Both numbers average the same two shares; *who* is averaged differs.
# Write $X = 1$ for shown, $Y = 1$ for bought and $z$ for the kind of visitor. To set $X$ to 1, for everybody, is
# written **do**$(X = 1)$:
#
# $$E[Y \mid X = 1] = \sum_z E[Y \mid X = 1, z]\; P(z \mid X = 1) \qquad
# E[Y \mid do(X = 1)] = \sum_z E[Y \mid X = 1, z]\; P(z)$$
#
# The first holds always. The second needs a reason: here, that nothing but the kind of visitor bears on both who is
# shown the tent and who buys it.
#
# **Exercise 2a.1.** A stove, 200 visitors:
#
# | | visitors | bought |
# |---|---|---|
# | regular, shown | 60 | 30 |
# | regular, not shown | 20 | 8 |
# | other, shown | 30 | 6 |
# | other, not shown | 90 | 9 |
#
# Had the stove been shown to nobody, what share of the 200 would have bought it? (Again only the kind of visitor bears
# on both.)

# %%
answer = ...
check("2a.1", answer)
# hint("2a.1", 1)
# hint("2a.1", 2)
# solution("2a.1")

# %% [markdown]
# ## A world in three parts
#
# A **structural causal model** describes where a log comes from. It has
#
# 1. a **graph**: an arrow from each variable to those that listen to it,
# 2. an **equation** for each variable, which says how it listens,
# 3. **noise** $u$ for each variable: whatever else decides it. Each visitor has a value of their own for each variable,
#    all drawn independently; here any number between 0 and 1, all equally likely.
#
# So `u < p` is true with chance $p$. An equation works one way
# only: `shown` is set by `camper` and its noise, `camper` is never set by `shown`.

# %%
equations = {  # variable: (whom it listens to, how)
    "camper": ((), lambda u: u < 0.5),
    "shown": (("camper",), lambda u, camper: u < 0.2 + 0.6 * camper),
    "bought": (("camper", "shown"), lambda u, camper, shown: u < np.where(camper, 0.5, 0.1 + 0.2 * shown)),
}
graph = CausalGraph.parse("camper -> shown -> bought; camper -> bought")
figure.show(figure.graph(graph))

# %% [markdown]
# To draw a log: draw the noise, then solve the equations along the arrows. To act: **replace the equation** of what you
# set by a constant. Every other equation stays, and so does all the noise.


# %%
def solve(equations, noise):
    values = {}
    for name, (parents, equation) in equations.items():  # causes first
        values[name] = 1 * equation(noise[name], *(values[parent] for parent in parents))
    return pd.DataFrame(values)


def act(equations, **settings):
    # M_x: the equation of x becomes "x = value", whatever u  (value=value: each constant keeps its own)
    held = {name: ((), lambda u, value=value: np.full(len(u), value)) for name, value in settings.items()}
    return {**equations, **held}


# %% [markdown]
# Six visitors, as the shop does it and with the tent shown to all. (Their noise is chosen by hand.)

# %%
noise = {
    "camper": np.array([0.2, 0.4, 0.7, 0.8, 0.6, 0.9]),
    "shown": np.array([0.5, 0.9, 0.1, 0.6, 0.3, 0.7]),
    "bought": np.array([0.40, 0.30, 0.20, 0.20, 0.60, 0.05]),
}
before, after = solve(equations, noise), solve(act(equations, shown=1), noise)
pd.concat({"noise": pd.DataFrame(noise), "as it is": before, "do(shown = 1)": after}, axis=1)

# %% [markdown]
# Same visitors, same noise, one equation replaced: each row says what this visitor does in both worlds. Showing changes
# what visitor 3 buys, and nobody else. Who was a camper still is. The new equation of `shown` listens to nobody, so the
# arrow into it goes; the arrows out of it stay:

# %%
figure.show(figure.surgery(graph, {"shown": 1}))

# %% [markdown]
# This is `causalrec.causal.SCM`, and its `do`. `bernoulli` makes an equation like yours: name whom it listens to, and
# the chance; its value is 1 if $u$ lies below that chance. The same noise gives the same visitors:

# %%
tent = SCM({
    "camper": bernoulli((), lambda: 0.5),
    "shown": bernoulli(("camper",), lambda camper: 0.2 + 0.6 * camper),
    "bought": bernoulli(("camper", "shown"), lambda camper, shown: np.where(camper, 0.5, 0.1 + 0.2 * shown)),
})
assert (before == pd.DataFrame(tent.evaluate(noise))).all(axis=None)
assert (after == pd.DataFrame(tent.do(shown=1).evaluate(noise))).all(axis=None)
tent

# %% [markdown]
# **Exercise 2a.2.** Anna's noise is known: `u_shown` and `u_bought`, and whether she is a `camper` (1 or 0). Write
# whether she buys the tent (1) or not (0) under do(shown = 1).

# %%
def buys_if_shown(camper, u_shown, u_bought):
    return ...


check("2a.2", buys_if_shown)
# hint("2a.2", 1)
# hint("2a.2", 2)
# solution("2a.2")

# %% [markdown]
# ## Seeing and doing on one table
#
# A log is one draw. Other visitors, other noise: another log. What longer and longer logs come to is the **table** of
# the model, the exact probability of every possible row.

# %%
logs = [tent.sample(100, rng) for _ in range(3)]
print("shown and bought, in three logs of 100:", [len(rows.query("shown == 1 and bought == 1")) for rows in logs])
table = tent.table()
print(f"by the table: {100 * table.marginal(['shown', 'bought']).probability(shown=1, bought=1):.0f}")
table

# %% [markdown]
# **Seeing** conditions this table, **doing** makes another one:

# %%
for shown in (0, 1):
    seen, done = table.condition(shown=shown), tent.do(shown=shown).table()
    print(f"E[bought | shown = {shown}]     = {seen.mean('bought'):.2f}, campers: {seen.mean('camper'):.2f}")
    print(f"E[bought | do(shown = {shown})] = {done.mean('bought'):.2f}, campers: {done.mean('camper'):.2f}")
assert np.isclose(tent.do(shown=1).table().mean("bought"), doing)

# %% [markdown]
# Look at the campers. If you *see* that someone was shown the tent, you learn who they are likely to be. If you *make*
# the shop show it, you learn nothing about them.
#
# ## The article's equation
#
# The article that this course runs and mends writes such a model as $X = f(X_1, \dots, X_n)$. Its example:
#
# $$\mathit{buy} = f(\mathit{browse}, \mathit{click}, \mathit{price})$$
#
# Keep it, and try it on the course's shop, whose log has a row for each **pair** of a user and an item (lesson 0). Take
# the item with most clicks. It has one price.

# %%
log, truth = simulate("course")
pairs = log.pairs
clicked = pairs.query("browsed == 1 and clicked == 1")
same = clicked[clicked["item_id"] == clicked["item_id"].mode()[0]]
print(f"browse = 1, click = 1, one price: {len(same)} rows, of which buy = 1 in {same['purchased'].sum()}")

# %% [markdown]
# Three things are missing.
#
# - **Noise.** Whatever $f$ is, it gives all these rows the same answer.
# - **Who listens to whom.** Only *buy* has an equation. Had an item not been browsed, it would not have been clicked;
#   but $f(0, 1, \mathit{price})$ leaves the click in place. Clicks need an equation too.
# - **Where the price comes from.** It stands there as a cause, and it is one. But a shop sets it with an eye on
#   quality, and quality sells too. *Seeing* a high price and *making* one are two things.
#
# ## The shop
#
# The course's shop is a model with all three: thirteen equations. What share would be bought if all pairs were
# recommended? First the obvious: look at those that were.

# %%
pairs.groupby("recommended")[["purchased"]].mean().round(3)

# %% [markdown]
# Is the difference the effect? It would be, if the recommended pairs were like the others. They are not: the
# recommender went by its score, by popularity and by activity. Behind the score is *affinity* (how well the item suits
# the user's taste), behind popularity is *quality*, and both sell. Neither stands in the log. Highlighted: the arrows
# that do(recommended = 1) cuts. (Prices, need and nudge are left out of the picture; the arrow from nudge is cut too.)

# %%
shop = shop_model(PRESETS["course"])
picture = SCM(shop.mechanisms, hidden={"price", "typical_price", "nudge", "need"}).visible_graph
cut = [(parent, "recommended") for parent in picture.parents("recommended")]
figure.show(figure.graph(picture, highlight=["recommended", *cut]))

# %% [markdown]
# **Exercise 2a.3.** The shop tries a page that opens every item by itself: do(clicked = 1). To which variables does
# `clicked` no longer listen?

# %%
answer = ...  # {"...", "..."}
check("2a.3", answer)
# hint("2a.3", 1)
# hint("2a.3", 2)
# solution("2a.3")

# %% [markdown]
# For each pair of the log the simulator solved the equations twice more, with the same noise, under do(recommended = 0)
# and under do(recommended = 1). What comes out are the pair's **potential outcomes**, sealed as `truth`. Open it:

# %%
opened = truth.open().pairs
print(opened[["purchased0", "purchased1"]].mean().round(3).to_string())
claim("2a.seeing_is_not_doing")

# %%
where_it_breaks("2a.seeing_is_not_doing")

# %% [markdown]
# That world also says how a shop without a simulator finds out: recommend by lot for a while, and *then* compare. A lot
# is another equation for `recommended`, one that listens to nobody. Draw new pairs so, and others under do:

# %%
trial = shop.do(recommended=bernoulli((), lambda: 0.5)).sample(200_000, rng)
by_lot = trial.groupby("recommended")["purchased"].mean()
acted = [shop.do(recommended=r).sample(200_000, rng)["purchased"].mean() for r in (0, 1)]
pd.DataFrame({"seen, under a lot": by_lot, "done": acted}).round(3)

# %% [markdown]
# Luck apart, the columns agree: under a lot, seeing *is* doing. (All lie a little above the truth of our log: `sample`
# draws every taste from a bell curve, and those of the log's users are not quite like that.)
#
# ## Acting more softly
#
# Another equation in place of the old, instead of a constant, is called a **soft intervention**: a lot, or a **policy**
# that decides by what came before. A policy listens, so it brings arrows of its own. The same `do` takes all of them.

# %%
policies = {
    "as it is": tent,
    "nobody": tent.do(shown=0),
    "all": tent.do(shown=1),
    "half, by lot": tent.do(shown=bernoulli((), lambda: 0.5)),
    "campers": tent.do(shown=deterministic(("camper",), lambda camper: camper)),
    "all but campers": tent.do(shown=deterministic(("camper",), lambda camper: 1 - camper)),
}
shares = {name: [world.table().mean(column) for column in ("shown", "bought")] for name, world in policies.items()}
pd.DataFrame(shares, index=["shown", "bought"]).T.round(2)

# %% [markdown]
# Showing the tent to campers sells no more than showing it to nobody. Showing it to the others sells as much as showing
# it to all, with half the showings. The recommender as it is guesses well who wants a tent, and gains little by it.
#
# Now the shop, per thousand pairs. The last row shifts a value instead of setting it: all prices a tenth lower. (Prices
# are logarithms there, divided by a fixed scale.)

# %%
policies = {
    "as it is": shop,
    "half, by lot": shop.do(recommended=bernoulli((), lambda: 0.5)),
    "the popular half": shop.do(recommended=deterministic(("popularity",), lambda popularity: popularity > 0)),
    "the unpopular half": shop.do(recommended=deterministic(("popularity",), lambda popularity: popularity <= 0)),
    "as it is, cheaper": shop.do(price=lambda natural: natural + np.log(0.9) / LOG_PRICE_SCALE),
}
logs = {name: world.sample(200_000, np.random.default_rng(7)) for name, world in policies.items()}
counts = {name: 1000 * rows[["recommended", "purchased"]].mean().round(3) for name, rows in logs.items()}
print(pd.DataFrame(counts).T.astype(int).to_string())
claim("2a.unpopular_half_sells_more")
# where_it_breaks("2a.unpopular_half_sells_more")

# %% [markdown]
# Popular items sell better, shown or not. But people come across them anyway, so showing them changes less.
#
# ## Twin worlds
#
# Back to the tent, and to a log that lacks the column `camper`. However long it is, it can tell you the table of shown
# and bought, and no more. Here are two other worlds, built to have this very table:

# %%
known = tent.table(["shown", "bought"])
twins = twin_worlds(known, "shown", "bought")
first, second = twins
figure.show(figure.graph(first.graph))
figure.show(figure.graph(second.graph))

# %% [markdown]
# In the **first** world the shop draws lots, and who is shown the tent buys more often because of it. In the **second**
# there is a hidden cause, say, a wish (`cause_of_shown`). The recommender reads minds: exactly those who have the wish
# are shown the tent. Who has the wish also buys more often. The showing does nothing. Put them beside the world you
# know:

# %%
rows = {}
for name, world in {"tent": tent, "first": first, "second": second}.items():
    here = world.table(["shown", "bought"])
    assert np.allclose(here.probabilities, known.probabilities, rtol=0, atol=1e-12)
    rows[name] = {f"seen, shown = {r}": here.condition(shown=r).mean("bought") for r in (0, 1)}
    rows[name] |= {f"do(shown = {r})": world.do(shown=r).table().mean("bought") for r in (0, 1)}
pd.DataFrame(rows).T.round(2)

# %% [markdown]
# One table, three answers to the question you guessed at: 40, 46 and 32. The recipe makes twins of any table in which
# the two go together. Take it apart by the chain rule, $P(x, y) = P(x)\,P(y \mid x)$. In the first world $y$ listens to
# $x$. In the second a hidden $h$ takes the place of $x$: $y$ listens to $h$, and $x$ is a copy of $h$.
#
# Do the twins at least differ row by row? Give both the same noise:

# %%
one, other = (world.sample(1000, np.random.default_rng(7))[["shown", "bought"]] for world in twins)
print("the same thousand rows:", one.equals(other))

# %% [markdown]
# ### Bet on it
#
# Twenty logs of 200 visitors each. A coin chose the world of each log, and the coins are sealed. Look at one log, then
# bet on all: give a list of twenty words, or a function that gets a log and returns `"first"` or `"second"`.

# %%
game = deal(twins, rounds=20, rows=200, rng=rng)
pd.crosstab(game.logs[0]["shown"], game.logs[0]["bought"])

# %%
bets = ...  # ["first", "second", ...] or a function
game.settle(bets)

# %% [markdown]
# Three strategies that sound sensible, each over a thousand logs:


# %%
def by_gap(log):
    share = log.groupby("shown")["bought"].mean()
    return "first" if share[1] - share[0] > 0.14 else "second"  # half of the gap, 0.46 - 0.18


long_game = deal(twins, rounds=1000, rows=200, rng=rng)
print("the gap:   ", long_game.settle(by_gap))
print("the sales: ", long_game.settle(lambda log: "first" if log["bought"].mean() > 0.32 else "second"))
print("first rows:", long_game.settle(lambda log: "first" if log["bought"].iloc[:3].any() else "second"))

# %% [markdown]
# No strategy does better in the long run, and no language model. Both worlds give every log the same chance. So the log
# tells nothing about the coin, and neither does a bet computed from it:
#
# $$P(\mathit{bet}(\mathit{log}) = \mathit{coin}) = \tfrac12 P(\mathit{bet} = \mathit{first}) +
# \tfrac12 P(\mathit{bet} = \mathit{second}) = \tfrac12$$
#
# Now an **experiment**: in both worlds, the shop shows the tent by lot.

# %%
print(deal(twins, rounds=1000, rows=200, rng=rng, experiment=True).settle(by_gap))
claim("2a.no_bet_beats_the_coin")
# where_it_breaks("2a.no_bet_beats_the_coin")

# %% [markdown]
# **Exercise 2a.4.** You may have one of four things to tell the twins apart. Which one?
#
# - `"rows"`: a log of a billion visitors instead of 200
# - `"model"`: a model that predicts perfectly, for such a log, how often each kind of row occurs
# - `"time"`: the same log with the hour of each showing and each purchase
# - `"lot"`: a log of 200 visitors in which a lot decided who was shown the tent

# %%
answer = ...
check("2a.4", answer)
# hint("2a.4", 1)
# solution("2a.4")

# %% [markdown]
# And the shop's own log? Take popular or not (known before, so first in both twins), recommended, and purchased:

# %%
columns = pairs.assign(popular=1 * (pairs["popularity"] > 0))[["popular", "recommended", "purchased"]]
counts = columns.value_counts().sort_index().to_numpy().reshape(2, 2, 2)
seen = Table(tuple(columns), ((0, 1),) * 3, counts / len(pairs))
worlds = dict(zip(("first", "second"), twin_worlds(seen, "recommended", "purchased", before="popular"), strict=True))
done = {name: [world.do(recommended=r).table().mean("purchased") for r in (0, 1)] for name, world in worlds.items()}
done["truth"] = opened[["purchased0", "purchased1"]].mean().tolist()
pd.DataFrame(done, index=["do(recommended = 0)", "do(recommended = 1)"]).T.round(3)

# %% [markdown]
# Three columns of this log fit the first twin, the second and the truth alike. (Here the truth lies between the twins.
# It need not: how far apart worlds with one table can be, 3c says.)
#
# ## What must be added
#
# Three assumptions let a log answer (3b knows other ways). The first two speak of the world, and no row confirms them.
# The third you can look for in the log.
#
# - **Consistency.** Who was shown it did what they would do if *we* showed it. It fails if "shown" meant the tenth
#   place and we plan the first, or if friends tell friends (6b).
# - **Exchangeability.** Within a kind of visitors, shown and not shown would buy alike if treated alike. It fails if
#   the recommender goes by a wish to buy that the log lacks.
# - **Positivity.** Each kind of visitors had some chance to be shown it and some chance not to. It fails for new items,
#   which nobody was shown.
#
# Write $Y_1$ for what a visitor does under do$(X = 1)$, so that $E[Y_1]$ is $E[Y \mid do(X = 1)]$. Then, one assumption
# a step,
#
# $$\sum_z E[Y \mid X = 1, z] P(z) = \sum_z E[Y_1 \mid X = 1, z] P(z) = \sum_z E[Y_1 \mid z] P(z) = E[Y_1]$$
#
# by consistency, by exchangeability, and by adding up; without positivity the first term does not exist for some $z$.
# That is the reason which the second formula of this lesson needs. In the first twin shown and not shown are
# exchangeable, in the second they are not. A lot makes them so in every world: that is its use.
#
# ## An unseen graph
#
# A school. Motivated pupils come to tutoring, do their homework, and get better marks. Some are sent by their parents.
# Good marks win a prize.

# %%
school = CausalGraph.parse(
    "motivation -> tutoring -> homework -> mark -> prize; motivation -> homework; motivation -> mark;"
    "parents -> tutoring"
)
figure.show(figure.graph(school))

# %% [markdown]
# **Exercise 2a.5.** The school makes all pupils do their homework, in class: do(homework = 1). Of which of the other
# variables can the distribution change?

# %%
answer = ...  # {"...", "..."}
check("2a.5", answer)
# hint("2a.5", 1)
# hint("2a.5", 2)
# solution("2a.5")

# %% [markdown]
# ## What can go wrong
#
# - **A model fits the log, so you believe its do().** Both twins fit perfectly. Ask what was assumed.
# - **Two variables share noise.** Then it is a hidden common cause, drawn as a dashed arc with two heads. Independent
#   noise is the claim that there is none.
# - **The noise is drawn anew.** With other visitors in each world, luck joins the effect.
# - **A do() that nobody can do.** "All visitors are campers" is an equation, but a shop has no button for it. Say how
#   you would act, else nobody knows which question the number answers.
#
# ## Summary
#
# 1. A model is a graph, equations and noise. do() replaces one equation, a constant cuts the arrows into it, all else
#    stays.
# 2. Seeing averages over those who were shown something, doing over everybody. Where something bears on both who is
#    shown it and who buys, the two differ as a rule.
# 3. Worlds with the very same table can differ in do(). An experiment decides between them, or assumptions that you
#    name.
#
# ## References
#
# - Pearl (2009), *Causality*, 2nd edition: definitions 7.1.1 and 7.1.2, models and do; definition 3.2.3, twins make a
#   quantity not identifiable.
# - Pearl, Glymour and Jewell (2016), *Causal Inference in Statistics: A Primer*, sections 1.5 and 3.1.
# - Hernán and Robins (2020), *Causal Inference: What If*, chapters 1 to 3: the three assumptions.
# - Correa and Bareinboim (2020), *AAAI*: other equations than constants in do.
# - 《LLM在推荐系统中的因果推断应用》: the article; *buy = f(browse, click, price)* is its example of a model.
