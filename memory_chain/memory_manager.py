"""The memories of many users: the door through which applications come.

`MemoryManager` opens chains when they are needed, holds a bounded number of them open, lets a background
worker understand what waits, and closes what it opened.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Self

from memory_chain import plugins, transfer
from memory_chain.config import Settings, default_home
from memory_chain.conversation import Answer
from memory_chain.embedding.base import Embedder
from memory_chain.errors import (
    ClosedError,
    ForeignFileError,
    InvalidInputError,
    MemoryChainError,
    MissingModelError,
    ModelError,
    UnknownUserError,
)
from memory_chain.extraction.base import MemoryType, Rule, Writer
from memory_chain.extraction.llm import LLMWriter
from memory_chain.extraction.rules import RuleWriter
from memory_chain.intake import check_user_id
from memory_chain.llm.base import LLM
from memory_chain.memory import ChainOptions, Given, MemoryChain
from memory_chain.retrieval.context import TokenCounter
from memory_chain.schema import ProfileSchema, default_schema
from memory_chain.storage.base import StoreHome
from memory_chain.storage.sqlite import SQLiteHome
from memory_chain.types import (
    Attribute,
    Change,
    Context,
    Costs,
    Event,
    ForgetReceipt,
    Message,
    ModelCall,
    Observation,
    Piece,
    Profile,
    Receipt,
    Role,
    Session,
    Status,
    Topic,
    Trust,
)
from memory_chain.utils import estimate_tokens, utc_now
from memory_chain.worker import Worker
from memory_chain.working_memory import WorkingMemory

Consolidate = Literal["background", "inline", "manual"]

AGAIN_SECONDS = 0.05
"""How soon the worker comes back to a user with more waiting messages, so that others get their turn."""

CUT_SECONDS = 2.0
"""How long forgetting a user waits for other calls of this user to end; longer ones are cut off."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Queued:
    """What waits to be understood, over the memories that are held open now."""

    memories: int
    """How many memories are held open."""
    pending: int
    """Messages that no writer has read yet."""
    failing: int
    """Messages whose understanding failed and will be tried again."""
    dead_letters: int
    """Messages whose understanding was given up; `retry` tries again."""


@dataclass(kw_only=True, eq=False, slots=True)
class _Place:
    """A user's place in the table of chains."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    """Held while the chain is opened, closed or removed. The table's lock may be taken under it, never around it."""
    chain: MemoryChain | None = None
    """None while it is not open yet or not any more."""
    users: int = 0
    """Calls that are using the chain or wait for it; it is not closed under them."""
    running: int = 0
    """Callers' calls that are using the chain now."""
    ended: threading.Condition = field(default_factory=threading.Condition)
    """Guards `running`, and tells when a call has ended."""

    def enter(self) -> None:
        with self.ended:
            self.running += 1

    def leave(self) -> None:
        with self.ended:
            self.running -= 1
            self.ended.notify_all()

    def wait_for_calls(self, seconds: float) -> None:
        with self.ended:
            self.ended.wait_for(lambda: self.running == 0, seconds)


class MemoryManager:
    """Many users' memories under one home.

    Use `MemoryManager.open(…)` or `MemoryManager.from_config(…)`, and close it (or use `with`). Parts that were
    passed in (`llm`, `embedder`, …) stay the caller's to close.

    Args:
        home: where the stores live: a folder, or any `StoreHome`.
        llm: a language model, for `answer`, `chat` and (if `writer` is not given) for understanding.
        writer: reads batches of messages in place of the default writer of the model.
        embedder: adds a channel of vectors.
        rules: further extraction rules, beside those that installed packages register.
        memory_types: further kinds of memory, beside registered ones.
        schema: the sections and aspects of a profile.
        consolidate: `background` (a worker thread), `inline` (in `add`) or `manual` (on `flush` only).
        options: sizes and limits of a chain.
        user_name: the speaker's name under which the user appears in messages.
        open_chains: how many chains are held open at most.
        count_tokens: tells what a text costs in a prompt.
        clock: the wall clock.
    """

    def __init__(
        self,
        home: str | Path | StoreHome,
        *,
        llm: LLM | None = None,
        writer: Writer | None = None,
        embedder: Embedder | None = None,
        rules: Sequence[Rule] = (),
        memory_types: Sequence[MemoryType] = (),
        schema: ProfileSchema | None = None,
        consolidate: Consolidate = "background",
        options: ChainOptions | None = None,
        user_name: str | None = None,
        open_chains: int = 64,
        count_tokens: TokenCounter = estimate_tokens,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.home: StoreHome = SQLiteHome(Path(home)) if isinstance(home, str | Path) else home
        self.consolidate = consolidate
        self._schema = schema or default_schema()
        self._llm = llm
        self._embedder = embedder
        given = options or ChainOptions()
        self._options = replace(given, user_name=user_name or given.user_name)
        self._rules = RuleWriter(rules=(*rules, *plugins.registered_rules()), schema=self._schema, user_name=user_name)
        self._writer = writer or (self._model_writer(llm, user_name) if llm is not None else None)
        self._memory_types = (*memory_types, *plugins.registered_memory_types())
        self._open_chains = open_chains
        self._count_tokens = count_tokens
        self._clock = clock
        self._chains: OrderedDict[str, _Place] = OrderedDict()
        self._lock = threading.RLock()
        self._closed = False
        self._owned: list[LLM] = []
        self._call_listeners: list[Callable[[ModelCall], None]] = []
        self._worker = Worker(self._work, threads=1 if self._writer is None else 4)
        self._closer = Worker(self._close_unused)

    def _model_writer(self, llm: LLM, user_name: str | None) -> LLMWriter:
        aspects = {section.key: tuple(section.aspects) for section in self._schema.sections}
        return LLMWriter(llm, sections=self._schema.titles, aspects=aspects, user_name=user_name)

    @classmethod
    def open(cls, home: str | Path | None = None, **parts: Any) -> Self:
        """Open the memories in a folder, offline; `parts` are those of the constructor.

        Without a folder: `OMEM_HOME`, else the platform's data folder.
        """
        return cls(default_home() if home is None else home, **parts)

    @classmethod
    def from_config(cls, path: str | Path | None = None, **settings: Any) -> Self:
        """Open the memories as a configuration file, the environment and `settings` say.

        Raises:
            ConfigurationError: a setting is unknown or wrong.
        """
        return cls.from_settings(Settings.load(path, **settings))

    @classmethod
    def from_settings(cls, settings: Settings, **parts: Any) -> Self:
        """Open the memories with ready settings; `parts` of the constructor are stronger."""
        llm = parts.pop("llm", None) or plugins.make_llm(settings)
        options = ChainOptions(
            working=_working(settings),
            max_characters=settings.max_characters,
            budget_tokens=settings.budget_tokens,
        )
        schema = ProfileSchema.from_yaml(settings.profile_schema) if settings.profile_schema else None
        given: dict[str, Any] = {
            "embedder": plugins.make_embedder(settings),
            "schema": schema,
            "consolidate": settings.consolidate,
            "options": options,
            "user_name": settings.user_name,
            "open_chains": settings.open_chains,
            **parts,
        }
        manager = cls(given.pop("home", settings.home_folder()), llm=llm, **given)
        if llm is not None:
            manager._owned.append(llm)
        return manager

    # -- life --

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Finish or park what is under way (within 2 seconds) and close everything. Closing twice is fine."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._worker.close()
        self._closer.close()
        with self._lock:
            places = list(self._chains.values())
            self._chains.clear()
        for place in places:
            with place.lock:
                _close(place)
        for llm in self._owned:
            llm.close()

    def settle(self, timeout_seconds: float = 60.0) -> bool:
        """Wait until the background worker has nothing to do now; True if it is so in time."""
        end = self._clock() + timedelta(seconds=timeout_seconds)
        pause = threading.Event()
        while not self._worker.idle():
            if self._clock() >= end:
                return False
            pause.wait(0.005)
        return True

    # -- saying --

    def add(
        self,
        given: Given,
        *,
        user_id: str,
        session_id: str | None = None,
        role: Role | str = Role.USER,
        speaker: str | None = None,
        created_at: datetime | str | None = None,
        metadata: Mapping[str, Any] | None = None,
        message_id: str | None = None,
    ) -> Receipt:
        """Store messages; see `MemoryChain.add`. A user who is not known yet gets a memory."""
        with self._creating(user_id) as chain:
            receipt = chain.add(
                given,
                session_id=session_id,
                role=role,
                speaker=speaker,
                created_at=created_at,
                metadata=metadata,
                message_id=message_id,
            )
            if self.consolidate == "inline":
                self._understand(chain)
                receipt = replace(receipt, pending=chain.store.pending())
        return receipt

    # -- finding again --

    def search(
        self,
        query: str,
        *,
        user_id: str,
        limit: int = 20,
        as_of: datetime | None = None,
        session_id: str | None = None,
    ) -> list[Piece]:
        """Ranked messages, not packed; see `MemoryChain.search`."""
        with self._using(user_id) as chain:
            return chain.search(query, limit=limit, as_of=as_of, session_id=session_id)

    def retrieve(
        self,
        query: str,
        *,
        user_id: str,
        budget_tokens: int | None = None,
        as_of: datetime | None = None,
        session_id: str | None = None,
        min_trust: Trust | str | None = None,
    ) -> Context:
        """What an agent should have in mind, packed; see `MemoryChain.retrieve`."""
        with self._using(user_id) as chain:
            return chain.retrieve(
                query, budget_tokens=budget_tokens, as_of=as_of, session_id=session_id, min_trust=min_trust
            )

    def profile(
        self,
        user_id: str,
        *,
        subject: str | None = None,
        as_of: datetime | None = None,
        min_trust: Trust | str | None = None,
    ) -> Profile:
        """Who the user is; see `MemoryChain.profile`."""
        with self._using(user_id) as chain:
            return chain.profile(subject=subject, as_of=as_of, min_trust=min_trust)

    def subjects(self, user_id: str, *, as_of: datetime | None = None) -> list[str]:
        """Everybody about whom this memory knows something, or knew at that time, the user first."""
        with self._using(user_id) as chain:
            return chain.subjects(as_of=as_of)

    def events(
        self,
        user_id: str,
        *,
        subject: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        as_of: datetime | None = None,
    ) -> list[Event]:
        """What happened, by time; see `MemoryChain.events`."""
        with self._using(user_id) as chain:
            return chain.events(subject=subject, since=since, until=until, as_of=as_of)

    def topics(self, user_id: str, *, limit: int | None = None, as_of: datetime | None = None) -> list[Topic]:
        """What is talked about; see `MemoryChain.topics`."""
        with self._using(user_id) as chain:
            return chain.topics(limit=limit, as_of=as_of)

    def messages(
        self,
        user_id: str,
        *,
        session_id: str | None = None,
        speaker: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: Message | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> list[Message]:
        """What was said, by time; see `MemoryChain.messages`."""
        with self._using(user_id) as chain:
            return chain.messages(
                session_id=session_id,
                speaker=speaker,
                since=since,
                until=until,
                after=after,
                limit=limit,
                newest_first=newest_first,
            )

    def sessions(self, user_id: str, *, as_of: datetime | None = None) -> list[Session]:
        """The conversations; see `MemoryChain.sessions`."""
        with self._using(user_id) as chain:
            return chain.sessions(as_of=as_of)

    def message(self, user_id: str, message_id: str) -> Message:
        """One message."""
        with self._using(user_id) as chain:
            return chain.message(message_id)

    def observations(self, user_id: str, message_ids: Sequence[str]) -> dict[str, Observation]:
        """What was understood of messages; see `MemoryChain.observations`."""
        with self._using(user_id) as chain:
            return chain.observations(message_ids)

    def clues(self, user_id: str, texts: Sequence[str], *, as_of: datetime | None = None) -> list[list[str]]:
        """The rare words by which texts would be found; see `MemoryChain.clues`."""
        with self._using(user_id) as chain:
            return chain.clues(texts, as_of=as_of)

    def item(self, user_id: str, item_id: str, *, as_of: datetime | None = None) -> Attribute | Event:
        """One attribute or event, current or superseded; see `MemoryChain.item`."""
        with self._using(user_id) as chain:
            return chain.item(item_id, as_of=as_of)

    def history(
        self, user_id: str, item_id: str | None = None, *, limit: int | None = None, as_of: datetime | None = None
    ) -> list[Change]:
        """Every change, or those of one item; see `MemoryChain.history`."""
        with self._using(user_id) as chain:
            return chain.history(item_id, limit=limit, as_of=as_of)

    # -- setting right, forgetting, moving --

    def correct(
        self,
        user_id: str,
        item_id: str,
        *,
        value: str | None = None,
        text: str | None = None,
        ended: bool = False,
    ) -> Attribute | Event:
        """Set an attribute or event right; see `MemoryChain.correct`."""
        with self._using(user_id) as chain:
            return chain.correct(item_id, value=value, text=text, ended=ended)

    def undo(self, user_id: str, item_id: str) -> None:
        """Take back a correction; see `MemoryChain.undo`."""
        with self._using(user_id) as chain:
            chain.undo(item_id)

    def forget(
        self,
        user_id: str,
        item_id: str | None = None,
        *,
        message_ids: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        session_id: str | None = None,
        everything: bool = False,
    ) -> ForgetReceipt:
        """Forget for good; see `MemoryChain.forget`. `everything=True` removes the user with all files.

        Calls of this user in other threads then come first or find nobody; one that takes longer than a moment (it
        waits for a model) is cut off with `UnknownUserError`.
        """
        if not everything:
            with self._using(user_id) as chain:
                return chain.forget(item_id, message_ids=message_ids, since=since, until=until, session_id=session_id)
        if item_id is not None or message_ids or since or until or session_id:
            raise InvalidInputError("everything=True forgets the whole user; give nothing beside it.")
        return self._remove(user_id)

    def revoke(self, user_id: str, *, source: str | None = None, since: datetime | None = None) -> ForgetReceipt:
        """Take back all that came from a source or since a moment; see `MemoryChain.revoke`."""
        with self._using(user_id) as chain:
            return chain.revoke(source=source, since=since)

    def export(self, user_id: str, path: str | Path) -> int:
        """Write everything of a user to a JSON Lines file; returns the number of records."""
        with self._using(user_id) as chain:
            return chain.export(path)

    def import_(self, path: str | Path, *, user_id: str | None = None) -> str:
        """Read an export into a new memory; returns whose it is (`user_id` gives it another name).

        Raises:
            TransferError: the file is no export or damaged.
            UserExistsError: there is a memory of this user already.
        """
        file = Path(path)
        exported = transfer.exported_user(file)
        owner = check_user_id(exported if user_id is None else user_id)
        with self._creating(owner) as chain:
            transfer.import_chain(chain.store, file)
        return owner

    # -- talking --

    def answer(
        self,
        question: str,
        *,
        user_id: str,
        budget_tokens: int | None = None,
        as_of: datetime | None = None,
        session_id: str | None = None,
    ) -> Answer:
        """Answer from the memory with the language model; see `MemoryChain.answer`."""
        with self._using(user_id) as chain:
            return chain.answer(question, budget_tokens=budget_tokens, as_of=as_of, session_id=session_id)

    def chat(
        self,
        text: str,
        *,
        user_id: str,
        session_id: str | None = None,
        budget_tokens: int | None = None,
        message_id: str | None = None,
    ) -> Answer:
        """Say something, get a reply that knows the user; see `MemoryChain.chat`.

        Raises:
            MissingModelError: no language model is configured; then a new user gets no memory either.
        """
        if self._llm is None:
            raise MissingModelError("chat")
        with self._creating(user_id) as chain:
            reply = chain.chat(text, session_id=session_id, budget_tokens=budget_tokens, message_id=message_id)
            if self.consolidate == "inline":
                self._understand(chain)
            return reply

    # -- looking after --

    def flush(self, user_id: str) -> Status:
        """Understand all that waits; see `MemoryChain.flush`."""
        with self._using(user_id) as chain:
            return chain.flush()

    def status(self, user_id: str) -> Status:
        """How a user's memory is doing."""
        with self._using(user_id) as chain:
            return chain.status()

    def retry(self, user_id: str) -> Status:
        """Queue again what failed, dead letters too, and try it at once."""
        with self._using(user_id) as chain:
            return chain.retry()

    def rebuild(self, user_id: str) -> Status:
        """Understand all messages anew; see `MemoryChain.rebuild`."""
        with self._using(user_id) as chain:
            return chain.rebuild()

    def costs(self, user_id: str) -> Costs:
        """What models have cost, failed calls included."""
        with self._using(user_id) as chain:
            return chain.costs()

    def calls(self, user_id: str, *, limit: int | None = None) -> list[ModelCall]:
        """The ledger of model calls, the oldest first."""
        with self._using(user_id) as chain:
            return chain.calls(limit=limit)

    def check(self, user_id: str, *, repair: bool = False) -> list[str]:
        """What is wrong with a user's file, schema or index (empty: nothing)."""
        with self._using(user_id) as chain:
            return chain.check(repair=repair)

    def queued(self) -> Queued:
        """What waits over all memories that are held open; only those are worked on."""
        with self._lock:
            self._check_open()
            chains = [place.chain for place in self._chains.values()]
        stores = [chain.store for chain in chains if chain is not None]
        pending, troubled = 0, []
        for store in stores:
            with suppress(ClosedError):  # another thread may close what is not in use
                pending += store.pending()
                troubled += [item.dead for item in store.troubled()]
        dead = sum(troubled)
        return Queued(memories=len(stores), pending=pending, failing=len(troubled) - dead, dead_letters=dead)

    def check_ready(self) -> None:
        """Whether memories can be opened and written here.

        Raises:
            StorageError: they cannot; it says why.
        """
        self._check_open()
        self.home.users()
        check = getattr(self.home, "check_writable", None)  # a home without a folder has none
        if check is not None:
            check()

    def listen_to_calls(self, listener: Callable[[ModelCall], None]) -> None:
        """Let a function be told of every model call, of any user, as it is written to the ledger."""
        self._call_listeners.append(listener)

    def _tell_call(self, call: ModelCall) -> None:
        for listener in self._call_listeners:
            listener(call)

    def users(self) -> list[str]:
        """Everybody who has a memory here, sorted."""
        self._check_open()
        return self.home.users()

    # -- inside --

    @contextmanager
    def _using(self, user_id: str, *, create: bool = False, by_worker: bool = False) -> Iterator[MemoryChain]:
        user_id = check_user_id(user_id)
        with self._placed(user_id) as place:
            with place.lock:  # whoever opens a user's chain lets only calls of the same user wait
                if place.chain is not None and not place.chain.store.is_in_place():
                    _close(place)  # another process has forgotten this user, or put a copy back
                chain = place.chain or self._opened(place, user_id, create=create, wake=not by_worker)
                if not by_worker:
                    place.enter()
            try:
                self._shrink()
                yield chain
            except ClosedError:
                if self._closed or (place.chain is chain and chain.store.is_in_place()):
                    raise
                raise UnknownUserError(user_id) from None  # forgotten meanwhile
            finally:
                if not by_worker:
                    place.leave()

    @contextmanager
    def _creating(self, user_id: str) -> Iterator[MemoryChain]:
        """A user's chain, made if there is none. If the call fails, a new user of whom nothing was stored is gone."""
        user_id = check_user_id(user_id)
        new = not self.home.exists(user_id)
        try:
            with self._using(user_id, create=True) as chain:
                yield chain
        except BaseException:
            if new:
                with suppress(MemoryChainError):  # what failed first is told
                    self._remove_empty(user_id)
            raise

    @contextmanager
    def _placed(self, user_id: str) -> Iterator[_Place]:
        """A user's place, which stays in the table meanwhile."""
        with self._lock:
            self._check_open()
            place = self._chains.setdefault(user_id, _Place())
            place.users += 1
            self._chains.move_to_end(user_id)
        try:
            yield place
        finally:
            with self._lock:
                place.users -= 1
                self._tidy(user_id, place)

    def _opened(self, place: _Place, user_id: str, *, create: bool, wake: bool) -> MemoryChain:
        self._check_open()
        store = self.home.open(user_id, create=create)
        chain = place.chain = MemoryChain(
            user_id,
            store=store,
            llm=self._llm,
            writer=self._writer,
            rules=self._rules,
            embedder=self._embedder,
            schema=self._schema,
            memory_types=self._memory_types,
            options=self._options,
            count_tokens=self._count_tokens,
            clock=self._clock,
            on_added=(lambda: self._worker.wake(user_id)) if self.consolidate == "background" else None,
            on_call=self._tell_call,
        )
        if wake and self.consolidate == "background":
            self._worker.wake(user_id)
        return chain

    def _check_open(self) -> None:
        if self._closed:
            raise ClosedError("This MemoryManager is closed. Open a new one with MemoryManager.open(…).")

    def _shrink(self) -> None:
        """Close the chains that were not used for longest, but none that is in use.

        What is over the bound is closed now; shortly before it is reached, a thread of its own begins to close,
        so that calls seldom wait for the disk.
        """
        with self._lock:
            over = len(self._chains) - self._open_chains
            soon = over + self._open_chains // 8
            if soon <= 0:
                return
            unused = list(islice((user_id for user_id, place in self._chains.items() if place.users == 0), soon))
        for number, user_id in enumerate(unused):
            if number < over:
                self._close_unused(user_id)
            else:
                self._closer.wake(user_id)

    def _close_unused(self, user_id: str) -> None:
        with self._lock:
            place = self._chains.get(user_id)
        if place is None:
            return
        with place.lock:  # a call that comes now waits, and opens the chain again
            with self._lock:
                wanted = place.users > 0
            if not wanted:
                _close(place)
        with self._lock:
            self._tidy(user_id, place)

    def _tidy(self, user_id: str, place: _Place) -> None:
        """Take a place that nobody uses and where nothing is open out of the table, whose lock is held."""
        if place.users == 0 and place.chain is None and self._chains.get(user_id) is place:
            del self._chains[user_id]

    def _remove(self, user_id: str) -> ForgetReceipt:
        """Close a user's chain and remove the store. Who comes meanwhile waits, and finds it gone."""
        user_id = check_user_id(user_id)
        with self._placed(user_id) as place, place.lock:
            try:
                chain = place.chain or self._opened(place, user_id, create=False, wake=False)
                place.wait_for_calls(CUT_SECONDS)
                counts = chain.store.counts()
            except ForeignFileError:  # damaged, but to be removed all the same
                forgotten = ForgetReceipt(user_removed=True)
            else:
                forgotten = ForgetReceipt(
                    messages=counts.messages, attributes=counts.attributes, events=counts.events, user_removed=True
                )
            _close(place)
            self.home.remove(user_id)
        return forgotten

    def _remove_empty(self, user_id: str) -> None:
        """Remove a user of whom nothing is stored, unless somebody is about to store something."""
        with self._placed(user_id) as place, place.lock:
            if place.chain is None and not self.home.exists(user_id):
                return
            chain = place.chain or self._opened(place, user_id, create=False, wake=False)
            place.wait_for_calls(CUT_SECONDS)
            if place.running == 0 and chain.store.counts().messages == 0:
                _close(place)
                self.home.remove(user_id)

    def _understand(self, chain: MemoryChain) -> None:
        chain.read_by_rules()
        outcome = chain.read_by_model()
        while outcome.read:
            outcome = chain.read_by_model()
        try:
            while chain.embed_missing():
                pass
        except ModelError:
            return  # told by the ledger; tried again with the next message

    def _work(self, user_id: str) -> float | None:
        """One step of the background worker for a user."""
        try:
            with self._using(user_id, by_worker=True) as chain:
                if chain.read_by_rules(limit=64) >= 64:
                    return 0.0
                outcome = chain.read_by_model()
                if outcome.read:
                    return AGAIN_SECONDS
                try:
                    if chain.embed_missing():
                        return AGAIN_SECONDS
                except ModelError:
                    return self._options.working.idle_seconds
                return chain.comes_back_in()
        except (UnknownUserError, ClosedError):
            return None


def _close(place: _Place) -> None:
    """Close what is open in a place, whose lock is held."""
    chain, place.chain = place.chain, None
    if chain is not None:
        chain.store.close()


def _working(settings: Settings) -> WorkingMemory:
    try:
        return WorkingMemory(
            capacity=settings.working_messages, refresh=settings.refresh, idle_seconds=settings.idle_seconds
        )
    except ValueError as error:
        raise InvalidInputError(f"The settings `working_messages` and `refresh` do not fit: {error}.") from None
