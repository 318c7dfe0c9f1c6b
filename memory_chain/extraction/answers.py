"""From a model's answer to observations: each item is taken or refused alone, with its reason. Pure.

A model may name messages, known items, people, sections and dates that do not exist, repeat what it was shown,
or learn from those who may not teach. All of that ends here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pydantic import ValidationError

from memory_chain.extraction.base import Known
from memory_chain.extraction.guards import Teaching, commands_the_assistant, same_statement, subject_of, teaches
from memory_chain.extraction.parse import describe_errors
from memory_chain.prompts import (
    MOST_ITEMS,
    MOST_TOPICS,
    AttributeAnswer,
    EventAnswer,
    ItemAnswer,
    LooseObservation,
)
from memory_chain.retrieval.analysis import analyze
from memory_chain.types import (
    USER,
    Attitude,
    Attribute,
    Decision,
    Event,
    Interval,
    Message,
    Observation,
    ObservedAttribute,
    ObservedEvent,
    Operation,
    Precision,
    Role,
    Trust,
)

EARLIEST = timedelta(days=150 * 365)
"""How long before a message what it tells may have happened."""

LATEST = timedelta(days=100 * 365)
"""How long after a message what it plans may happen."""

_MOST_NOTES = 20
_LONGEST_NOTE = 300
_Item = TypeVar("_Item", bound=ItemAnswer)
_Known = TypeVar("_Known", Attribute, Event)
_Observed = TypeVar("_Observed", ObservedAttribute, ObservedEvent)


class RefusedError(Exception):
    """Why an item of an answer is not taken."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """What the model was shown of one message: all of it, or one window of a long text."""

    message: Message
    text: str
    number: int = 1
    of: int = 1


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the model was shown in one call; the first part has number 1."""

    parts: Sequence[Part]
    known: Known
    sections: Mapping[str, str]
    user_name: str | None = None

    def handles(self) -> dict[str, Attribute | Event]:
        """The known items by the handles that stand for them in the prompt."""
        named: dict[str, Attribute | Event] = {f"A{i}": item for i, item in enumerate(self.known.attributes, start=1)}
        named.update({f"E{i}": item for i, item in enumerate(self.known.events, start=1)})
        return named


@dataclass(kw_only=True, slots=True)
class Draft:
    """The observation of one message while it is put together from one or more answers."""

    message: Message
    subject: str
    topics: list[str] = field(default_factory=list)
    attitude: Attitude = Attitude.NEUTRAL
    reason: str = ""
    summaries: list[str] = field(default_factory=list)
    attributes: list[ObservedAttribute] = field(default_factory=list)
    events: list[ObservedEvent] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, what: str) -> None:
        """Keep why something was not taken."""
        if len(self.notes) < _MOST_NOTES and what not in self.notes:
            self.notes.append(what[:_LONGEST_NOTE])

    def observation(self, writer: str) -> Observation:
        """The finished observation."""
        return Observation(
            message_id=self.message.id,
            topics=tuple(self.topics[:MOST_TOPICS]),
            attitude=self.attitude,
            reason=self.reason,
            summary=" ".join(self.summaries),
            subject=self.subject,
            attributes=tuple(self.attributes),
            events=tuple(self.events),
            writer=writer,
            refused=tuple(self.notes),
        )


def drafts_for(messages: Iterable[Message], *, user_name: str | None = None) -> dict[str, Draft]:
    """An empty draft for each message, by its id."""
    return {m.id: Draft(message=m, subject=subject_of(m, user_name=user_name)) for m in messages}


def placed(observations: Sequence[Any], shown: Shown) -> tuple[list[tuple[int, LooseObservation]], list[str]]:
    """The observations that are about a message that was shown (place, observation), and what is wrong with others."""
    found: list[tuple[int, LooseObservation]] = []
    complaints: list[str] = []
    most = 4 * len(shown.parts) + 16
    for number, given in enumerate(observations[:most]):
        try:
            loose = LooseObservation.model_validate(given)
        except ValidationError as error:
            complaints.append(f"observation {number} refused: {describe_errors(error, most=2)}")
            continue
        if 1 <= loose.message <= len(shown.parts):
            found.append((loose.message - 1, loose))
        else:
            complaints.append(f"observation {number} refused: there is no message {loose.message}")
    if len(observations) > most:
        complaints.append(f"{len(observations) - most} observations too many")
    return found, complaints


def take(drafts: Mapping[str, Draft], place: int, loose: LooseObservation, shown: Shown) -> None:
    """Put what an observation says into the draft of its message, item by item."""
    part = shown.parts[place]
    _Reading(drafts[part.message.id], part, place, shown).read(loose)


class _Reading:
    """Reads one observation of a model into a draft."""

    def __init__(self, draft: Draft, part: Part, place: int, shown: Shown) -> None:
        self._draft = draft
        self._message = part.message
        self._teaching: Teaching = teaches(part.message)
        self._shown = shown
        self._handles = shown.handles()
        self._subjects = _Subjects(shown, part, draft.subject)
        self._heard = frozenset(word for other in shown.parts[: place + 1] for word in analyze(other.text))

    def read(self, loose: LooseObservation) -> None:
        draft = self._draft
        _take_words(draft, loose)
        for given in self._listed(loose.tags.attributes, "attributes"):
            self._try(given, AttributeAnswer, "attribute", self._attribute)
        for given in self._listed(loose.tags.facts, "facts"):
            self._try(given, EventAnswer, "event", self._event)

    def _listed(self, given: Any, name: str) -> list[Any]:
        if given is None:
            return []
        if not isinstance(given, list):
            self._draft.note(f"{name} refused: not a list")
            return []
        if len(given) > MOST_ITEMS:
            self._draft.note(f"{name}: only the first {MOST_ITEMS} of {len(given)} were read")
        return given[:MOST_ITEMS]

    def _try(self, given: Any, form: type[_Item], name: str, read: Callable[[_Item], None]) -> None:
        try:
            read(form.model_validate(given))
        except ValidationError as error:
            self._draft.note(f"{name} refused: {describe_errors(error, most=3)}")
        except RefusedError as refused:
            self._draft.note(f"{name} refused: {refused}")

    def _attribute(self, answer: AttributeAnswer) -> None:
        if not self._teaching.attributes:
            raise RefusedError(f"a message of the {self._message.role} gives no attributes")
        if answer.section not in self._shown.sections:
            raise RefusedError(f"there is no section {answer.section!r}")
        subject, trust = self._checked(answer, f"{answer.value} {answer.text}")
        polarity = Attitude(answer.polarity)
        observed = ObservedAttribute(
            section=answer.section,
            aspect=answer.aspect.casefold(),
            value=answer.value,
            text=answer.text,
            polarity=polarity,
            confidence=answer.confidence,
            subject=subject,
            trust=trust,
            ended=answer.ended,
            valid_from=self._moment(answer.since, "since"),
            valid_to=self._moment(answer.until, "until"),
            decision=self._attribute_decision(answer, polarity, subject),
        )
        if observed.valid_from and observed.valid_to and observed.valid_to < observed.valid_from:
            raise RefusedError("it ends before it begins")
        _put(self._draft.attributes, observed, lambda old: _same_attribute(old, observed))

    def _event(self, answer: EventAnswer) -> None:
        if not self._teaching.events:
            raise RefusedError(f"a message of the {self._message.role} gives no events")
        subject, trust = self._checked(answer, answer.text)
        when = None
        try:
            when = interval_of(answer.start, answer.end, answer.precision, said_at=self._message.created_at)
        except RefusedError as refused:
            self._draft.note(f"time of an event refused: {refused}")
        observed = ObservedEvent(
            text=answer.text,
            when=when,
            subject=subject,
            trust=trust,
            confidence=answer.confidence,
            decision=self._event_decision(answer, subject),
        )
        _put(self._draft.events, observed, lambda old: _same_event(old, observed))

    def _checked(self, answer: ItemAnswer, said: str) -> tuple[str, Trust]:
        """Subject and trust of an item that is neither a command of a tool nor an echo of what was shown."""
        if self._teaching.trust is Trust.TOOL and commands_the_assistant(answer.text):
            raise RefusedError("a tool's text tells the assistant what to do")
        if not _words(said) & self._heard and any(
            same_statement(answer.text, old.text) for old in self._handles.values()
        ):
            raise RefusedError("it repeats a known item of which the message does not speak")
        subject = self._subjects.resolve(answer.subject)
        if self._message.role is Role.USER and subject != self._draft.subject:
            return subject, Trust.REPORTED
        return subject, self._teaching.trust

    def _moment(self, given: str | None, name: str) -> datetime | None:
        if given is None:
            return None
        try:
            return _sane(_span(given), self._message.created_at)[0]
        except RefusedError as refused:
            self._draft.note(f"{name!r} of an attribute refused: {refused}")
            return None

    def _attribute_decision(self, answer: AttributeAnswer, polarity: Attitude, subject: str) -> Decision | None:
        target = self._target(answer, Attribute, subject)
        if target is None:
            return _added(answer)
        contrary = target.ended != answer.ended or polarity.opposes(target.polarity)
        if answer.operation == "ignore" and contrary:
            self._draft.note("decision dropped: the item says other than the known one that it is to confirm")
            return None
        same_aspect = target.section == answer.section and target.aspect == answer.aspect.casefold()
        if not same_aspect and not _share_words(f"{answer.value} {answer.text}", f"{target.value} {target.text}"):
            self._draft.note(f"decision dropped: the item has nothing to do with {answer.target}")
            return None
        return Decision(operation=Operation(answer.operation), target=target.id, reason="decided by the model")

    def _event_decision(self, answer: EventAnswer, subject: str) -> Decision | None:
        target = self._target(answer, Event, subject)
        if target is None:
            return _added(answer)
        if not _share_words(answer.text, target.text):
            self._draft.note(f"decision dropped: the item has nothing to do with {answer.target}")
            return None
        return Decision(operation=Operation(answer.operation), target=target.id, reason="decided by the model")

    def _target(self, answer: ItemAnswer, kind: type[_Known], subject: str) -> _Known | None:
        """The known item that the answer wants to update or ignore; None if there is none of the kind."""
        if answer.operation == "add":
            return None
        handle = (answer.target or "").strip().upper()
        target = self._handles.get(handle)
        if not isinstance(target, kind):
            self._draft.note(f"decision dropped: no known {kind.__name__.lower()} {handle or '(none)'} was shown")
            return None
        if target.subject != subject:
            self._draft.note(f"decision dropped: {handle} is about {target.subject}, not about {subject}")
            return None
        return target


class _Subjects:
    """Who may be the subject of an item: the user, a speaker, a known subject, or somebody the message names."""

    def __init__(self, shown: Shown, part: Part, about: str) -> None:
        self._about = about
        self._text = part.text
        speakers = [(other.message, subject_of(other.message, user_name=shown.user_name)) for other in shown.parts]
        self._user_speaks = any(who == USER and message.role is Role.USER for message, who in speakers)
        self._names = {who.casefold(): who for message, who in speakers if message.role is Role.USER}
        for item in shown.handles().values():
            self._names.setdefault(item.subject.casefold(), item.subject)
        own = (USER, "the user", shown.user_name or USER, part.message.user_id or USER)
        self._user_names = {name.casefold() for name in own}
        self._others = {"assistant", "the assistant", "system", "tool"} | {
            (message.speaker or "").casefold() for message, _ in speakers if message.role is not Role.USER
        }

    def resolve(self, given: str) -> str:
        name = given.casefold()
        if name in self._user_names:
            return USER if self._user_speaks or self._about == USER else self._about
        if name in self._names:
            return self._names[name]
        if name in self._others:
            raise RefusedError("it is about the assistant or a tool, not about a person")
        if re.search(rf"(?<!\w){re.escape(given)}(?!\w)", self._text, re.IGNORECASE):
            return given
        raise RefusedError(f"the message names no {given!r}")


def interval_of(start: str | None, end: str | None, precision: str | None, *, said_at: datetime) -> Interval | None:
    """The time of an event as a model gave it: first and last day (inclusive), in words of ISO 8601.

    The precision is believed only as far as it fits: one day with the precision of a week, month or year
    stands for the whole of it.

    Raises:
        RefusedError: no date, an impossible one, or one that has nothing to do with when it was said.
    """
    if start is None and end is None:
        return None
    first = _sane(_span(start if start is not None else str(end)), said_at)
    last = _sane(_span(end), said_at) if end is not None else first
    begin, finish, exact = first[0], last[1], first[2] and last[2]
    if last[0] < first[0]:
        raise RefusedError(f"it ends ({end}) before it begins ({start})")
    days = (finish - begin).days
    if exact and finish - begin <= timedelta(minutes=1):
        return Interval(start=begin, end=finish, precision=Precision.INSTANT)
    if days <= 1 and not exact:
        begin, finish = _widened(begin, finish, precision)
        days = (finish - begin).days
    return Interval(start=begin, end=finish, precision=_precision(days, precision, exact))


def _precision(days: int, claimed: str | None, exact: bool) -> Precision:
    if exact:
        return Precision.RANGE
    if days == 1:
        return Precision.DAY
    fits = {"week": days == 7, "month": 28 <= days <= 31, "year": 365 <= days <= 366}
    return Precision(claimed) if claimed and fits.get(claimed) else Precision.RANGE


def _widened(begin: datetime, finish: datetime, precision: str | None) -> tuple[datetime, datetime]:
    if precision == "week":
        begin -= timedelta(days=begin.weekday())
        return begin, begin + timedelta(days=7)
    if precision == "month":
        return _month(begin.year, begin.month)
    if precision == "year":
        return datetime(begin.year, 1, 1, tzinfo=UTC), datetime(begin.year + 1, 1, 1, tzinfo=UTC)
    return begin, finish


_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})([T ]\d{2}:\d{2}.*)?)?)?\Z")


def _span(given: str) -> tuple[datetime, datetime, bool]:
    """What an ISO date covers: (first moment, first moment after it, whether a time of day was given)."""
    match = _ISO.match(given.strip())
    try:
        if match and match[4]:
            moment = datetime.fromisoformat(given.strip())
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
            return moment, moment + timedelta(minutes=1), True
        if match and match[3]:
            day = datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=UTC)
            return day, day + timedelta(days=1), False
        if match and match[2]:
            return (*_month(int(match[1]), int(match[2])), False)
        if match:
            year = int(match[1])
            return datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC), False
    except (ValueError, OverflowError):
        pass
    raise RefusedError(f"{given[:40]!r} is no date")


def _month(year: int, month: int) -> tuple[datetime, datetime]:
    after = (year + 1, 1) if month == 12 else (year, month + 1)
    return datetime(year, month, 1, tzinfo=UTC), datetime(*after, 1, tzinfo=UTC)


def _sane(span: tuple[datetime, datetime, bool], said_at: datetime) -> tuple[datetime, datetime, bool]:
    if span[0] - said_at > LATEST or said_at - span[1] > EARLIEST:
        raise RefusedError(f"{span[0]:%Y-%m-%d} is too far from when it was said")
    return span


def _take_words(draft: Draft, loose: LooseObservation) -> None:
    """Topics, attitude, reason and summary; what is no sane text is left out."""
    tags = loose.tags
    given = [tags.topic] if isinstance(tags.topic, str) else tags.topic if isinstance(tags.topic, list) else []
    seen = {topic.casefold() for topic in draft.topics}
    for topic in given[: 4 * MOST_TOPICS]:
        label = _sentence(topic, 80)
        if label and label.casefold() not in seen:
            seen.add(label.casefold())
            draft.topics.append(label)
    if isinstance(tags.attitude, str) and tags.attitude in set(Attitude) and draft.attitude is Attitude.NEUTRAL:
        draft.attitude = Attitude(tags.attitude)
    draft.reason = draft.reason or _sentence(tags.reason, 400)
    summary = _sentence(loose.summary, 600)
    if summary and len(draft.summaries) < 4 and summary not in draft.summaries:
        draft.summaries.append(summary)


def _sentence(given: Any, longest: int) -> str:
    """One line of text, or nothing if it is no text or too long to be one."""
    return " ".join(given.split()) if isinstance(given, str) and len(given) <= longest else ""


def _added(answer: ItemAnswer) -> Decision | None:
    if answer.operation != "add":
        return None
    return Decision(operation=Operation.ADD, reason="decided by the model")


def _put(items: list[_Observed], item: _Observed, same: Callable[[_Observed], bool]) -> None:
    if len(items) >= 4 * MOST_ITEMS:
        raise RefusedError("the message has too many items")
    if any(same(old) for old in items):
        raise RefusedError("it was given twice")
    items.append(item)


def _same_attribute(a: ObservedAttribute, b: ObservedAttribute) -> bool:
    if (a.section, a.subject, a.ended, a.polarity) != (b.section, b.subject, b.ended, b.polarity):
        return False
    return (a.aspect, a.value.casefold()) == (b.aspect, b.value.casefold()) or same_statement(a.text, b.text)


def _same_event(a: ObservedEvent, b: ObservedEvent) -> bool:
    return a.subject == b.subject and same_statement(a.text, b.text)


def _share_words(a: str, b: str) -> bool:
    return bool(_words(a) & _words(b))


def _words(text: str) -> frozenset[str]:
    """The content stems of a statement; "the user" stands in all of them and tells nothing."""
    return frozenset(analyze(text)) - _THE_USER


_THE_USER = frozenset(analyze("user"))
