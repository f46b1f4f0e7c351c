"""What should a shop show to whom, if what counts is what the showing causes?

Four rooms, each knowing only those before it: `causalrec.causal` (what a cause is, what a log can say of it),
`causalrec.shop` (a simulated shop with sealed truth), `causalrec.recommend` (interest, ranking, value) and
`causalrec.teach` (exercises, claims, figures). `causalrec.article` holds the article's formulas as printed.
"""

__version__ = "0.1.0"
