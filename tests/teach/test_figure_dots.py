"""Models as dots: the words name every value, the highest of each place, and what does not pass the reference."""

import pandas as pd
import pytest

from causalrec.errors import DataError
from causalrec.teach import figure

TABLE = pd.DataFrame({"known": [0.76, 0.751], "new": [0.5, 0.68]}, index=pd.Index(["ids", "BERT"], name="model"))


def test_in_words():
    assert figure.description(figure.dots(TABLE, reference=0.5)) == (
        "AUC of 2 models: ids known 0.76, new 0.50; BERT known 0.75, new 0.68. Highest: known ids; new BERT. No higher "
        "than a coin, 0.50: ids (new)."
    )


def test_without_a_reference_nothing_is_compared_to_it():
    words = figure.description(figure.dots(TABLE, label="share"))
    assert words.startswith("share of 2 models: ")
    assert words.endswith("Highest: known ids; new BERT.")


def test_where_all_pass_the_reference_none_is_named():
    assert figure.description(figure.dots(TABLE, reference=0.4)).endswith("0.40: none.")


def test_each_place_has_its_dots_where_its_values_are_and_rows_stand_in_their_order():
    ax = figure.dots(TABLE, reference=0.5)
    drawn = {line.get_label(): list(line.get_xdata()) for line in ax.lines}
    assert drawn == {"known": [0.76, 0.751], "new": [0.5, 0.68], "a coin": [0.5, 0.5]}
    assert [label.get_text() for label in ax.get_yticklabels()] == ["ids", "BERT"]
    assert ax.yaxis_inverted()  # the first row on top


@pytest.mark.parametrize("table", [TABLE.iloc[:0], TABLE[[]], TABLE.replace(0.5, None), pd.concat([TABLE] * 3, axis=1)])
def test_refuses_what_it_cannot_draw(table):
    with pytest.raises(DataError, match="dots needs rows, 1 to 4 columns"):
        figure.dots(table)
