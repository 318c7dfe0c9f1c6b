"""The rule writer: reads a message by grammar and word lists, offline, in about a millisecond.

It prefers silence to invention: what is asked, supposed, quoted, pasted, played, ironic or about somebody
else gives no attribute. Texts in other languages than English give topics only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from memory_chain.extraction.base import Known, Rule, Understood
from memory_chain.extraction.guards import is_small_talk, own_words, strip_context, subject_of, teaches
from memory_chain.extraction.rules.attitude import Shown, attitude_of
from memory_chain.extraction.rules.frames import Found, words_of
from memory_chain.extraction.rules.happenings import find_events
from memory_chain.extraction.rules.lexicon import word_set
from memory_chain.extraction.rules.reader import find_attributes, meant_clauses, summary_of, validity
from memory_chain.extraction.rules.shape import Clause
from memory_chain.extraction.rules.topics import key_phrases
from memory_chain.schema import ProfileSchema, default_schema
from memory_chain.types import (
    USER,
    Attitude,
    Message,
    Observation,
    ObservedAttribute,
    ObservedEvent,
    Role,
    Trust,
)

__all__ = ["RuleWriter"]

_ENGLISH = word_set(
    "the a an i i'm im i've ive my me we our you your is am are was were to of and "
    "in on for with it that this not do don't dont no "
    "have has had can can't cant be at but so as if or from by"
)
_FOREIGN = word_set(
    "ich und der die das nicht ist ein eine mein meine habe bin wir zu mit auf je suis "
    "mon ma mes et les des une est pas nous avec "
    "yo soy mi mis el los las una y con tengo por para que muy io sono il gli della "
    "che non ho eu sou meu minha não uma ik ben een het niet jag "
    "är och att inte jeg er og ikke ja jestem nie się w olen ja en"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_LATIN = re.compile(r"[a-zA-Z]")


class RuleWriter:
    """Understands messages by rules; implements `Writer`.

    Args:
        rules: further rules, beside the built-in ones.
        schema: the sections of a profile; what belongs to none of them is not recorded.
        user_name: the speaker name under which the chain's user appears, if it is not the user id.
    """

    def __init__(
        self, rules: Iterable[Rule] = (), schema: ProfileSchema | None = None, user_name: str | None = None
    ) -> None:
        self._rules = tuple(rules)
        self._schema = schema or default_schema()
        self._user_name = user_name

    @property
    def name(self) -> str:
        """Kept with everything it writes."""
        return "rules"

    @property
    def immediate(self) -> bool:
        """Each message is read as soon as it is stored."""
        return True

    def observe(self, messages: Sequence[Message], known: Known) -> Understood:
        """Read a batch; every message gets one observation."""
        return Understood(observations=[self._observe(message) for message in messages])

    def _observe(self, message: Message) -> Observation:
        subject = subject_of(message, user_name=self._user_name)
        teaching = teaches(message)
        attributes: list[ObservedAttribute] = []
        events: list[ObservedEvent] = []
        if not teaching.anything or is_small_talk(message.text):
            attributes, events = self._by_further_rules(message)
            return Observation(
                message_id=message.id, subject=subject, attributes=tuple(attributes), events=tuple(events),
                writer=self.name,
            )  # fmt: skip
        text = strip_context(message.text)
        clauses: list[Clause] = []
        found: list[Found] = []
        if message.role is Role.USER:
            own = own_words(message.text)
            if is_english(own):
                name = "The user" if subject == USER else subject
                clauses = meant_clauses(own)
                found = [one for one in find_attributes(clauses, name, text=own) if self._schema.section(one.section)]
                attributes = [_attribute(one, message, subject, teaching.trust) for one in found]
                events = find_events(clauses, message.created_at, name, subject=subject, trust=teaching.trust)
        more = self._by_further_rules(message)
        shown = attitude_of(clauses, found)
        topics = key_phrases(text, [one.value for one in found])
        if shown.about:  # an attitude is one to the first topic
            about = set(words_of(shown.about.lower()))
            topics = tuple(sorted(topics, key=lambda topic: about.isdisjoint(words_of(topic.lower()))))
            if not topics or about.isdisjoint(words_of(topics[0].lower())):
                shown = Shown(Attitude.NEUTRAL)
        return Observation(
            message_id=message.id,
            topics=topics,
            attitude=shown.attitude,
            reason=shown.reason,
            summary=summary_of(clauses, found, text),
            subject=subject,
            attributes=(*attributes, *more[0]),
            events=(*events, *more[1]),
            writer=self.name,
        )

    def _by_further_rules(self, message: Message) -> tuple[list[ObservedAttribute], list[ObservedEvent]]:
        attributes: list[ObservedAttribute] = []
        events: list[ObservedEvent] = []
        for rule in self._rules:
            for item in rule(message):
                if isinstance(item, ObservedAttribute):
                    attributes.append(item)
                else:
                    events.append(item)
        return attributes, events


def is_english(text: str) -> bool:
    """Whether a text may be English: no other script prevails and no other language's small words do."""
    head = text[:2000]
    letters = sum(character.isalpha() for character in head)
    if letters and len(_LATIN.findall(head)) < 0.7 * letters:
        return False
    words = [word.lower().replace("’", "'") for word in _WORD.findall(head)]
    foreign = sum(word in _FOREIGN for word in words)
    return foreign == 0 or sum(word in _ENGLISH for word in words) >= foreign


def _attribute(one: Found, message: Message, subject: str, trust: Trust) -> ObservedAttribute:
    start, end = validity(one.clause, message.created_at)
    return ObservedAttribute(
        section=one.section, aspect=one.aspect, value=one.value, text=one.text, polarity=one.polarity,
        confidence=one.confidence, subject=subject, trust=trust, ended=one.ended, valid_from=start, valid_to=end,
    )  # fmt: skip
