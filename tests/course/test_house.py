"""The table of rooms says what is there, what is to come, and is written beneath the page's own words."""

from __future__ import annotations

from causalrec.course import house
from causalrec.course.__main__ import main
from causalrec.course.size import rooms


def made(folder):
    """A room of one module with 101 lines of code, within a house without docstring."""
    (folder / "home" / "attic").mkdir(parents=True)
    (folder / "home" / "__init__.py").write_text("", "utf-8")
    (folder / "home" / "attic" / "__init__.py").write_text('"""What is kept."""\n', "utf-8")
    (folder / "home" / "attic" / "trunk.py").write_text("x = 1\n" * 101, "utf-8")
    return rooms(folder / "home")


def test_a_table_by_hand(tmp_path, monkeypatch):
    later = {"home.attic": ("not said, for it is there", "chest trunk"), "home.cellar": ("Wine.", "rack bottle")}
    monkeypatch.setattr(house, "LATER", later)
    assert house.table(made(tmp_path)).splitlines() == [
        "| room | what it is for | modules | lines of code, at most |",
        "|---|---|---|---:|",
        "| `home` |  |  | 0 |",
        "| `home.attic` | What is kept. | `trunk`; *later: chest* | 200 |",
        "| `home.cellar` | Wine. | *later: rack bottle* | later |",
    ]


def test_writing_keeps_the_pages_own_words(tmp_path, monkeypatch):
    page = tmp_path / "architecture.md"
    page.write_text(f"# The house\n\nWords.\n\n{house.MARK}\nan old table\n", "utf-8")
    monkeypatch.setattr(house, "PAGE", page)
    assert main(["house", "--write"]) == 0
    assert page.read_text("utf-8") == f"# The house\n\nWords.\n\n{house.MARK}\n{house.table()}"
