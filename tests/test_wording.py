"""How sentences about unknown names go on."""

from __future__ import annotations

import pytest

from causalrec.wording import instead, near_miss


@pytest.mark.parametrize(("name", "known", "said"), [
    ("q", ["shown", "bought"], "it has shown, bought."),
    ("show", ["shown", "bought"], "did you mean 'shown'? It has shown, bought."),
    ("BOUGHT", ["shown", "bought"], "did you mean 'bought'? It has shown, bought."),
    (["shown"], ["shown"], "did you mean 'shown'? It has shown."),
    (3, [], "it has none at all."),
])
def test_what_there_is_instead_of_an_unknown_name(name, known, said):
    assert instead(name, known) == said


def test_the_words_before_the_list_can_be_chosen_and_names_may_come_one_by_one():
    assert instead("napkins", iter(["bow", "napkin"]), "choose from") == (
        "did you mean 'napkin'? Choose from bow, napkin.")
    assert near_miss("napkins", iter(["bow", "napkin"])) == " did you mean 'napkin'?"
    assert near_miss("q", ["bow"]) == ""
