"""Understanding by a language model: one call a batch, its answer read strictly, its items one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from pydantic import BaseModel

from memory_chain.errors import ModelError, ReplyError
from memory_chain.extraction.answers import Draft, Part, Shown, drafts_for, placed, take
from memory_chain.extraction.base import Known, Understood
from memory_chain.extraction.guards import is_small_talk, strip_context, subject_of, windows
from memory_chain.extraction.parse import KEPT_RAW, read_reply, strip_unprintable
from memory_chain.llm.base import LLM, ChatMessage, LLMRequest
from memory_chain.prompts import EXTRACT, ExtractEnvelope, Prompt, Rendered, section_lines
from memory_chain.types import JSON, Attribute, Event, Message, ModelCall, Role

Envelope = TypeVar("Envelope", bound=BaseModel)

WINDOW_CHARACTERS = 6_000
"""Longer messages are read in windows of this size."""

CALL_CHARACTERS = 24_000
"""The most message text in one call."""

MOST_WINDOWS = 8
"""Of one message; of a longer one the first windows and the last are read."""

SHOWN_RAW = 4_000
"""So much of a refused reply is shown back to the model."""

_HOPELESS = {"cut", "too-large", "refused", "filtered"}
"""Replies after which the same question would only get the same reply: the batch has to be split."""


class LLMWriter:
    """Reads batches of messages with a language model (`Writer`).

    An invalid item is refused alone, with its reason in the observation. An invalid reply is asked again, with
    what was wrong with it. A prompt's size is bounded whatever the memory and the messages are.
    """

    immediate = False

    def __init__(
        self,
        llm: LLM,
        *,
        sections: Mapping[str, str],
        aspects: Mapping[str, Sequence[str]] | None = None,
        user_name: str | None = None,
        reasks: int = 2,
        window_characters: int = WINDOW_CHARACTERS,
        call_characters: int = CALL_CHARACTERS,
        most_windows: int = MOST_WINDOWS,
    ) -> None:
        """A writer over a model.

        Args:
            llm: the model; it stays the caller's to close.
            sections: the profile's sections, key to title.
            aspects: names of aspects by section that the model should use where they fit.
            user_name: the speaker name under which the chain's user appears.
            reasks: how often an invalid reply is asked again.
            window_characters: longer messages are read in windows of this size.
            call_characters: the most message text in one call; a larger batch takes several calls.
            most_windows: so many windows of one message are read.
        """
        self.llm = llm
        self.sections = dict(sections)
        self.user_name = user_name
        self.reasks = reasks
        self._section_lines = section_lines(self.sections, aspects)
        self._window = window_characters
        self._call_characters = max(call_characters, window_characters)
        self._most_windows = most_windows

    @property
    def name(self) -> str:
        """The model's name."""
        return self.llm.model

    def observe(self, messages: Sequence[Message], known: Known) -> Understood:
        """Read a batch; one observation a message, in their order.

        Raises:
            ProviderDownError: the provider cannot serve now.
            ProviderRefusedError: the provider refused the request.
            ReplyError: no usable reply, also after asking again; `raw` and `calls` tell. After outcome `cut`
                a smaller batch can succeed.
        """
        drafts = drafts_for(messages, user_name=self.user_name)
        calls: list[ModelCall] = []
        for parts in self._calls(messages, drafts):
            shown = Shown(parts=parts, known=known, sections=self.sections, user_name=self.user_name)
            try:
                calls += self._read(shown, drafts)
            except ModelError as error:
                error.calls = (*calls, *error.calls)
                raise
        return Understood(observations=[draft.observation(self.name) for draft in drafts.values()], calls=calls)

    def _calls(self, messages: Sequence[Message], drafts: Mapping[str, Draft]) -> list[list[Part]]:
        """What is to be read, a list a call; nothing if nobody says more than "hi"."""
        parts = [part for message in messages for part in self._parts(message, drafts[message.id])]
        if all(is_small_talk(part.text) for part in parts):
            return []
        batches: list[list[Part]] = [[]]
        room = self._call_characters
        for part in parts:
            if len(part.text) > room and batches[-1]:
                batches.append([])
                room = self._call_characters
            batches[-1].append(part)
            room -= len(part.text)
        return batches

    def _parts(self, message: Message, draft: Draft) -> list[Part]:
        """What the model is shown of a message: no system text, no recalled context, long texts in windows."""
        text = strip_context(message.text)
        if message.role is Role.SYSTEM or not text.strip():
            return []
        overlap = min(200, self._window // 4)
        cut = windows(text, size=self._window, overlap=overlap, most=self._most_windows)
        if len(cut) * (self._window - overlap) + overlap < len(text):
            draft.note(f"only parts of its {len(text):,} characters were read")
        return [Part(message=message, text=window, number=i, of=len(cut)) for i, window in enumerate(cut, start=1)]

    def _read(self, shown: Shown, drafts: Mapping[str, Draft]) -> Sequence[ModelCall]:
        answered: set[int] = set()

        def check(envelope: ExtractEnvelope) -> str:
            found, complaints = placed(envelope.observations, shown)
            if not found and not all(is_small_talk(part.text) for part in shown.parts):
                told = "; ".join(complaints[:3]) or "the list is empty"
                return f"There is no observation of any of the {len(shown.parts)} messages: {told}."
            return ""

        envelope, calls = ask(
            self.llm,
            EXTRACT,
            ExtractEnvelope,
            self._render(shown),
            check=check,
            reasks=self.reasks,
            max_tokens=_reply_tokens(len(shown.parts)),
        )
        found, complaints = placed(envelope.observations, shown)
        for place, loose in found:
            answered.add(place)
            take(drafts, place, loose, shown)
        for complaint in complaints:
            drafts[shown.parts[0].message.id].note(complaint)
        for place, part in enumerate(shown.parts):
            if place not in answered and not is_small_talk(part.text):
                drafts[part.message.id].note("the model gave no observation of this message")
        return calls

    def _render(self, shown: Shown) -> Rendered:
        handles = shown.handles()
        return EXTRACT.render(
            sections=self._section_lines,
            topics=[_cut(topic, 80) for topic in shown.known.topics],
            attributes=[_attribute(h, item) for h, item in handles.items() if isinstance(item, Attribute)],
            events=[_event(h, item) for h, item in handles.items() if isinstance(item, Event)],
            messages=[self._message(n, part) for n, part in enumerate(shown.parts, start=1)],
        )

    def _message(self, number: int, part: Part) -> JSON:
        message = part.message
        shown: JSON = {"n": number, "role": str(message.role)}
        if message.speaker:
            shown["speaker"] = _cut(message.speaker, 80)
        if message.role is not Role.ASSISTANT:
            shown["about"] = _cut(subject_of(message, user_name=self.user_name), 80)
        shown["said_at"] = f"{message.created_at:%A %Y-%m-%d %H:%M}"
        if part.of > 1:
            shown["part"] = f"{part.number} of {part.of}"
        shown["text"] = strip_unprintable(part.text)
        return shown


def ask(
    llm: LLM,
    prompt: Prompt,
    form: type[Envelope],
    rendered: Rendered,
    *,
    check: Callable[[Envelope], str] | None = None,
    reasks: int = 2,
    max_tokens: int | None = 4_000,
) -> tuple[Envelope, list[ModelCall]]:
    """Ask for an answer of a form; an invalid reply is asked again, showing what was wrong with it.

    Args:
        llm: the model.
        prompt: what is asked, for the ledger and the schema.
        form: the pydantic model of the answer.
        rendered: the prompt with its slots filled.
        check: a further condition: what is wrong with an answer, or nothing.
        reasks: how often it is asked again.
        max_tokens: where the reply is cut, so that an endless one ends.

    Raises:
        ModelError: with the ledger rows of all that was tried in `calls`.
    """
    messages: tuple[ChatMessage, ...] = tuple(rendered)
    calls: list[ModelCall] = []
    for again in range(reasks + 1):
        request = LLMRequest(
            messages=messages,
            purpose=prompt.name,
            prompt=prompt.name,
            prompt_version=prompt.version,
            json_schema=prompt.json_schema(),
            max_tokens=max_tokens,
        )
        try:
            return _asked(llm, request, form, check, calls), calls
        except ReplyError as error:
            if error.outcome in _HOPELESS or again == reasks:
                error.calls = tuple(calls)
                raise
            messages = (*rendered, *_complaint(error))
        except ModelError as error:
            error.calls = (*calls, *error.calls)
            raise
    raise AssertionError("unreachable")


def _asked(
    llm: LLM,
    request: LLMRequest,
    form: type[Envelope],
    check: Callable[[Envelope], str] | None,
    calls: list[ModelCall],
) -> Envelope:
    """One question; its ledger rows go to `calls`, also if its reply is refused."""
    try:
        reply = llm.complete(request)
    except ReplyError as error:
        calls += error.calls
        raise
    calls += reply.calls
    try:
        return _checked(read_reply(reply.text, form, cut=reply.cut), reply.text, check)
    except ReplyError as error:
        if reply.calls:
            calls[-1] = replace(calls[-1], outcome=error.outcome, detail=str(error)[:300])
        raise


def _checked(envelope: Envelope, raw: str, check: Callable[[Envelope], str] | None) -> Envelope:
    wrong = check(envelope) if check else ""
    if wrong:
        raise ReplyError(wrong, raw=strip_unprintable(raw[:KEPT_RAW]))
    return envelope


def _complaint(error: ReplyError) -> tuple[ChatMessage, ...]:
    """The refused reply and what was wrong with it, as the next turns of the conversation."""
    again = ChatMessage(
        role="user",
        content=f"That reply cannot be used. {error} Answer again, with the one JSON object and nothing else.",
    )
    if not error.raw.strip():
        return (again,)
    return ChatMessage(role="assistant", content=_cut(error.raw, SHOWN_RAW)), again


def _reply_tokens(parts: int) -> int:
    """Room for every honest reply; an endless one is cut here."""
    return min(1_000 + 500 * parts, 8_000)


def _attribute(handle: str, item: Attribute) -> JSON:
    shown: JSON = {
        "id": handle,
        "subject": _cut(item.subject, 80),
        "section": item.section,
        "aspect": _cut(item.aspect, 80),
        "text": _cut(item.text, 300),
    }
    if item.ended:
        shown["ended"] = True
    return shown


def _event(handle: str, item: Event) -> JSON:
    shown: JSON = {"id": handle, "subject": _cut(item.subject, 80), "text": _cut(item.text, 300)}
    if item.when:
        shown["start"] = f"{item.when.start:%Y-%m-%d}"
    return shown


def _cut(text: str, longest: int) -> str:
    text = strip_unprintable(text)
    return text if len(text) <= longest else text[: longest - 1] + "…"
