"""Named causal graphs of the papers on identification, with the questions they ask and their verdicts.

First taught: lesson 3a (Pearl's), lesson 3c (the others).
"""

from __future__ import annotations

from causalrec.causal.examples.example_graphs import BOOK, drawn

CAUSALITY = "Pearl 2009, Causality"
HIERARCHY = "Shpitser & Pearl 2008, Journal of Machine Learning Research 9"
SURROGATES = "Bareinboim & Pearl 2012, Conference on Uncertainty in Artificial Intelligence, p. 114"

PEARL = (
    drawn(
        "smoking_tar", "smoking -> tar -> cancer; smoking <-> cancer", ("smoking", "cancer"),
        "A gene may make people smoke and fall ill. If smoking harms through tar alone, the front door answers.",
        f"{CAUSALITY}, §3.3.2, §3.3.3 and figure 3.8(e); {HIERARCHY}, figure 2(e); {BOOK}, figure 3.10(b)",
    ),
    drawn(
        "bow", "X -> Y; X <-> Y", ("X", "Y"),
        "A direct effect beside a hidden common cause: no log tells them apart.",
        f"{CAUSALITY}, §3.5, figures 3.7(a) and 3.9(a); {HIERARCHY}, figure 1(a); {BOOK}, figure 3.10(a)",
        identifiable=False,
    ),
    drawn(
        "instrument", "assigned -> taken -> response; taken <-> response", ("taken", "response"),
        "A coin assigns the treatment, not all comply: the effect is bounded, not identified.",
        f"Balke & Pearl 1997, Journal of the American Statistical Association 92, figure 1; {CAUSALITY}, figure 3.7(b)",
        identifiable=False,
    ),
    drawn(
        "napkin", "W -> Z -> X -> Y; W <-> X; W <-> Y", ("X", "Y"),
        "Neither back door nor front door, and identifiable all the same: as a ratio of two effects of Z.",
        "Pearl & Mackenzie 2018, The Book of Why, p. 240",
    ),
    drawn(
        "verma", "A -> B -> C -> D; B <-> D", ("C", "D"),
        "No arrow from A to D: a constraint on the log that no conditional independence expresses.",
        "Verma & Pearl 1990, Proceedings of the 6th Conference on Uncertainty in Artificial Intelligence",
    ),
    drawn(
        "back_door", "X1 -> X3 -> Xi -> X6 -> Xj; X1 -> X4 -> Xi; X2 -> X4 -> Xj; X2 -> X5 -> Xj", ("Xi", "Xj"),
        "Holding {X3, X4} or {X4, X5} fixed shuts every back door; {X4} alone opens one.",
        f"{CAUSALITY}, §3.3.1, figure 3.4",
    ),
    drawn(
        "eelworms", "Z1 -> Z2 -> Z3 -> Y; X -> Z2 -> Y; X -> Y; X <-> Z1; X <-> Z3; Z1 <-> Z3", ("X", "Y"),
        "Fumigants X against eelworms, counted before (Z1), after (Z2) and at the end of the season (Z3), and oat "
        "yields Y. Last year's eelworms, unrecorded, sway how much is fumigated, Z1 and, through the birds, Z3.",
        f"Pearl 1995, Biometrika 82: 669-710, figure 1, after Cochran; {CAUSALITY}, figure 3.1",
    ),
    drawn(
        "two_mediators", "X -> Z1 -> Z2 -> Y; X -> Y; Z1 -> Y; X <-> Z2; Z1 <-> Y", ("X", "Y"),
        "No back-door set, and identifiable: Z1 answers for what X does, X for what confounds Z2.",
        f"{CAUSALITY}, §3.5.1, figure 3.8(f); {HIERARCHY}, figure 2(f)",
    ),
    drawn(
        "three_covariates", "Z2 -> X -> Z1 -> Y; Z2 -> Z1; Z2 -> Z3 -> Y; Z2 <-> X; Z2 <-> Y; X <-> Z3; X <-> Y",
        ("X", "Y"),
        "A front door through Z1 within each value of Z2; Z3 need not be measured. Some libraries get it wrong.",
        f"{CAUSALITY}, §3.5.1, figure 3.8(g); {HIERARCHY}, figure 2(g)",
    ),
    drawn(
        "covariate_of_outcome", "Z -> X -> Y; Z -> Y; Z <-> Y", ("X", "Y"),
        "What Z does to Y is lost in a bow, and holding Z fixed gives the effect of X all the same.",
        f"{CAUSALITY}, §3.5.1, figure 3.8(c); {HIERARCHY}, figure 2(c)",
    ),
    drawn(
        "bow_before_mediator", "X -> Z -> Y; X <-> Z", ("X", "Y"),
        "A hidden cause of the treatment and of its only effect on the way to Y: the first step is lost.",
        f"{CAUSALITY}, §3.5.2, figure 3.9(b); {HIERARCHY}, figure 1(b)", identifiable=False,
    ),
    drawn(
        "bow_beside_mediator", "X -> Z -> Y; X -> Y; X <-> Z", ("X", "Y"),
        "One of two ways from X to Y begins with a bow, which is enough to spoil the total effect.",
        f"{CAUSALITY}, §3.5.2, figure 3.9(c); {HIERARCHY}, figure 1(c)", identifiable=False,
    ),
    drawn(
        "bow_after_mediator", "X -> Z -> Y; X <-> Y; Z <-> Y", ("X", "Y"),
        "A front door whose second half fails: mediator and outcome share a hidden cause of their own.",
        f"{CAUSALITY}, §3.5.2, figure 3.9(f); {HIERARCHY}, figure 1(f)", identifiable=False,
    ),
    drawn(
        "bowless", "X -> Z1 -> Y <- Z2; X <-> Z2; Z1 <-> Z2", ("X", "Y"),
        "No bow, and what X does to Z1, what Z1 does to Y and what Z2 does to Y can each be had. The whole cannot.",
        f"{CAUSALITY}, §3.5, figures 3.7(c) and 3.9(g); {HIERARCHY}, figure 1(g)", identifiable=False,
    ),
    drawn(
        "bowless_pair", "X -> Z1 -> Y <- Z2; X <-> Z2; Z1 <-> Z2", ("X", ("Z1", "Z2")),
        "On the graph of `bowless` what X does to Z1 and what it does to Z2 can be had, and not to both at once.",
        f"{CAUSALITY}, §3.5, figure 3.7(c)", identifiable=False,
    ),
    drawn(
        "bowless_both", "X -> Z1 -> Y <- Z2; X <-> Z2; Z1 <-> Z2", (("X", "Z2"), "Y"),
        "To set more can be easier: on the graph of `bowless`, X and Z2 together have a formula, and X alone has none.",
        f"{CAUSALITY}, §3.5, figure 3.7(c) and equation 3.47",
    ),
    drawn(
        "plan", "X1 -> Z -> X2 -> Y; X1 -> X2; X1 -> Y; X1 <-> Z; Z <-> Y", (("X1", "X2"), "Y"),
        "Two treatments in turn, the second decided by what Z showed of the first. Z must not be held fixed for X1 "
        "and must be for X2; the plan as a whole can be judged.",
        f"{CAUSALITY}, §4.4.1, figure 4.4, after Robins 1993",
    ),
    drawn(
        "plan_first_action", "X1 -> Z -> X2 -> Y; X1 -> X2; X1 -> Y; X1 <-> Z; Z <-> Y", ("X1", "Y"),
        "The first treatment of `plan` by itself: a bow lies on its way through Z, and no formula is left.",
        f"{CAUSALITY}, §4.4.1, figure 4.4", identifiable=False,
    ),
    drawn(
        "plan_second_action", "X1 -> Z -> X2 -> Y; X1 -> X2; X1 -> Y; X1 <-> Z; Z <-> Y", ("X2", "Y"),
        "The second treatment of `plan`, given what was known when it was chosen: seeing is doing.",
        f"{CAUSALITY}, §4.4.1, figure 4.4", given=("X1", "Z"),
    ),
    drawn(
        "plan_unordered", "Z -> X2 -> Y; X1 -> Y; X1 <-> Z; Z <-> Y", (("X1", "X2"), "Y"),
        "As `plan`, but X1 sways neither Z nor X2 and either may come first: in the order X2, X1 no covariates serve.",
        f"{CAUSALITY}, §4.4.4, figure 4.8",
    ),
    drawn(
        "plan_with_covariates", "Z1 -> X1 -> X2 -> Y; Z2 -> Y; Z1 <-> Z2; Z1 <-> X2; Z2 <-> X2", (("X1", "X2"), "Y"),
        "Of both treatments only the second matters, and Z2 shuts its back doors.",
        f"{CAUSALITY}, §4.4, p. 125",
    ),
    drawn(
        "two_linear_ways", "X -> Z -> Y; X -> W -> Y; X <-> Z; W <-> Y", ("X", "Y"),
        "A bow at either end. Equations that are known to be linear may say more; the graph alone does not.",
        f"{CAUSALITY}, p. 153", identifiable=False,
    ),
)

IDENTIFICATION = (
    drawn(
        "direct", "X -> Y", ("X", "Y"),
        "Nothing confounds: seeing is doing.",
        f"{CAUSALITY}, §3.5.1, figure 3.8(a); {HIERARCHY}, figure 2(a)",
    ),
    drawn(
        "confounded_mediator", "X -> Z -> Y; X -> Y; Z <-> Y", ("X", "Y"),
        "A hidden cause of mediator and outcome leaves the total effect alone.",
        f"{CAUSALITY}, §3.5.1, figure 3.8(b); {HIERARCHY}, figure 2(b)",
    ),
    drawn(
        "confounded_covariate", "Z -> X -> Y; Z -> Y; X <-> Z", ("X", "Y"),
        "Covariate and treatment share a hidden cause, and holding the covariate fixed is enough all the same.",
        f"{CAUSALITY}, §3.5.1, figure 3.8(d); {HIERARCHY}, figure 2(d)",
    ),
    drawn(
        "two_outcomes", "W1 -> X -> Y1; W2 -> Y2; W1 <-> W2; W1 <-> Y1; W1 <-> Y2; X <-> W2", ("X", ("Y1", "Y2")),
        "The example on which ID is explained: X touches the one outcome and not the other, and the joint law of both "
        "is found district by district.",
        f"{HIERARCHY}, figure 3(a)",
    ),
    drawn(
        "two_outcomes_hedge", "W1 -> X -> Y1; W1 -> W2 -> Y2; W1 <-> W2; W1 <-> Y1; W1 <-> Y2; X <-> W2",
        ("X", ("Y1", "Y2")),
        "One arrow more than in `two_outcomes`, from W1 to W2, and the whole graph is a hedge.",
        f"{HIERARCHY}, figure 3(b)", identifiable=False,
    ),
    drawn(
        "line_seven", "W1 -> X -> Y1; W1 <-> Y1", (("X", "W1"), "Y1"),
        "A part of `two_outcomes` on which ID comes to its seventh line: W1 is set, and has to be summed over.",
        f"{HIERARCHY}, figure 5",
    ),
    drawn(
        "given_mediator", "X -> Z -> Y; X <-> Z", ("X", "Y"),
        "What X does to Z is lost in a bow, yet given Z nothing more need be known: P(Y | do(X), Z) is P(Y | Z).",
        f"{HIERARCHY}, figure 6(a)", given=("Z",),
    ),
    drawn(
        "given_collider", "X -> Z; X <-> Z; Z <-> Y", ("X", "Y"),
        "X does nothing to Y. Given Z, which X changes and which shares a hidden cause with Y, there is no answer.",
        "this course, lesson 3c, beside Shpitser & Pearl 2006 on conditional effects",
        identifiable=False, given=("Z",),
    ),
    drawn(
        "front_door_and_chain", "X -> W -> Y; D -> Z -> Y; X <-> Y", ("X", "Y"),
        "A front door through W; D and Z are another way into Y and may be left alone.",
        f"{HIERARCHY}, figure 9(a)",
    ),
    drawn(
        "conditional_front_door", "W -> X -> Z -> Y; W -> Z; X <-> Y", ("X", "Y"),
        "W confounds treatment and mediator: within each value of W there is a front door.",
        "Tikka & Karvanen 2017, Journal of Statistical Software 76(12), figure 1",
    ),
    drawn(
        "first_step_given", "W -> X -> Z -> Y; W -> Z; X <-> Y", ("X", "Z"),
        "The first half of `conditional_front_door`: given W, seeing X is as good as setting it.",
        "Tikka & Karvanen 2017, Journal of Statistical Software 76(12), figure 1", given=("W",),
    ),
    drawn(
        "covariate_hedge", "Z1 -> X -> Z2 -> Y; Z1 <-> X; Z1 <-> Z2; Z1 <-> Y; X <-> Y", ("X", "Y"),
        "Z1 shares a hidden cause with the treatment and one with the mediator Z2: the front door's first half fails.",
        f"{CAUSALITY}, §3.5.2, figure 3.9(h); {HIERARCHY}, figure 1(h); Tikka & Karvanen 2017, Journal of Statistical "
        "Software 76(12), figure 5",
        identifiable=False,
    ),
    drawn(
        "four_outcomes", "Z2 -> X -> Z1 -> Y; Z2 -> Z1; Z2 -> Z3 -> Y; Z2 <-> X; Z2 <-> Y; X <-> Z3; X <-> Y",
        ("X", ("Z1", "Z2", "Z3", "Y")),
        "The graph of `three_covariates`, all its other variables asked about together.",
        "Tikka & Karvanen 2017, Journal of Statistical Software 76(12), figure 7, after Tian & Pearl 2002",
    ),
    drawn(
        "set_both", "Z -> X -> Y; Z -> W -> Y", (("X", "W"), "Y"),
        "Both causes of Y are set, and Z, their cause, drops out of the formula.",
        "Tikka & Karvanen 2017, Journal of Statistical Software 76(12), figure 8",
    ),
    drawn(
        "pruned_pair",
        "W2 -> W1 -> X1 -> Y1; W2 -> X2 -> Z -> Y2; Z -> Y1;"
        "W1 <-> W2; W1 <-> X1; W2 <-> X2; X1 <-> Z; X2 <-> Y2; X1 <-> X2",
        (("X1", "X2"), ("Y1", "Y2")),
        "Two treatments, two outcomes: W1 is not needed for the formula.",
        "Tikka & Karvanen 2018, Journal of Machine Learning Research 18(194), and the manual of their causaleffect",
    ),
    drawn(
        "pruned_napkin", "W1 -> W2 -> Z2 -> Z1 -> X -> Y; W1 -> Z2; W1 <-> W2; W2 <-> Z2; X <-> Z2; Z2 <-> Y",
        ("X", "Y"),
        "A napkin with two more variables W1 and W2 behind it, which the formula can do without.",
        "Tikka & Karvanen 2018, Journal of Machine Learning Research 18(194), and the manual of their causaleffect",
    ),
    drawn(
        "pruned_front_door",
        "Z3 -> Z2 -> Z1 -> X -> Z4 -> Y; Z3 -> X; Z5 -> Z1; Z5 -> Z4;"
        "X <-> Z2; Z3 <-> Z2; Z2 <-> Y; Z4 <-> Y; Z5 <-> Z4",
        ("X", "Y"),
        "Seven variables and five hidden causes; still a formula.",
        "Tikka & Karvanen 2018, Journal of Machine Learning Research 18(194), and the manual of their causaleffect",
    ),
    drawn(
        "double_napkin",
        "W1 -> W2 -> X -> Y; W3 -> W4 -> X; W1 <-> X; W1 <-> Y; W1 <-> W3; W3 <-> W2; W3 <-> W5; W5 <-> W4",
        ("X", "Y"),
        "Like the napkin, X is moved by what is itself confounded, here along two ways.",
        "Tian 2002, Studies in Causal Reasoning and Learning, p. 90",
    ),
    drawn(
        "long_verma", "V1 -> V2 -> V3 -> V4 -> V5; V1 <-> V3; V2 <-> V4; V3 <-> V5", ("V1", "V5"),
        "Five variables in a row, each of which shares a hidden cause with the next but one.",
        "Tian 2002, Studies in Causal Reasoning and Learning, p. 70",
    ),
    drawn(
        "long_verma_closed", "V1 -> V2 -> V3 -> V4 -> V5; V1 <-> V5; V1 <-> V3; V2 <-> V4", ("V1", "V5"),
        "As `long_verma`, but it is the ends that share a hidden cause.",
        "Tian 2002, Studies in Causal Reasoning and Learning, p. 59",
    ),
    drawn(
        "surrogate", "Z -> X -> Y; Z <-> X; Z <-> Y", ("X", "Y"),
        "No log identifies the effect; a log in which Z was randomised does.",
        f"{SURROGATES}; {CAUSALITY}, §3.5.2, figure 3.9(e); {HIERARCHY}, figure 1(e)", identifiable=False,
    ),
    drawn(
        "surrogate_before_bow", "Z -> X -> Y; X <-> Y; Z <-> Y", ("X", "Y"),
        "An instrument that is itself confounded with the outcome.",
        SURROGATES, identifiable=False,
    ),
    drawn(
        "surrogate_beside", "X -> Y; Z -> Y; X <-> Z; Z <-> Y", ("X", "Y"),
        "Z stands in the only back door, as a collider too: neither holding it fixed nor leaving it alone will do.",
        f"{SURROGATES}; {CAUSALITY}, §3.5.2, figure 3.9(d); {HIERARCHY}, figure 1(d)", identifiable=False,
    ),
    drawn(
        "feedback", "A0 -> L1 -> A1 -> Y; A0 -> A1; A0 -> Y; L1 -> Y; L1 <-> Y", ("A1", "Y"),
        "A treatment A1 that answers to a symptom L1 which an earlier treatment A0 changed.",
        "Hernán & Robins 2020, Causal Inference: What If, chapter 20",
    ),
)
