"""Folders and archives that hold exports of several formats, and files that are none."""

from __future__ import annotations

import zipfile

import pytest
from importers_support import Importing, node, tree

CHAT = "13/07/2024, 09:00 - Ann: I sail.\n"
ROWS = "text,created_at\nI sing.,2024-05-01T10:00:00Z\n"


def mixed(importing: Importing) -> None:
    importing.file("all/conversations.json", [tree(node("n1", "root", text="I paint."), current="n1")])
    importing.file("all/WhatsApp Chat with Ann.txt", CHAT)
    importing.file("all/more/log.csv", ROWS)
    importing.file("all/user.json", {"id": "user-1", "email": "ann@example.com"})
    importing.file("all/picture.jpg", b"\xff\xd8")


@pytest.mark.parametrize("zipped", [False, True])
def test_files_of_other_formats_are_told(importing: Importing, zipped: bool) -> None:
    mixed(importing)
    path = importing.folder / "all"
    if zipped:
        with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
            for one in sorted(path.rglob("*.*")):
                archive.write(one, one.relative_to(path))
        path = path.with_suffix(".zip")
    found = importing.survey(path)
    assert (found.format, found.new) == ("chatgpt", 1)
    assert found.notes == [
        "Not read, being of other formats: WhatsApp Chat with Ann.txt (whatsapp), more/log.csv (csv). "
        "Import each of them by itself.",
        "Not read, being no messages: user.json.",
    ]


def test_a_format_that_is_named_tells_the_rest(importing: Importing) -> None:
    mixed(importing)
    found = importing.survey(importing.folder / "all", "Ann", name="whatsapp")
    assert found.new == 1
    assert "conversations.json (chatgpt), more/log.csv (csv)" in found.notes[0]


def test_many_files_are_counted(importing: Importing) -> None:
    importing.file("all/conversations.json", [tree(node("n1", "root", text="I paint."), current="n1")])
    for number in range(150):
        importing.file(f"all/log{number:03}.csv", ROWS)
    first, second = importing.survey(importing.folder / "all", name="chatgpt").notes
    assert "log000.csv (csv)" in first
    assert "and 95 more" in first
    assert "50 more files" in second


def test_an_export_of_one_format_has_no_such_note(importing: Importing) -> None:
    importing.file("all/a.csv", ROWS)
    importing.file("all/b.csv", ROWS.replace("sing", "dance"))
    assert importing.survey(importing.folder / "all").notes == []
