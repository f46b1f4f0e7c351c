"""Published tables of counts, cited: facts that lessons and tests compute from.

First taught: lesson 2b.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from causalrec.causal.formulas.table import Table
from causalrec.errors import ModelError
from causalrec.types import Array
from causalrec.wording import instead

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Counts:
    """How many cases have each combination of values: a published table.

    Attributes:
        name: what `counts` finds it by.
        variables: names, in the order of the axes.
        domains: per variable the values it takes, in the order of the entries on its axis.
        counts: whole numbers, an axis a variable; kept read-only.
        source: author, year, and table, page or section.

    Raises:
        ModelError: names, domains and shape that do not fit together, or a negative count.

    First taught: lesson 2b.
    """

    name: str
    variables: tuple[str, ...]
    domains: tuple[tuple[Any, ...], ...]
    counts: Array
    source: str

    def __post_init__(self) -> None:
        """Keep a read-only copy, and refuse what is no table of counts."""
        entries = np.array(self.counts, dtype=int)
        entries.setflags(write=False)
        object.__setattr__(self, "counts", entries)
        _ = self.table()  # raises where names, domains and shape do not fit

    @property
    def total(self) -> int:
        """The number of cases."""
        return int(self.counts.sum())

    def __repr__(self) -> str:
        """Name, size, variables and source."""
        return f"Counts({self.name}: {self.total:,} cases by {', '.join(self.variables)}; {self.source})"

    def _repr_html_(self) -> str:
        return f"<p>{self!r}</p>{self.frame().to_html(index=False, border=0)}"

    def table(self) -> Table:
        """The joint distribution of a case drawn at random: counts over their total.

        First taught: lesson 2b.
        """
        return Table(self.variables, self.domains, self.counts / self.counts.sum())

    def frame(self) -> pd.DataFrame:
        """A row for each combination of values, with the column `count`.

        First taught: lesson 3b.
        """
        import pandas as pd

        cells = pd.DataFrame(list(product(*self.domains)), columns=list(self.variables))
        return cells.assign(count=self.counts.ravel())

    def rows(self) -> pd.DataFrame:
        """A row for each case, as a log would hold it; cases with the same values stand together.

        First taught: lesson 2b.
        """
        cells = self.frame()
        return cells.loc[cells.index.repeat(cells["count"]), list(self.variables)].reset_index(drop=True)


_KIDNEY_STONES = Counts(
    "kidney_stones",
    ("size", "treatment", "recovered"),
    (("small", "large"), ("open surgery", "nephrolithotomy"), (0, 1)),
    # small stones: 81 of 87 and 234 of 270 recovered; large stones: 192 of 263 and 55 of 80
    np.array([[[6, 81], [36, 234]], [[71, 192], [25, 55]]]),
    "Charig, Webb, Payne & Wickham 1986, BMJ 292: 879-882; by size: Julious & Mullee 1994, BMJ 309: 1480-1481",
)
_BERKELEY = Counts(
    "berkeley",
    ("department", "sex", "admitted"),
    (tuple("ABCDEF"), ("men", "women"), (0, 1)),
    np.array([
        [[313, 512], [19, 89]],
        [[207, 353], [8, 17]],
        [[205, 120], [391, 202]],
        [[279, 138], [244, 131]],
        [[138, 53], [299, 94]],
        [[351, 22], [317, 24]],
    ]),
    "Bickel, Hammel & O'Connell 1975, Science 187: 398-404; the six largest departments, as in R's UCBAdmissions",
)
_PEARL_TAR = Counts(
    "pearl_tar",
    ("smoking", "tar", "cancer"),
    ((0, 1), (0, 1), (0, 1)),
    # cancer in 10 % of 380, 5 % of 20, 90 % of 20, 85 % of 380
    np.array([[[342, 38], [19, 1]], [[2, 18], [57, 323]]]),
    "Pearl 2009, Causality, §3.3.3, table 3.1: invented; its percentages are those of 800 people",
)
_WHICKHAM = Counts(
    "whickham",
    ("age", "smoker", "died"),
    (("18-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75+"), (0, 1), (0, 1)),
    np.array([
        [[61, 1], [53, 2]],
        [[152, 5], [121, 3]],
        [[114, 7], [95, 14]],
        [[66, 12], [103, 27]],
        [[81, 40], [64, 51]],
        [[28, 101], [7, 29]],
        [[0, 64], [0, 13]],
    ]),
    "Appleton, French & Vanderpump 1996, The American Statistician 50: 340-341; 1,314 women, 20 years",
)
_CHOLESTYRAMINE = Counts(
    "cholestyramine",
    ("assigned", "taken", "fell"),
    ((0, 1), (0, 1), (0, 1)),
    # published are the shares: of the 172 on placebo .919, .081; of the 165 on the drug .315, .073, .139, .473
    np.array([[[158, 14], [0, 0]], [[52, 12], [23, 78]]]),
    "Balke & Pearl 1997, Journal of the American Statistical Association 92: 1171-1176; Pearl 2009, Causality, §8.2.6, "
    "from Efron & Feldman 1991: the only counts of 337 people with the published shares",
)

COUNTS: Mapping[str, Counts] = MappingProxyType(
    {one.name: one for one in (_KIDNEY_STONES, _BERKELEY, _PEARL_TAR, _WHICKHAM, _CHOLESTYRAMINE)}
)
"""All tables by name."""


def counts(name: str) -> Counts:
    """The published table with this name.

    Raises:
        ModelError: there is none.

    First taught: lesson 2b.
    """
    if not isinstance(name, str) or name not in COUNTS:
        raise ModelError(f"no table is called {name!r}; {instead(name, COUNTS, 'choose from')}")
    return COUNTS[name]
