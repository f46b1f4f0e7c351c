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
# # Does a language model read reviews better than a word count?
#
# Until now every text was the kit's own. Here are real ones: 23,486 reviews of women's clothes. Everyone who wrote one
# also ticked whether they recommend what they bought. Do their words tell? And do you need BERT to read them?
#
# After this lesson you can
#
# - compare two ways to read a text fairly, with intervals,
# - say why accuracy misleads where most answers are the same, and what missing and repeated texts do,
# - say what such a prediction is not: an effect, or a statement about all buyers.
#
# **You need** [lesson 4a](4a_words_to_interest.ipynb), and the data, once: `python3 start.py data reviews`.
# **30 minutes.**

# %%
import numpy as np
import pandas as pd
from scipy.stats import t
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from causalrec.causal import CausalGraph
from causalrec.recommend import TextEncoder, clean_text, words_of
from causalrec.shop.sources.datasets import reviews
from causalrec.shop.sources.source import SOURCES
from causalrec.teach import check, claim, figure, hint, solution, where_it_breaks

rng = np.random.default_rng(2026)

# %% [markdown]
# ## Guess first
#
# Two models read titles such as *Some major design flaws*. One counts words (TF-IDF), the other uses BERT. They learn
# from 100, 1,000 or 3,000 titles, each with its tick, and then sort others. From how many on does counting sort nearly
# as well as BERT?

# %%
guess = ...  # "100", "1000", "3000" or "never"
check("7d.guess", guess)

# %% [markdown]
# ## The reviews
#
# If the next cell ends in a `DataError`, the reviews are not on this machine yet. Its last line says what to do;
# everything below needs them.

# %%
table = reviews(download=False)
source = SOURCES["reviews"]
print(f"{source.citation}. Licence: {source.licence}.")
print(f"{len(table)} reviews, {table['recommended'].mean():.1%} recommend")
brief = table[table["text"].str.len().between(50, 100)].dropna()
brief.groupby("recommended").head(3)[["title", "text", "rating", "recommended"]]

# %% [markdown]
# ## Right by saying yes
#
# Most recommend. Their share is the **base rate**. Whoever always says yes is right that often without reading a word,
# and **accuracy**, the share of right answers, praises it. Take five reviews, of which four recommend, and a model that
# has read them. By accuracy the two will be alike. But the model puts the fifth review near the bottom, and the **AUC**
# (4b) sees that: of all pairs of a review that recommends ($i$) and one that does not ($j$), the share in which the
# first scores higher. Ties count half:
#
# $$\text{AUC} = \frac{1}{n_1 n_0} \sum_{i,\,j} \left( [s_i > s_j] + \tfrac12 [s_i = s_j] \right)$$

# %%
def sorted_rightly(y, s):
    # AUC: the mean over pairs (i, j) of [s_i > s_j] + ½ [s_i = s_j]
    gaps = s[y == 1][:, None] - s[y == 0][None, :]  # (ones, zeros)
    return ((gaps > 0) + (gaps == 0) / 2).mean()


y, yes, model = np.array([1, 1, 1, 1, 0]), np.ones(5), np.array([0.9, 0.8, 0.7, 0.6, 0.65])
for name, s in {"always yes": yes, "model": model}.items():
    assert np.isclose(sorted_rightly(y, s), roc_auc_score(y, s))  # scikit-learn's
    print(f"{name:10} accuracy {((s > 0.5) == y).mean():.2f}   AUC {roc_auc_score(y, s):.2f}")

# %% [markdown]
# The base rate does not enter the AUC, for each pair has one of both kinds. Beside it stands the **log loss** (4b):
# the mean of minus the logarithm of the chance that was given to what happened. It asks whether the chances can be
# believed; low is good.
#
# **Exercise 7d.1.** Four reviews that recommend score 9, 7, 4 and 9 points, two that do not 7 and 2. What is the AUC?

# %%
answer = ...
check("7d.1", answer)
# hint("7d.1", 1)
# hint("7d.1", 2)
# solution("7d.1")

# %% [markdown]
# ## What is missing, and what is there twice
#
# Look before any model does:

# %%
none = table["text"].isna()
print(f"without a title: {table['title'].isna().sum()}; same text as an earlier one: "
      f"{table.loc[~none, 'text'].duplicated().sum()}")
table.groupby(none.map({True: "no text", False: "text"}))["recommended"].agg(["size", "mean"]).round(3)

# %% [markdown]
# Who writes no text recommends more often. (Why, the table does not say.) Leave these rows out, and for such a buyer
# you have only the share of the others, which is too low. Fill in an empty text, and the model takes it for a text
# without a telling word. An indicator (4a) says what it is:

# %%
claim("7d.silence_tells")
# where_it_breaks("7d.silence_tells")

# %% [markdown]
# A text that stands twice is another trap: if one copy is learned from and the other judges, the model is praised for
# its memory. Here they are few; in many logs they are not. Keep one of each. And to compare readings, keep reviews with
# both title and text. What follows holds for those who write both. Draw 3,600:

# %%
told = table.dropna(subset=["title", "text"]).drop_duplicates("text")
told = told.iloc[rng.permutation(len(told))[:3600]]
titles = told["title"].map(clean_text).to_numpy()
words = (told["title"] + " " + told["text"]).map(clean_text).to_numpy()  # the whole review
outcome, rows = told["recommended"].to_numpy(), np.arange(3600)
folds = [(rng.permutation(np.setdiff1d(rows, judge)), judge) for judge in np.array_split(rows, 6)]
print(f"{outcome.mean():.1%} recommend; {len(folds)} splits, {len(folds[0][1])} reviews judge in each")

# %% [markdown]
# In each **split** 600 reviews judge and the other 3,000 may be learned from; each review judges once.
#
# **Exercise 7d.2.** Someone adds one more column to the words and gets an AUC of nearly 1. The model is meant for posts
# in which nobody has ticked anything. Which column was it: `"age"`, `"department"`, `"rating"` or `"helpful"` (how many
# readers found the review helpful)?

# %%
answer = ...
check("7d.2", answer)
# hint("7d.2", 1)
# solution("7d.2")

# %% [markdown]
# ## The same head for both
#
# On either reading we put the same **head**, a logistic model
#
# $$P(\text{recommended} \mid x) = \sigma(a + b \cdot x)$$
#
# where $x$ is the text's vector. BERT is **frozen**: the head learns, BERT does not. How strongly the head keeps $b$
# small (`C`) was chosen on 3,600 other reviews. One split, 100 titles to learn from:

# %%
def chances(x, y, new):
    # P(recommended | x) = σ(a + b · x)
    return LogisticRegression(C=3, solver="liblinear").fit(x, y).predict_proba(new)[:, 1]


vectors = TextEncoder().encode(titles)  # (reviews, hidden)
learn, judge = folds[0][0][:100], folds[0][1]
bag = TfidfVectorizer(analyzer=words_of)  # words and weights from the titles learned from, no others
counted = bag.fit_transform(titles[learn])
by_bert = chances(vectors[learn], outcome[learn], vectors[judge])
by_count = chances(counted, outcome[learn], bag.transform(titles[judge]))
print(f"AUC: BERT {roc_auc_score(outcome[judge], by_bert):.2f}, TF-IDF with {counted.shape[1]} words "
      f"{roc_auc_score(outcome[judge], by_count):.2f}")

# %% [markdown]
# ## Which one wins, and where?
#
# One split is one lot. Here are all six, with 100, 1,000 and 3,000 labels; and TF-IDF gets the whole reviews besides,
# which cost it next to nothing.

# %%
found = []
for fold, (rest, judge) in enumerate(folds):
    for labels in (100, 1000, 3000):
        learn = rest[:labels]
        inputs = {"BERT on titles": (vectors[learn], vectors[judge])}
        for name, text in {"TF-IDF on titles": titles, "TF-IDF on reviews": words}.items():
            bag = TfidfVectorizer(analyzer=words_of)
            inputs[name] = (bag.fit_transform(text[learn]), bag.transform(text[judge]))
        for name, (x, new) in inputs.items():
            chance = chances(x, outcome[learn], new)
            found.append((fold, labels, name, roc_auc_score(outcome[judge], chance), log_loss(outcome[judge], chance)))
found = pd.DataFrame(found, columns=["fold", "labels", "model", "AUC", "log loss"])

# %% [markdown]
# How far does luck reach? The splits learn from the same reviews, so a plain standard error is too small. Nadeau and
# Bengio (2003) widen it by the ratio of reviews that judge to those learned from:
#
# $$\bar d \pm t_5 \cdot s \, \sqrt{\tfrac{1}{6} + \tfrac{600}{3000}}$$
#
# with the mean $\bar d$ over six splits, their standard deviation $s$ and Student's quantile $t_5$. (With fewer labels
# the splits share less, and this errs on the safe side.)

# %%
reach = t.ppf(0.975, 5) * np.sqrt(1 / 6 + 600 / 3000)
by = found.groupby(["model", "labels"], sort=False)["AUC"]
curve = pd.DataFrame({"value": by.mean(), "low": by.mean() - reach * by.std(), "high": by.mean() + reach * by.std()})
figure.show(figure.learning_curves(curve.reset_index()))

# %% [markdown]
# From few titles BERT wins by far. It came knowing which words are alike; TF-IDF has to meet each itself, and in 3,000
# titles it has met most. Both judge the same reviews, so subtract within each split; what makes a split hard cancels:

# %%
wide = found.pivot(index="fold", columns=["model", "labels"], values=["AUC", "log loss"])
for labels in (100, 1000, 3000):
    gap = wide["AUC", "BERT on titles", labels] - wide["AUC", "TF-IDF on titles", labels]
    low, high = gap.mean() - reach * gap.std(), gap.mean() + reach * gap.std()
    losses = [f"{wide['log loss', name, labels].mean():.2f}" for name in ("BERT on titles", "TF-IDF on titles")]
    print(f"{labels:5} titles: AUC {gap.mean():+.2f} ({low:+.2f} to {high:+.2f}), log loss {' against '.join(losses)}")

# %%
claim("7d.few_labels")
# where_it_breaks("7d.few_labels")

# %% [markdown]
# But nothing forces you to read titles only. To count the words of whole reviews costs next to nothing:

# %%
claim("7d.more_words")
# where_it_breaks("7d.more_words")

# %% [markdown]
# In the figure, TF-IDF on whole reviews ends above BERT on titles. That is not fair: BERT was not given whole reviews.
# They take it far longer than titles, and this lesson shall run in a minute. So here it gets 1,200 short ones, of at
# most 50 words; 200 judge and 1,000 may be learned from, the same ratio:

# %%
short = [len(text.split()) <= 50 for text in words]
few, ticks, numbers, aucs = words[short][:1200], outcome[short][:1200], rows[:1200], []
whole = TextEncoder().encode(few)
for judge in np.array_split(numbers, 6):
    for labels in (100, 1000):
        learn = rng.permutation(np.setdiff1d(numbers, judge))[:labels]
        bag, y = TfidfVectorizer(analyzer=words_of), ticks[judge]
        counted = chances(bag.fit_transform(few[learn]), ticks[learn], bag.transform(few[judge]))
        read = chances(whole[learn], ticks[learn], whole[judge])
        aucs.append({"labels": labels, "BERT": roc_auc_score(y, read), "TF-IDF": roc_auc_score(y, counted)})
by = pd.DataFrame(aucs).assign(difference=lambda a: a["BERT"] - a["TF-IDF"]).groupby("labels")
by.mean().assign(**{"±": reach * by["difference"].std()}).round(2)

# %% [markdown]
# With the same whole reviews to read, neither is ahead by more than luck.
#
# And accuracy? It would have hidden most of what was learned:

# %%
claim("7d.accuracy_misleads")
# where_it_breaks("7d.accuracy_misleads")

# %% [markdown]
# ## What is not causal here
#
# Predicting is not acting. What buyers went through stands behind their words and their ticks:

# %%
review = CausalGraph.parse("experience -> words; experience -> recommended; experience -> rating")
print("words tell of the recommendation:", not review.d_separated("words", "recommended"))
print("changing words changes it:", not review.do("words").d_separated("words", "recommended"))
figure.show(figure.graph(review))

# %% [markdown]
# **Exercise 7d.3.** An editor of the shop replaces *disappointed* by *delighted* in every review. What happens to the
# share of these buyers who would recommend what they bought: `"rises"`, `"falls"` or `"stays"`?

# %%
answer = ...
check("7d.3", answer)
# hint("7d.3", 1)
# solution("7d.3")

# %% [markdown]
# And who is in the table? Buyers who *wrote*. Of the silent it says nothing: **selection**. Suppose that one buyer in
# ten writes. Then of all buyers at least those recommend who wrote so, and at most all the silent ones besides:

# %%
writes, base = 0.1, table["recommended"].mean()
print(f"of those who write {base:.2f}; of all buyers {writes * base:.2f} to {writes * base + (1 - writes):.2f}")

# %% [markdown]
# No model narrows that range without an assumption (3c), however high its AUC. Asking the silent does.
#
# **Exercise 7d.4**, from another field. A clinic writes to 1,000 patients; 300 answer, and 240 of these are content.
# What is the least share of all 1,000 that can be content?

# %%
answer = ...
check("7d.4", answer)
# hint("7d.4", 1)
# hint("7d.4", 2)
# solution("7d.4")

# %% [markdown]
# ## What can go wrong
#
# - **A test that was learned from**: a repeated text on both sides, or word weights that know the judging reviews.
# - **An unequal reading**: one model sees more than the other, and the winner is called the better *model*.
# - **One lucky split**, or an interval that takes splits for independent.
# - **Beyond these reviews**: one shop, one language, clothes. And BERT was frozen; trained on the question itself (4b)
#   it may do better, at a price.
#
# ## Summary
#
# 1. Where most answers are the same, report AUC and log loss beside the base rate; accuracy hides what was learned.
# 2. BERT was ahead where labels were few and texts short; with more labels, or more to read, counting caught up.
# 3. Words tell of a recommendation without causing it, and only of those who write.
#
# ## References
#
# - Women's E-Commerce Clothing Reviews, published by nicapotato on Kaggle (2018), CC0 1.0.
# - Devlin, Chang, Lee & Toutanova (2019), BERT, NAACL; Reimers & Gurevych (2019), Sentence-BERT, EMNLP.
# - Hanley & McNeil (1982), The meaning and use of the area under a receiver operating characteristic (ROC) curve,
#   Radiology 143.
# - Nadeau & Bengio (2003), Inference for the generalization error, Machine Learning 52.
# - Manski (2003), Partial Identification of Probability Distributions, chapter 1.
