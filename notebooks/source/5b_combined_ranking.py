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
# # What should we show?
#
# A shop has ten places on your screen. The tent you came for needs none of them; you would find it anyway. The lamp you
# would never have found needs one. In this lesson you fill the ten places.
#
# After this lesson you can
#
# - say what showing an item changes, and rank by it,
# - say why popularity, interest and a plausible formula fill the places worse,
# - ask of a result on which assumption it rests, and in which world it would be wrong.
#
# **You need** [lesson 0](0_start_here.ipynb). **50 minutes.** You walk the whole way of the course once. A number in
# brackets, such as (3a), names the later lesson that teaches a step in full; here one sentence must do.

# %%
import numpy as np
import pandas as pd

from causalrec.article import do, do_prime, score_as_printed, score_charitable, undo
from causalrec.causal import CausalGraph, Query, aipw, fit_outcomes, identify, ipw, naive, quadratic_logistic
from causalrec.recommend import TextEncoder, cosine, fit_interest, nearest, rank, scoreboard
from causalrec.recommend.value.pipeline import fit_recommender, learner_columns, recommend
from causalrec.recommend.value.uplift import dr_learner, t_learner
from causalrec.shop import simulate
from causalrec.teach import check, claim, figure, hint, solution, where_it_breaks

rng = np.random.default_rng(7)

# %% [markdown]
# ## Guess first
#
# Six ways to fill the places. First come the items that …
#
# | guess | |
# |---|---|
# | `"popularity"` | sell best |
# | `"interest"` | this user would most likely click on, once seen |
# | `"bought"` | this user will most likely buy, as things are |
# | `"shown"` | this user would most likely buy if shown |
# | `"article"` | score highest by an article's formula, which you meet below |
# | `"uplift"` | gain most in this user's chance of buying from being shown |
#
# Which one *adds* most purchases? And which would come last?

# %%
guess = ...  # one of the six words, in quotes
check("5b.guess", guess)

# %% [markdown]
# ## Four visitors
#
# A shop can show a lamp. Of 100 visits of each kind, so many end in a purchase:

# %%
visitors = pd.DataFrame(
    {"shown": [40, 50, 2, 10], "not shown": [40, 5, 2, 30]},
    index=["sure thing", "persuadable", "lost cause", "do-not-disturb"],
)
visitors["added"] = visitors["shown"] - visitors["not shown"]
visitors

# %% [markdown]
# **Sure things** buy anyway. **Persuadables** buy if they see it. **Lost causes** hardly ever buy. **Do-not-disturbs**
# are put off by being pushed. The last column is what showing adds: that is the whole difference between selling and
# being there when something sells.
#
# In symbols: $R = 1$ if the item is recommended (shown), $Y = 1$ if it is bought. **do**$(R = 1)$ means that we show
# it, whatever the shop would have done (2a). Then
#
# $$\mu_1 = E[Y \mid do(R = 1)] \qquad \mu_0 = E[Y \mid do(R = 0)] \qquad \tau = \mu_1 - \mu_0$$
#
# and $\tau$ is called the **uplift** (5a).
#
# **Exercise 5b.1.** Of 100 visits each end in a purchase:
#
# | | tent | lamp | stove | socks |
# |---|---|---|---|---|
# | if shown | 30 | 28 | 26 | 5 |
# | if not shown | 28 | 10 | 17 | 1 |
#
# Order the four items by what showing adds, the most first.

# %%
answer = ...  # ["tent", "lamp", "stove", "socks"], in your order
check("5b.1", answer)
# hint("5b.1", 1)
# hint("5b.1", 2)
# solution("5b.1")

# %% [markdown]
# ## An article's score
#
# An article about language models in recommender systems, 《LLM在推荐系统中的因果推断应用》, sorts items by
#
# $$s = p \cdot \mathit{do} + \mathit{undo} - \mathit{doprime}$$
#
# where $p$ is the interest. It explains the other three in words that contradict its formulas. Read them as kindly as
# you can: $do$ is $\mu_1$, $undo$ is $\mu_0$, $doprime$ is the effect $\tau$. With an interest of one half:

# %%
p, mu1, mu0 = 1 / 2, visitors["shown"] / 100, visitors["not shown"] / 100
by_hand = p * mu1 + mu0 - (mu1 - mu0)
pd.DataFrame({"uplift": mu1 - mu0, "score": by_hand}).sort_values("score", ascending=False, kind="stable").round(2)

# %% [markdown]
# The sure thing comes first with 0.60, the persuadable last with -0.15, though being shown does most for it. The
# visitor you should leave alone comes second. Why? Collect the terms:
#
# $$s = p\,\mu_1 + \mu_0 - (\mu_1 - \mu_0) = 2\mu_0 - (1 - p)\,\mu_1$$
#
# The factor before $\mu_1$ is $-(1 - p)$, never above zero. The better showing works, the *lower* the item ranks.

# %%
def score(p, mu0, mu1):
    # s = 2 μ₀ - (1 - p) μ₁
    return 2 * mu0 - (1 - p) * mu1


assert np.allclose(score(p, mu0, mu1), by_hand)
for improved in (0.50, 0.60, 0.70):
    print(f"persuadable, μ₁ = {improved:.2f}: score {score(p, 0.05, improved):.2f}")

# %% [markdown]
# ### What it wants to be
#
# Show the lamp to a share $p$ of the visitors, drawn by lot. A share
#
# $$V(p) = p \cdot \mathit{do} + (1 - p) \cdot \mathit{undo}$$
#
# of them buys: the **value of a policy**. Here $p$ is the shop's dial, not anybody's interest. Turn it up and $V$
# changes at the rate
#
# $$V'(p) = \mathit{do} - \mathit{undo} = \tau$$

# %%
values = pd.DataFrame({f"V({share:g})": share * mu1 + (1 - share) * mu0 for share in (0, 0.5, 1)})
values.assign(slope=values["V(1)"] - values["V(0)"]).round(3)

# %% [markdown]
# So $\tau$ is the score to rank by: what each further showing adds. The article's score is
# $V(p) + p \cdot undo - doprime$. It adds a second $undo$, then takes away the one number that matters.
#
# **Exercise 5b.2.** By lot, the shop shows the lamp to one in four persuadables. What share of all persuadables buys?

# %%
answer = ...
check("5b.2", answer)
# hint("5b.2", 1)
# hint("5b.2", 2)
# solution("5b.2")

# %% [markdown]
# ### As it is printed
#
# The printed formulas say something else again. Do is $f(x, \text{the rest unchanged})$, Undo is
# $f(x, \text{the rest as it is afterwards})$, DoPrime is $\partial f / \partial x$. Take four visits and an equation in
# which showing works through clicks alone: half of the clicks end in a purchase.

# %%
def buys(shown, clicked):
    return clicked / 2


not_shown, if_shown = np.array([1, 0, 0, 0]), np.array([1, 1, 1, 0])  # who clicks
print("printed Do:     ", buys(1, not_shown).mean())
print("printed Undo:   ", buys(1, if_shown).mean())
print("printed DoPrime:", (buys(1, if_shown) - buys(0, if_shown)).mean())
print("uplift:         ", (buys(1, if_shown) - buys(0, not_shown)).mean())

# %% [markdown]
# Printed Do shows the item but leaves the clicks as they were. That is a **nested counterfactual**, $Y_{1,M}$ (2c): a
# level, not an effect. Printed Undo *is* the real do(show). Printed DoPrime is zero, because it holds still the clicks
# through which showing works. What is left, $p \cdot E[Y_{1,M}] + \mu_1$, ranks much as $\mu_1$ does.
#
# And if $x$ is a price, $\partial f / \partial x$ counts purchases per euro. A shop that counts in cents gets a
# hundredth of it:

# %%
rest, per_euro = {"tent": 0.30, "stove": 0.31}, {"tent": -0.03, "stove": -0.01}
for unit, parts in (("euro", 1), ("cent", 100)):
    print(f"prices in {unit}:", {item: round(rest[item] - per_euro[item] / parts, 4) for item in rest})

# %% [markdown]
# Counted in cents the stove overtakes the tent. No score may depend on that.
#
# ### The same in the package
#
# These are `causalrec.article` and `causalrec.recommend.rank`. Two routes, one answer:

# %%
assert np.allclose(by_hand, score_charitable(p, mu0, mu1))
assert do(buys, 1, {"clicked": not_shown}).mean() == buys(1, not_shown).mean()
assert undo(buys, 1, {"clicked": if_shown}).mean() == buys(1, if_shown).mean()
assert do_prime(buys, 1, {"clicked": if_shown}, binary=True).mean() == 0
known_by = {"interest": p, "mu0": mu0, "mu1": mu1, "uplift": mu1 - mu0}
table = pd.DataFrame({"user_id": "U1", "item_id": visitors.index, **known_by})
for name in ("uplift", "mu1", "article"):
    print(f"{name:8}", " > ".join(rank(table, name, top=4).items[0]))

# %% [markdown]
# (Lost cause and sure thing tie on uplift.) Which order is right depends on the **objective**; state it first. Is the
# shop paid for every sale that follows a recommendation, caused or not? Rank by $\mu_1$. Do only additional sales
# count? Rank by $\tau$. If showing costs something, the earnings decide:
#
# **Exercise 5b.3.** A purchase is worth `value` euro to the shop, a place on the screen costs `cost` euro. Write the
# score to rank by: what one showing earns.

# %%
def earns(mu0, mu1, value, cost):
    return ...


check("5b.3", earns)
# hint("5b.3", 1)
# hint("5b.3", 2)
# solution("5b.3")

# %% [markdown]
# ## The shop: question first
#
# Nobody tells a shop $\mu_0$ and $\mu_1$. It has a log. Every analysis in this course opens with the same six steps
# (3a):
#
# | step | here |
# |---|---|
# | question | What does recommending an item to a user change? |
# | treatment, time zero, population | recommended or not; the moment the page is put together; the pairs in the log |
# | estimand: what you would compute if you knew all | $\tau$, on average and given what is known at time zero |
# | assumptions | the graph below; no pair sure to be shown or not to be; nobody's page changes what others buy |
# | estimate | weights for the average, two models for single pairs |
# | what would refute it | a hidden cause of both showing and buying; a randomised test that disagrees |
#
# First the obvious: compare the shown pairs with the others, as in lesson 0.

# %%
log, truth = simulate("course")
pairs, user = log.pairs, log.pairs["user_id"]
R, Y = pairs["recommended"], pairs["purchased"]
naive(Y, R, cluster=user)

# %% [markdown]
# In square brackets: how far luck reaches (lesson 0), with the rows of one user counted as belonging together.
# *Effective n*: as many rows of an evenly split log would tell as much.
#
# But the two groups differed before anything was shown. What decides both what is shown and what is bought is a
# **confounder** (2b). A **causal graph** shows where it sits: an arrow from each cause to its effect, a dashed arc for
# a cause that the log lacks. Here these are taste, behind score and clicks, and quality, behind popularity and
# purchases. (Taste bears on browsing and buying too, quality on clicks; arcs that open no other back door are left
# out.) *Shown* and *bought* are the columns $R$ and $Y$.

# %%
shop = CausalGraph.parse(
    "score -> shown; popularity -> shown; activity -> shown; nudge -> shown; shown -> browsed -> clicked -> bought;"
    "shown -> clicked; popularity -> browsed; activity -> browsed; activity -> bought;"
    "score <-> clicked; popularity <-> bought"
)
figure.show(figure.graph(shop))
identify(Query("bought", do={"shown": 1}), shop)

# %% [markdown]
# A **back door** is a path from shown to bought that starts with an arrow *into* shown: a way to go together without
# one causing the other (3a). Hold three columns fixed, and all back doors are shut, provided that the graph is right.
#
# **Exercise 5b.4.** `clicked` predicts purchases better than any other column. Should it be held fixed as well? Answer
# `"yes"`, `"no"` or `"no difference"`.

# %%
answer = ...
check("5b.4", answer)
# hint("5b.4", 1)
# solution("5b.4")

# %% [markdown]
# Our log keeps the **propensity** $e$, the chance with which the old recommender showed a pair; it was made of those
# three columns and the nudge, a coin. A pair that was shown against a chance of one in ten speaks for ten such pairs.
# So weight it by ten:
#
# $$\hat\mu_1 = \frac{\sum_i w_i R_i Y_i}{\sum_i w_i R_i},\ w_i = \frac{1}{e_i} \qquad\qquad
# \hat\mu_0 = \frac{\sum_i w_i (1 - R_i)\, Y_i}{\sum_i w_i (1 - R_i)},\ w_i = \frac{1}{1 - e_i}$$
#
# This is **inverse probability weighting**, IPW (3d). What it estimates, the average of $\tau$, is called the ATE.

# %%
e = pairs["propensity"]
w = np.where(R == 1, 1 / e, 1 / (1 - e))
weighted_by_hand = np.average(Y, weights=w * R) - np.average(Y, weights=w * (1 - R))
print(f"{weighted_by_hand:.3f}")

# %% [markdown]
# This is `causalrec.causal.ipw`. Beside it **AIPW**: it predicts purchases by two models and lets the weights correct
# them, and is right if either is (3d).

# %%
weighted = ipw(Y, R, e, cluster=user)
assert np.isclose(weighted.value, weighted_by_hand)
m0, m1 = fit_outcomes(pairs[["score", "popularity", "activity"]], R, Y, cluster=user, rng=rng)
print(weighted)
print(aipw(Y, R, e, m0, m1, cluster=user))

# %% [markdown]
# Both say much less than the plain comparison. Keep its number in mind until the truth is opened.
#
# ## Interest, from words
#
# An average ranks nothing. What tells one pair from another? Among other things, words. BERT, a language model, turns
# each item's title and description into a vector. The **cosine** of two vectors is 1 if they point the same way and 0
# if they have nothing in common (4a). Which texts are nearest to the first item's?

# %%
items = log.catalogue.items
vectors = TextEncoder().encode(log.catalogue.texts)  # (items, 384)
near = nearest(vectors[0], vectors, top=6)
items.loc[near, ["title", "category"]].assign(cosine=cosine(vectors[0], vectors[near])[0].round(2))

# %% [markdown]
# Painter's things, from several categories (the saddle bag shares only the wax). No column of the catalogue says so,
# the words do. Next, the clicks of weeks 1 to 4 teach how much a click on one text says about a click on another. Out
# comes the interest of every pair:

# %%
interest = fit_interest(log, vectors)
titles = items.set_index("item_id")["title"]
before = log.history.query("user_id == 'U0604'")["item_id"].map(titles)
print("U0604 clicked before:", "; ".join(before.head(4)))
own = log.candidates.query("user_id == 'U0604'")
own = own.assign(title=own["item_id"].map(titles), interest=interest.predict(own).round(2))
own.sort_values("interest", ascending=False, kind="stable").set_index("title")[["interest"]].iloc[[0, 1, 2, -2, -1]]

# %% [markdown]
# ## From interest to uplift
#
# Interest is not the goal; it is one more thing to hold fixed. The **T-learner** (5a) fits one model to the shown pairs
# and one to the others, asks both about every pair, and subtracts:
#
# $$\hat\tau(x) = \hat\mu_1(x) - \hat\mu_0(x)$$
#
# A model here is the logistic function of a sum: of the columns, their squares and their products.

# %%
x = learner_columns(log, pairs, interest.predict(pairs)).to_numpy()
model1 = quadratic_logistic().fit(x[R == 1], Y[R == 1])
model0 = quadratic_logistic().fit(x[R == 0], Y[R == 0])
uplift_by_hand = model1.predict_proba(x)[:, 1] - model0.predict_proba(x)[:, 1]

fitted = fit_recommender(log, vectors)
assert np.allclose(fitted.score(pairs)["uplift"], uplift_by_hand, atol=1e-6)
print(fitted.learner)
print(f"mean uplift: {uplift_by_hand.mean():.3f}")

# %% [markdown]
# `fit_recommender` went the whole way from the texts and arrived at the same numbers. The log holds half of the users.
# For the other half it has earlier clicks and sixty candidates each, no outcomes; they will judge our rankings. Here
# are 600 of their pairs, as the two models see them:

# %%
tables = {}
for name, rows in (("log", pairs), ("held out", log.candidates)):
    found = fitted.score(rows)
    charitable = score_charitable(found["interest"], found["mu0"], found["mu1"])
    printed = score_as_printed(found["interest"], found["natural"], found["mu1"], 0.0)
    tables[name] = found.assign(popularity=rows["popularity"], charitable=charitable, printed=printed)
some = tables["held out"].sample(600, random_state=rng)
figure.show(figure.quadrants(some["mu0"], some["uplift"]))

# %% [markdown]
# The tables also got the article's score in both readings. (As printed: recommending does not stand in the article's
# equation for buying, so $E[Y_{1,M}]$ is what the old policy brings, $P(Y \mid x)$, in the column `natural`.)
#
# ## The obvious test fails
#
# Which ranking is good? The obvious test: how many purchases does the log hold in each user's top ten?

# %%
names = {"uplift": "uplift", "shown, μ₁": "mu1", "interest": "interest", "bought, P(Y|x)": "natural"}
names |= {"article, charitable": "charitable", "article, printed": "printed", "popularity": "popularity"}
tops = {label: rank(tables["log"], tables["log"][column].to_numpy()).frame() for label, column in names.items()}
held = {label: top.merge(pairs, on=["user_id", "item_id"])["purchased"].sum() for label, top in tops.items()}
per_user = pd.Series(held, name="purchases per user") / user.nunique()
per_user.sort_values(ascending=False, kind="stable").round(2).to_frame()

# %% [markdown]
# The chance of a purchase wins, uplift is near the bottom. Do not believe it. The test counts purchases *in* the top
# ten, not *because* of it: it praises whoever finds the sure things.
#
# ## Open the truth
#
# In our shop we can count the others. $V$ is now the number of purchases that ten places add per user, by the true
# $\tau$ of each pair. $G$ puts it on a scale: 0 for ten random items, 1 for the best possible ten,
#
# $$G = \frac{V - V_\text{random}}{V_\text{best} - V_\text{random}}$$
#
# Known items first: those that the log has seen.

# %%
opened = truth.open()
new = log.candidates["popularity"].isna()
known, known_truth = tables["held out"][~new], opened.candidates[~new]
rankings = {label: rank(known, known[column].to_numpy()) for label, column in names.items()}
board = scoreboard(rankings, known_truth, rng)
figure.show(figure.scoreboard(board))
board.set_index("ranking")[["purchases"]].rename(columns={"purchases": "added per user"}).round(2)

# %% [markdown]
# The bars say how far luck in the draw of users reaches. Popularity is worse than drawing lots, for what everybody
# finds needs no place. Apart from it, the test above had the order nearly upside down. Look up your guess.
#
# No ranking reaches 1. The best possible one knows taste and quality; the log does not.

# %%
claim("5b.uplift_adds_most")

# %% [markdown]
# A claim that cannot fail says nothing. In which shop would uplift lose?

# %%
where_it_breaks("5b.uplift_adds_most")

# %% [markdown]
# Uplift is the right *goal* there too. But the way to it is estimated, and a good estimate of something near may beat a
# noisy one of the thing itself. Measure, in your shop. The article:

# %%
claim("5b.uplift_beats_article")
# where_it_breaks("5b.uplift_beats_article")

# %% [markdown]
# The obvious test, and the obvious comparison:

# %%
claim("5b.log_praises_the_wrong_one")
# where_it_breaks("5b.log_praises_the_wrong_one")

# %%
claim("5b.naive_counts_too_much")
# where_it_breaks("5b.naive_counts_too_much")

# %% [markdown]
# ### New items
#
# A third of the items was listed after the log ended. They have no score and no popularity: of a new item the log knows
# its price and its words.

# %%
fresh, fresh_truth = tables["held out"][new], opened.candidates[new]
ranked = {label: rank(fresh, fresh[column].to_numpy()) for label, column in names.items() if column != "popularity"}
figure.show(figure.scoreboard(scoreboard(ranked, fresh_truth, rng)))

# %% [markdown]
# Here uplift is not ahead: the bars overlap. All these rankings live on interest, the article's too, and come out
# alike. What counts is to have the words at all:

# %%
claim("5b.text_carries_new_items")
# where_it_breaks("5b.text_carries_new_items")

# %% [markdown]
# Order is one thing, size another. How do you predict for pairs that lack two columns? Models without these columns
# leave their confounding in. The kit's T-learner fits them all and *averages* over what a pair lacks. The
# **DR-learner** fits a model to the scores that AIPW averages, propensity included (5a).

# %%
columns, rows = fitted.learner.columns, learner_columns(log, log.candidates[new], fresh["interest"])
left_out = t_learner(columns.drop(columns=["score", "popularity"]), R, Y).predict(rows)["uplift"]
robust = dr_learner(columns, R, Y, e, user, rng).predict(rows)
print(f"left out: {left_out.mean():.3f}   averaged: {fresh['uplift'].mean():.3f}   DR-learner: {robust.mean():.3f}")
print(f"truth:    {fresh_truth['uplift'].mean():.3f}")

# %%
claim("5b.leaving_out_misses_the_level")
# where_it_breaks("5b.leaving_out_misses_the_level")

# %% [markdown]
# ## One recommendation, explained
#
# What would the shop tell U0604? (In a terminal: `python -m causalrec recommend`.) The intervals come from fitting all
# anew to users and items drawn again.

# %%
shown = recommend(log, vectors, ["U0604"], rng, top=3, replicates=20, fitted=fitted)
for slot, title, why in shown[["slot", "title", "why"]].itertuples(index=False):
    print(f"{slot}. {title}\n   {why}")

# %% [markdown]
# Read it as a critic.
#
# - “If it is shown” is a causal claim. It rests on the graph; no fit to the log can test it.
# - Many would have bought anyway. Yet by these estimates no other item gains more from the place.
# - An interval that reaches below zero means that the log cannot tell. The ranking goes by the estimate all the same.
# - “Closest to what this user chose” says what the interest saw. It is no reason why showing *works*.
# - The interval is for pairs that look like this one to the models, not for this pair:

# %%
claim("5b.intervals_are_not_for_one_pair")
# where_it_breaks("5b.intervals_are_not_for_one_pair")

# %% [markdown]
# ## What can go wrong
#
# **A hidden confounder.** In our shop the log holds what the old recommender went by:

# %%
claim("5b.level_is_about_right")

# %% [markdown]
# Suppose it had known the taste itself, not just a score that is logged. Then holding *estimated* interest fixed is not
# holding taste fixed.

# %%
where_it_breaks("5b.level_is_about_right")

# %% [markdown]
# No column of these pairs shows it; the clicks of the weeks before would (3a). If you only rank, you may be lucky; if
# you pay for every showing, you overpay.
#
# **No choice.** What was always shown, or never, has nothing to be compared with (2a).
#
# **Two stoves.** One shown stove may take a sale from another. This shop has no such competition; yours has.
#
# **One world.** All this was one shop with one seed. The [table of rankings over twenty
# seeds](../benchmarks/rankings.md) says how much was luck.
#
# ## A graph you have not seen
#
# A clinic calls some patients the day before, so that they come. Its staff call those who missed an appointment before.
# They ask on the phone whether the patient will come (*confirmed*). Those who live far away come less often
# (*distance*). Called patients come less than others. Should the clinic stop?
#
# **Exercise 5b.5.** Which columns must be held fixed to learn from this log what a call changes? And whom would you
# call?

# %%
clinic = CausalGraph.parse(
    "missed_before -> called -> confirmed -> came; called -> came; missed_before -> came; distance -> came"
)
figure.show(figure.graph(clinic))
answer = ...  # a set of names: {"...", "..."}
check("5b.5", answer)
# hint("5b.5", 1)
# hint("5b.5", 2)
# solution("5b.5")

# %% [markdown]
# ## Summary in three lines
#
# 1. Rank by what showing changes, $\tau = \mu_1 - \mu_0$, unless recommended sales are all you are paid for.
# 2. A log tells $\tau$ only if you hold fixed what decided both showing and buying; words help where nothing else is
#    known.
# 3. A test that counts purchases in the top ten praises the wrong ranking, and an average may be right where a pair's
#    is not.
#
# ## References
#
# - Pearl (2009), *Causality*, 2nd edition: definition 3.3.1 and theorem 3.3.2, the back door.
# - Hernán and Robins (2020), *Causal Inference: What If*, section 2.4: inverse probability weighting.
# - Robins, Rotnitzky and Zhao (1994), *JASA* 89: AIPW.
# - Künzel, Sekhon, Bickel and Yu (2019), *PNAS* 116: the T-learner and its kin.
# - Kennedy (2023), *Electronic Journal of Statistics* 17, algorithm 1: the DR-learner.
# - Devlin, Chang, Lee and Toutanova (2019), *NAACL*: BERT. Reimers and Gurevych (2019), *EMNLP*, section 3: vectors of
#   texts.
# - Sato, Singh, Takemori, Sonoda, Zhang and Ohkuma (2019), *RecSys*: ranking recommendations by uplift.
# - 《LLM在推荐系统中的因果推断应用》: the article; its formulas as printed stand in `causalrec.article`.
