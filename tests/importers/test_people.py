"""Chats of people: WhatsApp, Telegram, Slack, Discord, Instagram."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from importers_support import Importing

from memory_chain.errors import InvalidInputError, TransferError

# -- WhatsApp --

JUNE = datetime(2024, 6, 5, 18, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "header",
    [
        "05/06/2024, 18:07 - ",
        "05/06/24, 18:07 - ",
        "5.6.24, 18:07 - ",
        "05-06-2024 18:07 - ",
        "2024-06-05, 18:07 - ",
        "2024/6/5 18:07 - ",
        "05/06/2024, 6:07 pm - ",
        "05/06/2024, 6:07\u202fPM - ",
        "05/06/2024, 6:07 p.\u00a0m. - ",
        "[05.06.24, 18:07:00] ",
        "\u200e[05/06/2024, 6:07:00\u202fPM] ",
        "[2024/06/05, 18:07:00] ",
        "2024. 6. 5. 오후 6:07 - ",
        "2024/6/5 下午6:07 - ",
        "٠٥/٠٦/٢٠٢٤، ٦:٠٧ م - ",
        "05/06/2024 à 18:07 - ",
    ],
)
def test_whatsapp_dates_of_many_places(importing: Importing, header: str) -> None:
    text = f"{header}Ann: I like tea\n{header}Bob: and I coffee\n"
    importing.run(importing.file("WhatsApp Chat with Bob.txt", text), "Ann")
    assert [(one.created_at, one.speaker, one.text) for one in importing.messages()] == [
        (JUNE, None, "I like tea"),
        (JUNE, "Bob", "and I coffee"),
    ]


@pytest.mark.parametrize(
    ("lines", "first"),
    [
        (["1/2/24, 10:00 - A: x", "1/13/24, 10:00 - A: y"], (1, 2)),
        (["1/2/24, 10:00 - A: x", "13/2/24, 10:00 - A: y"], (2, 1)),
        (["1/2/24, 10:00 - A: x", "1/3/24, 10:00 - A: y", "2/1/24, 10:00 - A: z"], (1, 2)),
        (["1/2/24, 10:00 - A: x", "3/2/24, 10:00 - A: y", "1/3/24, 10:00 - A: z"], (2, 1)),
        (["1/2/24, 10:00 AM - A: x"], (1, 2)),
        (["1.2.24, 10:00 - A: x"], (2, 1)),
    ],
)
def test_whatsapp_day_and_month_by_the_whole_file(
    importing: Importing, lines: list[str], first: tuple[int, int]
) -> None:
    path = importing.file("chat.txt", "\n".join(lines))
    importing.run(path, "A")
    (begun,) = (one for one in importing.messages() if one.text == "x")
    assert (begun.created_at.month, begun.created_at.day) == first


def test_whatsapp_lines_notices_and_media(importing: Importing) -> None:
    text = (
        "\ufeff13/01/2024, 09:00 - Messages and calls are end-to-end encrypted. Tap to learn more.\r\n"
        '13/01/2024, 09:01 - Ann changed the subject from "a: b" to "c"\r\n'
        "13/01/2024, 09:02 - Ann: first line\r\n"
        "second: line\r\n"
        "\r\n"
        "13 third line\r\n"
        "13/01/2024, 09:03 - Bob: <Media omitted>\r\n"
        "13/01/2024, 09:04 - Bob: IMG-1.jpg (file attached)\r\n"
        "13/01/2024, 09:05 - Bob: This message was deleted\r\n"
        "13/01/2024, 09:06 - Bob: مرحبا 👋🏽 \u200fكيف الحال\r\n"
        "13/01/2024, 09:06 - Bob: ok\r\n"
        "13/01/2024, 09:06 - Bob: ok\r\n"
        "13/01/2024, 09:07 - Ann: see you <This message was edited>\r\n"
    )
    path = importing.file("WhatsApp Chat with Bob.txt", text)
    found = importing.survey(path, "ann")
    assert found.left_out == {"media and notices": 2, "notices of WhatsApp": 2, "deleted messages": 1}
    assert found.speakers == {"Bob": 3, "Ann": 2}
    importing.run(path, "ann")
    assert importing.said() == [
        ("user", None, "first line\nsecond: line\n\n13 third line"),
        ("user", "Bob", "مرحبا 👋🏽 \u200fكيف الحال"),
        ("user", "Bob", "ok"),
        ("user", "Bob", "ok"),
        ("user", None, "see you"),
    ]
    one = importing.messages()[0]
    assert one.metadata["speaker"] == "Ann"
    assert one.session_id == "WhatsApp Chat with Bob 2024-01-13"
    copy = importing.file("WhatsApp Chat with Bob (1).txt", text + "14/01/2024, 09:00 - Bob: new\r\n")
    again = importing.run(copy, "Ann")
    assert (again.stored, again.known) == (1, 5)


def test_whatsapp_from_ios_in_its_zip(importing: Importing) -> None:
    importing.folder.mkdir()
    text = (
        "[13.01.24, 09:00:00] Trip: \u200eMessages and calls are end-to-end encrypted.\n"
        "\u200e[13.01.24, 09:01:00] ~\u202fBob: \u200eimage omitted\n"
        "[13.01.24, 09:02:00] ~\u202fBob: \u200e<attached: 0001-PHOTO.jpg> Our boat\n"
        "[13.01.24, 09:03:00] Ann: It is mine\n"
    )
    path = importing.folder / "WhatsApp Chat - Trip.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("_chat.txt", text)
        archive.writestr("0001-PHOTO.jpg", b"\xff\xd8")
    importing.run(path, "Ann")
    assert importing.said() == [("user", "Bob", "Our boat"), ("user", None, "It is mine")]
    assert importing.messages()[0].session_id == "WhatsApp Chat - Trip 2024-01-13"


def test_whatsapp_zones_and_what_cannot_be_read(importing: Importing) -> None:
    path = importing.file(
        "c.txt", b"13/07/2024, 09:00 - Ann: hi\n13/07/2024, 09:00 - Ann: \xff\n99/99/2024, 09:00 - Ann: x\n"
    )
    with pytest.raises(TransferError, match=r"c\.txt, line 2: it is not UTF-8 text .*; .*line 3: the date 99/99/2024"):
        importing.run(path, "Ann")
    importing.run(path, "Ann", skip_bad=True, timezone=ZoneInfo("Europe/Berlin"))
    assert importing.messages()[0].created_at.hour == 7
    with pytest.raises(TransferError, match="it was imported before with another created_at"):
        importing.run(importing.file("c.txt", "13/07/2024, 09:00 - Ann: hi\n"), "Ann")


def test_who_is_the_user_is_asked(importing: Importing) -> None:
    path = importing.file("c.txt", "13/07/2024, 09:00 - Ann: hi\n13/07/2024, 09:01 - Bob: ho\n")
    with pytest.raises(InvalidInputError, match=r"--me NAME: 'Ann' \(1\), 'Bob' \(1\)"):
        importing.survey(path)
    with pytest.raises(InvalidInputError, match=r"Nobody is called 'Eve' in the export. Speakers: 'Ann'"):
        importing.survey(path, "Eve")
    importing.run(path, "bob")
    assert [speaker for _, speaker, _ in importing.said()] == ["Ann", None]
    importing.run(path, "Ann", "Bob", user="both")
    assert [speaker for _, speaker, _ in importing.said("both")] == [None, None]


# -- Telegram --


def telegram(number: int, text: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "type": "message",
        "date": "2024-01-15T23:30:00",
        "date_unixtime": "1705357800",
        "from": "Ann",
        "from_id": "user1",
        "text": text,
        **more,
    }


def test_telegram_one_chat(importing: Importing) -> None:
    messages = [
        {"id": 1, "type": "service", "date": "2024-01-15T10:00:00", "action": "create_group"},
        telegram(2, ["I read ", {"type": "link", "text": "https://example.com"}, " today"]),
        telegram(3, "", media_type="sticker"),
        telegram(4, "Me too", **{"from": None, "from_id": "user2", "reply_to_message_id": 2}),
    ]
    path = importing.file("result.json", {"name": "Club", "type": "group", "id": 9, "messages": messages})
    importing.run(path, "Ann")
    assert importing.said() == [("user", None, "I read https://example.com today"), ("user", "user2", "Me too")]
    assert importing.messages()[0].session_id == "Club 2024-01-15"
    assert importing.messages()[0].created_at == datetime(2024, 1, 15, 22, 30, tzinfo=UTC)


def test_telegram_of_an_account_knows_the_user(importing: Importing) -> None:
    chats = [
        {
            "name": "Bob",
            "type": "personal_chat",
            "id": 5,
            "messages": [telegram(1, "mine"), telegram(2, "b", from_id="user2", **{"from": "Bob"})],
        },
        {"type": "saved_messages", "id": 1, "messages": [telegram(1, "note")]},
    ]
    whole = {"about": "…", "personal_information": {"user_id": 1, "first_name": "Ann"}, "chats": {"list": chats}}
    importing.run(importing.file("result.json", whole))
    assert sorted((one.session_id, one.speaker, one.text) for one in importing.messages() if one.speaker is None) == [
        ("Bob 2024-01-15", None, "mine"),
        ("saved_messages 2024-01-15", None, "note"),
    ]
    assert [one.text for one in importing.messages() if one.speaker == "Bob"] == ["b"]


# -- Slack --


def test_slack_folder_and_zip(importing: Importing) -> None:
    users = [
        {"id": "U1", "team_id": "T", "name": "ann", "real_name": "Ann", "profile": {"display_name": "annie"}},
        {"id": "U2", "team_id": "T", "name": "bob", "real_name": "Bob B", "profile": {"display_name": ""}},
    ]
    day = [
        {"type": "message", "subtype": "channel_join", "user": "U1", "text": "joined", "ts": "1454884920.000001"},
        {"type": "message", "subtype": "bot_message", "bot_id": "B1", "text": "deployed", "ts": "1454884921.000001"},
        {
            "type": "message",
            "user": "U1",
            "text": "<@U2> see <https://a.example|the page> &amp; <#C1|general> <!here>",
            "ts": "1454884927.000002",
        },
        {"type": "message", "user": "U2", "text": "ok <https://b.example>", "ts": "1454884927.000003"},
    ]
    files = {
        "slack/users.json": users,
        "slack/channels.json": [{"id": "C1", "name": "general"}],
        "slack/general/2016-02-07.json": day,
    }
    for name, content in files.items():
        importing.file(name, content)
    folder = importing.folder / "slack"
    found = importing.survey(folder, "annie")
    assert found.left_out == {"notices of Slack": 1, "messages of bots": 1}
    importing.run(folder, "annie")
    assert importing.said() == [
        ("user", None, "@Bob B see the page (https://a.example) & #general @here"),
        ("user", "Bob B", "ok https://b.example"),
    ]
    path = importing.folder / "slack.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in files:
            archive.write(importing.folder / name, name.removeprefix("slack/"))
    assert importing.run(path, "annie").known == 2


# -- Discord and Instagram --


def test_discord(importing: Importing) -> None:
    def message(number: int, text: str, **more: Any) -> dict[str, Any]:
        author = {"id": "1", "name": "ann", "nickname": "Ann", "isBot": False}
        return {
            "id": str(number),
            "type": "Default",
            "timestamp": "2024-01-15T10:30:00.5+02:00",
            "content": text,
            "author": author,
            **more,
        }

    messages = [
        message(1, "I paint 🎨"),
        message(2, "beep", author={"name": "robot", "isBot": True}),
        message(3, "joined", type="GuildMemberJoin"),
        message(4, "", attachments=[{}]),
        message(5, "lost", timestamp="soon"),
    ]
    whole = {"guild": {"id": "1", "name": "Club"}, "channel": {"id": "2", "name": "art"}, "messages": messages}
    path = importing.file("art.json", whole)
    report = importing.run(path, "Ann", skip_bad=True)
    assert (report.stored, report.skipped) == (1, 1)
    (one,) = importing.messages()
    assert (one.text, one.session_id, one.created_at.hour) == ("I paint 🎨", "Club art 2024-01-15", 8)


def test_instagram_is_repaired_and_turned_round(importing: Importing) -> None:
    def mangled(text: str) -> str:
        return text.encode().decode("latin-1")

    def part(*messages: tuple[int, str, str]) -> dict[str, Any]:
        listed = [
            {"sender_name": mangled(who), "timestamp_ms": at, "content": mangled(text)} for at, who, text in messages
        ]
        listed.append({"sender_name": "x", "timestamp_ms": 1, "photos": []})
        return {"participants": [], "messages": listed, "title": mangled("Zoë"), "thread_path": "inbox/zoe_1"}

    importing.file(
        "inbox/zoe_1/message_1.json", part((1710061500000, "Zoë", "schön 🎉"), (1710061400000, "Ann", "déjà"))
    )
    importing.file("inbox/zoe_1/message_2.json", part((1705315800000, "Zoë", "first")))
    report = importing.run(importing.folder / "inbox", "Ann")
    assert report.stored == 3
    assert importing.said() == [("user", "Zoë", "first"), ("user", None, "déjà"), ("user", "Zoë", "schön 🎉")]
    assert [one.seq for one in importing.messages()] == [1, 2, 3]
