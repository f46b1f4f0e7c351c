"""Learning curves: the words name every point, what is highest where, and what cannot be drawn is refused."""

import pandas as pd
import pytest

from causalrec.errors import DataError
from causalrec.teach import figure

ROWS = [
    ("BERT", 1000, 0.8, 0.7, 0.9), ("BERT", 100, 0.76, 0.66, 0.86),
    ("words", 100, 0.75, 0.7, 0.8), ("words", 1000, 0.9, 0.88, 0.91),
]
TABLE = pd.DataFrame(ROWS, columns=["model", "labels", "value", "low", "high"])


def test_in_words():
    assert figure.description(figure.learning_curves(TABLE)) == (
        "AUC by number of labels. BERT: 0.76 (0.66 to 0.86) at 100, 0.80 (0.70 to 0.90) at 1,000; words: 0.75 (0.70 to "
        "0.80) at 100, 0.90 (0.88 to 0.91) at 1,000. Highest: BERT at 100 and words at 1,000. A coin has 0.50."
    )


def test_one_model_without_a_reference():
    words = figure.description(figure.learning_curves(TABLE.iloc[:1], reference=None, label="share"))
    assert words == "share by number of labels. BERT: 0.80 (0.70 to 0.90) at 1,000."


def test_points_stand_in_order_of_labels_and_bars_reach_to_the_ends_of_the_intervals():
    ax = figure.learning_curves(TABLE)
    bert, words = ax.containers
    assert list(bert.lines[0].get_ydata()) == [0.76, 0.8]
    drawn = [segment[:, 1].round(9).tolist() for segment in words.lines[2][0].get_segments()]
    assert drawn == [[0.7, 0.8], [0.88, 0.91]]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["100", "1,000"]


FIVE = TABLE.iloc[[0, 1, 2, 3, 0]].assign(model=list("abcde"))


@pytest.mark.parametrize("table", [TABLE.iloc[:0], TABLE.replace(0.8, None), TABLE.assign(labels=0), FIVE])
def test_refuses_what_it_cannot_draw(table):
    with pytest.raises(DataError, match="1 to 4 models, no missing values and labels from 1 on"):
        figure.learning_curves(table)


def test_names_the_column_that_lacks():
    with pytest.raises(DataError, match="lack the column high; give model, labels, value, low and high"):
        figure.learning_curves(TABLE.drop(columns="high"))
