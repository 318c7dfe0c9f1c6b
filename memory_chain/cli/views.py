"""How records look to people. Each view writes to a `Screen`; machines get `output.to_plain` instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from memory_chain.cli.output import Screen, styled
from memory_chain.cli.session import short
from memory_chain.types import (
    USER,
    Aspect,
    Attitude,
    Attribute,
    Change,
    Context,
    Costs,
    Event,
    ForgetReceipt,
    Message,
    ModelCall,
    Operation,
    Piece,
    Preference,
    Profile,
    Session,
    Status,
    Topic,
    Trust,
)

if TYPE_CHECKING:
    from rich.text import Text

DATE, NAME, DIM, STRONG, GOOD, BAD, WARN = "cyan", "green", "dim", "bold", "green", "bold red", "yellow"

LEFT_OUT_SHOWN = 10
BAR = 30
WHEN_WIDTH = 19
LONGEST_ROLE = len("assistant")
LONGEST_TOPIC = 60
"""Characters of a topic in the table; JSON gives all."""

_TRUST = {Trust.STATED: "", Trust.REPORTED: "told by others", Trust.TOOL: "from a tool", Trust.INFERRED: "inferred"}
_SIGNS = {Operation.ADD: ("+", GOOD), Operation.UPDATE: ("~", WARN), Operation.IGNORE: ("=", DIM)}


def day(moment: datetime) -> str:
    """A date, in UTC as all times here."""
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


def minute(moment: datetime) -> str:
    """A date and time, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def plural(count: int, word: str) -> str:
    """A number with its word: "1 message", "1,200 messages"."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def about(*notes: str) -> str:
    """Small print behind a text: the notes that say something, joined."""
    return " · ".join(note for note in notes if note)


def messages(screen: Screen, said: Iterable[Message]) -> None:
    """What was said, by time."""
    for message in said:
        who = f"{_who(message.speaker, message.role):<{LONGEST_ROLE}}"
        label = styled((minute(message.created_at), DATE), ("  ", ""), (who, NAME))
        screen.item(label, styled((message.text, ""), (f"  {short(message.id)}", DIM)))


def found(screen: Screen, pieces: Sequence[Piece]) -> None:
    """Ranked messages."""
    for place, piece in enumerate(pieces, start=1):
        when = minute(piece.at) if piece.at else ""
        who = f"{_who(piece.speaker, piece.role):<{LONGEST_ROLE}}"
        label = styled((f"{place:>2}.", STRONG), (f" {when}  ", DATE), (who, NAME))
        why = about(f"{piece.score:.2f}", f"by {', '.join(piece.channels)}", *piece.reasons, short(piece.id))
        screen.item(label, styled((piece.text, "")), below=styled((why, DIM)))


def context(screen: Screen, packed: Context) -> None:
    """A context as it goes into a prompt."""
    if packed.text:
        screen.line(packed.text)
    else:
        screen.remark("Nothing fits this question yet.")
    if packed.pending:
        screen.remark(f"({plural(packed.pending, 'message')} not yet understood; found as text all the same.)")


def explanation(screen: Screen, packed: Context) -> None:
    """Every piece of a context: by which channel, with which score, why, from what, at which cost."""
    _budget(screen, packed)
    for piece in packed.pieces:
        _explained(screen, piece)
    if packed.left_out:
        screen.line()
        screen.line(f"Left out: {plural(len(packed.left_out), 'piece')} did not fit", STRONG)
        for piece in packed.left_out[:LEFT_OUT_SHOWN]:
            _explained(screen, piece)
        more = len(packed.left_out) - LEFT_OUT_SHOWN
        if more > 0:
            screen.line(f"… and {more:,} more (--json lists all)", DIM)


def profile(screen: Screen, shown: Profile, *, sources: Mapping[str, Message] | None = None) -> None:
    """Who somebody is, section by section; with `sources` also what was said."""
    for section, aspects in groupby(shown.aspects, key=lambda aspect: aspect.section):
        screen.line(shown.titles.get(section, section), STRONG)
        for aspect in aspects:
            _aspect(screen, aspect, sources)
    if shown.preferences:
        screen.line("Preferences", STRONG)
        for preference in shown.preferences:
            _bullet(screen, styled((preference.text, ""), (f"  {_evidence(preference)}", DIM)))
    if shown.events:
        screen.line("Recent events", STRONG)
        for event in shown.events:
            _bullet(screen, _event(event))
    if not (shown.aspects or shown.preferences or shown.events):
        screen.remark("Nothing is known about this person yet.")
    if shown.pending:
        screen.remark(f"({plural(shown.pending, 'message')} not yet understood.)")


def events(screen: Screen, happened: Sequence[Event]) -> None:
    """What happened, by time."""
    width = min(WHEN_WIDTH, max((len(when_of(event)) for event in happened), default=0))
    for event in happened:
        screen.item(styled((f"{when_of(event):<{width}}", DATE)), _event(event, dated=False))


def when_of(event: Event) -> str:
    """The time of an event in words; "?" if none was told."""
    from memory_chain.dates import describe

    return describe(event.when) if event.when else "?"


def sessions(screen: Screen, held: Iterable[Session]) -> None:
    """The conversations: from when to when, their names for `--session`, and how much was said."""
    for one in held:
        first, last = day(one.first_at), day(one.last_at)
        label = styled((first if first == last else f"{first} to {last}", DATE))
        screen.item(label, styled((one.session_id, ""), (f"  {plural(one.messages, 'message')}", DIM)))


def topics(screen: Screen, talked_about: Sequence[Topic]) -> None:
    """What is talked about, the most frequent first."""
    screen.table(
        ("topic", "messages", "last", "attitudes"),
        [
            (
                styled((_cut(topic.label, LONGEST_TOPIC), "")),
                styled((f"{topic.messages:,}", "")),
                styled((day(topic.last_at), DATE)),
                styled((_attitudes(topic), DIM)),
            )
            for topic in talked_about
        ],
        numbers=(1,),
    )


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _attitudes(topic: Topic) -> str:
    shown = {attitude: count for attitude, count in topic.attitudes.items() if attitude is not Attitude.NEUTRAL}
    return ", ".join(f"{attitude} {count}" for attitude, count in shown.items())


def history(screen: Screen, changes: Iterable[tuple[Change, str, str]]) -> None:
    """Changes with the texts of the item and of the one before it."""
    for change, text, before in changes:
        screen.item(*change_line(change, text, before, dated=True))


def change_line(change: Change, text: str, before: str, *, dated: bool = False) -> tuple[Text, Text]:
    """A change as a label and a text."""
    sign, style = _SIGNS[change.operation]
    label = styled((f"{minute(change.at)}  " if dated else "", DATE), (sign, style))
    was = f"{before} → " if before else ""
    notes = about(
        "event" if change.kind == "event" else "",
        change.reason,
        f"from {short(change.source_id)}" if dated else "",
        short(change.item_id),
    )
    return label, styled(
        (was, DIM), (text, "" if change.operation is not Operation.IGNORE else DIM), (f"  {notes}", DIM)
    )


def status(screen: Screen, state: Status) -> None:
    """How a memory is doing."""
    stretch = f", {day(state.first_at)} to {day(state.last_at)}" if state.first_at and state.last_at else ""
    rows = [
        ("user", state.user_id, STRONG),
        ("said", f"{plural(state.messages, 'message')} in {plural(state.sessions, 'session')}{stretch}", ""),
        (
            "understood",
            f"{plural(state.attributes, 'attribute')}, {plural(state.events, 'event')}, "
            f"{plural(state.topics, 'topic')} (reader: {state.writer})",
            "",
        ),
    ]
    if state.pending:
        rows.append(("waiting", f"{plural(state.pending, 'message')} that nobody has read", WARN))
    if state.waiting_for_model:
        rows.append(("for the model", f"{plural(state.waiting_for_model, 'message')}; `omem flush` sends them", WARN))
    if state.paused_until:
        rows.append(("paused", f"until {minute(state.paused_until)} UTC", WARN))
    rows.extend(("failing", f"{short(item.message.id)}: {item.error}", WARN) for item in state.failing)
    rows.extend(("given up", f"{short(item.message.id)}: {item.error}", BAD) for item in state.dead_letters)
    if state.failing or state.dead_letters:
        rows.append(("", "`omem retry` tries these again", DIM))
    if state.last_error:
        rows.append(("last error", state.last_error, BAD))
    rows.extend(("to rebuild", f"{reason} (`omem rebuild`)", WARN) for reason in state.needs_rebuild)
    width = max(len(name) for name, _, _ in rows)
    for name, text, style in rows:
        screen.item(styled((f"{name:<{width}}", DIM)), styled((text, style)))


def costs(screen: Screen, spent: Costs) -> None:
    """What models have cost, by purpose."""
    if not spent.calls:
        screen.line("No model was called: 0 calls, 0 tokens.")
        return
    rows = [*sorted(spent.by_purpose.items()), ("all", spent)]
    screen.table(
        ("purpose", "calls", "failed", "tokens in", "tokens out", "seconds"),
        [
            tuple(
                styled((cell, STRONG if name == "all" else ""))
                for cell in (
                    name,
                    f"{one.calls:,}",
                    f"{one.failed:,}",
                    f"{one.tokens_in:,}",
                    f"{one.tokens_out:,}",
                    f"{one.latency_ms / 1000:.1f}",
                )
            )
            for name, one in rows
        ],
        numbers=(1, 2, 3, 4, 5),
    )


def calls(screen: Screen, ledger: Sequence[ModelCall]) -> None:
    """The ledger of model calls."""
    if not ledger:
        screen.line("No model was called.")
    for call in ledger:
        label = styled((minute(call.at), DATE), ("  ", ""), (call.outcome, GOOD if call.outcome == "ok" else BAD))
        tokens = f"{call.tokens_in:,} in, {call.tokens_out:,} out, {call.latency_ms:,.0f} ms"
        screen.item(label, styled((f"{call.purpose} by {call.model}: {tokens}", ""), (f"  {call.detail}", DIM)))


def forgotten(screen: Screen, receipt: ForgetReceipt) -> None:
    """What is gone."""
    counts = [
        plural(count, word)
        for count, word in (
            (receipt.messages, "message"),
            (receipt.attributes, "attribute"),
            (receipt.events, "event"),
            (receipt.calls_scrubbed, "ledger text"),
        )
        if count
    ]
    what = ", ".join(counts) or "nothing"
    screen.remark(f"Forgotten: {what}{', and the user with all files' if receipt.user_removed else ''}.", "")
    if receipt.rebuilt:
        screen.remark(f"{plural(receipt.rebuilt, 'item')} that other messages support were made anew from those.")


def _budget(screen: Screen, packed: Context) -> None:
    share = min(1.0, packed.tokens / packed.budget_tokens)
    full = round(share * BAR)
    bar = styled(("█" * full, GOOD), ("░" * (BAR - full), DIM))
    count = f"  {packed.tokens:,} of {packed.budget_tokens:,} tokens ({share:.0%}), {plural(len(packed), 'piece')}"
    screen.show(bar + styled((count, "")))
    screen.line()


def _explained(screen: Screen, piece: Piece) -> None:
    label = styled((f"{piece.score:>6.2f}", STRONG), (f"  {piece.kind:<10}", NAME))
    text = piece.text if piece.kind != "message" else f"{_who(piece.speaker, piece.role)}: {piece.text}"
    said = f"{day(piece.at)} " if piece.at else ""
    cost = f"{plural(piece.tokens, 'token')}" if piece.tokens else ""
    origin = f"from {', '.join(short(source) for source in piece.sources[:3])}" if piece.sources else ""
    more = f"and {len(piece.sources) - 3} more" if len(piece.sources) > 3 else ""
    notes = about(
        f"by {', '.join(piece.channels)}", *piece.reasons, cost, _TRUST[piece.trust], f"{origin} {more}".strip()
    )
    screen.item(label, styled((said, DATE), (text, "")), below=styled((notes, DIM)))


def _aspect(screen: Screen, aspect: Aspect, sources: Mapping[str, Message] | None) -> None:
    for attribute in aspect.attributes:
        _bullet(screen, attribute_line(attribute))
        for source in attribute.sources if sources is not None else ():
            message = (sources or {}).get(source.id)
            said = f"“{message.text}”" if message else "set right by hand"
            screen.item(styled((f"     {day(source.said_at)}", DIM)), styled((" ".join(said.split()), DIM)))


def attribute_line(attribute: Attribute) -> Text:
    """An attribute with its small print: since when, how far to trust it, its id."""
    notes = about(day(attribute.known_from), _TRUST[attribute.trust], short(attribute.id))
    return styled((attribute.text, ""), (f"  {notes}", DIM))


def _event(event: Event, *, dated: bool = True) -> Text:
    subject = "" if event.subject == USER or event.subject in event.text else f"{event.subject}: "
    when = f"{when_of(event)}: " if dated and event.when else ""
    told = about(f"told {day(event.said_at)}", _TRUST[event.trust], short(event.id))
    return styled((when, DATE), (f"{subject}{event.text}", ""), (f"  {told}", DIM))


def _evidence(preference: Preference) -> str:
    times = len(preference.evidence)
    return f"{plural(times, 'time')}, last {day(preference.evidence[0].at)}" if times else ""


def _bullet(screen: Screen, text: Text) -> None:
    screen.item(styled((" •", DIM)), text)


def _who(speaker: str | None, role: object) -> str:
    return speaker or str(role or "user")
