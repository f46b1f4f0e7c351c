"""Missing cells: what is put into them, by hand; and that rows to be judged teach nothing."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causalrec.errors import DataError
from causalrec.shop.raw.imputation import fit_imputer

TRAIN = pd.DataFrame({
    "price": [10.0, np.nan, 30.0, 80.0, np.nan, 200.0],
    "category": ["tents", "tents", "tents", "lamps", "lamps", None],
    "age": [20, 30, 40, 50, 60, 70],
    "description": ["light", None, "  ", "", "bright", "light"],
})


def test_each_rule_by_hand():
    imputer = fit_imputer(TRAIN, {"price": "median by category", "description": "", "category": "most frequent"})
    filled = imputer.fill(TRAIN)
    assert filled["price"].tolist() == [10, 20, 30, 80, 80, 200]
    assert filled["description"].tolist() == ["light", "", "", "", "bright", "light"]
    assert filled["category"].tolist() == ["tents", "tents", "tents", "lamps", "lamps", "tents"]
    assert filled["price_missing"].tolist() == [0, 1, 0, 0, 1, 0]
    assert filled["description_missing"].tolist() == [0, 1, 1, 1, 0, 0]
    assert list(filled) == [*TRAIN, "price_missing", "description_missing", "category_missing"]


@pytest.mark.parametrize(
    ("rule", "value"),
    [("mean", 80.0), ("median", 55.0), ("most frequent", 10.0), (0, 0.0), (-1.5, -1.5), ("mean by category", 20.0)],
)
def test_the_price_of_a_tent(rule, value):
    assert fit_imputer(TRAIN, {"price": rule}).fill(TRAIN)["price"][1] == value


def test_rows_to_be_judged_teach_nothing():
    imputer = fit_imputer(TRAIN, {"price": "mean by category"})
    new = pd.DataFrame({"price": [np.nan, 9000.0, np.nan, np.nan], "category": ["tents", "tents", "boats", None]})
    filled = imputer.fill(new)
    assert filled["price"].tolist() == [20, 9000, 80, 80]  # a group not met, or none: the mean over all
    assert filled["price_missing"].tolist() == [1, 0, 1, 1]


def test_the_frame_itself_stays_as_it_is():
    before = TRAIN.copy()
    fit_imputer(TRAIN, {"price": "mean", "description": ""}).fill(TRAIN)
    pd.testing.assert_frame_equal(TRAIN, before)


def test_an_index_of_its_own_is_kept():
    frame = TRAIN.set_index(pd.Index([9, 7, 5, 3, 1, 0]))
    filled = fit_imputer(frame, {"price": "median by category"}).fill(frame)
    assert filled.index.tolist() == [9, 7, 5, 3, 1, 0]
    assert filled["price"].tolist() == [10, 20, 30, 80, 80, 200]


def test_nothing_missing_changes_no_type():
    filled = fit_imputer(TRAIN, {"age": "mean"}).fill(TRAIN)
    assert filled["age"].dtype == TRAIN["age"].dtype
    assert not filled["age_missing"].any()


def test_a_frame_in_which_all_is_missing():
    empty = pd.DataFrame({"price": [None, None], "category": ["tents", "lamps"]})
    assert fit_imputer(TRAIN, {"price": "mean by category"}).fill(empty)["price"].tolist() == [20.0, 80.0]
    assert fit_imputer(TRAIN, {"price": "mean"}).fill(TRAIN.head(0))["price_missing"].tolist() == []


def test_texts_can_be_named():
    filled = fit_imputer(TRAIN, {"category": "fill with unknown"}).fill(TRAIN)
    assert filled["category"].tolist()[-1] == "unknown"


def test_it_says_what_it_learned_and_what_it_does():
    imputer = fit_imputer(TRAIN, {"price": "median by category", "age": "mean"})
    assert imputer.table.to_numpy().tolist() == [
        ["price", "median by category", "lamps", 80.0, 2, 6],
        ["price", "median by category", "tents", 20.0, 2, 6],
        ["price", "median by category", "", 55.0, 2, 6],
        ["age", "mean", "", 45.0, 0, 6],
    ]
    assert imputer.report(TRAIN.head(2)).to_numpy().tolist() == [
        ["price", "median by category", 1, 2],
        ["age", "mean", 0, 2],
    ]
    assert repr(imputer) == "Imputer(price: 'median by category', age: 'mean')"
    assert "<td>median by category</td>" in imputer._repr_html_()


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"colour": "mean"}, "there is no column 'colour'; the frame has price, category, age, description"),
        ({"price": "average"}, "the rule for 'price' is 'average'; choose 'mean', 'median', 'most frequent'"),
        ({"price": "mean by "}, "the rule for 'price' is 'mean by '"),
        ({"price": "mean by colour"}, "there is no column 'colour'"),
        ({"description": "mean"}, "'description' holds something other than finite numbers, so it has no mean"),
    ],
)
def test_rules_that_cannot_be(rules, message):
    with pytest.raises(DataError, match=message):
        fit_imputer(TRAIN, rules)


def test_frames_that_will_not_do():
    with pytest.raises(DataError, match="'price' has no value in these 1 rows to learn a mean from; give a text or"):
        fit_imputer(TRAIN.iloc[[1]], {"price": "mean"})
    with pytest.raises(DataError, match="other than finite numbers, so it has no median"):
        fit_imputer(pd.DataFrame({"price": [1.0, np.inf]}), {"price": "median"})
    imputer = fit_imputer(TRAIN, {"price": "mean by category"})
    with pytest.raises(DataError, match="there is no column 'price'"):
        imputer.fill(TRAIN[["category"]])
    with pytest.raises(DataError, match="there is no column 'category'"):
        imputer.fill(TRAIN[["price"]])
    with pytest.raises(DataError, match="a column 'price_missing' already; fill a frame once"):
        imputer.fill(imputer.fill(TRAIN))


@given(
    st.lists(st.tuples(st.none() | st.floats(-1e6, 1e6), st.sampled_from("abc")), min_size=1, max_size=20),
    st.sampled_from(["mean", "median", "most frequent"]),
)
def test_filled_values_lie_within_what_was_seen(rows, method):
    frame = pd.DataFrame(rows, columns=["value", "group"]).astype({"value": float})
    seen = frame["value"].dropna()
    if seen.empty:
        return
    filled = fit_imputer(frame, {"value": f"{method} by group"}).fill(frame)
    assert not filled["value"].isna().any()
    assert seen.min() - 1e-6 <= filled["value"].min()
    assert filled["value"].max() <= seen.max() + 1e-6
    assert filled.loc[frame["value"].notna(), "value"].tolist() == seen.tolist()
    assert filled["value_missing"].tolist() == frame["value"].isna().astype(int).tolist()


def test_importing_brings_no_heavy_library():
    code = "import sys, causalrec.shop.raw.imputation; assert not {'sklearn', 'torch'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
