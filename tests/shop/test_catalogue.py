import re
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from causalrec.errors import DataError
from causalrec.shop.catalogue import (
    CATEGORIES,
    THEMES,
    Catalogue,
    ItemSource,
    check_catalogue,
    deal_cold,
    read_catalogue,
    read_items,
)

# --- a stranger's catalogue -------------------------------------------------------------------------------------------


def read(tmp_path: Path, text: str | bytes) -> Catalogue:
    path = tmp_path / "catalogue.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return read_catalogue(path)


def test_two_columns_are_enough(tmp_path: Path) -> None:
    catalogue = read(tmp_path, "title,colour,item_id\nZelt für zwei,green,1\nRope lead,,02\n")
    assert catalogue.items.to_dict("list") == {"item_id": ["1", "02"], "title": ["Zelt für zwei", "Rope lead"]}
    assert catalogue.texts == ("Zelt für zwei", "Rope lead")
    assert len(catalogue) == 2
    assert repr(catalogue) == "Catalogue(2 items)"


def test_texts_are_title_and_description(tiny_catalogue: Catalogue) -> None:
    assert tiny_catalogue.texts == (
        "Two-person tent. Pitches in four minutes, and stands in a gale.",
        "Proving basket. Rattan for a kilo of dough.",
        "Rope lead",
    )
    assert repr(tiny_catalogue) == "Catalogue(3 items, 2 categories)"
    assert "Two-person tent" in tiny_catalogue._repr_html_()


def test_known_columns_keep_their_order_and_types(tmp_path: Path) -> None:
    text = "listed,price,item_id,title,category\n2026-03-02,9.90,a,A,Books\n,,b,None,\n"
    items = read(tmp_path, text).items
    assert list(items) == ["item_id", "title", "category", "price", "listed"]
    assert items["price"].fillna(-1).tolist() == [9.9, -1]
    assert items["title"].tolist() == ["A", "None"]
    assert items["listed"].tolist() == ["2026-03-02", ""]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("item_id,name\n1,Tent\n", "column 'title' is missing (found: item_id, name); it needs item_id, title"),
        ("item_id,title\n1,Tent\n2,  \n", "row 3, column 'title' is empty; fill it in, or drop the row"),
        ("item_id,title\n1,Tent\n,Lead\n", "row 3, column 'item_id' is empty"),
        ("item_id,title\n1,Tent\n1,Lead\n", "row 3, column 'item_id': item_id 1 is there twice; keep one row an item"),
        ("item_id,title,price\n1,Tent,-3\n", "row 2, column 'price': -3 is not a price of at least 0; write it as"),
        ('item_id,title,price\n1,Tent,"12,50 EUR"\n', "row 2, column 'price': '12,50 EUR' is not a price"),
        ("item_id,title,price\n1,Tent,inf\n", "row 2, column 'price': inf is not a price"),
        ("item_id,title,listed\n1,Tent,02.03.2026\n", "row 2, column 'listed': '02.03.2026' is not a date; write"),
        ("item_id,title,listed\n1,Tent,2026-02-30\n", "'2026-02-30' is not a date"),
        ("", "catalogue.csv is empty"),
        ("item_id,title\n", "has a header but no rows"),
        ("item_id,title\n1,Größe\n".encode("latin-1"), "row 2: not UTF-8 text"),
    ],
)
def test_a_broken_catalogue_is_named_with_its_remedy(tmp_path: Path, text: str | bytes, says: str) -> None:
    with pytest.raises(DataError) as error:
        read(tmp_path, text)
    assert str(tmp_path / "catalogue.csv") in str(error.value)
    assert says in str(error.value)
    assert not re.search(r"\n|[.!?]\s", str(error.value))


def test_a_catalogue_without_a_file_is_named_too(tiny_catalogue: Catalogue) -> None:
    with pytest.raises(DataError, match="^the catalogue has no rows"):
        check_catalogue(tiny_catalogue.items.head(0))


# --- the hand-written items -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def items() -> ItemSource:
    return read_items()


def content_words(text: str) -> set[str]:
    """Words of three letters or more that are no stop words, without a plural s."""
    words = set(re.findall(r"[a-z]{3,}", text.lower())) - ENGLISH_STOP_WORDS
    return {word[:-1] if word.endswith("s") and not word.endswith("ss") else word for word in words}


def main_themes(items: ItemSource) -> list[str]:
    return [THEMES[number] for number in items.themes.argmax(axis=1)]


def titles_too_alike(items: ItemSource) -> list[tuple[str, str]]:
    """Pairs of titles that share more than half of the content words of the shorter one."""
    words = [content_words(title) for title in items.title]
    alike = [(a, b) for a, b in combinations(range(len(items)), 2) if _share(words[a], words[b]) > 0.5]
    return [(items.title[a], items.title[b]) for a, b in alike]


def _share(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))


def worn_phrases(items: ItemSource) -> list[str]:
    """Five-word sequences that stand in more than three descriptions."""
    homes: dict[str, set[int]] = defaultdict(set)
    for number, description in enumerate(items.description):
        words = re.findall(r"[a-z0-9']+", description.lower())
        for start in range(len(words) - 4):
            homes[" ".join(words[start : start + 5])].add(number)
    return [phrase for phrase, numbers in homes.items() if len(numbers) > 3]


def cold_items_in_warm_words(items: ItemSource) -> list[str]:
    """Cold items with a tenth or more of their content words in the warm items of the same main theme."""
    return [title for title, share in shares_in_warm_words(items).items() if share >= 0.1]


def shares_in_warm_words(items: ItemSource) -> dict[str, float]:
    """For each cold item, which share of its content words stands in the warm items of the same main theme."""
    words = [content_words(f"{title} {text}") for title, text in zip(items.title, items.description, strict=True)]
    themes = main_themes(items)
    warm: dict[str, set[str]] = defaultdict(set)
    for number in np.flatnonzero(~items.cold):
        warm[themes[number]] |= words[number]
    return {
        items.title[number]: len(words[number] & warm[themes[number]]) / len(words[number])
        for number in np.flatnonzero(items.cold)
    }


def test_there_are_enough_items_of_every_theme_warm_and_cold(items: ItemSource) -> None:
    assert len(items) >= 240
    assert 0.28 <= items.cold.mean() <= 0.38
    themes = main_themes(items)
    for cold, least in ((False, 12), (True, 5)):
        counts = Counter(theme for theme, is_cold in zip(themes, items.cold, strict=True) if is_cold == cold)
        assert min(counts[theme] for theme in THEMES) >= least


def test_themes_cut_across_categories(items: ItemSource) -> None:
    themes = np.array(main_themes(items))
    for theme in THEMES:
        counts = Counter(items.category[themes == theme])
        assert len(counts) >= 8, theme
        assert max(counts.values()) <= 4, theme
    assert set(items.category) == set(CATEGORIES)


def test_every_item_has_one_main_theme_and_a_plausible_price(items: ItemSource) -> None:
    assert items.themes.shape == (len(items), len(THEMES))
    np.testing.assert_allclose(items.themes.sum(axis=1), 1)
    assert items.themes.max(axis=1).min() >= 0.6
    assert 1 <= items.typical_price.min()
    assert items.typical_price.max() <= 2500


def test_prose_has_its_length_and_does_not_name_its_theme(items: ItemSource) -> None:
    for title, description in zip(items.title, items.description, strict=True):
        assert 2 <= len(title.split()) <= 9, title
        assert 18 <= len(description.split()) <= 42, title
        labels = [theme.replace("_", " ") for theme in THEMES if "_" in theme]
        assert not [label for label in labels if label in f"{title} {description}".lower()], title


def test_no_two_titles_are_alike(items: ItemSource) -> None:
    assert titles_too_alike(items) == []


def test_no_phrase_is_worn(items: ItemSource) -> None:
    assert worn_phrases(items) == []


def test_cold_items_use_other_words(items: ItemSource) -> None:
    assert cold_items_in_warm_words(items) == []


def test_dealt_cold_items_are_as_many_of_each_theme_and_share_words_with_the_warm_ones(items: ItemSource) -> None:
    before, cold_before = items.cold.copy(), Counter(np.array(main_themes(items))[items.cold])
    times, shares = np.zeros(len(items)), []
    for seed in range(40):
        dealt = deal_cold(items, np.random.default_rng(seed))
        assert Counter(np.array(main_themes(items))[dealt.cold]) == cold_before
        assert (dealt.title is items.title, dealt.themes is items.themes) == (True, True)
        times += dealt.cold
        shares.append(np.mean(list(shares_in_warm_words(dealt).values())))
    assert np.array_equal(items.cold, before)
    assert 0 < times.min() < times.max() < 40  # every item is cold at some time and warm at another
    assert np.mean(list(shares_in_warm_words(items).values())) == pytest.approx(0.02, abs=0.005)  # the docstring's 2 %
    assert np.mean(shares) == pytest.approx(0.16, abs=0.005)
    assert min(shares) > 0.1
    again = deal_cold(items, np.random.default_rng(39))
    assert np.array_equal(again.cold, dealt.cold)
    with pytest.raises(ValueError, match="read-only"):
        dealt.cold[0] = True


def test_the_word_rules_catch_what_breaks_them(items: ItemSource) -> None:
    assert content_words("The cats' glass of two Dogs, as ever") == {"cat", "glass", "dog"}
    title, description = items.title.copy(), items.description.copy()
    title[1] = f"{title[0]} Deluxe"
    assert titles_too_alike(replace(items, title=title)) == [(title[0], title[1])]
    description[:4] = "a sequence of five words"
    assert worn_phrases(replace(items, description=description)) == ["a sequence of five words"]
    description[:4] = "a sequence of five words", "another", "a sequence of five words", "a sequence of five words"
    assert worn_phrases(replace(items, description=description)) == []
    cold, themes = int(np.flatnonzero(items.cold)[0]), main_themes(items)
    warm = next(number for number in np.flatnonzero(~items.cold) if themes[number] == themes[cold])
    description = items.description.copy()
    description[cold] = items.description[warm]
    assert cold_items_in_warm_words(replace(items, description=description)) == [items.title[cold]]


# --- reading a source of items ----------------------------------------------------------------------------------------

SOURCE = "title,description,category,themes,typical_price,cold\n"


def test_a_source_is_read_into_arrays_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text(
        f"{SOURCE}Tent,For two,Books,camping:0.8 dog:0.2,149,0\nLead,Of rope,Books,dog:1,9.5,1\n", encoding="utf-8"
    )
    source = read_items(tmp_path / "items.csv")
    assert source.title.tolist() == ["Tent", "Lead"]
    assert source.themes[:, [0, THEMES.index("dog")]].tolist() == [[0.8, 0.2], [0, 1]]
    assert source.typical_price.tolist() == [149, 9.5]
    assert source.cold.tolist() == [False, True]
    assert repr(source) == "ItemSource(2 items, 1 cold, 12 themes)"
    with pytest.raises(ValueError, match="read-only"):
        source.themes[0, 0] = 1


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("Tent,For two,Tents,camping:1,149,0", "column 'category': 'Tents' is unknown; use one of Books"),
        ("Tent,For two,Books,camp:1,149,0", "column 'themes': 'camp' is no theme; use one of camping"),
        ("Tent,For two,Books,camping:0.8 dog:0.1,149,0", "column 'themes': the weights in"),
        ("Tent,For two,Books,camping:2 dog:-1,149,0", "column 'themes': the weights in"),
        ("Tent,For two,Books,,149,0", "column 'themes': the weights in"),
        ("Tent,For two,Books,camping,149,0", "column 'themes': 'camping' has no weight"),
        ("Tent,For two,Books,camping:1,0,0", "column 'typical_price': 0 is not a price above 0"),
        ("Tent,For two,Books,camping:1,149,new", "column 'cold': 'new' is not 0 or 1"),
        ("Tent,,Books,camping:1,149,0", "column 'description' is empty"),
    ],
)
def test_a_broken_source_is_named(tmp_path: Path, row: str, says: str) -> None:
    (tmp_path / "items.csv").write_text(f"{SOURCE}{row}\n", encoding="utf-8")
    with pytest.raises(DataError, match=f"row 2, {re.escape(says)}"):
        read_items(tmp_path / "items.csv")
