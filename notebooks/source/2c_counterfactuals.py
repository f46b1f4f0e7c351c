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
# # What would have happened otherwise?
#
# The shop showed you a lamp, and you bought it. The shop credits its recommendation with the sale. But would you have
# bought the lamp anyway?
#
# After this lesson you can
#
# - answer such a question about one user in three steps, by hand and with the kit,
# - say whether a cause was necessary, whether it was sufficient, and on which path it works,
# - tell which of these answers no data can check.
#
# **You need** [lesson 2a](2a_structural_causal_models.ipynb): models, and do(). **40 minutes.**

# %%
import numpy as np
import pandas as pd

from causalrec.article import do, do_prime, undo
from causalrec.causal import SCM, additive, bernoulli, categorical, deterministic, exogenous
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.models import effects
from causalrec.shop import PRESETS, shop_model, simulate
from causalrec.teach import check, claim, figure, hint, solution, where_it_breaks

rng = np.random.default_rng(7)

# %% [markdown]
# ## Guess first
#
# A row of the shop's log is a **pair**: a user, and an item that could be shown to them. What share of the pairs ended
# in a purchase, not shown (0) and shown (1)?

# %%
log, truth = simulate("course")
pairs = log.pairs
credited = pairs.query("recommended == 1 and purchased == 1")
print(pairs.groupby("recommended")["purchased"].mean().round(3).to_string())
print(f"{len(credited)} pairs were shown and bought")

# %% [markdown]
# Pairs that were shown *and* bought are the sales **credited** to recommending. Take 100 of them. How many would have
# been bought without being shown?

# %%
guess = ...  # a number from 0 to 100
check("2c.guess", guess)

# %% [markdown]
# ## By hand: cross out who it cannot have been
#
# Each of 100 shoppers buys a lamp or not if shown it, and buys it or not if not shown it. That makes four **kinds**.
# Suppose you knew how many there are of each (no shop does):

# %%
kinds = pd.DataFrame(
    {"of_100": [15, 35, 45, 5], "if_shown": [1, 1, 0, 0], "if_not": [1, 0, 0, 1]},
    index=["sure thing", "persuadable", "lost cause", "do-not-disturb"],
)
kinds

# %% [markdown]
# A coin decides who is shown the lamp, so being shown it tells nothing about anybody's kind. Ann was shown it and
# bought it. Would she have bought it otherwise?
#
# 1. **Abduction**: who can she be? Lost causes and do-not-disturbs do not buy when shown. Cross them out.
# 2. **Action**: put her into the world where she is not shown it.
# 3. **Prediction**: see what those who are left do there. Ann is as likely to be one as another.

# %%
left = kinds[kinds["if_shown"] == 1]
chance = left["of_100"] / left["of_100"].sum()
print(chance.to_string())
print(f"Ann, not shown:     {(chance * left['if_not']).sum():.2f}")
print(f"anybody, not shown: {(kinds['of_100'] * kinds['if_not']).sum() / 100:.2f}")

# %% [markdown]
# Ann would have bought it with a chance of 0.30. That is no do(): do(not shown) is about everybody, and a share of 0.20
# would buy. Ann bought, and that tells something about her. A statement about a world that did not come about, given
# what was seen in ours, is a **counterfactual**.
#
# A **unit** is whoever a question is about: here a shopper, later a pair. With $u$ for a kind of unit and $e$ for the
# evidence, what was seen,
#
# $$P(Y_x = y \mid e) = \sum_u P(u \mid e)\ [\,Y_x(u) = y\,]$$
#
# where $Y_x(u)$ is what unit $u$ does under do$(x)$, and the bracket is 1 if that is $y$ and 0 if not. First comes
# abduction, $P(u \mid e)$; the index $x$ is the action; the sum predicts.

# %%
def otherwise(units, evidence, outcome):
    possible = units.query(evidence)  # abduction: P(u | e), but for a constant
    return np.average(possible[outcome], weights=possible["of_100"])  # action and prediction


print(f"{otherwise(kinds, 'if_shown == 1', 'if_not'):.2f}")

# %% [markdown]
# **Exercise 2c.1.** Ben was *not* shown the lamp and did *not* buy it. How probable is it that he would have bought it,
# had he been shown it?

# %%
answer = ...
check("2c.1", answer)
# hint("2c.1", 1)
# hint("2c.1", 2)
# solution("2c.1")

# %% [markdown]
# ### The same in the package
#
# In a model (2a) the noise says of which kind a unit is: once it is fixed, so is what the unit does in every world.
# Here it stands in the hidden variable *kind*; *shown* is the coin, and the two decide *bought*. (`categorical` draws a
# kind by its chance.) Two routes, one answer:

# %%
def buys_lamp(shown, kind):
    return np.where(shown == 1, kinds["if_shown"].loc[kind], kinds["if_not"].loc[kind])


def lamp_shop(of_100):
    kind = categorical((), lambda: np.array(of_100) / 100, kinds.index)
    shown = bernoulli((), lambda: 0.5)
    bought = deterministic(("shown", "kind"), buys_lamp)
    return SCM({"kind": kind, "shown": shown, "bought": bought}, hidden={"kind"})


# %%
lamps, ann = lamp_shop([15, 35, 45, 5]), {"shown": 1, "bought": 1}
answer_for_ann = lamps.counterfactual(ann, do={"shown": 0}).probability(bought=1)
assert np.isclose(answer_for_ann, otherwise(kinds, "if_shown == 1", "if_not"))
assert lamps.counterfactual(ann, do={"shown": 1}).probability(bought=1) == 1  # in the world that came about, she bought
answer_for_ann

# %% [markdown]
# Read: the probability that bought would be 1, had shown been 0, for a unit with shown 1 and bought 1. *Exact*: all
# kinds were listed, as you did.
#
# ## By hand: solve for the noise
#
# A score can be any number: the kinds are endless, and no list can be crossed out. But where noise is *added*, you can
# solve for it.
#
# Joe is a pupil in Pearl, Glymour and Jewell (2016, section 4.2). $X$ is the encouragement he got, $H$ his homework,
# $Y$ his exam score, each in standard deviations from the average:
#
# $$H = aX + U_H \qquad Y = bX + cH + U_Y$$
#
# What would Joe have scored, had he done twice the homework?

# %%
a, b, c = 0.5, 0.7, 0.4
X, H, Y = 0.5, 1.0, 1.5  # what was seen of Joe
U_H, U_Y = H - a * X, Y - b * X - c * H  # abduction
print(f"noise of homework {U_H:.2f}, of the score {U_Y:.2f}")
print(f"score, had he done homework 2: {b * X + c * 2 + U_Y:.2f}")  # action: H = 2; prediction

# %%
school = SCM({
    "X": exogenous(),
    "H": additive(("X",), lambda x: a * x),
    "Y": additive(("X", "H"), lambda x, h: b * x + c * h),
})
seen_of_joe = {"X": X, "H": H, "Y": Y}
joe = school.counterfactual(seen_of_joe, do={"H": 2}).mean("Y")
assert np.isclose(joe, b * X + c * 2 + U_Y)
figure.show(figure.twin_network(school.graph, {"H": 2}, actual=seen_of_joe, otherwise={"X": X, "Y": round(joe, 2)}))
joe

# %% [markdown]
# Two worlds, one Joe: this is a **twin network**. (The twin worlds of 2a were two models; this is one model, twice.)
# What is Joe's own, the noise, reaches both worlds; only $U_H$ does not, as its equation is replaced below. What was
# seen above tells of the noise, and the noise decides what comes below.
#
# **Exercise 2c.2.** What would Joe have scored, had his *encouragement* been 1?

# %%
answer = ...
check("2c.2", answer)
# hint("2c.2", 1)
# hint("2c.2", 2)
# solution("2c.2")

# %% [markdown]
# ## Undo: one word, three questions
#
# The article that this course mends has an operation *Undo*: take an intervention back. In a shop where browsing leads
# to clicks, and clicks to purchases, that can mean three things:

# %%
funnel = SCM({
    "browse": bernoulli((), lambda: 0.3),
    "click": bernoulli(("browse",), lambda browse: 0.2 + 0.6 * browse),
    "buy": bernoulli(("click",), lambda click: 0.101 + 0.5 * click),
})
print("leave things alone:      ", funnel.observe("buy"))
print("make nobody browse:      ", funnel.baseline("buy", do={"browse": 0}))
one_user = funnel.counterfactual({"browse": 1, "buy": 1}, do={"browse": 0})
print("this user, not browsing: ", one_user.mean("buy"))

# %% [markdown]
# | sense | method | asks |
# |---|---|---|
# | do not act | `observe` | What happens as things are? |
# | act the other way | `baseline` | What would everybody do under do$(x_0)$? |
# | take it back | `counterfactual` | What would *this* user have done, given what they did? |
#
# Three questions, three numbers: say which one you ask. The article's Undo gives a fourth. With $f$ for the equation of
# buying, it prints Do as $f(x, \text{the rest unchanged})$, Undo as $f(x, \text{the rest after the intervention})$ and
# DoPrime as $\partial f / \partial x$ (for 0 and 1, the difference):

# %%
def buys(browse, click):
    return 0.101 + 0.5 * click


as_it_was, afterwards = {"click": 0.2 + 0.6 * 0.3}, {"click": 0.2 + 0.6 * 1}
print(f"printed Do {do(buys, 1, as_it_was):.3f}, Undo {undo(buys, 1, afterwards):.3f}, "
      f"DoPrime {do_prime(buys, 1, afterwards, binary=True):.3f}")
print(funnel.baseline("buy", do={"browse": 1}))
print(funnel.do_prime("buy", "browse"))

# %% [markdown]
# Printed Do is what happens anyway: $f$ looks at the click alone, and that was left as it was. Printed Undo is
# do(browse = 1) itself, which it was to take back. Printed DoPrime is 0, for it holds still the clicks through which
# browsing works; the kit's `do_prime`, the difference of do(1) and do(0), lets them move.
#
# ## Was it necessary? Was it sufficient?
#
# Write $X$ for shown, $Y_1$ and $Y_0$ for bought under do(shown) and do(not shown).
#
# - **Necessity**: Ann was shown the lamp and bought it. Would she have gone without, not shown?
#   $PN = P(Y_0 = 0 \mid X = 1, Y = 1)$
# - **Sufficiency**: Ben was not shown it and did not buy. Would showing have sold it?
#   $PS = P(Y_1 = 1 \mid X = 0, Y = 0)$
# - **Both**: of this shopper nothing is known. Do they buy if and only if shown?
#   $PNS = P(Y_1 = 1, Y_0 = 0)$
#
# PN settles who gets the credit, PS what was missed by not showing. You know all three: 1 minus Ann's answer, Ben's
# answer, the share of persuadables. Now put two more lamp shops beside ours, with other numbers of each kind:

# %%
shops = {"ours": lamps, "nobody put off": lamp_shop([20, 30, 50, 0]), "no sure things": lamp_shop([0, 50, 30, 20])}
rows = {
    name: {
        "bought, do(shown=1)": shop.baseline("bought", do={"shown": 1}),
        "bought, do(shown=0)": shop.baseline("bought", do={"shown": 0}),
        "PN": effects.probability_of_necessity(shop, "shown", "bought"),
        "PS": effects.probability_of_sufficiency(shop, "shown", "bought"),
        "PNS": effects.probability_of_necessity_and_sufficiency(shop, "shown", "bought"),
    }
    for name, shop in shops.items()
}
pd.DataFrame(rows, dtype=float).T.round(3)

# %% [markdown]
# ### What no data can tell
#
# Look at the first two columns. In every shop half of the shoppers buy if shown, a fifth if not: the three agree on
# both do(). And on the log:

# %%
logs = [shop.table(("shown", "bought")).probabilities for shop in shops.values()]
assert np.allclose(logs[0], logs[1])
assert np.allclose(logs[0], logs[2])

# %% [markdown]
# No log of the three and no experiment with showing, however large, tells them apart. Yet the chance that Ann owes her
# lamp to the showing is 0.7 in one, 0.6 in the next, 1 in the last. Nobody is ever seen both shown and not shown. So
# data limit the four kinds without fixing them, and PN gets an interval instead of a number; here it reaches from 0.6
# to 1. Where a coin decides, its lower end is (Tian and Pearl 2000)
#
# $$PN \ \ge\ \frac{P(Y_1 = 1) - P(Y_0 = 1)}{P(Y_1 = 1)}$$
#
# or 0, if that is more. The second shop stands at the lower end. It has no do-not-disturbs: being shown makes nobody
# stop buying, $Y_1 \ge Y_0$ for everyone. That is called **monotonicity**. Assume it, and the lower end is the answer.
# Data may refute it; they cannot prove it.
#
# **Exercise 2c.3.** In an experiment 60 of 100 users buy if shown and 45 of 100 if not. Take the shares as exact and
# assume monotonicity. One of those shown the item bought it. How probable is it that showing was necessary?

# %%
answer = ...
check("2c.3", answer)
# hint("2c.3", 1)
# hint("2c.3", 2)
# solution("2c.3")

# %% [markdown]
# ## The shop: the obvious answer
#
# Back to our shop. Of the pairs that were shown 0.133 were bought, of the others 0.033, a quarter of that. So would a
# quarter of the credited purchases have come anyway? Or take a credited pair, put its score, popularity and activity,
# all known beforehand, into `shop_model`, the shop's equations, and do(not shown):

# %%
model = shop_model(PRESETS["course"])
before = ["score", "popularity", "activity"]
first = credited.iloc[0]
title = log.catalogue.items.set_index("item_id").loc[first["item_id"], "title"]
print(first["user_id"], "was shown and bought:", title)
known = first[before].to_dict()
model.counterfactual(known, do={"recommended": 0}, n=20_000, rng=rng).probability(purchased=1)

# %% [markdown]
# Both forget the evidence: this user *bought*. So by their noise they click and buy once they browse, and a unit keeps
# its noise. One thing alone is open: would they have come across the item, not shown? It is popular, and whoever buys
# is likely to have a taste for such things, and so to find them. Abduction takes all that in:

# %%
seen = known | {"recommended": 1, "purchased": 1}
model.counterfactual(seen, do={"recommended": 0}, n=20_000, rng=rng).probability(purchased=1)

# %% [markdown]
# Taste is a number, and hidden: the kinds are endless, and no noise can be solved for. So the kit draws many units and
# *weighs* each by how likely it makes the evidence: abduction by **weighting**. After ± stands the standard error;
# the *effective draws* are how many draws of equal weight would tell as much.
#
# ### Open the truth
#
# The simulator kept both worlds of every pair, and they share their noise.

# %%
opened = truth.open().pairs
anyway = opened.loc[credited.index, "purchased0"]
print(f"this pair, not shown: {anyway.iloc[0]}   all {len(anyway)} credited pairs: {anyway.mean():.2f}")

# %% [markdown]
# Look back at your guess.

# %%
claim("2c.most_would_have_bought_anyway")
# where_it_breaks("2c.most_would_have_bought_anyway")

# %% [markdown]
# One pair proves nothing: a chance is right or wrong over many. **Calibrated** chances of, say, one half come true in
# half of the cases. Ask the model about all credited pairs:

# %%
evidence = credited[[*before, "recommended", "purchased"]].to_dict("records")
world = {"do": {"recommended": 0}, "n": 3000, "rng": rng}
predicted = [model.counterfactual(seen, **world).probability(purchased=1) for seen in evidence]
figure.show(figure.calibration(predicted, anyway, bins=5, label="purchase otherwise"))

# %% [markdown]
# Far nearer than a quarter, but too low, though every equation is the shop's own. The model takes taste for a bell
# curve. In the shop most tastes are weak and a few very strong, and mostly those few buy. Equations are half of a
# counterfactual; the spread of the noise is the other half. Now draw tastes from the opened truth:

# %%
taste = exogenous(lambda rng, n: rng.choice(opened["affinity"], n))
repaired = SCM({**model.mechanisms, "affinity": taste}, hidden=model.hidden)
predicted = [repaired.counterfactual(seen, **world).probability(purchased=1) for seen in evidence]
figure.show(figure.calibration(predicted, anyway, bins=5, label="purchase otherwise"))

# %%
claim("2c.chances_are_calibrated")

# %%
where_it_breaks("2c.chances_are_calibrated")

# %% [markdown]
# A real shop has no such figure; it would have to believe the model. What can it say without? Its log was not made by a
# coin. But put beside it an experiment on like pairs, in which nothing is shown. Then PN has a lower end again:
#
# $$PN \ \ge\ \frac{P(\text{bought}) - P(\text{bought} \mid do(\text{not shown}))}{P(\text{shown}, \text{bought})}$$
#
# or 0, if that is more. The fewer of those shown are put off, the nearer it comes to PN.

# %%
claim("2c.necessity_has_a_floor")
# where_it_breaks("2c.necessity_has_a_floor")

# %% [markdown]
# ## Those who were shown
#
# What did showing change *for the pairs that were shown*? That is a counterfactual too, $E[Y_1 - Y_0 \mid X = 1]$, the
# **effect on the treated**, ETT: $Y_1$ was seen of these pairs, $Y_0$ was not. A shop that stops recommending loses the
# ETT on each pair it would have shown. What it would gain by showing the rest is the effect on the others. By the
# model, the ETT and the **total effect** on all pairs, $E[Y_1 - Y_0]$:

# %%
question = (repaired, "recommended", "purchased")
print(effects.effect_on_treated(*question, n=200_000, rng=rng))
print(effects.total_effect(*question, n=200_000, rng=rng))

# %% [markdown]
# Unlike PN, the ETT needs no model. Pairs that are not shown have $Y = Y_0$, so $E[Y] - E[Y_0] = P(X = 1) \cdot ETT$:
# the log and the experiment in which nothing is shown settle it, if they are large.

# %%
claim("2c.the_shown_gain_more")
# where_it_breaks("2c.the_shown_gain_more")

# %% [markdown]
# ## Through what does it work?
#
# Showing makes people browse, and some of those click and buy. It also annoys those whom the item does not suit: even
# if they browse, they click less, an arrow past browsing. **Mediation** takes the two paths apart. Let $M_x$ say
# whether the pair is browsed under do$(x)$.
#
# - **Natural direct effect**, $E[Y_{1,M_0} - Y_0]$: show it, but let everybody browse as if it were not shown.
# - **Natural indirect effect**, $E[Y_{0,M_1} - Y_0]$: do not show it, but let everybody browse as if it were.
#
# Each joins two worlds in one unit, so no experiment shows it without further assumptions; a model can tell.
# ($E[Y_{1,M}]$, with browsing $M$ as it was, is the article's printed Do: a level, not an effect.)

# %%
print(effects.natural_direct_effect(*question, mediators=["browsed"], n=200_000, rng=rng))
print(effects.natural_indirect_effect(*question, mediators=["browsed"], n=200_000, rng=rng))

# %% [markdown]
# If the paths do not interact, the two add up to the total effect. Here they do: some whom showing brings to browse are
# annoyed by it. The indirect effect counts their purchases as if they were not, and in the direct effect they do not
# browse.

# %%
claim("2c.showing_works_on_two_paths")
# where_it_breaks("2c.showing_works_on_two_paths")

# %% [markdown]
# ## What can go wrong
#
# **The wrong question.** Whom to show it next? do(), given what is known now. Who gets the credit? A counterfactual. A
# shop that mixes them up pays for sales it would have made anyway.
#
# **New noise.** Run the other world with fresh noise, and you compare two people.
#
# **The way noise is shared.** In our shop a pair has one number for browsing, the same in both worlds, and is browsed
# where that lies below its chance. If each world had a number of its own, log and do() would be the same, and the
# credits others. Our truth was made as the model says; a real shop cannot look.
#
# **Evidence from afterwards.** `clicked` comes after showing. As evidence for a counterfactual it is welcome: it tells
# of the noise. Held fixed in a comparison, it hides the effect (3a).
#
# ## A graph you have not seen
#
# A drug against pain, with invented numbers (Pearl, Glymour and Jewell 2016, section 4.5). In an experiment 16 of 1,000
# died with it and 14 of 1,000 without. Outside the experiment people choose: of 1,000 who took it 2 died, of 1,000 who
# did not 28 died. Something hidden decides both who takes it and who dies. Mr. A chose it, and died.
#
# **Exercise 2c.4.** At least how probable is it that he would be alive without the drug? Take the shares as exact, and
# use the lower end for a log and an experiment, with *took drug* for shown and *died* for bought.

# %%
figure.show(figure.graph(CausalGraph.parse("took_drug -> died; took_drug <-> died")))
answer = ...
check("2c.4", answer)
# hint("2c.4", 1)
# hint("2c.4", 2)
# solution("2c.4")

# %% [markdown]
# ## Summary in three lines
#
# 1. Abduction, action, prediction: find out who it can have been, change the world, see what they do there.
# 2. “Undo” is three questions: as things are, for everybody under do$(x_0)$, for this user given what they did.
# 3. Counterfactuals need equations and noise. Data bound them: two models may agree on the log and on every experiment,
#    and still differ.
#
# ## References
#
# - Pearl (2009), *Causality*, 2nd edition: theorem 7.1.7, the three steps; section 9.2, necessity and sufficiency;
#   section 9.3.4, Mr. A.
# - Pearl, Glymour and Jewell (2016), *Causal Inference in Statistics: A Primer*: section 4.2, Joe; section 4.5,
#   attribution and mediation.
# - Tian and Pearl (2000), *Annals of Mathematics and Artificial Intelligence* 28: the bounds.
# - Pearl (2001), *UAI*: natural direct and indirect effects. Robins and Greenland (1992), *Epidemiology* 3.
# - Balke and Pearl (1994), *AAAI*: two worlds in one graph.
# - 《LLM在推荐系统中的因果推断应用》: the article; its formulas as printed stand in `causalrec.article`.
