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
# # What is this, and does my machine work?
#
# A shop recommends a tent to you. You buy it. Did the recommendation sell it, or had you come for a tent anyway? A shop
# that cannot tell spends its best places on things that sell without. This course teaches you to tell.
#
# After this lesson you can
#
# - say what the course is about and where it leads,
# - rely on your machine,
# - use four tools of every later lesson: expectation, conditioning, sampling error, the logistic function.
#
# **You need** a little Python and pandas, and school probability; nothing about causes. **15 minutes.** Run each grey
# cell with Shift+Enter.

# %%
import numpy as np
import pandas as pd

from causalrec.course import environment_check
from causalrec.shop import PRESETS, simulate
from causalrec.teach import check, claim, hint, solution, where_it_breaks
from causalrec.teach.figure import logistic_curve, pipeline, sampling_error, show

rng = np.random.default_rng(7)

# %% [markdown]
# ## Does my machine work?

# %% tags=["nbval-ignore-output"]
# not compared: it speaks of your machine
environment_check()

# %% [markdown]
# *Yes* everywhere? Then all lessons run here. The last line says whether their numbers were checked on such a machine.
#
# ## What the course does
#
# It asks one question: what should a shop show to whom, if what counts is what the showing *causes*? The way there has
# five stations.

# %%
show(pipeline())

# %% [markdown]
# BERT, a language model, reads titles and descriptions. From words and earlier clicks comes **interest**: the chance
# that this person clicks on this item, once they see it. But interest says who *likes* an item, not whom a
# recommendation *changes*. Estimating such changes is **causal inference**. The ranking goes by them.
#
# | part | question | lessons |
# |---|---|---|
# | 1 Bayes' rule | How interested is this shopper? | 1a |
# | 2 Causal models | What happens if we act? | 2a–2c |
# | 3 Do-calculus | Can a log tell, and how much? | 3a–3e |
# | 4 Language model | What do they like, from the words? | 4a, 4b |
# | 5 Combined ranking | What should we show? | 5a–**5b**–5d |
# | later | Other trades, real data, frontiers | 6–9 |
#
# Here today: this one, [1a](1a_bayes_rule.ipynb), [2a](2a_structural_causal_models.ipynb),
# [2b](2b_paths_and_paradoxes.ipynb), [2c](2c_counterfactuals.ipynb), [3a](3a_adjustment.ipynb),
# [3b](3b_do_calculus.ipynb), [3c](3c_identification.ipynb), and [5b](5b_combined_ranking.ipynb), which walks the whole
# way once.
#
# ## A shop that knows the truth
#
# Our shop is simulated. So for every user and item both are known: what happens with a recommendation, and what
# without. That knowledge is `truth`, and it is sealed. You get what a real shop gets, the **log**.

# %%
log, truth = simulate("course")
print(truth)  # candidates: pairs of other users, kept for lesson 5b
items = log.catalogue.items.set_index("item_id")
pairs = log.pairs.join(items[["title", "price"]], on="item_id")
first = pairs.query("user_id == 'U0001' and (recommended == 1 or browsed == 1)").set_index("title")
first[["popularity", "recommended", "browsed", "clicked", "purchased"]].round(1).head(8)

# %% [markdown]
# Each row is a **pair**: one user, here U0001, and one item that could be recommended. 1 means yes. If *recommended*,
# it stood among the user's recommendations. They may have *browsed* it (come across it, there or elsewhere), then
# *clicked*, then *purchased*. *Popularity* was measured before; 0 is average.
#
# Find a row with a 1 under both recommended and purchased. Would it have been bought anyway? No row can say: it shows
# what happened, never what would have happened otherwise.
#
# ## The obvious comparison
#
# So compare all rows with a recommendation to all rows without.

# %%
bought = pairs.groupby("recommended")["purchased"].mean()
print(f"share bought, recommended:     {bought[1]:.3f}")
print(f"share bought, not recommended: {bought[0]:.3f}")
print(f"gap:                           {bought[1] - bought[0]:.3f}")

# %% [markdown]
# Recommending seems to pay. Does it pay that much? Suppose the shop recommended every pair instead of none. Would the
# share bought rise by less than this gap, by as much, or by more?
#
# Commit yourself: replace the dots by your word, in quotes, and run the cell.

# %%
guess = ...  # "less", "as much" or "more"
check("0.guess", guess)

# %% [markdown]
# The answer lies in `truth`; [lesson 2a](2a_structural_causal_models.ipynb) breaks the seal. Until then four tools
# bring you closer, each first by hand, then on the shop.
#
# ## Four tools
#
# ### Expectation: what you get on average

# %%
tiny = pd.DataFrame({
    "item":        ["tent"] * 6        + ["mug"] * 6,
    "recommended": [1, 1, 1, 1, 0, 0] + [1, 1, 0, 0, 0, 0],
    "bought":      [1, 1, 0, 0, 1, 0] + [0, 0, 0, 0, 0, 0],
})
print("by hand:  ", 3 / 12, "  three of twelve rows")
print("by pandas:", tiny["bought"].mean())

# %% [markdown]
# The **expectation** of $Y$ is the mean of the values it can take, each weighted by its probability:
#
# $$E[Y] = \sum_y y \cdot P(Y = y)$$
#
# For zeros and ones that is the share of ones. It works for money too.

# %%
share = pairs["purchased"].mean()
revenue = (pairs["purchased"] * pairs["price"]).mean()
print(f"E[purchased] = {share:.3f}: one pair in {1 / share:.0f} is bought")
print(f"E[revenue]   = {revenue:.2f} euro a pair")

# %% [markdown]
# ### Conditioning: the same, within a group
#
# **Conditioning** on something means: keep the rows where it holds, then go on as before. $E[Y \mid R = 1]$ reads "the
# expectation of $Y$, given that $R$ is 1". In pandas, `groupby` does it for all values.

# %%
given = tiny.groupby("recommended")["bought"].mean()
print(f"recommended:     by hand {2 / 6:.3f}, by pandas {given[1]:.3f}")
print(f"not recommended: by hand {1 / 6:.3f}, by pandas {given[0]:.3f}")
tiny.groupby(["item", "recommended"])["bought"].mean().unstack()

# %% [markdown]
# Recommended rows are bought twice as often. Yet among tents a recommendation changes nothing, nor among mugs. Tents
# sell anyway, and tents were recommended more. Is our shop like that?

# %%
kind = np.where(pairs["popularity"] > 0, "popular", "unpopular")
shown = pairs.groupby(kind)["recommended"].mean()
shares = pairs.groupby([kind, "recommended"])["purchased"].mean().unstack()
table = pd.DataFrame({"recommended": shown, "bought if recommended": shares[1], "bought if not": shares[0]})
table.assign(gap=shares[1] - shares[0]).round(3)

# %% [markdown]
# Partly. Popular items were recommended more often, and they sell better even if not recommended. Within each row the
# gap is smaller than over all, but still there.
#
# ### Sampling error: could it be luck?
#
# Every second shopper buys the tent. You ask two of them. Four samples are possible, all equally likely.

# %%
samples = [(0, 0), (0, 1), (1, 0), (1, 1)]
means = [sum(sample) / 2 for sample in samples]
print("means of the samples:   ", means)
print(f"their standard deviation: {np.std(means):.3f}")
print(f"by the formula below:     {np.sqrt(0.5 * (1 - 0.5) / 2):.3f}")

# %% [markdown]
# Means of samples scatter around the expectation. Their standard deviation is the **standard error**. For a share $p$
# in $n$ rows it is
#
# $$\sqrt{p\,(1 - p) / n}$$
#
# Now let the whole log play the truth: draw fifty samples of $n$ rows from it and take the gap of each.

# %%
def gap(rows):
    means = rows.groupby("recommended")["purchased"].mean()
    return means[1] - means[0]


gaps = {}
for n in (100, 1_000, 10_000):
    gaps[n] = [gap(pairs.sample(n, replace=True, random_state=rng)) for _ in range(50)]
show(sampling_error(gaps, truth=gap(pairs), label="gap in the share bought"))

# %% [markdown]
# A hundred rows can show almost any gap. More rows, less luck; it seldom reaches beyond two standard errors. And all
# rows together? Results come as **claims**: measured when you run them, with a margin to keep and a world in which they
# break.

# %%
claim("0.gap_is_not_luck")
# where_it_breaks("0.gap_is_not_luck")  # remove the first # and run again to see that world

# %% [markdown]
# So it is no accident. That does not make it the *effect* of recommending.
#
# ### The logistic function: numbers into probabilities
#
# Who chose what was recommended? The shop's old recommender. It adds up what it knows about a pair. A sum can be any
# number, a probability cannot. The **logistic function** turns the one into the other:
#
# $$\sigma(x) = \frac{1}{1 + e^{-x}}$$
#
# The sum $x$ is called the **log-odds**.

# %%
for x in (-2, 0, 2):
    print(f"x = {x:2d}   by hand: 1 / (1 + {np.exp(-x):.2f}) = {1 / (1 + np.exp(-x)):.2f}")
show(logistic_curve(at=(-2, 0, 2)))

# %% [markdown]
# Take the row you found above.

# %%
rule = PRESETS["course"].show
pair = first[(first["recommended"] == 1) & (first["purchased"] == 1)].iloc[0]
x = rule.intercept
print(f"start                      {x:+.2f}")
for name, weight in rule.weights.items():
    print(f"{name:10} {weight:+.1f} × {pair[name]:+.2f}  =  {weight * pair[name]:+.2f}")
    x = x + weight * pair[name]
print(f"x = {x:.2f}, σ(x) = {1 / (1 + np.exp(-x)):.3f}; the log says {pair['propensity']:.3f}")

# %% [markdown]
# σ(x), the chance to be recommended, is called the **propensity**. *Score* is the recommender's idea of how well the
# item suits the user, *activity* how busy the user is, *nudge* a coin tossed for each user. Look at the signs: what
# suits and what is popular got better chances, and popular items sell better anyway. Your two groups differed from the
# start. Do you stand by your guess?
#
# ## Your first exercise
#
# All exercises work alike: replace the dots by your answer, a number or code that computes it, and run the cell.
# `check` says whether it is right, almost right or wrong, and why. Nothing is recorded. Stuck? Remove the `#` before a
# hint.
#
# **Exercise 0.1.** Of the pairs that were browsed, what share was clicked? (This is interest, averaged over the shop.)
# Give a fraction between 0 and 1.

# %%
answer = ...
check("0.1", answer)
# hint("0.1", 1)
# hint("0.1", 2)
# solution("0.1")

# %% [markdown]
# ## How to go on
#
# Open [lesson 1a](1a_bayes_rule.ipynb). If numbers look odd, choose *Kernel*, then *Restart Kernel and Run All
# Cells*; if that fails, run `python3 start.py doctor` in a terminal.
#
# ## Summary
#
# 1. Interest says who likes an item; the course asks whom showing it changes.
# 2. Expectation averages, conditioning selects rows, the standard error is luck's reach, σ makes probabilities.
# 3. A gap that is no luck can still come from who was shown what.
#
# ## References
#
# - Pearl, Glymour and Jewell (2016), *Causal Inference in Statistics: A Primer*, section 1.3: the first two tools.
# - Freedman, Pisani and Purves (2007), *Statistics*, 4th edition, chapters 20 and 21: sampling error.
# - Hernán and Robins (2020), *Causal Inference: What If*, chapter 1: association is not causation.
# - 《LLM在推荐系统中的因果推断应用》: the article that this course runs and mends.
