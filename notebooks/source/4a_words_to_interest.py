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
# # What will this shopper like, from the words?
#
# The shop lists a hammock. Nobody has clicked on it yet, so no count says who may like it. But it has a title and a
# description, and some shopper has just clicked on a tent.
#
# After this lesson you can
#
# - clean a raw log and fill what is missing without learning from what you will be judged on,
# - turn a text into numbers by counting words and by BERT, and know what BERT gives and what it does not,
# - say what text is worth for new items and for known ones, measured against the truth.
#
# **You need** [lesson 1a](1a_bayes_rule.ipynb). **50 minutes.** A number in brackets, such as (4b), names the lesson
# that teaches a step in full.

# %%
import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from torch import no_grad

from causalrec.recommend import TextEncoder, cosine, fit_interest, fit_item_knn, fit_profile, nearest, user_auc
from causalrec.recommend.text.words import clean_text, split_words, words_of
from causalrec.shop import bundled, clean, read_catalogue, read_raw_log, simulate
from causalrec.teach import check, claim, figure, hint, solution, where_it_breaks

rng = np.random.default_rng(7)

# %% [markdown]
# ## Guess first
#
# A shopper comes across two new items and clicks on one of them. You may know what this shopper clicked before, and
# the words of all items. Which of the two was it? A coin is right in half of the cases. Someone who knows the shopper's
# true taste would be right in nearly nine of ten. How often is a model right that reads the texts with BERT?

# %%
guess = ...  # a number between 0 and 1
check("4a.guess", guess)

# %% [markdown]
# ## A log as shops export it
#
# First the data. A shop's systems do not write tidy tables; they write events. Here is what became of one item that was
# recommended to one shopper:

# %%
raw = read_raw_log(bundled("ecommerce_log_raw.csv"))
about = (raw["user_id"].str.strip() == "U0002") & (raw["item_id"].str.strip().str.upper() == "I015")
print(f"{len(raw)} lines, {raw['action'].nunique()} spellings of 5 actions")
raw.loc[about, ["time", "user_id", "item_id", "action", "position", "price"]]

# %% [markdown]
# *Candidate*: the recommender considered the item. Two ways to write a time, two of an id, and a price with a comma.
# Elsewhere lines stand twice and cells are empty. The obvious thing is to tidy the spelling and count. How many clicks
# come on one browse?

# %%
actions = raw["action"].str.strip().str.lower()
print(f"clicks a browse, counted: {(actions == 'click').sum() / (actions == 'browse').sum():.3f}")
busiest = raw["user_id"].value_counts().index[:4]
of_them = raw["user_id"].isin(busiest)
pd.crosstab(raw.loc[of_them, "user_id"], actions[of_them]).loc[busiest]

# %% [markdown]
# The three busiest "shoppers" browse without end and never click; their hundreds of browses lie within a minute. They
# are programs, **bots**, and they push the click rate down. `causalrec.shop.clean` turns events into one row a pair and
# keeps an account of what it did:

# %%
catalogue = read_catalogue(bundled("catalogue.csv"))
pairs, report = clean(raw, catalogue)
print(report)
print(f"clicks a browse, cleaned: {pairs.loc[pairs['browsed'] == 1, 'clicked'].mean():.3f}")
for step, lines, why in report.table.query("rows > 0").itertuples(index=False):
    print(f"{lines:5}  {step}: {why}")

# %% [markdown]
# Each line is a decision, and each could be wrong: an event fired twice, or two clicks? So a rule states its reason and
# its count, and is wary of the outcome. To drop all who never click would raise any click rate. The rule for bots asks
# for a hundred browses within a minute besides, which no person does.
#
# Texts are cleaned too. Signs of markup go, words stay, whatever their script:

# %%
for text in ("<b>Two-Person&nbsp;Dome   Tent</b>", "Caf&eacute; mug\u200b", "双人帐篷 &amp; ⛺"):
    print(repr(clean_text(text)))

# %% [markdown]
# ## What is missing
#
# Some cells stay empty. To **impute** is to fill an empty cell with a guess, such as the **median** (the middle value)
# of its category. Weeks 5 to 8 are for learning, week 9 is for judging:

# %%
goods = pd.DataFrame({
    "week": [5, 5, 6, 6, 6, 9],
    "category": ["camping", "camping", "camping", "kitchen", "kitchen", "kitchen"],
    "price": [80, 100, 240, 8, 12, np.nan],
})
learning, judging = goods[goods["week"] <= 8], goods[goods["week"] > 8]
goods

# %%
median = learning.groupby("category")["price"].median()  # learned from weeks 5 to 8 alone
middle, missing = judging["category"].map(median), judging["price"].isna()
judging.assign(price=judging["price"].fillna(middle), price_missing=missing.astype(int))

# %% [markdown]
# The new column is an **indicator**: it keeps in mind that the price is a guess. The guess is a fair one if prices are
# missing at random within a category; if dear items hide their price, it is too low. (scikit-learn's `SimpleImputer`
# with `add_indicator=True` does the same, with one median for the whole column.)
#
# **Exercise 4a.1.** Week 9 brings two more camping items: one costs 60 euro, the other has no price. What is filled in
# there?

# %%
answer = ...
check("4a.1", answer)
# hint("4a.1", 1)
# hint("4a.1", 2)
# solution("4a.1")

# %% [markdown]
# In our shop the old recommender's *score* is empty for new items, because nobody could score them. Fill it with the
# mean, and the table is complete; but it then says the same of every new item. You cannot impute what nobody knows.
# What remains are the words.
#
# ## Counting words
#
# A **bag of words** keeps which words a text has and how often, and forgets their order:

# %%
titles = ["Two-Person Dome Tent", "Tent Peg Mallet with Puller", "Hammock with Mosquito Netting",
          "Two-Input Audio Interface"]
names = ["tent", "mallet", "hammock", "audio"]
words = sorted({word for title in titles for word in split_words(title)})
counts = np.array([[split_words(title).count(word) for word in words] for title in titles])  # (texts, words)
assert np.array_equal(counts, CountVectorizer(analyzer=words_of).fit_transform(titles).toarray())  # scikit-learn's
pd.DataFrame(counts.T, index=words, columns=names)

# %% [markdown]
# A text is now a list of numbers, a **vector**. How alike are two of them? Take the **cosine**: the products of their
# numbers, summed, over both lengths,
#
# $$\cos(a, b) = \frac{a \cdot b}{|a|\,|b|}$$
#
# It is 1 if they point the same way, 0 if they share nothing.

# %%
tent, mallet, hammock, audio = counts
by_hand = tent @ mallet / np.sqrt((tent @ tent) * (mallet @ mallet))
assert np.isclose(by_hand, cosine(tent, mallet)[0, 0])
pd.DataFrame(cosine(counts, counts).round(2), index=names, columns=names)

# %% [markdown]
# By this the tent is nearest to the audio interface: both have *two*. *Tent* and *two* count alike, though *tent* says
# far more. Words that stand in few texts tell more, so weigh them up. **TF-IDF** multiplies a word's count (term
# frequency) by its **inverse document frequency**
#
# $$\text{idf} = \ln \frac{1 + n}{1 + \text{df}} + 1$$
#
# where $n$ is the number of texts and df the number of those with the word. Then each row is brought to length 1.

# %%
def tf_idf(counts):
    # idf = ln((1 + n) / (1 + df)) + 1; rows of length 1
    df = (counts > 0).sum(axis=0)
    weighted = counts * (np.log((1 + len(counts)) / (1 + df)) + 1)
    return weighted / np.linalg.norm(weighted, axis=1, keepdims=True)


assert np.allclose(tf_idf(counts), TfidfVectorizer(analyzer=words_of).fit_transform(titles).toarray())

# %% [markdown]
# **Exercise 4a.2.** Of 9 texts one has the word *tent*, and all 9 have the word *with*. How many times as heavy as
# *with* is *tent*, by this idf?

# %%
answer = ...
check("4a.2", answer)
# hint("4a.2", 1)
# hint("4a.2", 2)
# solution("4a.2")

# %% [markdown]
# Four titles are too few to know which words are rare. Learn the weights from all texts of the catalogue, titles with
# descriptions, and ask which are nearest to the tent's:

# %%
items = catalogue.items
counted = TfidfVectorizer(analyzer=words_of).fit_transform(catalogue.texts).toarray()  # (items, words)
dome_tent = items.index[items["title"] == "Two-Person Dome Tent"][0]
near = nearest(counted[dome_tent], counted, top=5)
print(f"{counted.shape[0]} texts, {counted.shape[1]} words")
items.loc[near, ["title", "category"]].assign(cosine=cosine(counted[dome_tent], counted[near])[0].round(2))

# %% [markdown]
# Behind the tent itself come dumbbells and flour: they share *pair*, *kg*, *sack*, *enough*. The hammock is not among
# them. It is for the same weekend, but has no telling word in common with the tent. Counting cannot see that two
# different words mean nearly the same.
#
# ## BERT
#
# BERT (Devlin et al. 2019) learned from much text, before it ever saw our shop, to fill in words that had been hidden
# from it. Words that stand in like sentences, such as tents and hammocks, become alike to it. What does it do with a
# title? First it cuts it into **tokens**, pieces that are in its vocabulary of some thirty thousand:

# %%
encoder = TextEncoder()
for text in ("Two-Person Dome Tent", "Gooseneck Lamp for Windowsill Propagation", "Sun-Warmed Bush Shower ⛺"):
    print(*encoder.tokens(text))

# %% [markdown]
# A `##` continues the word before it; [UNK] stands for a sign it does not know. [CLS] opens each text, [SEP] ends it.
#
# Then the network. It is a stack of layers, and its weights are a file of numbers (`safetensors`: numbers only, no
# code). Ours is a small one, MiniLM: taught to imitate a larger one (Wang et al. 2020), then trained on pairs of texts
# that belong together (in the way of Reimers & Gurevych 2019). What comes out is a **hidden state** for each token,
# here 384 numbers. Shorter texts are filled up with **padding**, and the **mask** says which tokens are real:

# %%
tokenizer, bert = TextEncoder().load()  # transformers' own BertTokenizer and BertModel
batch = tokenizer(titles, padding=True, return_tensors="pt")
with no_grad():  # only read, do not train
    output = bert(**batch)
states, mask = output.last_hidden_state.numpy(), batch["attention_mask"].numpy()
print("states", states.shape, " mask of the tent:", mask[0])

# %% [markdown]
# A state depends on the tokens around it. *Rose* is one word in a bag of words; BERT gives it another state in every
# sentence:

# %%
sentences = ["a red rose in the garden", "a pink rose in a vase", "prices rose again"]
place = [encoder.tokens(text).index("rose") for text in sentences]
with no_grad():
    found = bert(**tokenizer(sentences, padding=True, return_tensors="pt")).last_hidden_state.numpy()
rose = found[[0, 1, 2], place]  # (sentences, hidden)
print(f"garden and vase:   {cosine(rose[0], rose[1])[0, 0]:.2f}")
print(f"garden and prices: {cosine(rose[0], rose[2])[0, 0]:.2f}")

# %% [markdown]
# One text, many states; to compare texts you need one vector each. **Pooling** makes one of many. Mean pooling, for
# which this model was trained, averages over the tokens with mask 1:
#
# $$v = \frac{\sum_t m_t\, h_t}{\sum_t m_t}, \qquad \text{then } \frac{v}{|v|}$$
#
# **Exercise 4a.3.** A text has the states $(1, 3)$, $(3, 5)$, $(9, 9)$ and the mask $1, 1, 0$. What is $v$, before it
# is brought to length 1?

# %%
answer = ...  # [first number, second number]
check("4a.3", answer)
# hint("4a.3", 1)
# hint("4a.3", 2)
# solution("4a.3")

# %%
def pooled(states, mask):
    # v = Σ m h / Σ m, then length 1: (texts, tokens, hidden) → (texts, hidden)
    v = (states * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
    return v / np.linalg.norm(v, axis=1, keepdims=True)


assert np.allclose(pooled(states, mask), encoder.encode(titles), atol=1e-4)

# %% [markdown]
# This is `causalrec.recommend.TextEncoder`. It reads several texts at once, one behind the other, and keeps what it
# has read. How near are the other titles to the tent, by words and by BERT?

# %%
by_words, by_bert = tf_idf(counts), encoder.encode(titles)
likeness = pd.DataFrame({"TF-IDF": cosine(by_words[0], by_words)[0], "BERT": cosine(by_bert[0], by_bert)[0]})
likeness.index = pd.Index(names, name="title")
figure.show(figure.bars(likeness.iloc[1:].round(2), label="cosine with the tent"))

# %% [markdown]
# Now the whole catalogue, titles and descriptions:

# %%
vectors = encoder.encode(catalogue.texts)  # (items, hidden)
near = nearest(vectors[dome_tent], vectors, top=5)
items.loc[near, ["title", "category"]].assign(cosine=cosine(vectors[dome_tent], vectors[near])[0].round(2))

# %% [markdown]
# The hammock comes first. No column of the catalogue says *camping*; the words do.
#
# ## The article's listing
#
# The article that this course mends, 《LLM在推荐系统中的因果推断应用》, goes from BERT to interest in a few lines. Ours
# do the same, step by step. It reads `ecommerce_data.csv`, makes text of the ids, and hands the column `text` to a
# function that prepares it:

# %%
table = pd.read_csv(bundled("ecommerce_data.csv"))
table[["user_id", "item_id"]] = table[["user_id", "item_id"]].astype(str)


def prepare(data):
    return tokenizer(list(data["text"]), padding=True, truncation=True, max_length=128, return_tensors="pt")


try:
    prepare(table["text"])
except KeyError as error:
    print("KeyError:", error)

# %% [markdown]
# A log has no texts; they stand in the catalogue. Making text of ids does not help: *I015* is a name, not a word. So
# join the texts to the log and try again:

# %%
table["text"] = table["item_id"].map(dict(zip(items["item_id"], catalogue.texts, strict=True)))
try:
    prepare(table["text"])
except KeyError as error:
    print("KeyError:", error)
prepared = prepare(table.head(8))
rows, tokens = len(table), prepared["input_ids"].shape[1]
print(f"all rows at once: {rows * tokens * 384 * 4 / 1e9:.1f} GB for the states of one layer")

# %% [markdown]
# The same message, another reason. The function takes the column out of its argument, and it was given the column
# already. Given the table it works. But the listing then runs all rows through the network at once, and the same text
# comes again for every shopper. We take eight rows, and do what it does next:

# %%
with no_grad():
    output = bert(**prepared)
try:
    output.logits
except AttributeError as error:
    print("AttributeError:", error)
print("what there is:", *output.keys())

# %% [markdown]
# **Logits** are the numbers (log-odds, lesson 0) of which a softmax makes probabilities. `BertModel` has none, and not
# by oversight. It was trained on texts, and no layer of it ever heard of clicks. `pooler_output` is no way out: it is
# one more vector.
#
# **Exercise 4a.4.** Somebody takes the softmax of `last_hidden_state` instead, over the last axis. It runs. Over what
# do its numbers sum to 1? `"items"`, `"tokens"`, `"coordinates"` or `"click and no click"`?

# %%
answer = ...
check("4a.4", answer)
# hint("4a.4", 1)
# solution("4a.4")

# %% [markdown]
# What is missing is a **head**: a layer from vectors to the log-odds of a click. The classes that do have logits
# (`BertForSequenceClassification`) start it at random. Here are two such untrained heads at work, each drawn at random:

# %%
for draw in (1, 2):
    head = rng.normal(0, 0.02, (384, 2))  # as the library draws it
    chance = 1 / (1 + np.exp(-(vectors @ head @ [-1, 1])))  # softmax of two logits
    first = items["title"][chance.argmax()]
    print(f"head {draw}: from {chance.min():.1f} to {chance.max():.1f}; first: {first}")

# %% [markdown]
# Everything gets about one half, and what comes first is luck. A chance of a click has to be learned from clicks.
#
# ## A head that learns
#
# What is to be learned? **Interest** is P(click | browsed, user, text): of the items that this user comes across, and
# that have such a text, the share that is clicked. So it is learned from the pairs that were browsed. In the world of
# this part taste decides more of the clicks than in the course's own shop, so that models differ more:

# %%
log, truth = simulate("cold_start")
browsed = log.pairs[log.pairs["browsed"] == 1]
print(f"{len(log.history)} clicks in weeks 1 to 4")
print(f"{len(browsed)} browsed pairs in weeks 5 to 8, {browsed['clicked'].mean():.2f} of them clicked")

# %% [markdown]
# The simplest head has two numbers. Make a **profile** of each user, the mean of the vectors of what they clicked in
# weeks 1 to 4. Take its cosine with the item's vector, and let a logistic curve (lesson 0), fitted to the browsed
# pairs, turn that into a chance:

# %%
profile = fit_profile(log, vectors)
before = log.history.query("user_id == 'U0001'")["item_id"]
rows = browsed.query("user_id == 'U0001'")
mean = vectors[items["item_id"].isin(before)].mean(axis=0)
by_hand = cosine(mean, vectors[pd.Index(items["item_id"]).get_indexer(rows["item_id"])])[0]
assert np.allclose(profile.score(rows), by_hand, atol=1e-6)
for likeness in (0.1, 0.3, 0.5):
    print(f"cosine {likeness}: interest {profile.calibration(np.array([likeness]))[0]:.2f}")

# %% [markdown]
# A cosine says which texts are alike. Which are *clicked together* is another question, and only clicks answer it. A
# richer head learns that: `fit_interest` takes pairs of items that the same users clicked more often than chance, finds
# by ridge regression which directions of the vectors go with it, and so carries it over to texts that nobody clicked.

# %%
interest = fit_interest(log, vectors)
interest

# %% [markdown]
# ## New items: open the truth
#
# A third of the items is listed after the log ended. Half of the shoppers are held out: the models know their clicks of
# weeks 1 to 4, and nothing of week 9. In week 9 each has sixty candidates, new items among them. Which would they come
# across if shown, and which of these would they click? No log says it, the truth does: `browsed1`, `clicked1`.
#
# The measure is the **AUC**, area under the curve: of all pairs of a clicked and an unclicked item of one shopper, the
# share in which the clicked one scores higher; ties count half. Then the mean over shoppers. (Your guess was one.) By
# hand:

# %%
clicked, score = np.array([1, 0, 1, 0]), np.array([0.9, 0.8, 0.3, 0.1])
gaps = score[clicked == 1][:, None] - score[clicked == 0][None, :]  # (clicked, not clicked)
by_hand = ((gaps > 0) + 0.5 * (gaps == 0)).mean()
assert np.isclose(by_hand, user_auc(pd.DataFrame({"user_id": ["U1"] * 4}), clicked, score).mean)
print(by_hand)

# %% [markdown]
# Six ways to sort: by ids (item-kNN, 4b: items are near if the same users clicked both), by the category alone, by
# words, by BERT's plain cosine, by BERT with the learned head, by true taste. Category and words get the same learned
# head as BERT.

# %%
categories = pd.get_dummies(items["category"]).to_numpy(float)  # (items, categories): 1 for its own
models = {
    "ids": fit_item_knn(log),
    "category": fit_interest(log, categories),
    "TF-IDF": fit_interest(log, counted),
    "BERT, cosine": profile,
    "BERT, head": interest,
}
opened = truth.open().candidates
new, seen = log.candidates["score"].isna(), opened["browsed1"] == 1
scores = {name: model.predict(log.candidates).round(9) for name, model in models.items()}  # ties stay ties
scores["true taste"] = opened["affinity"]

# %%
parts = {"known": seen & ~new, "new": seen & new}
table = pd.DataFrame({
    part: {name: user_auc(log.candidates[rows], opened["clicked1"][rows], score[rows]).mean
           for name, score in scores.items()}
    for part, rows in parts.items()
})
figure.show(figure.dots(table, reference=0.5))

# %% [markdown]
# Read the new items first. Ids sort like a coin, for a model of ids gives every new item the same chance. Categories
# are of little use in this shop: people like occasions, and each occasion has books, lamps and bags. TF-IDF is a little
# worse than a coin. BERT is well ahead. Look up your guess.

# %%
claim("4a.bert_reads_new_items")

# %%
where_it_breaks("4a.bert_reads_new_items")

# %% [markdown]
# One telling word in common would do. And honesty asks for a look at the texts. The new items were *written* to share
# hardly a word with known items of their occasion; what they do share may mislead, as *tent* and *poles* of the bicycle
# pannier do. TF-IDF had little chance, by design. A fairer test deals out at random which items of an occasion are new:

# %%
shared, shared_truth = simulate("cold_start_overlap")
opened = shared_truth.open().candidates
rows = shared.candidates["score"].isna() & (opened["browsed1"] == 1)
pairs, clicked = shared.candidates[rows], opened["clicked1"][rows]
read_by = {"category": categories, "TF-IDF": counted, "BERT, head": vectors}
found = {name: fit_interest(shared, known_by).predict(pairs).round(9) for name, known_by in read_by.items()}
found |= {"ids": fit_item_knn(shared).predict(pairs), "BERT, cosine": fit_profile(shared, vectors).predict(pairs)}
found["true taste"] = opened["affinity"][rows]
table["new, dealt"] = pd.Series({name: user_auc(pairs, clicked, score).mean for name, score in found.items()})
table.round(2)

# %% [markdown]
# In the last column TF-IDF beats the coin, and BERT is still ahead. But our texts are short prose without set phrases.
# Where every new item comes with the same key words, count them. Now the known items:

# %%
claim("4a.known_items_need_no_bert")
# where_it_breaks("4a.known_items_need_no_bert")

# %% [markdown]
# On known items the language model is no better than ids or counting. With thousands of words TF-IDF can tell each
# known item from every other and learn it by heart; that does not carry over to a new one. Whether BERT pays depends on
# how many items are new, and on how many clicks there are (4b). What the learned head adds to the plain cosine:

# %%
claim("4a.a_head_must_learn")
# where_it_breaks("4a.a_head_must_learn")

# %% [markdown]
# ## What interest is not
#
# Interest is P(click | browsed, user, text). It is not the chance of being shown: the old recommender decided that, by
# score, popularity, activity and a coin. And it is not the effect of showing: whoever finds the item anyway needs no
# recommendation, however interested they are. In the course's shop:

# %%
claim("4a.interest_is_not_effect")
# where_it_breaks("4a.interest_is_not_effect")

# %% [markdown]
# The same interest, another effect. So why bother? Interest can be told before anything is shown, and it tells pairs
# apart. That makes it a **covariate**: lessons 5a and [5b](5b_combined_ranking.ipynb) hold it fixed beside score,
# popularity and activity, and rank by what showing changes.
#
# ## What can go wrong
#
# **Learning from what you are judged on.** Medians, idf, thresholds: fit them on the learning rows, then apply them.
# (Our idf read the texts of new items too. A text is no outcome, and the shop has it when it lists the item.)
#
# **Numbers that sum to 1.** Softmax makes them of anything. Ask which outcomes taught them.
#
# **Browsed pairs are chosen.** What shoppers come across is what they look for or are shown. Interest describes such
# pairs. For an item they would never come across it is an extrapolation.
#
# **Estimated interest is not taste.** BERT's AUC is far from that of true taste. Where taste itself decides what is
# shown, to adjust for an estimate of it leaves part of the confounding in (5a). And let its inputs be of before: clicks
# within the period may be effects of showing.
#
# **Filled is not known.** An imputed score is complete and empty of information; keep the indicator.
#
# ## A problem you have not seen
#
# A job board may put one posting on its front page, where all of 100 visitors come across it. Anyway 90 of them come
# across the nurse posting and 20 across the baker posting. Of those who come across it 6 in 10 open the nurse posting
# and 3 in 10 the baker posting. Suppose it makes no difference how they come across it.
#
# **Exercise 4a.5.** For one of the two postings the front page adds more. How many openings does it add there?

# %%
answer = ...
check("4a.5", answer)
# hint("4a.5", 1)
# hint("4a.5", 2)
# solution("4a.5")

# %% [markdown]
# ## Summary in three lines
#
# 1. Clean by stated rules, fill from learning rows only, and remember what was filled.
# 2. BERT turns texts into vectors; a chance of a click needs a head that has learned from clicks.
# 3. For new items words carry interest and BERT reads them best; for known items with many clicks
#    counting does as well. Interest is a covariate, not an effect.
#
# ## References
#
# - Devlin, Chang, Lee and Toutanova (2019), "BERT", NAACL, section 3: pre-training, and a head trained on top.
# - Reimers and Gurevych (2019), "Sentence-BERT", EMNLP, section 3: pooling.
# - Wang et al. (2020), "MiniLM", NeurIPS: the small model used here.
# - Manning, Raghavan and Schütze (2008), *Introduction to Information Retrieval*, sections 6.2 and 6.3: TF-IDF, cosine.
# - Little and Rubin (2019), *Statistical Analysis with Missing Data*, 3rd edition, chapter 1: why cells are empty.
# - Hanley and McNeil (1982), Radiology 143: what the area under the curve means.
# - 《LLM在推荐系统中的因果推断应用》: the listing.
