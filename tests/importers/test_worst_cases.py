"""What real exports do that their samples do not show: newer layouts, other languages, one name for two people."""

from __future__ import annotations

import json
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from importers_support import Importing, node, tree

from memory_chain.errors import InvalidInputError, TransferError
from memory_chain.importers import Source, choose

AT = "2024-01-02T10:00:00Z"


def zipped(importing: Importing, name: str, files: dict[str, Any]) -> Path:
    path = importing.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for place, content in files.items():
            archive.writestr(place, content if isinstance(content, str) else json.dumps(content))
    return path


def lines(*rows: object) -> str:
    return "\n".join(json.dumps(row) for row in rows) + "\n"


# -- ChatGPT --


def content(kind: str, **more: Any) -> dict[str, Any]:
    return {"content_type": kind, **more}


def test_chatgpt_parts_of_every_kind(importing: Importing) -> None:
    spoken = [
        content("image_asset_pointer", asset_pointer="sediment://file_1"),
        content("audio_transcription", text="I play the oud", direction="in"),
        content("real_time_user_audio_video_asset_pointer", audio_asset_pointer={}),
        "and the drum",
    ]
    hidden = {"is_user_system_message": True, "is_visually_hidden_from_conversation": True}
    nodes = [
        node("s", "root", "system", ""),
        node("i", "s", text=content("user_editable_context", user_profile="p"), metadata=hidden),
        node("m", "i", "assistant", content("model_editable_context", model_set_context="1.")),
        node("u", "m", text=content("multimodal_text", parts=spoken)),
        node("t", "u", "assistant", content("thoughts", thoughts=[{"content": "hm"}])),
        node("r", "t", "assistant", content("reasoning_recap", content="Thought for 5 s")),
        node("c", "r", "assistant", content("code", text="print(1)"), recipient="python"),
        node("e", "c", "tool", content("execution_output", text="1")),
        node("q", "e", "tool", content("tether_quote", text="quoted")),
        node("b", "q", "tool", content("tether_browsing_display", result="page")),
        node("f", "b", "assistant", content("system_error", text="boom")),
        node("a", "f", "assistant", "It is old \ue200cite\ue202turn0search1\ue201 and loud【4†source】.", None),
        node("n", "a", text=content("text", parts=None)),
        node("p", "n", text=content("text", parts=[None, "", 5, "Thanks"]), at=1_700_000_009),
    ]
    importing.run(importing.file("conversations.json", [tree(*nodes, current="p", title=None)]))
    assert importing.said() == [
        ("user", None, "I play the oud\n\nand the drum"),
        ("assistant", None, "It is old and loud."),
        ("user", None, "Thanks"),
    ]


def test_chatgpt_split_into_several_files(importing: Importing) -> None:
    path = zipped(
        importing,
        "export.zip",
        {
            "conversations-000.json": [tree(node("a", "root", text="zero"), current="a")],
            "conversations-001.json": [tree(node("b", "root", text="one"), current="b", conversation_id="c2")],
            "export_manifest.json": {"files": ["conversations-000.json"]},
            "shared_conversations.json": [{"id": "s", "conversation_id": "c1", "title": "t"}],
            "message_feedback.json": [{"id": "f", "conversation_id": "c1", "content": '{"text": "good"}'}],
            "user_settings.json": {"x": 1},
        },
    )
    assert importing.run(path).stored == 2
    assert sorted(one.session_id for one in importing.messages()) == ["c1", "c2"]


def test_one_conversation_alone_or_one_a_line(importing: Importing) -> None:
    alone = tree(node("a", "root", text="alone"), current="a")
    importing.run(importing.file("one.json", json.dumps(alone)))
    importing.run(importing.file("two.json", json.dumps(alone, indent=1)), user="pretty")
    rows = lines(alone, {**alone, "conversation_id": "c2"})
    assert importing.run(importing.file("lines.jsonl", rows), user="lines").stored == 2
    assert [text for _, _, text in importing.said()] == [text for _, _, text in importing.said("pretty")] == ["alone"]


def test_chatgpt_without_an_id_the_place_in_the_file_does_not_matter(importing: Importing) -> None:
    def bare(name: str) -> dict[str, Any]:
        whole = tree(node(name, f"{name}-root", text=name), title=None, conversation_id=None)
        whole["mapping"][f"{name}-root"] = {**whole["mapping"].pop("root"), "id": f"{name}-root"}
        return whole

    importing.run(importing.file("c.json", [bare("old")]))
    again = importing.run(importing.file("c.json", [bare("new"), bare("old")]))
    assert (again.stored, again.known) == (1, 1)


# -- Claude --


def test_claude_blocks_and_what_cannot_be_shown(importing: Importing) -> None:
    unshown = "```\nThis block is not supported on your current device yet.\n```"
    messages = [
        {"uuid": "1", "sender": "human", "text": "", "attachments": [{"extracted_content": "pasted"}]},
        {
            "uuid": "2",
            "sender": "assistant",
            "text": f"Let me.\n{unshown}\nDone",
            "content": [
                {"type": "thinking", "thinking": "hm"},
                {"type": "text", "text": "Let me.", "citations": []},
                {"type": "tool_use", "name": "x", "input": {}},
                {"type": "tool_result", "content": [{"type": "text", "text": "R"}]},
                {"type": "text", "text": "Done"},
            ],
        },
        {"uuid": "3", "sender": "assistant", "text": unshown, "content": [{"type": "tool_use"}]},
        {"uuid": "4", "sender": "assistant", "text": "", "content": [{"type": "thinking", "thinking": "hm"}]},
    ]
    chats = [
        {"uuid": "e", "name": "", "created_at": AT, "chat_messages": []},
        {"uuid": "k", "name": "", "created_at": AT, "chat_messages": messages},
    ]
    files = {"conversations.json": chats, "users.json": [{"uuid": "a"}], "projects.json": [{"uuid": "p", "docs": []}]}
    path = zipped(importing, "claude.zip", files)
    assert importing.survey(path).left_out == {"messages without text (pictures, files, empty ones)": 2}
    importing.run(path)
    assert [text for _, _, text in importing.said()] == ["[attachment]\npasted", "Let me.\n\nDone"]


# -- WhatsApp --


@pytest.mark.parametrize(
    "header",
    [
        "[5.6.2024 klo 18.07.00] ",
        "5.6.2024 klo 18.07 - ",
        "05.06.2024 kl. 18:07 - ",
        "05/06/2024 lúc 18:07 - ",
        "05/06/2024 6:07 CH - ",
        "2024年6月5日 18:07 - ",
        "2024年6月5日 下午6:07 - ",
        "05.06.2024 г., 18:07 ч. - ",
        "05/06/2024 ob 18:07 - ",
        "2024-06-05 18 h 07 - ",
        "[05/06/2024 à 18:07:00] ",
        "۰۵/۰۶/۲۰۲۴ ساعت ۱۸:۰۷ - ",
        "05/06/2567 18:07 - ",
        "5. 6. 2024, 18:07 - ",
        "05/06/2024, 6:07 μ.μ. - ",
    ],
)
def test_whatsapp_headers_of_more_places(importing: Importing, header: str) -> None:
    importing.run(importing.file("c.txt", f"{header}Ann: I like tea\n{header}Bob: and I coffee\n"), "Ann")
    assert [one.created_at for one in importing.messages()] == [datetime(2024, 6, 5, 18, 7, tzinfo=UTC)] * 2


@pytest.mark.parametrize(
    "gone",
    [
        "Esta mensagem foi apagada",
        "Questo messaggio è stato eliminato",
        "Dit bericht is verwijderd",
        "Данное сообщение удалено",
        "Bu mesaj silindi",
        "このメッセージは削除されました",
        "此消息已被删除",
        "تم حذف هذه الرسالة",
        "Missed voice call",
        "image omitted",
        "Waiting for this message",
    ],
)
def test_whatsapp_what_the_app_says_in_place_of_a_message(importing: Importing, gone: str) -> None:
    path = importing.file("c.txt", f"31/12/2023, 21:41 - Ann: {gone}\n31/12/2023, 21:42 - Ann: I said {gone}\n")
    assert sum(importing.survey(path, "Ann").left_out.values()) == 1


@pytest.mark.parametrize("mark", ["<Esta mensagem foi editada>", "<Dit bericht is bewerkt>", "\u200e<ข้อความถูกแก้ไข>"])
def test_whatsapp_edited_in_other_languages(importing: Importing, mark: str) -> None:
    importing.run(importing.file("c.txt", f"31/12/2023, 21:41 - Ann: I <3 tea {mark}\n"), "Ann")
    assert importing.said() == [("user", None, "I <3 tea")]


def test_whatsapp_the_order_of_day_and_month_can_be_said(importing: Importing) -> None:
    path = importing.file("c.txt", "03/04/2024, 10:00 - Ann: a\n")
    assert "--date-order" in importing.survey(path, "Ann").notes[0]
    assert not any("--date-order" in note for note in importing.survey(path, "Ann", date_order="mdy").notes)
    importing.run(path, "Ann", date_order="mdy")
    assert importing.messages()[0].created_at.month == 3


# -- Telegram --


def said(number: int, text: Any, **more: Any) -> dict[str, Any]:
    who = {"from": "Ann", "from_id": "user1"}
    return {"id": number, "type": "message", "date_unixtime": "1705357800", "text": text, **who, **more}


def test_telegram_what_was_passed_on_is_not_the_users_word(importing: Importing) -> None:
    messages = [
        said(1, "I live in Oslo"),
        said(2, "I live in Rome", forwarded_from="Eve", forwarded_from_id="user7"),
        said(3, "I live in Bern", forwarded_from=None),
        said(4, "edited", edited_unixtime="1705359600"),
    ]
    chat = {"name": "Bob", "type": "personal_chat", "id": 5, "messages": messages}
    importing.run(importing.file("result.json", chat), "Ann")
    assert [(one.speaker, one.text) for one in importing.messages()] == [
        (None, "I live in Oslo"),
        ("Eve", "I live in Rome"),
        ("somebody", "I live in Bern"),
        (None, "edited"),
    ]
    assert importing.messages()[1].metadata["forwarded_by"] == "Ann"


def test_telegram_of_an_account_with_many_contacts(importing: Importing) -> None:
    contacts = [{"user_id": 0, "first_name": "x" * 40, "date": "2020"} for _ in range(2_000)]
    whole = {
        "about": "…",
        "personal_information": {"user_id": 1, "first_name": "Ann"},
        "contacts": {"list": contacts},
        "chats": {"list": [{"name": "B", "type": "personal_chat", "id": 5, "messages": [said(1, "mine")]}]},
    }
    importing.run(importing.file("result.json", whole))
    assert importing.said() == [("user", None, "mine")]


def test_telegram_an_empty_chat_is_told_as_one(importing: Importing) -> None:
    path = importing.file("result.json", {"name": "Bob", "type": "personal_chat", "id": 5, "messages": []})
    with pytest.raises(TransferError, match=r"Telegram Desktop.* holds no message"):
        importing.run(path)


# -- Slack --


def test_slack_bots_that_write_as_users(importing: Importing) -> None:
    users = [
        {"id": "U1", "team_id": "T", "real_name": "Ann", "profile": {}},
        {"id": "U3", "team_id": "T", "is_bot": True, "profile": {"display_name": "helper"}},
    ]
    day = [
        {"type": "message", "user": "U1", "text": "I dive", "ts": "1454884927.000002"},
        {"type": "message", "user": "U3", "bot_id": "B1", "text": "beep", "ts": "1454884928.000002"},
        {"type": "message", "user": "USLACKBOT", "text": "reminder", "ts": "1454884929.000002"},
        {"type": "message", "user": "U1", "bot_id": "B2", "text": "by my app", "ts": "1454884930.000002"},
    ]
    importing.file("s/users.json", users)
    importing.file("s/general/2016-02-07.json", day)
    assert importing.survey(importing.folder / "s", "Ann").left_out == {"messages of bots": 2}


# -- one name, several people --


def test_two_accounts_of_one_name_are_asked_about(importing: Importing) -> None:
    messages = [
        said(1, "I dive"),
        said(2, "I climb", from_id="user2"),
        said(3, "I ski", from_id="user3", **{"from": "B"}),
    ]
    path = importing.file("result.json", {"name": "G", "type": "private_group", "id": 5, "messages": messages})
    with pytest.raises(InvalidInputError, match=r"2 accounts have the name 'ann'.*--me ACCOUNT.*'user1' \(1\)"):
        importing.survey(path, "Ann")
    found = importing.survey(path, "user2")
    assert (found.user_names, found.speakers) == ({"Ann": 1}, {"Ann": 2, "B": 1})
    importing.run(path, "user2")
    assert [(one.speaker, one.text) for one in importing.messages()] == [
        ("Ann", "I dive"),
        (None, "I climb"),
        ("B", "I ski"),
    ]


def test_a_second_name_that_nobody_has_is_told(importing: Importing) -> None:
    path = importing.file("c.txt", "31/12/2023, 21:41 - Ann: hi\n31/12/2023, 21:41 - Bob: ho\n")
    assert "Nobody is called 'Bobb'." in importing.survey(path, "Ann", "Bobb").notes


# -- Discord --


def test_discord_table_of_the_exporter(importing: Importing) -> None:
    path = importing.file(
        "general.csv",
        "AuthorID,Author,Date,Content,Attachments,Reactions\r\n"
        '1,ann#1234,2024-01-15T10:30:00.0000000+02:00,"I ""paint"", a lot",,\r\n'
        "2,bob,2024-01-15T10:31:00.0000000+02:00,,https://x.example/y.png,👍 (1)\r\n",
    )
    assert importing.survey(path, "1").left_out == {"messages without text (pictures, files)": 1}
    importing.run(path, "1")
    (one,) = importing.messages()
    assert (one.speaker, one.text, one.created_at.hour) == (None, 'I "paint", a lot', 8)
    assert importing.run(path, "ann#1234").known == 1


def test_discord_data_package(importing: Importing) -> None:
    path = zipped(
        importing,
        "package.zip",
        {
            "account/user.json": {"id": "1", "username": "ann"},
            "messages/index.json": {"111": "general in Club", "222": None},
            "messages/c111/channel.json": {"id": "111", "type": 0, "guild": {"id": "9", "name": "Club"}},
            "messages/c111/messages.json": [
                {"ID": 1147, "Timestamp": "2023-09-01 12:34:56", "Contents": "I fence", "Attachments": ""},
                {"ID": 1148, "Timestamp": "2023-09-01 12:35:56", "Contents": "", "Attachments": "https://x"},
            ],
            "messages/c222/messages.csv": "ID,Timestamp,Contents,Attachments\r\n"
            '1,2020-05-01 10:20:30.123000+00:00,"I row, too",\r\n',
            "servers/index.json": {"9": "Club"},
        },
    )
    importing.run(path)
    assert [(one.speaker, one.text, one.session_id) for one in importing.messages()] == [
        (None, "I row, too", "222 2020-05-01"),
        (None, "I fence", "general in Club 2023-09-01"),
    ]
    assert importing.messages()[1].created_at == datetime(2023, 9, 1, 12, 34, 56, tzinfo=UTC)
    assert importing.run(path).known == 2


# -- ShareGPT, JSON Lines --


def test_conversations_without_ids_that_begin_alike_lose_nothing(importing: Importing) -> None:
    def talk(last: str) -> dict[str, Any]:
        turns = [("system", "s"), ("human", "Where?"), ("gpt", "There."), ("Human", last), ("function_call", "{}")]
        return {"conversations": [{"from": who, "value": text} for who, text in turns]}

    importing.run(importing.file("s.jsonl", lines(talk("I sail."), talk("I row."))))
    assert {"I sail.", "I row."} <= {text for _, _, text in importing.said()}

    def chat(last: str) -> dict[str, Any]:
        turns = [("developer", "s"), ("user", "Where?"), ("assistant", "There."), ("user", last)]
        return {"messages": [{"role": role, "content": text} for role, text in turns]}

    importing.run(importing.file("t.jsonl", lines(chat("I sail."), chat("I row."))), user="t")
    assert {"I sail.", "I row."} <= {text for _, _, text in importing.said("t")}


def test_rows_without_times_and_of_one_id_are_not_taken_for_one_another(importing: Importing) -> None:
    path = importing.file("x.jsonl", lines({"id": 1, "text": "I sail."}, {"id": 1, "text": "I row."}))
    with pytest.raises(TransferError, match="its id stands twice, with other content"):
        importing.run(path)
    importing.run(importing.file("x.jsonl", lines({"id": 1, "text": "I sail."})))
    with pytest.raises(TransferError, match="it was imported before with another text"):
        importing.run(importing.file("x.jsonl", lines({"id": 1, "text": "I row."})))


def test_one_object_of_messages_and_calls_of_tools(importing: Importing) -> None:
    whole = {"messages": [{"role": "user", "content": "I knit."}, {"role": "assistant", "content": None}]}
    importing.run(importing.file("o.json", json.dumps(whole, indent=2)))
    rows = lines({"role": "user", "content": "I sew."}, {"role": "assistant", "content": None, "tool_calls": [{}]})
    assert importing.survey(importing.file("r.jsonl", rows)).left_out == {"calls of tools": 1}
    inside = lines({"type": "user", "message": {"role": "user", "content": "I bake."}, "timestamp": AT})
    with pytest.raises(TransferError, match=r"inside are role, content: --map text=message\.NAME"):
        importing.run(importing.file("c.jsonl", inside))
    importing.run(importing.file("c.jsonl", inside), columns={"text": "message.content", "role": "message.role"})
    assert [text for _, _, text in importing.said()] == ["I bake.", "I knit."]


# -- CSV --


def test_csv_as_excel_writes_it(importing: Importing) -> None:
    text = "sep=;\r\nText;Created At\r\nI sing;45413,5\r\n"
    path = importing.file("t.csv", text.encode("utf-16-le"))
    with pytest.raises(TransferError, match="'45413,5' is no time that can be read; --time-format"):
        importing.run(path)
    importing.run(path, time_format="excel")
    assert importing.messages()[0].created_at == datetime(2024, 5, 1, 12, tzinfo=UTC)
    with pytest.raises(TransferError, match="'May' is no number of days"):
        importing.run(importing.file("t.csv", "text,at\nx,May\n"), time_format="excel")


def test_csv_of_an_old_encoding_is_told_what_to_do(importing: Importing) -> None:
    path = importing.file("t.csv", "text,at\nGrüße,2024-05-01\n".encode("cp1252"))
    with pytest.raises(TransferError, match=r"line 2: it is not UTF-8 text.*iconv -f WINDOWS-1252"):
        importing.run(path)


# -- mem0, Letta --


def test_mem0_in_every_layout(importing: Importing) -> None:
    memory = {"id": "m1", "memory": "Likes tea", "user_id": "dev", "created_at": AT, "updated_at": None}
    shapes: list[Any] = [
        {"results": [memory], "relations": [{"source": "a", "target": "tea"}]},
        {"memories": [memory]},
        memory,
        [memory],
        lines(memory, {**memory, "id": "m2"}),
    ]
    for number, shape in enumerate(shapes):
        path = importing.file(f"m{number}.json", shape)
        assert choose(Source(path)).name == "mem0"
        assert importing.run(path, user=f"u{number}").stored == (2 if isinstance(shape, str) else 1)


def test_letta_summaries_are_no_messages(importing: Importing) -> None:
    messages = [
        {"id": "m1", "role": "summary", "content": "They talked.", "created_at": AT},
        {"id": "m2", "role": "user", "content": [{"type": "text", "text": "I fish."}], "created_at": AT},
    ]
    importing.run(importing.file("a.af", {"agents": [{"name": "N", "messages": messages, "llm_config": {}}]}))
    assert [text for _, _, text in importing.said()] == ["I fish."]


# -- where an export cannot be read from --


def test_a_pipe_is_told_as_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for given in (pipe, Path("-"), Path("/dev/null")):
        with pytest.raises(TransferError, match="it cannot be a pipe; save it to a file first"):
            Source(given)
