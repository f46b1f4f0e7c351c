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
# # How interested is this shopper?
#
# A visitor clicks on a tent. Are they off to the mountains, or just looking? Nobody told the shop. It has one click,
# and what it knows of other visitors.
#
# After this lesson you can
#
# - update a probability by evidence, from counts, as a table and in odds,
# - estimate a rate from few data without believing them too much, and weigh words as evidence,
# - say why no such probability tells what happens if the shop *shows* an item.
#
# **You need** [lesson 0](0_start_here.ipynb). **45 minutes.** A number in brackets, such as (2a), names the later
# lesson that teaches a step in full.

# %%
import numpy as np
import pandas as pd

from causalrec.article import bayes, bayes_as_printed
from causalrec.causal import BetaBernoulli, NaiveBayes, Pmf, bayes_factor, from_odds, odds, posterior_odds, words_of
from causalrec.shop import simulate
from causalrec.teach import check, claim, figure, hint, solution, where_it_breaks

# %% [markdown]
# ## Guess first
#
# Of 1,000 visitors 100 are campers. Eight in ten campers click on the tent, and one in ten of the others. A visitor
# clicks on the tent. How probable is it that this is a camper?

# %%
guess = ...  # a number between 0 and 1
check("1a.guess", guess)

# %% [markdown]
# ## By hand
#
# Count. Of 100 campers 80 click, and of 900 others 90:

# %%
visitors = pd.DataFrame({"click": [80, 90], "no click": [20, 810]}, index=["camper", "other"])
by_hand = visitors.loc["camper", "click"] / visitors["click"].sum()
print(f"80 of {visitors['click'].sum()} who click are campers: {by_hand:.3f}")
visitors

# %% [markdown]
# Most campers click, and yet most who click are no campers: there are so many others. Did you guess eight in ten? That
# is P(click | camper), the share of campers who click; read the bar as "given". Asked was P(camper | click), the share
# of campers among those who click. To forget how few campers there are is called **base-rate neglect**.
#
# **Bayes' rule** leads from the one to the other:
#
# $$P(h \mid e) = \frac{P(e \mid h) \cdot P(h)}{P(e)}, \qquad P(e) = \sum_{h'} P(e \mid h') \cdot P(h')$$
#
# $h$ is a **hypothesis** (camper or other), $e$ the evidence (a click). $P(h)$, what you believed before, is the
# **prior**; $P(e \mid h)$ is the **likelihood**; $P(h \mid e)$, what you believe now, is the **posterior**. In the sum
# $h'$ runs over all hypotheses: they must exclude each other, and one of them must hold.

# %%
def posterior(prior, likelihood):
    # P(e | h) P(h), divided by their sum P(e)
    joint = {h: likelihood[h] * prior[h] for h in prior}
    return {h: joint[h] / sum(joint.values()) for h in joint}


prior, click = {"camper": 0.1, "other": 0.9}, {"camper": 0.8, "other": 0.1}
assert np.isclose(posterior(prior, click)["camper"], by_hand)

# %% [markdown]
# This is `causalrec.causal.Pmf` (for probability mass function: hypotheses with their probabilities). Its table shows
# each step. The **joint** probability, P(camper and click), is prior times likelihood; the joint column sums to
# $P(e)$.

# %%
assert np.isclose(Pmf(prior).update(click)["camper"], by_hand)
Pmf(prior).table(click).round(3)

# %% [markdown]
# The same as areas: a column for each hypothesis, as wide as its prior, shaded up to its likelihood. A click rules out
# what is not shaded. The posterior is a column's share of the shaded area.

# %%
figure.show(figure.bayes_square(prior, click, evidence="click"))

# %% [markdown]
# ### The same in odds
#
# **Odds** are a probability over that of the opposite: 100 campers to 900 others, 1 to 9. The **Bayes factor** says how
# much likelier the evidence is if the hypothesis holds than if it does not. Then
#
# $$\frac{P(h \mid e)}{P(\text{not } h \mid e)} = \frac{P(h)}{P(\text{not } h)} \times
# \frac{P(e \mid h)}{P(e \mid \text{not } h)}$$
#
# In words: posterior odds are prior odds times Bayes factor. $P(e)$ has cancelled. A factor above 1 speaks for the
# hypothesis, one below 1 against it.

# %%
factor = bayes_factor(0.8, 0.1)
print(f"odds {odds(0.1):.3f} × Bayes factor {factor:.0f} = odds {posterior_odds(odds(0.1), factor):.3f}")
print(f"as a probability: {from_odds(posterior_odds(odds(0.1), factor)):.3f}")

# %% [markdown]
# Evidence that comes in pieces multiplies the odds once a piece, in any order, if the pieces are independent *given*
# the hypothesis: among campers one click says nothing of the next, nor among the others.
#
# **Exercise 1a.1.** The same visitor clicks on the head torch too. So do 6 in 10 campers and 2 in 10 others, whether or
# not they clicked on the tent. How probable is it now that this is a camper?

# %%
answer = ...
check("1a.1", answer)
# hint("1a.1", 1)
# hint("1a.1", 2)
# solution("1a.1")

# %% [markdown]
# ## Few looks
#
# The course calls **interest** the chance that a shopper clicks on an item once they have come across it. Call each
# coming across a *look*. The log holds weeks 5 to 8. Here are all its looks of U0001 in the first two. What do they say
# of this shopper's click rate, the average interest in what they come across?

# %%
log, truth = simulate("course")
pairs, titles = log.pairs, log.catalogue.items.set_index("item_id")["title"]
looks = pairs[pairs["browsed"] == 1].assign(title=pairs["item_id"].map(titles))
early, late = looks[looks["week"] <= 6], looks[looks["week"] > 6]
early.query("user_id == 'U0001'")[["title", "clicked"]]

# %% [markdown]
# Two clicks in six looks: the **raw share** is one third. But six looks fit many rates. So let each rate be a
# hypothesis; ten of them will do for now, all equally probable at first. If the rate is $r$ and one look tells nothing
# of the next, each click has the chance $r$ and each look without one $1 - r$. So the likelihood of these six looks is
# $r^2 (1 - r)^4$:

# %%
rates = np.round(np.arange(0.05, 1, 0.1), 2)
grid = Pmf.from_weights(dict.fromkeys(rates, 1))
grid.table(lambda rate: rate**2 * (1 - rate) ** 4).round(4)

# %% [markdown]
# Ten times the looks, with the same share of clicks, would leave far fewer rates probable:

# %%
beliefs = pd.DataFrame({
    "6 looks": grid.update(lambda rate: rate**2 * (1 - rate) ** 4).probabilities,
    "60 looks": grid.update(lambda rate: rate**20 * (1 - rate) ** 40).probabilities,
})
figure.show(figure.bars(beliefs.rename_axis("click rate"), label="probability"))

# %% [markdown]
# Make the grid ever finer, and the bars become a curve over all rates from 0 to 1, a **Beta distribution**. Two
# numbers describe it: Beta($a$, $b$) weighs like $a$ clicks and $b$ looks without a click. Beta(1, 1) holds all rates
# equally likely. Updating is adding:
#
# $$\text{Beta}(a, b) \;\to\; \text{Beta}(a + \text{clicks},\; b + \text{looks} - \text{clicks}), \qquad
# \text{mean} = \frac{a}{a + b}$$

# %%
after = BetaBernoulli(1, 1).update(2, 6)
fine = Pmf.from_weights(dict.fromkeys(np.linspace(0, 1, 2001), 1))
assert np.isclose(fine.update(lambda rate: rate**2 * (1 - rate) ** 4).mean, after.mean, atol=1e-3)
low, high = after.interval(0.9)
print(f"{after}; with probability 0.9 the rate lies between {low:.2f} and {high:.2f}")

# %% [markdown]
# That is a wide belief. But you did know something before: the log has 600 shoppers. Which prior fits them all? `fit`
# looks for the $a$ and $b$ under which everyone's clicks are likeliest, if each shopper's rate is drawn from
# Beta($a$, $b$). A prior learned from the data itself is called **empirical Bayes**. (U0001 is among the 600 and so
# counts twice, which hardly matters.)

# %%
shoppers = early.groupby("user_id")["clicked"].agg(clicks="sum", looks="count")
of_shoppers = BetaBernoulli.fit(shoppers["clicks"], shoppers["looks"])
weight = 6 / (6 + of_shoppers.a + of_shoppers.b)  # of the shopper's own looks
shrunk = weight * 2 / 6 + (1 - weight) * of_shoppers.mean
assert np.isclose(shrunk, of_shoppers.update(2, 6).mean)
low, high = of_shoppers.interval(0.9)
print(f"{of_shoppers}; nine in ten shoppers lie between {low:.2f} and {high:.2f}")
print(f"U0001: own share {2 / 6:.3f} with weight {weight:.3f}, estimate {shrunk:.3f}")

# %% [markdown]
# The estimate is drawn from the raw share towards the prior's mean, the more the fewer the looks. That is
# **shrinkage**:
#
# $$\text{estimate} = w \cdot \frac{\text{clicks}}{\text{looks}} + (1 - w) \cdot \frac{a}{a + b}, \qquad
# w = \frac{\text{looks}}{\text{looks} + a + b}$$
#
# **Exercise 1a.2.** Write the estimate as a function. There is a shorter way than this formula: updating is adding.

# %%
def estimate(clicks, looks, a, b):
    return ...


check("1a.2", estimate)
# hint("1a.2", 1)
# hint("1a.2", 2)
# solution("1a.2")

# %% [markdown]
# The fitted prior weighs like more than a hundred looks, so six count for little. In their click rate over all that
# they come across, shoppers hardly differ: they differ in *what* they like, which comes next.
#
# Now items. A log with few looks at each of many items is called **sparse**. Rank the items by their raw share of
# clicks in weeks 5 and 6, the obvious thing, and see what weeks 7 and 8 say:

# %%
items = early.groupby("item_id")["clicked"].agg(clicks="sum", looks="count")
of_items = BetaBernoulli.fit(items["clicks"], items["looks"])
items["raw"] = items["clicks"] / items["looks"]
items["shrunk"] = of_items.shrink(items["clicks"], items["looks"])
items = items.assign(later=late.groupby("item_id")["clicked"].mean(), title=titles)
low, high = of_items.interval(0.9)
print(f"{of_items}; nine in ten items lie between {low:.2f} and {high:.2f}")
top = items.sort_values("raw", ascending=False, kind="stable").head(5)
top.set_index("title").round(2)

# %% [markdown]
# All five fall back. Whoever leads after few looks probably had luck besides, and luck does not last. The fitted prior
# knew: hardly an item has so high a rate.
#
# How far is each estimate from the later share, over all items? The common share, the same for every item, is the other
# extreme. *Error* is the root of the mean squared difference.

# %%
common = items["clicks"].sum() / items["looks"].sum()
guesses = {"raw share": items["raw"], "common share": common, "shrunk": items["shrunk"]}
errors = {name: np.sqrt(((rate - items["later"]) ** 2).mean()) for name, rate in guesses.items()}
pd.Series(errors, name="error").round(3).to_frame()

# %% [markdown]
# The raw share is far worse. Between the two others this test hardly decides, for the later shares are noisy
# themselves. The sealed truth decides: for each item the true chance of a click, averaged over all looks at it in weeks
# 5 to 8.

# %%
claim("1a.shrinkage")
# where_it_breaks("1a.shrinkage")

# %% [markdown]
# ## Words as evidence
#
# Which shoppers will click on the *Dried Venison Training Treats*? What they clicked in weeks 1 to 4, their
# **history**, may tell. Take from it not the items but the words: the titles and descriptions of all *other* items that
# a shopper clicked make one text. Learn from half of the shoppers, of whom there is a history only, and ask about
# the other half, who are in the log.
#
# How often does *puppy* stand in the texts of those who clicked on the treats as well, and how often in the others'?

# %%
item = titles[titles == "Dried Venison Training Treats"].index[0]
texts = pd.Series(log.catalogue.texts, index=titles.index)  # of an item: title and description
history = log.history.assign(text=log.history["item_id"].map(texts))
words = history[history["item_id"] != item].groupby("user_id")["text"].agg(" ".join)  # of a shopper
took = pd.Series(words.index.isin(history[history["item_id"] == item]["user_id"]), index=words.index)
learn = ~words.index.isin(pairs["user_id"])
urns = {kind: words_of(" ".join(words[learn & (took == kind)])) for kind in (True, False)}
found = pd.DataFrame([(urn.count("puppy"), len(urn)) for urn in urns.values()], columns=["puppy", "all words"])
found.index = ["clicked on the treats", "did not"]
found["in 10,000 words"] = (10_000 * found["puppy"] / found["all words"]).round(1)
found

# %% [markdown]
# In equally many words, *puppy* stands far more often in the first row's. **Naive Bayes** treats the words of a shopper
# as if they had been drawn one by one, each independently of the rest, from one of two urns: that of those who clicked
# on the treats, or that of those who did not. So each word has a Bayes factor:
#
# $$\frac{P(\text{word} \mid \text{clicked})}{P(\text{word} \mid \text{not clicked})}, \qquad
# P(\text{word} \mid \text{urn}) = \frac{\text{its count there} + 1}{\text{all words there} + \text{vocabulary}}$$
#
# The *vocabulary* is the number of different words. One is added to every count, lest a word that one urn lacks decide
# alone. That is shrinkage again: with few words, all shares are drawn towards the same.

# %%
vocabulary = len(set(urns[True]) | set(urns[False]))
shares = {kind: (urn.count("puppy") + 1) / (len(urn) + vocabulary) for kind, urn in urns.items()}
model = NaiveBayes.fit(list(words[learn]), took[learn])
assert np.isclose(model.factor("puppy"), bayes_factor(shares[True], shares[False]))
print(f"puppy: {model.factor('puppy'):.2f}")
most = {user: model.explain(words[user]).head(6).round(2).reset_index() for user in ("U0368", "U0221")}
pd.concat(most, axis=1)

# %% [markdown]
# Here are two shoppers whom the model has not learned from, picked near the ends of its order. For each the six words
# that say most: how often they stand in the shopper's text, and their Bayes factor. A dog's dinner speaks for the
# treats, a recipe against them.
#
# Each word's factor, once for each time it stands there, multiplies the prior odds, those of clickers to others among
# the shoppers learned from. The product is huge or tiny, so print its logarithm, the log-odds (lesson 0):

# %%
own = model.explain(words["U0368"])
total = posterior_odds(took[learn].sum() / (~took[learn]).sum(), *own["bayes_factor"] ** own["count"])
assert np.isclose(np.log(total), model.log_odds([words["U0368"]])[0])
for user in ("U0368", "U0221"):
    clicked = looks.query("user_id == @user and item_id == @item")["clicked"].iloc[0]
    print(f"{user}: log-odds {model.log_odds([words[user]])[0]:.0f}; clicked on the treats: {clicked}")

# %% [markdown]
# Two picked cases prove nothing. So repeat it for the most clicked items and all shoppers in the log:

# %%
claim("1a.words_tell")
# where_it_breaks("1a.words_tell")

# %% [markdown]
# The order is worth something. The probabilities are not:

# %%
seen = looks[(looks["item_id"] == item) & looks["user_id"].isin(words.index)]
bands = ["below 0.01", "between", "above 0.99"]
predicted = pd.cut(model.predict(list(words[seen["user_id"]])), [-1, 0.01, 0.99, 1], labels=bands)
table = seen.groupby(predicted, observed=True)["clicked"].agg(shoppers="size", clicked="mean").round(2)
table.rename_axis("predicted chance")

# %% [markdown]
# Most shoppers get a chance near 0 or near 1, but what they did is far from that certain. Words do not come
# independently: all six of U0221 come from *one* text, the recipe cards'. One click, counted six times: that is the
# "naive". Besides, the prior odds are those of all shoppers, whether they came across the treats or not; you ask about
# those who did.
#
# An order without trustworthy chances is something, and you got it from counting words. What a language model adds is
# lesson 4a's question.
#
# ## An article's events
#
# The article that this course mends prints $P(A \mid B) = P(B \mid A) \cdot P(A) / P(B)$, which is right. It says that
# $A$ is the item and $B$ the user. Then it writes
#
# $$P(\text{buy} \mid \text{item}) = \frac{P(\text{item} \mid \text{buy}) \cdot P(\text{buy})}{P(\text{item})}$$
#
# **Exercise 1a.3.** With $A$ = item and $B$ = user, of what is $P(A \mid B)$ the probability? `"item given user"`,
# `"user given item"`, `"buy given item"` or `"buy given item and user"`.

# %%
answer = ...
check("1a.3", answer)
# hint("1a.3", 1)
# solution("1a.3")

# %% [markdown]
# So what is inconsistent? With $A$ = item and $B$ = user, the left side is P(item | user), so the second line is no
# case of the first: the event *buy* has no letter, the user is gone, and the item has moved behind the bar. With $A$ =
# buy and $B$ = item it *is* Bayes' rule, and true. Run both on the log, a row a pair, for the treats and U0368:

# %%
of_item, of_user = pairs["item_id"] == item, pairs["user_id"] == "U0368"
bought = pairs["purchased"] == 1
as_named = bayes(of_user[of_item].mean(), of_item.mean(), of_user.mean())
as_written = bayes_as_printed(of_item[bought].mean(), bought.mean(), of_item.mean())
assert np.isclose(as_named, of_item[of_user].mean())
assert np.isclose(as_written, bought[of_item].mean())
print(f"A = item, B = user: {as_named:.3f}   as written: {as_written:.3f}")
print(f"rows of this item and this user: {(of_item & of_user).sum()}")

# %% [markdown]
# Both are true of the log, and neither is what a shop asks. As named, it is the share of U0368's rows that hold the
# treats, one in sixty; no purchase comes in. As written, it is the same for every shopper. The chance for *this*
# shopper and *this* item, P(buy | item, user), rests on a single row, so counting cannot tell it. You need a prior and
# evidence, as above.

# %% [markdown]
# ## The wall
#
# So far the shop looked on. Now it acts: it shows the tent to visitors who look like campers. It can tell them no
# better than a click would, so of the 1,000 visitors it shows the tent to 80 of the campers and to 90 of the others. Of
# the campers who are shown it half buy, of the others one in ten:

# %%
tent = pd.DataFrame({"visitors": [100, 900], "shown": [80, 90]}, index=["camper", "other"])
tent["shown and bought"] = [40, 9]
sums = tent.sum()
print(f"P(buy | shown) = {sums['shown and bought'] / sums['shown']:.3f}")
tent

# %% [markdown]
# **Exercise 1a.4.** Suppose the shop shows the tent to all 1,000. Assume that the campers it had left out, once shown
# the tent, buy as often as the other campers, and likewise those who are no campers. What share of the 1,000 buys?

# %%
answer = ...
check("1a.4", answer)
# hint("1a.4", 1)
# hint("1a.4", 2)
# solution("1a.4")

# %% [markdown]
# The share among those who *are* shown the tent is one number; the share if you *show* it to all is another. Campers
# and others buy as before in both; but nearly half of the shown are campers, and of all visitors one in ten is. The
# second number is written P(buy | **do**(show)): the chance of a purchase if the shop shows the item to everyone,
# whomever it would have chosen (2a).
#
# Now our shop. First what the log says, counted, and once more by Bayes' rule:

# %%
shown = pairs["recommended"] == 1
by_bayes = bayes(shown[bought].mean(), bought.mean(), shown.mean())
assert np.isclose(by_bayes, bought[shown].mean())
print(f"P(buy | shown) = {by_bayes:.3f}")

# %% [markdown]
# Bayes' rule added nothing. It turns round the shares of one table, and the table holds what happened under the shop's
# choices. What would happen under others does not stand in it. Open the truth: it holds for every pair `mu1`, the
# chance of a purchase if shown. Average it over the pairs that were shown, and over all:

# %%
if_shown = truth.open().pairs["mu1"]
print(f"average over the pairs that were shown: {if_shown[shown.to_numpy()].mean():.3f}")
print(f"average over all, P(buy | do(show)):    {if_shown.mean():.3f}")

# %% [markdown]
# But for luck, the first average is what you counted. The second averages over other pairs: the old recommender more
# often chose those with better chances.

# %%
claim("1a.seeing_is_not_showing")

# %% [markdown]
# In which shop would seeing be enough?

# %%
where_it_breaks("1a.seeing_is_not_showing")

# %% [markdown]
# In one that draws lots. Ours does not, and the same wall stands before every rate of this lesson: it describes those
# who came across an item, and the shop had a hand in who did.
#
# Nor is P(buy | do(show)) yet what showing *adds*, for some would buy without. For that, subtract what would be bought
# if nothing were shown, P(buy | do(not show)). Counting this log gives neither. So the rest of the course asks: what
# must you know besides the log to get from seeing to doing? [Lesson 2a](2a_structural_causal_models.ipynb) begins.
#
# ## What can go wrong
#
# **The conditional the wrong way round.** P(click | camper) is not P(camper | click).
#
# **No prior, or too strong a one.** One click in one look is no certainty. But a prior that is stronger than the
# differences among items deserve draws the odd ones to the crowd; so learn it from data, as `fit` does.
#
# **Evidence counted twice.** Bayes factors multiply only if the pieces are independent given the hypothesis.
#
# **Zero.** What has prior 0 stays at 0 whatever you see. If the evidence is impossible under all that you thought of,
# `Pmf` stops and says so: a hypothesis is missing, or a likelihood is wrongly 0.
#
# **Seeing for doing.** However much evidence: it changes what you believe, not what your action does.
#
# ## A problem you have not seen
#
# Two in 100 passengers carry a virus. A test finds 9 in 10 of those who do. It is also positive in 8 of 100 who do not.
#
# **Exercise 1a.5.** A passenger, picked at random, tests positive. How probable is it that they carry the virus?

# %%
answer = ...
check("1a.5", answer)
# hint("1a.5", 1)
# hint("1a.5", 2)
# solution("1a.5")

# %% [markdown]
# ## Summary in three lines
#
# 1. Posterior odds are prior odds times Bayes factor; count, and mind which way round the conditional stands.
# 2. With few data, start from what holds for others and let the own data pull: shrinkage.
# 3. P(buy | shown) describes those whom the shop chose; P(buy | do(show)) is what happens if it shows to everyone.
#
# ## References
#
# - Pearl, Glymour and Jewell (2016), *Causal Inference in Statistics: A Primer*, section 1.3: probability, Bayes' rule.
# - Downey (2021), *Think Bayes*, 2nd edition, chapters 2, 4 and 6: tables, proportions, odds.
# - Kahneman and Tversky (1973), On the psychology of prediction, *Psychological Review* 80: base rates neglected.
# - Gelman et al. (2013), *Bayesian Data Analysis*, 3rd edition, sections 2.4, 5.1 and 5.3: Beta priors, and priors
#   learned from many units.
# - Efron and Morris (1977), Stein's paradox in statistics, *Scientific American* 236(5): why shrinking helps.
# - Manning, Raghavan and Schütze (2008), *Introduction to Information Retrieval*, section 13.2: naive Bayes.
# - 《LLM在推荐系统中的因果推断应用》: the article whose events are put right here.
