"""The rule writer: reads a message by grammar and word lists, offline, in about a millisecond.

It prefers silence to invention: what is asked, supposed, quoted, pasted, played, ironic or about somebody
else gives no attribute.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from memory_chain.extraction.base import Known, Rule, Understood
from memory_chain.extraction.guards import own_words, subject_of, teaches
from memory_chain.extraction.rules.reader import find_attributes, meant_clauses
from memory_chain.schema import ProfileSchema, default_schema
from memory_chain.types import USER, Message, Observation, ObservedAttribute, ObservedEvent, Role

__all__ = ["RuleWriter"]


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
        if message.role is Role.USER and teaching.attributes:
            name = "The user" if subject == USER else subject
            for one in find_attributes(meant_clauses(own_words(message.text)), name):
                if self._schema.section(one.section):
                    attributes.append(
                        ObservedAttribute(
                            section=one.section, aspect=one.aspect, value=one.value, text=one.text,
                            polarity=one.polarity, confidence=one.confidence, subject=subject,
                            trust=teaching.trust, ended=one.ended,
                        )  # fmt: skip
                    )
        for rule in self._rules:
            for item in rule(message):
                if isinstance(item, ObservedAttribute):
                    attributes.append(item)
                else:
                    events.append(item)
        return Observation(
            message_id=message.id, subject=subject, attributes=tuple(attributes), events=tuple(events),
            writer=self.name,
        )  # fmt: skip
