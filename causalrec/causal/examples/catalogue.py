"""Named causal graphs and tables of counts from the literature: one catalogue for lessons, tests and figures.

`example("napkin")` gives a graph with its story, its source and the question asked of it (`.query`),
`counts("kidney_stones")` a published table. An arrow in an example says what its source drew, not that the source was
right about the world.

First taught: lesson 2b.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from causalrec.causal.examples.example_graphs import APPLICATIONS, PARADOXES, PATTERNS, PRIMER, SHOP, Example
from causalrec.causal.examples.example_papers import IDENTIFICATION, PEARL
from causalrec.causal.examples.tables import COUNTS, Counts, counts
from causalrec.errors import GraphError

__all__ = ["COUNTS", "EXAMPLES", "Counts", "Example", "counts", "example"]

EXAMPLES: Mapping[str, Example] = MappingProxyType(
    {one.name: one for one in (*PATTERNS, *PARADOXES, *PRIMER, *APPLICATIONS, *PEARL, *IDENTIFICATION, *SHOP)}
)
"""All examples by name, in the order of the lessons that need them."""


def example(name: str) -> Example:
    """The example with this name.

    Raises:
        GraphError: there is none.

    First taught: lesson 2b.
    """
    if name not in EXAMPLES:
        raise GraphError(f"no example is called {name!r}; choose from {', '.join(EXAMPLES)}.")
    return EXAMPLES[name]
