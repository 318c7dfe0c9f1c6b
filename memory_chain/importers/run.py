"""From an export into a memory: looked through whole first, then added in batches through `MemoryManager.add`.

Nothing is written before the whole export was found good (or bad records are to be skipped). Each batch is stored
whole or not at all, and ids come from the export, so that an import that was cut short is finished by running it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import blake2b

from memory_chain.errors import ConflictError, InvalidMessageError, NotFoundError, TransferError
from memory_chain.importers.base import BadRecord, Imported, Importer, LeftOut, to_message
from memory_chain.importers.detect import unread_notes
from memory_chain.importers.people import Speakers
from memory_chain.importers.source import Source
from memory_chain.intake import to_messages
from memory_chain.memory_manager import MemoryManager
from memory_chain.storage.records import differing
from memory_chain.types import Message
from memory_chain.utils import utc_now

BATCH = 500
"""Messages that are stored in one call, whole or not at all."""

SAMPLES = 3
REMEMBERED_IDS = 1_000_000
"""Ids of an export that are held in memory to find those that stand twice; the memory itself finds the others."""

KEPT_BAD = 20
TOLD_BAD = 3

Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be imported, and how.

    Args:
        importer: reads the export.
        source: the export.
        user_id: whose memory it goes into.
        me: the names or accounts under which the user appears in chats of people, or the user's id in exports of
            several users.
        user_name: the name that the settings know for the user; it and the user's id count if `me` is not given.
        skip_bad: leave bad records out instead of refusing the import.
        max_characters: longer messages are bad records.
    """

    importer: Importer
    source: Source
    user_id: str
    me: tuple[str, ...] = ()
    user_name: str | None = None
    skip_bad: bool = False
    max_characters: int = 1_000_000

    @property
    def usual_names(self) -> tuple[str, ...]:
        """Under which names the user is known if nothing else is said."""
        return tuple(name for name in (self.user_id, self.user_name) if name)


@dataclass(kw_only=True)
class Survey:
    """What an export holds, and what of it an import would add."""

    format: str
    messages: int = 0
    """Good messages, those that are in the memory already among them."""
    new: int = 0
    known: int = 0
    """Messages that are in the memory already."""
    repeated: int = 0
    """Messages that stand in the export more than once."""
    sessions: int = 0
    speakers: dict[str, int] = field(default_factory=dict)
    user_names: dict[str, int] = field(default_factory=dict)
    """Those of the speakers who are the user."""
    first_at: datetime | None = None
    last_at: datetime | None = None
    guessed_times: int = 0
    zoneless_times: int = 0
    samples: list[Message] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    bad: int = 0
    bad_records: list[BadRecord] = field(default_factory=list)
    """The first of the bad ones."""
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What became of messages."""

    stored: int = 0
    known: int = 0
    """Messages that were in the memory already."""
    forgotten: int = 0
    """Messages that were not taken because they had been forgotten before."""
    skipped: int = 0
    """Bad records that were left out."""

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            stored=self.stored + other.stored,
            known=self.known + other.known,
            forgotten=self.forgotten + other.forgotten,
            skipped=self.skipped + other.skipped,
        )


@dataclass(frozen=True, kw_only=True)
class Report(Counts):
    """What an import did."""

    user_id: str
    format: str


def survey(manager: MemoryManager, plan: Plan, *, progress: Progress | None = None) -> Survey:
    """Look through an export without writing anything.

    Raises:
        InvalidInputError: it cannot be known who of several speakers is the user.
        TransferError: the export cannot be read, or holds nothing.
    """
    found = Survey(format=plan.importer.name)
    seen = _Seen(manager, plan.user_id)
    speakers = Speakers(plan.me, plan.usual_names)
    left_out: Counter[str] = Counter()
    sessions: set[int] = set()
    with _told(plan.source, progress):
        for imported, read in _checked(plan, speakers):
            if imported is not None:
                speakers.met(imported)
            if isinstance(read, Message) and imported is not None:
                read = seen.looked_up(read, imported)
            if isinstance(read, LeftOut):
                left_out[read.reason] += 1
            elif isinstance(read, BadRecord):
                _note_bad(found, read)
            else:
                _note(found, read, sessions, imported)
    found.known, found.repeated = seen.known, seen.repeated
    found.new = found.messages - found.known - found.repeated
    found.sessions, found.left_out = len(sessions), dict(left_out.most_common())
    found.speakers, found.user_names = dict(speakers.names.most_common()), dict(speakers.users.most_common())
    found.notes = _notes(plan, found) + [f"Nobody is called {name!r}." for name in speakers.unknown()]
    speakers.check()
    if not found.messages and not found.bad:
        raise TransferError(f"{plan.source.path} ({plan.importer.title}) holds no message that could be imported.")
    return found


def run(manager: MemoryManager, plan: Plan, *, progress: Progress | None = None) -> Report:
    """Add the messages of an export that was surveyed.

    Raises:
        MemoryChainError: a batch could not be stored; those before it are, and running again goes on from there.
    """
    total = Counts()
    batch: list[Message] = []
    undated: dict[str, Message] = {}
    with _told(plan.source, progress):
        for imported, read in _checked(plan, Speakers(plan.me, plan.usual_names)):
            if isinstance(read, BadRecord):
                total += Counts(skipped=1)
            elif isinstance(read, Message) and imported is not None:
                if imported.guessed and _comes_again(manager, plan, read, imported, undated):
                    total += Counts(known=1)
                    continue
                batch.append(read)
            if len(batch) >= BATCH:
                total += _add(manager, plan, batch)
                batch = []
                undated.clear()
    if batch:
        total += _add(manager, plan, batch)
    return Report(user_id=plan.user_id, format=plan.importer.name, **asdict(total))


def check(found: Survey, plan: Plan) -> None:
    """Refuse an export with bad records, unless they are to be skipped.

    Raises:
        TransferError: it has some.
    """
    if not found.bad or plan.skip_bad:
        return
    told = "; ".join(str(record) for record in found.bad_records[:TOLD_BAD])
    more = f"; and {found.bad - TOLD_BAD} more" if found.bad > TOLD_BAD else ""
    count = "1 record" if found.bad == 1 else f"{found.bad} records"
    raise TransferError(
        f"{count} of {plan.source.path} cannot be imported: {told}{more}. Nothing was imported. Set them right, or "
        f"leave them out with --skip-bad ({found.messages} are good)."
    )


# -- reading --


def _checked(plan: Plan, speakers: Speakers) -> Iterator[tuple[Imported | None, Message | BadRecord | LeftOut]]:
    """What the export holds, as messages that the memory will take."""
    now = utc_now()
    repeats = _Repeats()
    for read in plan.importer.read(plan.source):
        if not isinstance(read, Imported):
            yield None, read
            continue
        if read.owner and plan.me and not speakers.owns(read):
            yield None, LeftOut(reason="memories of other users")
            continue
        by_user, repeat = speakers.are_user(read), repeats.number(read)
        try:
            message = to_message(plan.importer.name, read, user_id=plan.user_id, by_user=by_user, repeat=repeat)
            (message,) = to_messages(message, user_id=plan.user_id, now=now, max_characters=plan.max_characters)
        except InvalidMessageError as error:
            yield read, BadRecord(place=read.place, reason=_shortened(str(error)))
            continue
        yield read, message


def _shortened(reason: str) -> str:
    return reason.removeprefix("The message ").removeprefix("The message: ").rstrip(".")


class _Repeats:
    """Counts the same words said by the same person at the same time, which a message without an id may be."""

    def __init__(self) -> None:
        self._moment = ""
        self._counts: Counter[int] = Counter()

    def number(self, read: Imported) -> int:
        if read.key is not None:
            return 0
        moment = "" if read.guessed else (read.said or read.at.isoformat())
        if moment != self._moment:
            self._moment = moment
            self._counts.clear()
        what = _hashed(f"{read.conversation}\x1f{read.speaker}\x1f{read.text}")
        self._counts[what] += 1
        return self._counts[what] - 1


@contextmanager
def _told(source: Source, progress: Progress | None) -> Iterator[None]:
    source.on_read = progress
    try:
        yield
    finally:
        source.on_read = None


# -- looking --


class _Seen:
    """Finds messages that stand twice in the export, or are in the memory already."""

    def __init__(self, manager: MemoryManager, user_id: str) -> None:
        self._manager = manager
        self._user_id = user_id
        self._is_known = user_id in manager.users()
        self._prints: dict[int, int] = {}
        self.known = self.repeated = 0

    def looked_up(self, message: Message, imported: Imported) -> Message | BadRecord:
        if imported.key is not None and self._stands_twice(message, imported):
            if self._prints[_hashed(message.id)] != _content(message, imported):
                return BadRecord(place=imported.place, reason="its id stands twice, with other content")
            self.repeated += 1
            return message
        stored = _stored(self._manager, self._user_id, message.id) if self._is_known else None
        if stored is None:
            return message
        other = _other(stored, message, imported)
        if other:
            return BadRecord(place=imported.place, reason=f"it was imported before with another {', '.join(other)}")
        self.known += 1
        return message

    def _stands_twice(self, message: Message, imported: Imported) -> bool:
        key = _hashed(message.id)
        if key in self._prints:
            return True
        if len(self._prints) < REMEMBERED_IDS:
            self._prints[key] = _content(message, imported)
        return False


def _content(message: Message, imported: Imported) -> int:
    at = "" if imported.guessed else message.created_at
    return _hashed(f"{message.text}\x1f{at}\x1f{message.speaker}")


def _other(stored: Message, message: Message, imported: Imported) -> list[str]:
    """In what a message differs from the stored one of its id; a time that was made up does not count."""
    return [name for name in differing(stored, message) if not (imported.guessed and name == "created_at")]


def _hashed(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def _stored(manager: MemoryManager, user_id: str, message_id: str) -> Message | None:
    try:
        return manager.message(user_id, message_id)
    except NotFoundError:
        return None


def _note(found: Survey, message: Message, sessions: set[int], imported: Imported | None) -> None:
    found.messages += 1
    if imported is not None:
        found.guessed_times += imported.guessed
        found.zoneless_times += imported.zoneless
    sessions.add(_hashed(message.session_id))
    found.first_at = min(message.created_at, found.first_at or message.created_at)
    found.last_at = max(message.created_at, found.last_at or message.created_at)
    if len(found.samples) < SAMPLES:
        found.samples.append(message)


def _note_bad(found: Survey, record: BadRecord) -> None:
    found.bad += 1
    if len(found.bad_records) < KEPT_BAD:
        found.bad_records.append(record)


def _notes(plan: Plan, found: Survey) -> list[str]:
    notes = unread_notes(plan.source) + list(getattr(plan.importer, "notes", lambda _: [])(plan.source))
    if found.guessed_times:
        dated = "as --at says." if plan.source.options.at else "by the file. Say when it was with --at."
        count = "1 message has" if found.guessed_times == 1 else f"{found.guessed_times} messages have"
        notes.append(f"{count} no time of their own, and are dated {dated}")
    if found.zoneless_times and str(plan.source.options.timezone) == "UTC":
        notes.append("Times without a zone were read as UTC; --timezone names another.")
    return notes


# -- writing --


def _comes_again(
    manager: MemoryManager, plan: Plan, message: Message, imported: Imported, undated: dict[str, Message]
) -> bool:
    """Whether a message whose time was made up is known, maybe under another made-up time.

    `undated` are those of its kind that wait to be stored with it; it joins them if it is new.
    """
    known = undated.setdefault(message.id, message)
    if known is message:
        stored = _stored(manager, plan.user_id, message.id)
        if stored is None:
            return False
        known = stored
    return not _other(known, message, imported)


def _add(manager: MemoryManager, plan: Plan, batch: Sequence[Message]) -> Counts:
    try:
        receipt = manager.add(batch, user_id=plan.user_id)
    except ConflictError:
        if not plan.skip_bad:
            raise
        return _add_singly(manager, plan, batch)
    return Counts(stored=receipt.stored, known=receipt.duplicates, forgotten=receipt.forgotten)


def _add_singly(manager: MemoryManager, plan: Plan, batch: Sequence[Message]) -> Counts:
    total = Counts()
    for message in batch:
        try:
            receipt = manager.add(message, user_id=plan.user_id)
        except ConflictError:
            total += Counts(skipped=1)
            continue
        total += Counts(stored=receipt.stored, known=receipt.duplicates, forgotten=receipt.forgotten)
    return total
