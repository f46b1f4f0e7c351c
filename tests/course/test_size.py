"""Lines of code are counted without what only explains; rooms are folders with Python files."""

from __future__ import annotations

from causalrec.course.size import PACKAGE, Room, lines_of_code, report, rooms

COUNTED = '''"""A docstring.

Of three lines."""

import os  # 1, whatever is said beside it

LIMIT = 3  # 2
"""What a limit is."""


class Room:  # 3
    """Explained."""

    text = """two
lines"""  # 4 and 5

    def walk(self, x):  # 6
        """Explained."""
        # a comment
        return os.path.join(  # 7

            x,  # 8
        )  # 9
'''


def test_by_hand():
    assert lines_of_code(COUNTED) == 9
    assert lines_of_code("") == lines_of_code('"""Only a docstring."""\n') == 0
    assert lines_of_code("x = 1\n") == 1


def test_a_package_of_two_rooms(tmp_path):
    (tmp_path / "house" / "attic" / "empty").mkdir(parents=True)
    (tmp_path / "house" / "__init__.py").write_text('"""The house.\n\nMore."""\nNAME = "house"\n', "utf-8")
    (tmp_path / "house" / "attic" / "trunk.py").write_text("x = 1\ny = 2\n", "utf-8")
    house, attic = rooms(tmp_path / "house")
    assert (house.name, house.modules, house.purpose, house.code) == ("house", (), "The house.", 1)
    assert (attic.name, attic.modules, attic.purpose, attic.code) == ("house.attic", ("trunk",), "", 2)
    assert report([house, attic]).splitlines() == [
        " lines files", "     1    1  house", "     2    1  house.attic", "     3    2  in all"
    ]


def test_every_python_file_of_the_package_stands_in_one_room():
    files = [path for room in rooms() for path in room.files]
    assert sorted(files) == sorted(PACKAGE.rglob("*.py"))
    assert all(isinstance(room, Room) and room.name.startswith("causalrec") for room in rooms())
