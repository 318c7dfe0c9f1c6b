"""Bad input is told before anything is written; unusual input is ordinary."""

from datetime import UTC, datetime, timedelta

import pytest

from memory_chain.errors import InvalidMessageError, InvalidUserError
from memory_chain.intake import check_user_id, to_messages
from memory_chain.types import Message, Role

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


def take(given, **more):
    return to_messages(given, user_id="alice", now=NOW, max_characters=1000, **more)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("", "has no text"),
        (" \n ", "has no text"),
        ("x" * 1001, "1,001 characters; at most 1,000"),
        ({"role": "user"}, "Give it as 'content' or 'text'"),
        ({"role": "narrator", "content": "hi there"}, "unknown role 'narrator'. Known roles: user, assistant"),
        ({"contnt": "hi"}, "Did you mean 'content'?"),
        ({"text": "hi", "created_at": "yesterday"}, "no ISO 8601 time"),
        ({"text": "hi", "created_at": "2024-05-01T10:00:00"}, "without a zone"),
        ({"text": "hi", "created_at": datetime(2024, 5, 1)}, "without a zone"),
        ({"text": "hi", "created_at": "1899-12-31T00:00:00Z"}, "before 1900"),
        ({"text": "hi", "created_at": NOW + timedelta(days=2)}, "more than a day ahead"),
        ({"text": "hi", "created_at": True}, "has to be a datetime"),
        ({"text": "hi", "timestamp": 1e30}, "no time in seconds"),
        ({"text": "hi", "metadata": {"a": {1, 2}}}, "plain JSON"),
        ({"text": "hi", "metadata": ["a"]}, "has to be a dict"),
        ({"text": "hi", "id": "edit-1"}, "kept for corrections"),
        ({"text": "hi", "session_id": "s" * 257}, "session id"),
        ({"text": "hi", "speaker": "s" * 257}, "speaker"),
        ([{"text": "fine"}, {"text": ""}], "Message 2 of 2 has no text"),
        (["fine", 3], "Message 2 of 2 is a int"),
        (Message(text="hi", user_id="bob"), "belongs to user 'bob'"),
    ],
)
def test_each_bad_message_is_told_what_to_do(given, told):
    with pytest.raises(InvalidMessageError, match=__import__("re").escape(told)):
        take(given)


@pytest.mark.parametrize(
    ("user_id", "told"), [("", "is empty"), ("  ", "is empty"), ("u" * 257, "257 characters"), (3, "is a text")]
)
def test_user_ids(user_id, told):
    with pytest.raises(InvalidUserError, match=told):
        check_user_id(user_id)


def test_dicts_may_use_either_word_for_text_and_time():
    one, two = take(
        [
            {"role": "assistant", "content": "Hi", "timestamp": 0, "session_id": "s"},
            {"text": "Hello", "created_at": "2024-05-01T10:00:00+02:00", "name": "Ann"},
        ]
    )
    assert (one.role, one.created_at, one.session_id) == (Role.ASSISTANT, datetime(1970, 1, 1, tzinfo=UTC), "s")
    assert (two.text, two.speaker, two.created_at.hour, two.session_id) == ("Hello", "Ann", 8, "default")


def test_content_parts_give_their_text_and_others_are_noted():
    (message,) = take({"content": [{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {}}, "here"]})
    assert message.text == "Look\nhere"
    assert message.metadata == {"other_parts": ["image_url"]}


def test_messages_of_one_call_without_time_keep_their_order():
    first, second = take(["a", "b"])
    assert first.created_at < second.created_at


def test_nul_and_lone_surrogates_are_replaced_and_other_text_is_kept():
    (message,) = take("a\x00b \ud83d \U0001f9b5 \u202eabc 漢字")
    assert message.text == "a\ufffdb \ufffd \U0001f9b5 \u202eabc 漢字"
    message.text.encode()
