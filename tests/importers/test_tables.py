"""JSON Lines and CSV."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from importers_support import Importing

from memory_chain.errors import InvalidInputError, TransferError


def lines(*rows: object) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n"


def test_jsonl_usual_columns(importing: Importing) -> None:
    path = importing.file(
        "log.jsonl",
        lines(
            {"role": "user", "content": "I ride. 🐎", "timestamp": 1_700_000_000, "session_id": "s1", "id": 1},
            {"role": "assistant", "content": [{"type": "text", "text": "Nice"}], "timestamp": "1700000000500", "id": 2},
            {"role": "user", "content": "שלום", "timestamp": "2023-11-15T00:00:00Z", "id": 3, "name": "Ann"},
        ),
    )
    importing.run(path)
    assert importing.said() == [("user", None, "I ride. 🐎"), ("assistant", None, "Nice"), ("user", None, "שלום")]
    assert [one.session_id for one in importing.messages()] == ["s1", "default", "default"]
    assert importing.messages()[1].created_at.microsecond == 500_000


def test_jsonl_bad_lines_are_told_by_number(importing: Importing) -> None:
    good = json.dumps({"text": "good", "at": "2024-05-01T10:00:00Z", "id": "g"})
    rows = [good, "", "{broken", "[1]", '{"text": " ", "at": 1}', '{"text": "x", "at": "yesterday"}']
    rows += ['{"text": "x", "at": "1820-01-01"}', '{"text": "x", "at": "2999-01-01"}', '{"text": "x", "at": true}']
    path = importing.file("\ufeffx.jsonl", "\ufeff" + "\r\n".join(rows))
    found = importing.survey(path)
    assert [record.place.rpartition(" ")[2] for record in found.bad_records] == ["3", "4", "5", "6", "7", "8", "9"]
    with pytest.raises(
        TransferError, match=r"7 records .*line 3: it is no JSON.*and 4 more.*--skip-bad \(1 are good\)"
    ):
        importing.run(path)
    assert importing.memory.users() == []
    report = importing.run(path, skip_bad=True)
    assert (report.stored, report.skipped) == (1, 7)


def test_a_message_that_is_too_long_is_bad(importing: Importing) -> None:
    path = importing.file("x.jsonl", lines({"text": "a" * 1_000_001, "at": 1_700_000_000}))
    with pytest.raises(TransferError, match=r"line 1: has 1,000,001 characters"):
        importing.run(path)


def test_duplicate_ids(importing: Importing) -> None:
    row = {"text": "same", "at": "2024-05-01T10:00:00Z", "id": "1"}
    path = importing.file("x.jsonl", lines(row, row))
    found = importing.survey(path)
    assert (found.new, found.repeated, found.bad) == (1, 1, 0)
    assert importing.run(path).stored == 1
    other = importing.file("y.jsonl", lines(row, {**row, "text": "other"}))
    with pytest.raises(TransferError, match="line 2: its id stands twice, with other content"):
        importing.run(other, user="v")
    assert importing.run(other, user="v", skip_bad=True).stored == 1


def test_jsonl_conversations_and_a_list(importing: Importing) -> None:
    messages = [{"role": "user", "content": "I knit."}, {"role": "assistant", "content": "", "tool_calls": []}]
    importing.run(importing.file("tune.jsonl", lines({"messages": messages})))
    importing.run(importing.file("list.json", [{"body": "I sew.", "at": "2024-05-01"}]))
    assert {text for _, _, text in importing.said()} == {"I knit.", "I sew."}


def test_nested_columns_by_map(importing: Importing) -> None:
    path = importing.file("x.jsonl", lines({"payload": {"said": "I bake."}, "meta": {"when": 1_700_000_000}}))
    with pytest.raises(InvalidInputError, match=r"--map text=COLUMN\. Columns: payload, meta"):
        importing.run(path)
    importing.run(path, columns={"text": "payload.said", "at": "meta.when"})
    assert importing.said() == [("user", None, "I bake.")]


def test_csv_by_map_zone_and_format(importing: Importing) -> None:
    path = importing.file(
        "t.csv",
        '\ufeffDatum;Wer;"Text, lang"\r\n'
        '03.05.2024 18:30;Ann;"Ich mag ""Tee""\nsehr; ja"\r\n03.05.2024 18:31;Bob;ok\r\n;;\r\n',
    )
    columns = {"text": "Text, lang", "at": "Datum", "speaker": "Wer"}
    options = {"columns": columns, "time_format": "%d.%m.%Y %H:%M", "timezone": ZoneInfo("Europe/Berlin")}
    importing.run(path, "Ann", **options)
    assert importing.said() == [("user", None, 'Ich mag "Tee"\nsehr; ja'), ("user", "Bob", "ok")]
    assert importing.messages()[0].created_at == datetime(2024, 5, 3, 16, 30, tzinfo=UTC)
    assert importing.run(path, "Ann", **options).stored == 0
    with pytest.raises(InvalidInputError, match="There is no column 'Body' for --map text=Body"):
        importing.run(path, columns={"text": "Body"})


def test_csv_bad_rows(importing: Importing) -> None:
    head = "id,text,created_at\n"
    path = importing.file("t.csv", head + "1,good,2024-05-01\n2,too,many,columns\n3,,2024-05-01\n4,x,31/31/2024\n")
    found = importing.survey(path)
    assert [record.place for record in found.bad_records] == ["t.csv, line 3", "t.csv, line 4", "t.csv, line 5"]
    cut = importing.file("cut.csv", head + '1,"never closed,2024-05-01\nmore\n')
    with pytest.raises(TransferError, match="no CSV from here on"):
        importing.run(cut)


def test_rows_without_ids_and_times(importing: Importing) -> None:
    path = importing.file("t.csv", "text,speaker\nI sing,me\nI sing,me\nI dance,me\n")
    assert importing.run(path, "me").stored == 3
    path.touch()
    assert importing.run(importing.file("t (1).csv", path.read_text()), "me").stored == 0


def test_jsonl_rows_may_have_columns_of_their_own(importing: Importing) -> None:
    at = "2024-05-01T10:00:00Z"
    path = importing.file("x.jsonl", lines({"text": "a", "at": at}, {"id": "7", "body": "b", "date": at}, {"n": 1}))
    found = importing.survey(path)
    assert (found.messages, found.bad_records[0].place) == (2, "x.jsonl, line 3")


# -- several speakers in the role of the user --


DIALOGUE = lines(
    {"id": "D1:1", "role": "user", "speaker": "Caroline", "text": "I paint.", "timestamp": "2023-05-08T13:56:00Z"},
    {"id": "D1:2", "role": "user", "speaker": "Melanie", "text": "I run.", "timestamp": "2023-05-08T13:57:00Z"},
    {"id": "D1:3", "role": "assistant", "speaker": "Bot", "text": "Fine.", "timestamp": "2023-05-08T13:58:00Z"},
    {"id": "D1:4", "role": "user", "speaker": "Caroline", "text": "I draw.", "timestamp": "2023-05-08T13:59:00Z"},
)


def test_two_people_in_the_role_of_the_user_are_not_one(importing: Importing) -> None:
    path = importing.file("locomo.jsonl", DIALOGUE)
    for user in ("u", "caroline"):
        with pytest.raises(InvalidInputError, match=r"--me NAME.*: 'Caroline' \(2\), 'Melanie' \(1\)\."):
            importing.survey(path, user=user)
    assert importing.memory.users() == []
    importing.run(path, "caroline")
    assert importing.said() == [
        ("user", None, "I paint."),
        ("user", "Melanie", "I run."),
        ("assistant", None, "Fine."),
        ("user", None, "I draw."),
    ]
    assert [one.metadata.get("speaker") for one in importing.messages()] == ["Caroline", None, "Bot", "Caroline"]
    importing.run(path, "Caroline", "Melanie", user="both")
    assert {speaker for _, speaker, _ in importing.said("both")} == {None}
    with pytest.raises(InvalidInputError, match="Nobody is called 'Eve'"):
        importing.survey(path, "Eve")


def test_two_people_in_the_role_of_the_user_in_csv_and_conversations(importing: Importing) -> None:
    table = importing.file("t.csv", "role,name,text\nuser,Ann,I sing\nuser,Bob,I dance\nassistant,Bot,ok\n")
    turns = [{"role": "user", "name": name, "content": f"{name} is here"} for name in ("Ann", "Bob")]
    talk = importing.file("t.jsonl", lines({"messages": turns}))
    for path in (table, talk):
        with pytest.raises(InvalidInputError, match=r"--me NAME.*: 'Ann' \(1\), 'Bob' \(1\)\."):
            importing.survey(path)


def test_one_name_in_the_role_of_the_user_is_the_user(importing: Importing) -> None:
    rows = [{"role": role, "name": name, "content": f"I am {name}"} for role, name in (("user", "Ann"), ("bot", "Bo"))]
    path = importing.file("t.jsonl", lines(*rows, {"role": "user", "name": "user", "content": "no name"}))
    found = importing.survey(path)
    assert found.user_names == {"Ann": 1}
    importing.run(path)
    assert importing.said() == [("user", None, "I am Ann"), ("assistant", None, "I am Bo"), ("user", None, "no name")]
    assert importing.run(path).known == 3
