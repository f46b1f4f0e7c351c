"""The goods: a shop's catalogue, and the hand-written items from which the simulated shop is stocked.

An item's category says what kind of thing it is; its *theme* says which occasion or way of life it belongs to. Themes
cut across categories, stand in no column a learner sees, and are carried by title and description alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from causalrec.errors import DataError
from causalrec.shop.table import Rule, cell, numbers, read_table, refuse_repeats, require, texts

THEMES = (
    "camping",
    "home_office",
    "newborn",
    "baking",
    "gaming",
    "home_gym",
    "balcony_garden",
    "long_haul_travel",
    "dog",
    "cycling",
    "painting",
    "music_making",
)
CATEGORIES = (
    "Books",
    "Clothing & Shoes",
    "Electronics",
    "Furniture",
    "Kitchen & Dining",
    "Home & Textiles",
    "Tools & Hardware",
    "Bags & Storage",
    "Food & Drink",
    "Games & Toys",
    "Health & Care",
    "Stationery & Paper",
    "Lighting",
    "Outdoor & Sport",
)
CATALOGUE_COLUMNS = ("item_id", "title", "description", "category", "price", "listed")
# What follows when a stranger's catalogue lacks an optional column.
CONSEQUENCES = {
    "description": "an item is read by its title alone",
    "category": "nothing can be said of kinds of items, only of single ones",
    "price": "what an item costs cannot be held fixed",
    "listed": "new items can be told from old ones only by their having no pairs in the log",
}

_PRICE = Rule(
    "a price of at least 0",
    "write it as a plain number such as 12.50, or leave the cell empty",
    lambda values: np.isfinite(values) & (values >= 0),
    may_be_empty=True,
)
_TYPICAL_PRICE = Rule(
    "a price above 0", "write it as a plain number such as 12.50", lambda values: np.isfinite(values) & (values > 0)
)
_COLD = Rule("0 or 1", "write 1 for a newly listed item, else 0", lambda values: np.isin(values, (0, 1)), "bool")


@dataclass(frozen=True, repr=False, eq=False)
class Catalogue:
    """A shop's items, one row each: `item_id` and `title`, and description, category, price (euro), listed (ISO date).

    Only item_id and title are required of a stranger's catalogue. First taught: lesson 4a.
    """

    items: pd.DataFrame

    @property
    def texts(self) -> tuple[str, ...]:
        """What a language model reads of each item, in the order of `items`: title, full stop, description."""
        titles = self.items["title"]
        if "description" not in self.items:
            return tuple(titles)
        described = self.items["description"].fillna("").str.strip()
        return tuple(titles.where(described == "", titles + ". " + described))

    @property
    def absent(self) -> dict[str, str]:
        """The optional columns that are not there, or hold no value in any row, each with what follows in words."""
        filled = self.items.notna() & (self.items.astype(str) != "")
        return {name: why for name, why in CONSEQUENCES.items() if name not in filled or not filled[name].any()}

    def __len__(self) -> int:
        """The number of items."""
        return len(self.items)

    def __repr__(self) -> str:
        """The catalogue's size, in one line."""
        kinds = f", {self.items['category'].nunique()} categories" if "category" in self.items else ""
        return f"Catalogue({len(self)} items{kinds})"

    def _repr_html_(self) -> str:
        table = self.items.head(5).to_html(index=False, border=0, float_format="%.2f")
        return f"<p>{self!r}; the first {min(5, len(self))}:</p>{table}"


def check_catalogue(frame: pd.DataFrame, where: str = "the catalogue") -> Catalogue:
    """The catalogue in a frame, its known columns in their order and types; other columns are left out.

    Raises:
        DataError: item_id or title is missing or blank, an item stands twice, a price is negative or not a number, or a
            date of listing is not written 2026-03-02.
    """
    require(frame, ("item_id", "title"), where)
    columns: dict[str, pd.Series] = {}
    for name in CATALOGUE_COLUMNS:
        if name not in frame:
            continue
        if name == "price":
            columns[name] = numbers(frame, name, where, _PRICE)
        else:
            columns[name] = texts(frame, name, where, may_be_empty=name not in ("item_id", "title"))
    items = pd.DataFrame(columns).reset_index(drop=True)
    refuse_repeats(items, ["item_id"], where, "keep one row an item")
    if "listed" in items:
        dates = pd.to_datetime(items["listed"], format="%Y-%m-%d", errors="coerce")
        wrong = (dates.isna() & (items["listed"] != "")).to_numpy()
        if wrong.any():
            position = int(wrong.argmax())
            place = cell(where, position, "listed")
            raise DataError(f"{place}: {items['listed'].iloc[position]!r} is not a date; write it as 2026-03-02.")
    return Catalogue(items)


def read_catalogue(path: str | Path) -> Catalogue:
    """The catalogue in a CSV file.

    Raises:
        DataError: the file is missing, empty, not UTF-8 or no table, or breaks a rule of `check_catalogue`.
    """
    return check_catalogue(read_table(path), str(path))


@dataclass(frozen=True, repr=False, eq=False)
class ItemSource:
    """The hand-written items, one entry each, fields named after the columns of items.csv.

    `title`, `description`, `category`: text, shape (items,). `themes`: weights that sum to 1, shape (items, themes), in
    the order of `THEMES`. `typical_price`: euro, shape (items,). `cold`: newly listed, in no learning period; shape
    (items,). The arrays cannot be written to.
    """

    title: np.ndarray
    description: np.ndarray
    category: np.ndarray
    themes: np.ndarray
    typical_price: np.ndarray
    cold: np.ndarray

    def __len__(self) -> int:
        """The number of items."""
        return len(self.title)

    def __repr__(self) -> str:
        """The source's size, in one line."""
        return f"ItemSource({len(self)} items, {int(self.cold.sum())} cold, {self.themes.shape[1]} themes)"


def read_items(path: str | Path | None = None) -> ItemSource:
    """The hand-written items of `causalrec/shop/items.csv`, or of another file with the same columns.

    Raises:
        DataError: a column is missing, a category or theme is unknown, or the theme weights do not sum to 1.
    """
    path = Path(path) if path is not None else Path(__file__).with_name("items.csv")
    where = str(path) if path.parent != Path(__file__).parent else "causalrec/shop/items.csv"
    table = read_table(path)
    require(table, ("title", "description", "category", "themes", "typical_price", "cold"), where)
    category = texts(table, "category", where)
    unknown = ~category.isin(CATEGORIES).to_numpy()
    if unknown.any():
        position = int(unknown.argmax())
        place = cell(where, position, "category")
        raise DataError(f"{place}: {category[position]!r} is unknown; use one of {', '.join(CATEGORIES)}.")
    weights = [_mixture(text, cell(where, row, "themes")) for row, text in enumerate(table["themes"])]
    return ItemSource(
        title=_frozen(texts(table, "title", where).to_numpy(object)),
        description=_frozen(texts(table, "description", where).to_numpy(object)),
        category=_frozen(category.to_numpy(object)),
        themes=_frozen(np.array(weights)),
        typical_price=_frozen(numbers(table, "typical_price", where, _TYPICAL_PRICE).to_numpy()),
        cold=_frozen(numbers(table, "cold", where, _COLD).to_numpy()),
    )


def deal_cold(source: ItemSource, rng: np.random.Generator) -> ItemSource:
    """The same items with others newly listed: of each theme (an item's heaviest) as many as before, but random ones.

    Of their content words the items written to be cold share 2 % with the warm ones of their theme, dealt ones about
    16 %.
    """
    theme, cold = source.themes.argmax(axis=1), np.zeros(len(source), bool)
    for one in np.unique(theme):
        members = np.flatnonzero(theme == one)
        cold[rng.permutation(members)[: int(source.cold[members].sum())]] = True
    return replace(source, cold=_frozen(cold))


def _mixture(text: str, place: str) -> np.ndarray:
    """The weights written as ``camping:0.8 dog:0.2``, in the order of `THEMES`; shape (themes,)."""
    weights = dict.fromkeys(THEMES, 0.0)
    for part in text.split():
        theme, _, weight = part.partition(":")
        if theme not in weights:
            raise DataError(f"{place}: {theme!r} is no theme; use one of {', '.join(THEMES)}.")
        try:
            weights[theme] = float(weight)
        except ValueError:
            raise DataError(f"{place}: {part!r} has no weight; write it as camping:0.8 dog:0.2.") from None
    if min(weights.values()) < 0 or abs(sum(weights.values()) - 1) > 1e-9:
        raise DataError(f"{place}: the weights in {text!r} do not sum to 1; write them as camping:0.8 dog:0.2.")
    return np.array(list(weights.values()))


def _frozen(values: np.ndarray) -> np.ndarray:
    copy = values.copy()
    copy.flags.writeable = False
    return copy
