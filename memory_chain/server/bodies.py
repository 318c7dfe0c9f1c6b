"""The parameters of requests, and the bodies of requests and responses that are not records as they are."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from fastapi import Path, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool

from memory_chain.types import (
    Aspect,
    Attitude,
    Event,
    Evidence,
    Role,
    Trust,
)

LONGEST_PAGE = 1000
LONGEST_QUERY = 100_000
LONGEST_ID = 256
MOST_MESSAGES = 10_000
_LAST_YEAR = 9990
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_LOST_PLUS = re.compile(r"\d \d\d:?\d\d$")


# -- parameters --


def _decoded(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return unquote(given, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("is no UTF-8") from None


def _written(given: Any) -> Any:
    """Numbers are no times: whether they count seconds or milliseconds would be guessed."""
    if not isinstance(given, str | datetime) or (isinstance(given, str) and not _DATE.match(given)):
        raise ValueError("has to be a time as in 2026-05-03T18:30:00Z")
    if isinstance(given, str) and _LOST_PLUS.search(given):
        raise ValueError("has a space before its zone; in an address write the + as %2B")
    return given


def _in_utc(moment: datetime) -> datetime:
    if not 1 < moment.year < _LAST_YEAR:
        raise ValueError(f"the year has to be between 2 and {_LAST_YEAR - 1}")
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_in_utc)]
"""A time with a zone, as UTC."""

UserId = Annotated[
    str,
    BeforeValidator(_decoded),
    Path(
        min_length=1,
        max_length=LONGEST_ID,
        description="Whose memory it is; any text of 1 to 256 characters, percent-encoded.",
        examples=["alice"],
    ),
]
MessageId = Annotated[
    str, BeforeValidator(_decoded), Path(description="A message's id, percent-encoded.", examples=["m-1"])
]
ItemId = Annotated[
    str,
    BeforeValidator(_decoded),
    Path(description="An attribute's or event's id, percent-encoded.", examples=["0f6e2b9c1d4a83e7b5c2"]),
]
Limit = Annotated[
    int | None,
    Query(ge=1, le=LONGEST_PAGE, description=f"Most records on a page, up to {LONGEST_PAGE:,}.", examples=[50]),
]
Cursor = Annotated[
    str | None,
    Query(max_length=2000, description="The `next_cursor` of the page before; none for the first page."),
]
AsOf = Annotated[
    Moment | None,
    Query(description="The memory as it was known at that time.", examples=["2026-05-03T18:30:00Z"]),
]
Since = Annotated[Moment | None, Query(description="From this time on.", examples=["2026-05-01T00:00:00Z"])]
Until = Annotated[Moment | None, Query(description="Before this time.", examples=["2026-06-01T00:00:00Z"])]
Subject = Annotated[
    str | None, Query(max_length=LONGEST_ID, description="About whom; by default the user.", examples=["user"])
]
MinTrust = Annotated[Trust | None, Query(description="Leave out what is less trusted.", examples=["reported"])]
SessionId = Annotated[str | None, Query(max_length=LONGEST_ID, description="Only this session.", examples=["s1"])]


# -- requests --


class Given(BaseModel):
    """A body of a request: a field that is not known is refused."""

    model_config = ConfigDict(extra="forbid")


def _example(**fields: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [fields]})


MessageName = Annotated[str, Field(max_length=LONGEST_ID)]


class Part(BaseModel):
    """A part of a message's content; parts without text are noted in its metadata."""

    model_config = ConfigDict(extra="allow")

    type: str = "text"
    text: str | None = None


class MessageIn(Given):
    """One thing said."""

    content: str | list[Part] = Field(description="What was said, as text or in parts.")
    role: Role = Field(default=Role.USER, description="Who speaks.")
    id: str | None = Field(
        default=None,
        max_length=LONGEST_ID,
        description="Your own id. The same id with the same content is a no-op, so that sending again is safe.",
    )
    speaker: str | None = Field(default=None, max_length=LONGEST_ID, description="The name of whoever speaks.")
    session_id: str | None = Field(default=None, max_length=LONGEST_ID, description="The conversation.")
    created_at: Annotated[AwareDatetime, BeforeValidator(_written)] | None = Field(
        default=None, description="When it was said, with a zone; none: now."
    )
    metadata: dict[str, Any] | None = Field(default=None, description="Plain JSON to keep beside it.")


class AddIn(Given):
    """Messages to store: all of them or none."""

    model_config = _example(
        messages=[
            {
                "id": "m-1",
                "role": "user",
                "content": "I am allergic to shellfish.",
                "created_at": "2026-05-03T18:30:00Z",
            },
            {"id": "m-2", "role": "assistant", "content": "Noted, no prawns for you."},
        ],
        session_id="s1",
    )

    messages: list[MessageIn] = Field(min_length=1, max_length=MOST_MESSAGES)
    session_id: str | None = Field(
        default=None, max_length=LONGEST_ID, description="The session of messages that name none."
    )


class RetrieveIn(Given):
    """What an agent is about to answer."""

    model_config = _example(query="What could I cook tonight?", budget_tokens=800, session_id="s1")

    query: str = Field(max_length=LONGEST_QUERY, description="The question or message to be answered; any text.")
    budget_tokens: int | None = Field(default=None, ge=1, le=1_000_000, description="The most it may cost in a prompt.")
    as_of: Moment | None = Field(default=None, description="The memory as it was known at that time.")
    session_id: str | None = Field(default=None, max_length=LONGEST_ID, description="The running session.")
    min_trust: Trust | None = Field(default=None, description="Leave out what is less trusted.")


class SearchIn(Given):
    """What to look for among the messages."""

    model_config = _example(query="shellfish", limit=5)

    query: str = Field(max_length=LONGEST_QUERY, description="Any text; it is never read as a query language.")
    limit: int = Field(default=20, ge=1, le=LONGEST_PAGE, description="Most messages to return.")
    as_of: Moment | None = Field(default=None, description="Only what had been said by then.")
    session_id: str | None = Field(default=None, max_length=LONGEST_ID, description="Only this session.")


class AnswerIn(Given):
    """What the model is to answer from the memory."""

    model_config = _example(question="What am I allergic to?", budget_tokens=800)

    question: str = Field(max_length=LONGEST_QUERY, description="The question; any text.")
    budget_tokens: int | None = Field(default=None, ge=1, le=1_000_000, description="The most its context may cost.")
    as_of: Moment | None = Field(default=None, description="From the memory as it was known at that time.")
    session_id: str | None = Field(default=None, max_length=LONGEST_ID, description="The running session.")


class ChatIn(Given):
    """What the user says to the model."""

    model_config = _example(text="What could I cook tonight?", session_id="s1", message_id="m-3")

    text: str = Field(max_length=LONGEST_QUERY, description="What the user says; it is remembered.")
    session_id: str | None = Field(default=None, max_length=LONGEST_ID, description="The conversation.")
    budget_tokens: int | None = Field(default=None, ge=1, le=1_000_000, description="The most its context may cost.")
    message_id: str | None = Field(
        default=None,
        max_length=LONGEST_ID,
        description="Your own id of the user's message. With it a call may be sent again: nothing is stored twice.",
    )


class ObservationsIn(Given):
    """Whose reading to show."""

    model_config = _example(message_ids=["m-1"])

    message_ids: list[MessageName] = Field(max_length=LONGEST_PAGE, description="Messages.")


class CluesIn(Given):
    """Whose clues to show."""

    model_config = _example(texts=["I am allergic to shellfish."])

    texts: list[Annotated[str, Field(max_length=LONGEST_QUERY // 10)]] = Field(max_length=100, description="Any texts.")
    as_of: Moment | None = Field(default=None, description="Only what had been said by then counts.")


class CheckIn(Given):
    """Whether to mend what is found."""

    model_config = _example(repair=True)

    repair: StrictBool = Field(default=False, description="Whether to make a wrong index anew.")


class CorrectIn(Given):
    """What is right about an attribute or event."""

    model_config = _example(item_id="0f6e2b9c1d4a83e7b5c2", value="peanuts")

    item_id: str = Field(max_length=LONGEST_ID, description="Which attribute or event.")
    value: str | None = Field(default=None, max_length=LONGEST_QUERY, description="An attribute's right value.")
    text: str | None = Field(default=None, max_length=LONGEST_QUERY, description="The right sentence.")
    ended: StrictBool = Field(default=False, description="Whether it held once but holds no more.")


class UndoIn(Given):
    """Which correction to take back."""

    model_config = _example(item_id="5b1f0a9c77d2e4436a80")

    item_id: str = Field(max_length=LONGEST_ID, description="The attribute or event that the correction made.")


class ForgetIn(Given):
    """What to forget for good; at least one field is needed."""

    model_config = _example(message_ids=["m-1"])

    item_id: str | None = Field(default=None, max_length=LONGEST_ID, description="An attribute, event or message.")
    message_ids: list[MessageName] = Field(default=[], max_length=MOST_MESSAGES, description="Messages.")
    since: Moment | None = Field(default=None, description="All from this time on.")
    until: Moment | None = Field(default=None, description="All before this time.")
    session_id: str | None = Field(default=None, max_length=LONGEST_ID, description="A session.")


class RevokeIn(Given):
    """Whose statements to take back; at least one field is needed."""

    model_config = _example(source="newsletter-bot", since="2026-05-01T00:00:00Z")

    source: str | None = Field(
        default=None, max_length=LONGEST_ID, description="A session, a speaker, a role, or a `source` in the metadata."
    )
    since: Moment | None = Field(default=None, description="From this time on.")


# -- responses --


class Shown(BaseModel):
    """A record as it is shown."""

    model_config = ConfigDict(from_attributes=True)


class MessageOut(Shown):
    """One thing said, as it is stored."""

    id: str
    user_id: str
    text: str
    role: Role
    speaker: str | None
    session_id: str
    created_at: datetime
    metadata: dict[str, Any]


class PreferenceOut(Shown):
    """A topic with the attitudes shown to it over time."""

    topic: str
    attitude: Attitude
    subject: str
    text: str
    evidence: tuple[Evidence, ...]


class ProfileOut(Shown):
    """Who somebody is: aspects by section, preferences and recent events."""

    user_id: str
    subject: str
    as_of: datetime | None
    aspects: tuple[Aspect, ...]
    preferences: tuple[PreferenceOut, ...]
    events: tuple[Event, ...]
    titles: dict[str, str]
    pending: int = Field(description="Messages that are stored but not yet understood.")


class QueueItemOut(Shown):
    """A message whose understanding failed."""

    message: MessageOut
    tries: int
    read_by_rules: bool
    not_before: datetime | None
    error: str
    raw: str
    dead: bool


class StatusOut(Shown):
    """How a memory is doing."""

    user_id: str
    messages: int
    sessions: int
    attributes: int
    events: int
    topics: int
    pending: int
    waiting_for_model: int
    dead_letters: tuple[QueueItemOut, ...]
    failing: tuple[QueueItemOut, ...]
    paused_until: datetime | None
    last_error: str
    writer: str
    needs_rebuild: tuple[str, ...]
    first_at: datetime | None
    last_at: datetime | None


class CheckOut(BaseModel):
    """What an examination found."""

    problems: list[str] = Field(description="What is wrong; none: nothing is.")


class ImportedOut(BaseModel):
    """Whose memory was imported."""

    user_id: str


class HealthOut(BaseModel):
    """That the process is up, or that memories can be opened and written."""

    status: Literal["ok"] = "ok"


class UserOut(BaseModel):
    """Somebody who has a memory here."""

    user_id: str
