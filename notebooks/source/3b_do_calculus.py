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
# # Can the log answer it at all?
#
# Whoever needs a tent looks for tents, so the shop shows them tents, and they buy one, shown or not. No column says who
# needed what. In 3a you held such a cause fixed; here there is nothing to hold. Does the log still tell what showing
# does?
#
# After this lesson you can
#
# - say whether a graph allows an equation between seeing and doing, and if not, along which path it fails,
# - compute an effect although its confounder is hidden, and say when that goes wrong,
# - derive a formula without do() yourself, each step licensed by a rule.
#
# **You need** [lesson 2b](2b_paths_and_paradoxes.ipynb), paths, [lesson 2c](2c_counterfactuals.ipynb), two worlds in
# one pair, and [lesson 3a](3a_adjustment.ipynb), back doors. **50 minutes.**

# %%
from itertools import permutations, product

import numpy as np
import pandas as pd

from causalrec.article import do, do_prime, undo
from causalrec.causal import SCM, CausalGraph, Derivation, P, Query, back_door_sets, check_rule, counts, identify
from causalrec.causal.derivation.search import derive
from causalrec.causal.models.effects import nested
from causalrec.causal.models.exact import random_model, value
from causalrec.causal.models.mechanism import bernoulli, deterministic
from causalrec.teach import check, claim, figure, hint, solution, where_it_breaks

rng = np.random.default_rng(7)

# %% [markdown]
# ## Guess first
#
# A thousand pairs of a user and an item. Whoever **needs** the item is shown it more often, and buys it more often; no
# column says who does. Suppose that showing sells in one way only: it makes people browse. Whether they browse is
# otherwise left to chance.

# %%
log = pd.DataFrame({
    "shown": [0, 0, 1, 1],
    "browsed": [0, 1, 0, 1],
    "pairs": [400, 100, 150, 350],
    "bought": [0, 22, 0, 203],
})
log

# %% [markdown]
# Of the shown pairs 203 of 500 were bought, of the others 22 of 500. How many more would be bought if all were shown
# than if none were? What can tell you?

# %%
guess = ...  # "this table", "a longer log" or "only an experiment"
check("3b.guess", guess)

# %% [markdown]
# ## Three rules
#
# $P(y \mid do(x))$ speaks of a world in which an equation was replaced (2a), and a log holds no such world. So rewrite
# the question until no do() is left. The **do-calculus** (Pearl 1995) has three rules for that, and each changes one
# thing:
#
# | rule | lets you |
# |---|---|
# | 1 | drop what is seen, or add it |
# | 2 | see instead of set, or set instead of see |
# | 3 | drop what is set, or add it |
#
# Each may be used where two sets of nodes are d-separated (2b) in a **mutilated graph**, one with some arrows cut.
# There are two cuts. In $G_{\overline{X}}$ the arrows *into* X are gone, arcs included: nothing decides X, as where it
# is set. In $G_{\underline{Z}}$ the arrows *out of* Z are gone: what still joins Z to anything are its back doors (3a).
# In the pictures below dotted arrows are cut, grey nodes are held fixed, and an open path is orange.
#
# ### Rule 1: to know more
#
# $$P(y \mid do(x), z, w) = P(y \mid do(x), w) \quad\text{if } Y \perp Z \mid X, W \text{ in } G_{\overline{X}}$$
#
# Capitals are variables, small letters their values; each may be several, X and W also none. For example, a nudge (z),
# drawn by lot, moves the shop to show an item (x), and need is the hidden cause of shown and bought (y).

# %%
nudged = CausalGraph.parse("nudge -> shown -> bought; shown <-> bought")
check_rule(1, nudged, y="bought", x="shown", z="nudge")

# %% [markdown]
# Once the shop is *made* to show the item, the nudge tells nothing more. And where the item was merely *seen* to be
# shown?

# %%
check_rule(1, nudged, y="bought", z="nudge", w="shown")

# %% [markdown]
# On nudge → shown ↔ bought, shown is a collider, and held fixed it opens: what is shown without a nudge is shown for
# another reason, probably a need. Setting shown cuts what points to it, and this path with it. That is why rule 1 looks
# at $G_{\overline{X}}$.
#
# In numbers: `random_model` draws a model of a graph, and `value` computes any probability there exactly, with do() or
# without.

# %%
model = random_model(nudged, rng)
for told in (P("bought", given="nudge", do="shown"), P("bought", given=("nudge", "shown"))):
    at = value(told, model).at(bought=1, shown=1)
    print(f"{told}: without the nudge {at.probability(nudge=0):.3f}, with it {at.probability(nudge=1):.3f}")

# %% [markdown]
# ### Rule 2: seeing for setting
#
# $$P(y \mid do(x), do(z), w) = P(y \mid do(x), z, w)
# \quad\text{if } Y \perp Z \mid X, W \text{ in } G_{\overline{X}\underline{Z}}$$
#
# In this shop active users are shown fewer items, and buy more.

# %%
active = CausalGraph.parse("activity -> shown -> bought; activity -> bought")
check_rule(2, active, y="bought", z="shown", w="activity")

# %%
check_rule(2, active, y="bought", z="shown")

# %% [markdown]
# Why cut the arrows out of Z? What showing *does* is the same, set or seen. What seeing adds is where showing came
# from, and with the arrows out of it cut, only that is left. Leave them in, and shown → bought is open whatever you
# hold fixed: the rule would refuse every direct cause.
#
# ### Rule 3: to set or not to set
#
# $$P(y \mid do(x), do(z), w) = P(y \mid do(x), w)
# \quad\text{if } Y \perp Z \mid X, W \text{ in } G_{\overline{X}\,\overline{Z(W)}}$$
#
# First without a $w$; then $Z(W)$ is Z. It is set, so what points to it is cut, and only ways *out* of it count:

# %%
allowed = check_rule(3, active, y="activity", z="shown")
print(f"{allowed.before} = {allowed.after}: {allowed.holds}")
check_rule(3, active, y="bought", z="shown")

# %% [markdown]
# Now with a $w$. Another shop, in which showing sells nothing. Half of the users have a need. Of these 8 in 10 are
# shown the item, of the others 2 in 10. Of the shown 7 in 10 browse, of the others 2 in 10. With a need 7 in 10 buy,
# without 1 in 10, browsing or not.

# %%
idle = SCM({
    "need": bernoulli((), lambda: 0.5),
    "shown": bernoulli(("need",), lambda need: 0.2 + 0.6 * need),
    "browsed": bernoulli(("shown",), lambda shown: 0.2 + 0.5 * shown),
    "bought": bernoulli(("need",), lambda need: 0.1 + 0.6 * need),
}, hidden={"need"})
print(idle.observe("bought", given={"browsed": 1}))

# %% [markdown]
# **Exercise 3b.1.** Now the shop shows it to all: do(shown = 1). Of those who then browse, what share buys? (By
# arithmetic; no code is needed.)

# %%
answer = ...
check("3b.1", answer)
# hint("3b.1", 1)
# hint("3b.1", 2)
# solution("3b.1")

# %% [markdown]
# So P(bought | do(shown), browsed) is not P(bought | browsed). With *all* arrows into shown cut, no path joins shown to
# bought, and the rule would say that it is. Hence the $(W)$: $Z(W)$ are those nodes of Z that are not ancestors of any
# node of W in $G_{\overline{X}}$. Only into these are arrows cut.

# %%
print("all cut:", idle.visible_graph.without_arrows_into("shown").separation("shown", "bought", "browsed"))
print(idle.do(shown=1).observe("bought", given={"browsed": 1}), "under do(shown=1)")
check_rule(3, idle.visible_graph, y="bought", z="shown", w="browsed")

# %% [markdown]
# The right-hand side speaks of a world in which nobody sets shown. There browsing tells that the item was probably
# shown, and this tells of need. A $w$ that answers to Z carries news of what decided Z, so the arrows into Z must stay.
#
# ### In the package
#
# The three conditions as a function. `check_rule` is the same, and names the open path besides:


# %%
def licensed(rule, graph, y, x, z, w):
    cut = graph.without_arrows_into(x)  # G_X̄
    if rule == 2:
        cut = cut.without_arrows_out_of(z)  # G_X̄Z̲
    if rule == 3:
        cut = cut.without_arrows_into([one for one in z if one not in cut.ancestors(w)])  # G_X̄Z(W)̄
    return bool(cut.separation(y, z, (*x, *w)))


for rule in (1, 2, 3):
    for graph in (nudged, active, idle.visible_graph):
        for y, x, z in permutations(graph.nodes):
            for places in ({"x": [x], "w": []}, {"x": [], "w": [x]}, {"x": [], "w": []}):
                assert bool(check_rule(rule, graph, y=y, z=z, **places)) == licensed(rule, graph, [y], z=[z], **places)

# %% [markdown]
# And are the rules true? Try every way to use them, for one y and one z, on nudge → shown → browsed → bought with a
# hidden cause of shown and bought:

# %%
claim("3b.rules_keep_their_word")

# %%
where_it_breaks("3b.rules_keep_their_word")

# %% [markdown]
# **Exercise 3b.2.** Popular items are shown more often and bought more often, and who was shown an item or bought it is
# asked for a review. Which of these equations does a rule allow?
#
# | | |
# |---|---|
# | A | P(bought \| do(shown), nudge) = P(bought \| do(shown)) |
# | B | P(bought \| do(shown)) = P(bought \| shown) |
# | C | P(bought \| do(shown), popular) = P(bought \| shown, popular) |
# | D | P(bought \| do(shown)) = P(bought) |
# | E | P(popular \| do(shown)) = P(popular) |
# | F | P(popular \| do(shown), reviewed) = P(popular \| reviewed) |
# | G | P(nudge \| shown, popular) = P(nudge \| shown) |

# %%
asked = CausalGraph.parse("nudge -> shown <- popular -> bought; shown -> bought -> reviewed; shown -> reviewed")
figure.show(figure.graph(asked))
answer = ...  # a set of letters: {"...", "..."}
check("3b.2", answer)
# hint("3b.2", 1)
# hint("3b.2", 2)
# hint("3b.2", 3)
# solution("3b.2")

# %% [markdown]
# ## From a question to a formula
#
# A **derivation** rewrites the question, one step at a time, by a rule or a law of probability, until no do() is left.
# The law used most is that of **total probability**, $P(y) = \sum_z P(y \mid z)\, P(z)$, under any do(). The formula of
# 3a, derived; `of` says in the probability of what a step is taken:

# %%
question = Derivation.start(Query("bought", do="shown"), active)
d = question.total("activity")
d = d.rule(3, "shown", of="activity")
d = d.rule(2, "shown", of="bought")
d

# %% [markdown]
# So to adjust is to use rule 3, *activity is no effect of showing*, and rule 2, *it blocks the back doors*: the two
# parts of the back-door criterion. In numbers, on one random model, every variable 1, both sides of each step; `verify`
# compares them for all values, on five models. `check` tries a step without taking it, and `derive` finds a derivation
# by itself:

# %%
model = random_model(active, rng)
for step in d.steps:
    sides = (value(side, model).probability(dict.fromkeys(side.free, 1)) for side in (step.before, step.after))
    print(f"{step.rule:18}", " = ".join(f"{side:.4f}" for side in sides))
print(d.verify(rng))
print("rule 2 at once? open:", question.check(2, "shown").path)
assert derive(Query("bought", do="shown"), active).formula == d.formula

# %% [markdown]
# Is a fourth rule missing? No: with the laws of probability the three are **complete** (Shpitser and Pearl 2006; Huang
# and Valtorta 2006). Where no derivation ends without a do(), two worlds share the log and differ in the answer, as in
# 2a. How to know that, 3c says.
#
# ## The shop: nothing to hold fixed
#
# | step | here |
# |---|---|
# | question | How many purchases does showing add? |
# | treatment, time zero | shown or not, when the page is made |
# | population | all pairs of the log |
# | estimand | $P(\mathit{bought} \mid do(\mathit{shown}))$, for all and for none |
# | assumptions | the graph: showing sells through browsing alone, need bears on browsing through showing alone |
# | | consistency, positivity (2a) |
# | estimate | below |
# | refutation | a way past browsing; a common cause of browsing and buying; a lottery that disagrees |

# %%
door = CausalGraph.parse("shown -> browsed -> bought; shown <-> bought")
print("back-door sets:", back_door_sets(door, "shown", "bought"))
print(f"plain comparison: {203 / 500 - 22 / 500:.3f}; among browsed pairs: {203 / 350 - 22 / 100:.3f}, among others: 0")
figure.show(figure.paths(door, "shown", "bought"))

# %% [markdown]
# No set will do, not even the empty one. The plain comparison has need in it. Among browsed pairs need is all that is
# left, for what showing does goes through browsing. But take that way in halves:
#
# - **Showing → browsing.** The back door shown ↔ bought ← browsed is blocked by its collider: compare plainly.
# - **Browsing → buying.** The back door browsed ← shown ↔ bought is blocked by *shown*: hold it fixed.

# %%
browse = {1: 350 / 500, 0: 100 / 500}  # P(browsed = 1 | shown)
buy = 203 / 350 * 0.5 + 22 / 100 * 0.5  # P(bought = 1 | do(browsed = 1)): half of the pairs are shown
print(f"browse: {browse[1]:.2f} if shown, {browse[0]:.2f} if not; buy: {buy:.2f} if made to browse, 0 if kept from it")
print(f"showing adds ({browse[1]:.2f} - {browse[0]:.2f}) * {buy:.2f} = {(browse[1] - browse[0]) * buy:.2f}")

# %% [markdown]
# Two hundred purchases in a thousand pairs, not 362. To adjust is to shut the doors at the back, where the causes of
# showing come in. This way uses the **front door**, by which its effect goes out:
#
# $$P(y \mid do(x)) = \sum_z P(z \mid x) \sum_{x'} P(y \mid x', z)\, P(x')$$
#
# ($x'$: all values of $x$, whatever was set.) That the halves may be joined like this you will prove at the end.


# %%
def through_browsing(log):
    shown = log.groupby("shown")["pairs"].sum()
    cells = log.set_index(["shown", "browsed"])
    seen = cells["bought"] / cells["pairs"]  # P(y | x', z)
    second = seen.mul(shown / shown.sum(), level="shown").groupby("browsed").sum()  # Σ_x' P(y | x', z) P(x')
    first = cells["pairs"].div(shown, level="shown")  # P(z | x)
    return first.mul(second, level="browsed").groupby("shown").sum()


through_browsing(log).round(2)

# %% [markdown]
# This is what `identify` finds. Open the truth: the table came from this model, with need in it. And a log is a sample,
# so draw some.

# %%
shop = SCM({
    "need": bernoulli((), lambda: 0.5),
    "shown": bernoulli(("need",), lambda need: 0.2 + 0.6 * need),
    "browsed": bernoulli(("shown",), lambda shown: 0.2 + 0.5 * shown),
    "bought": bernoulli(("browsed", "need"), lambda browsed, need: browsed * (0.1 + 0.6 * need)),
}, hidden={"need"})
found = identify(Query("bought", do="shown"), door)
by_kit = found.estimand.evaluate(shop.table()).at(bought=1)
assert np.allclose([by_kit.probability(shown=x) for x in (0, 1)], through_browsing(log))
print(shop.do_prime("bought", "shown"))
claim("3b.front_door_answers")

# %% [markdown]
# The model's 0.2 is the very number you found, and logs come near it. This table could tell, though need is in no
# column, once the graph is granted. (Was that your guess?)
#
# **Exercise 3b.3.** Does smoking cause cancer, or does a gene make people smoke and fall ill? Suppose that smoking
# harms through tar in the lungs alone. From these numbers, invented in Pearl (2009, section 3.3.3): by how much would
# the share with cancer change if all smoked rather than none?

# %%
tar = counts("pearl_tar")
print(tar.frame().pivot(index=["smoking", "tar"], columns="cancer", values="count").to_string())
answer = ...
check("3b.3", answer)
# hint("3b.3", 1)
# hint("3b.3", 2)
# hint("3b.3", 3)
# solution("3b.3")

# %% [markdown]
# ## When the door is not as drawn
#
# The **front-door criterion** has three conditions: the set $Z$ meets every directed path from $X$ to $Y$; no back door
# from $X$ to $Z$ is open; $X$ blocks every back door from $Z$ to $Y$ (those that are left when *all* arrows out of $Z$
# are cut). In our shop they hold. Now let a few users have a *taste* for the item, browse it unasked, and buy it:

# %%
where_it_breaks("3b.front_door_answers")

# %% [markdown]
# Taste is in no column either. The graph of that shop has another arc:

# %%
from causalrec.causal import front_door

tasty = CausalGraph.parse("shown -> browsed -> bought; shown <-> bought; browsed <-> bought")
print(derive(Query("bought", do="shown"), tasty))
front_door(tasty, "shown", "bought", "browsed")

# %% [markdown]
# The third condition fails, and no other formula exists: the printed *hedge* proves it (3c). The log gives no warning:
# every table of these three columns fits the graph that we drew. Nor does it warn if showing also sells *past*
# browsing, say by reminding people of a thing that they then buy by phone. That breaks the first condition:

# %%
by_phone = bernoulli(("browsed", "need", "shown"), lambda b, need, shown: b * (0.1 + 0.6 * need) + 0.2 * shown)
phone = shop.do(bought=by_phone)
by_door = found.estimand.evaluate(phone.table()).at(bought=1)
print(f"front door {by_door.probability(shown=1) - by_door.probability(shown=0):.3f}")
print(f"truth      {phone.do_prime('bought', 'shown'):.3f}")
front_door(phone.visible_graph, "shown", "bought", "browsed")

# %% [markdown]
# Half of the effect goes past the door. As the other two conditions hold, what the front door finds is the part that
# goes through (Fulcher, Shpitser, Marealle and Tchetgen Tchetgen 2020).
#
# ## What the article asks
#
# The article prints Do as $f(x, \text{the rest unchanged})$, Undo as $f(x, \text{the rest after the intervention})$ and
# DoPrime as $\partial f / \partial x$ there (2c). In our shop, averaged over all pairs, beside what is right (for Undo
# one sense of three, do(shown = 0)):

# %%
def buys(shown, browsed, need):
    return browsed * (0.1 + 0.6 * need)


rest = {"browsed": np.array([[0, 0], [1, 1]]), "need": np.array([[0, 1], [0, 1]])}
before, after = (world.table(["browsed", "need"]).probabilities for world in (shop, shop.do(shown=1)))
printed = [np.average(do(buys, 1, rest), weights=before), np.average(undo(buys, 1, rest), weights=after),
           np.average(do_prime(buys, 1, rest, binary=True), weights=after)]
right = [*(shop.baseline("bought", do={"shown": x}) for x in (1, 0)), shop.do_prime("bought", "shown")]
print(f"share bought as things are: {shop.observe('bought'):.3f}")
pd.DataFrame({"printed": printed, "right": right}, index=["Do", "Undo", "DoPrime"], dtype=float).round(3)

# %% [markdown]
# **Exercise 3b.4.** A **do-expression** is a probability, or a mean, of variables in *one* world, where some are set
# and some are seen; only on these can the rules work. Which of the three printed formulas is one, in any shop?

# %%
answer = ...  # a set of names, from "Do", "Undo", "DoPrime"
check("3b.4", answer)
# hint("3b.4", 1)
# hint("3b.4", 2)
# solution("3b.4")

# %% [markdown]
# The printed Undo is do(shown = 1) itself. Printed Do is the share bought as things are, for here $f$ does not listen
# to shown; printed DoPrime is 0, though showing adds 0.20. With $M$ for browsing as it is, and $M_x$ under do$(x)$:
#
# | | printed | should be |
# |---|---|---|
# | Do | $E[Y_{x, M}]$, two worlds in one pair | $E[Y \mid do(x)]$ |
# | Undo | $E[Y_{x, M_x}] = E[Y \mid do(x)]$, nothing undone | $E[Y]$, $E[Y \mid do(x_0)]$ or $E[Y_{x_0} \mid e]$ (2c) |
# | DoPrime | $E[Y_{1, M_x} - Y_{0, M_x}]$, two worlds in one pair | $E[Y \mid do(1)] - E[Y \mid do(0)]$ |
#
# A log can answer a do-expression if there is a derivation. And two worlds in one pair? Here are two shops, made for
# the purpose. In one, taste alone decides what is browsed, and what is shown is bought if browsing fits the taste. In
# the other, showing turns both round (`^`).


# %%
def made(turned):
    return SCM({
        "taste": bernoulli((), lambda: 0.5),
        "shown": bernoulli((), lambda: 0.5),
        "browsed": deterministic(("shown", "taste"), lambda shown, taste: taste ^ (turned & shown)),
        "bought": deterministic(("shown", "browsed", "taste"), lambda s, b, taste: s & (b == taste ^ turned)),
    }, hidden={"taste"})


# %%
one, other = made(turned=0), made(turned=1)
for settings in product((None, 0, 1), repeat=2):  # None: left alone
    act = {name: to for name, to in zip(("shown", "browsed"), settings, strict=True) if to is not None}
    assert np.allclose(one.do(**act).table().probabilities, other.do(**act).table().probabilities)
print("one:  ", nested(one, "bought", do={"shown": 1}, natural={"browsed": {}}))
print("other:", nested(other, "bought", do={"shown": 1}, natural={"browsed": {}}))

# %% [markdown]
# The same log, the same result of every experiment, and a printed Do of 1 in one shop, of one half in the other. So no
# log answers it, and no experiment, unless you assume more: here, say, that nothing hidden is at work.
#
# ## What can go wrong
#
# **The rule used in the graph as it is.** Each rule has its own cuts. Say them aloud before you look for paths.
#
# **A refused step taken for the end.** Another way round may be open, as you will see below. The question is closed
# only if *no* derivation exists.
#
# **A formula believed because it was derived.** The rules keep their word about the graph. The graph is yours.
#
# **A hole in the table.** The front door needs pairs browsed and not browsed, both among those shown and among others
# (positivity). If whatever is shown is browsed, `evaluate` stops and names the empty cell; if nearly, the number hangs
# on few pairs.
#
# ## A graph you have not seen
#
# Villages. A campaign gives out bed nets against malaria, first where it is worst, and nobody recorded why it was worst
# there. Richer families use nets more often, and fall ill less often anyway. Who falls ill goes to the clinic.

# %%
village = CausalGraph.parse(
    "campaign -> nets -> malaria -> clinic; campaign <-> malaria; income -> nets; income -> malaria"
)
figure.show(figure.graph(village))

# %% [markdown]
# **Exercise 3b.5.** Which set of nodes satisfies the three conditions of the front door for campaign and malaria? (It
# may hold more than what lies on the way.)

# %%
answer = ...  # {"...", "..."}
check("3b.5", answer)
# hint("3b.5", 1)
# hint("3b.5", 2)
# solution("3b.5")

# %% [markdown]
# ## Alone: why the front door is right
#
# **Exercise 3b.6.** Derive a formula for P(bought | do(shown)) in the graph of our shop, `door`. Write your steps one
# below the other, each as `d = d.…`, and run the cell after each: it tells how far you have come, or which path forbids
# the step. You need `total`, `rule`, and nothing else:
#
# - `.total("a", of="b")` goes through all values of a in the probability of b,
# - `.rule(2, "a", of="b")` turns do(a) into a, seen, in the probability of b; or a, seen, into do(a),
# - `.rule(1, "a", of="b")` drops a, seen, and `.rule(3, "a", of="b")` drops do(a); or they add them.
#
# When you are through, take the # from the last three lines: your own page, every step verified, and what your formula
# makes of the shop's table, 0.08 and 0.28 again.

# %%
def front_door_formula(question):
    d = ...  # question.rule(...) or question.total(...), on the next line d = d. and so on
    return d


check("3b.6", front_door_formula)
# hint("3b.6", 1)
# hint("3b.6", 2)
# hint("3b.6", 3)
# hint("3b.6", 4)
# solution("3b.6")
# mine = front_door_formula(Derivation.start(Query("bought", do="shown"), door))
# print(mine.verify(rng), mine.formula.evaluate(shop.table()).at(bought=1).probabilities)
# mine

# %% [markdown]
# ## Summary in three lines
#
# 1. Three rules drop what is seen, see instead of set, drop what is set; each asks for a separation in a graph of its
#    own.
# 2. If they lead to a formula without do(), the log can answer, provided the graph is right, even with a hidden
#    confounder; if not, no formula exists.
# 3. The front door goes through what the treatment changes: all of the effect must go that way, and neither half may
#    keep an open back door.
#
# ## References
#
# - Pearl (1995), *Biometrika* 82: 669–710: theorem 3, the rules; the front door.
# - Pearl (2009), *Causality*, 2nd edition: section 3.3.2, the front door; 3.3.3, smoking and tar; section 3.4, the
#   rules, and in 3.4.3 the derivation.
# - Shpitser and Pearl (2006), *AAAI* 21 and *UAI* 22; Huang and Valtorta (2006), *UAI* 22: the rules are complete.
# - Pearl (2001), *UAI* 17: natural effects, which are no do-expressions.
# - Fulcher, Shpitser, Marealle and Tchetgen Tchetgen (2020), *Journal of the Royal Statistical Society B* 82: the front
#   door beside a direct effect.
# - Tikka, Hyttinen and Karvanen (2021), *Journal of Statistical Software* 99: dosearch, an R package that searches
#   derivations.
# - Bareinboim and Pearl (2016), *PNAS* 113: 7345–7352: data fusion; the tool Causal Fusion shows derivations.
# - 《LLM在推荐系统中的因果推断应用》: the article; its formulas as printed stand in `causalrec.article`.
