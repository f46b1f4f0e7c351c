"""What a cause is, and what a log can say of it. Knows nothing of shops.

`CausalGraph` (who may cause whom), `SCM` (the equations behind a graph), `P`, `Sum`, `Product`, `Fraction` (estimands),
`identify` (may the log answer?) and `ipw`, `aipw` (then how much?). Names load when first used.

First taught: lessons 2a to 3e.
"""

from __future__ import annotations

from causalrec._lazy import attach

# `identify` is a module and its main function at once. Importing the module would leave *it* under the name in this
# package; taking the function here, last, settles for good which of the two `causalrec.causal.identify` is.
from causalrec.causal.identify import identify

_HOMES = {
    "Pmf": "bayes",
    "BetaBernoulli": "bayes",
    "odds": "bayes",
    "from_odds": "bayes",
    "bayes_factor": "bayes",
    "posterior_odds": "bayes",
    "NaiveBayes": "naive_bayes",
    "words_of": "naive_bayes",
    "CausalGraph": "graph",
    "Passage": "paths",
    "Path": "paths",
    "Paths": "paths",
    "Separation": "paths",
    "P": "expression",
    "Sum": "expression",
    "Product": "expression",
    "Fraction": "expression",
    "Table": "expression",
    "Mechanism": "mechanism",
    "additive": "mechanism",
    "bernoulli": "mechanism",
    "categorical": "mechanism",
    "deterministic": "mechanism",
    "discrete": "mechanism",
    "exogenous": "mechanism",
    "standard_normal": "mechanism",
    "uniform": "mechanism",
    "SCM": "scm",
    "Counts": "example_tables",
    "COUNTS": "example_tables",
    "counts": "example_tables",
    "Example": "examples",
    "EXAMPLES": "examples",
    "example": "examples",
    "EquivalenceClass": "discovery",
    "equivalence_class": "discovery",
    "pc": "discovery",
    "Twins": "twins",
    "twin_worlds": "twins",
    "Answer": "answer",
    "Counterfactual": "worlds",
    "nested": "counterfactual",
    "total_effect": "counterfactual",
    "controlled_direct_effect": "counterfactual",
    "natural_direct_effect": "counterfactual",
    "natural_indirect_effect": "counterfactual",
    "effect_on_treated": "counterfactual",
    "probability_of_necessity": "counterfactual",
    "probability_of_sufficiency": "counterfactual",
    "probability_of_necessity_and_sufficiency": "counterfactual",
    "Query": "query",
    "Step": "query",
    "Identified": "query",
    "NotIdentified": "query",
    "identify": "identify",
    "back_door_sets": "adjustment",
    "is_back_door_set": "adjustment",
    "Estimate": "estimate",
    "naive": "estimate",
    "ipw": "estimate",
    "aipw": "estimate",
    "effective_sample_size": "estimate",
    "standardised_difference": "estimate",
    "checked_propensity": "estimate",
    "quadratic_logistic": "estimate",
    "fit_propensity": "estimate",
    "fit_outcomes": "estimate",
}

__getattr__, __dir__ = attach(__name__, _HOMES)
__all__ = ["identify", *(name for name in _HOMES if name != "identify")]
