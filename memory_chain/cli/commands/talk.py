"""Commands by which something is said: `add`, `chat`, `ask`, `flush`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memory_chain.cli import times, views
from memory_chain.cli.failures import tell_error
from memory_chain.cli.session import Session
from memory_chain.errors import ConfigurationError, InvalidInputError, ModelError
from memory_chain.types import Message, Receipt, Role, Status
from memory_chain.utils import visible

if TYPE_CHECKING:
    from memory_chain.conversation import Answer
    from memory_chain.memory_manager import MemoryManager

CHUNK = 100
"""Messages of a file that are stored in one transaction."""

SHOWN = 20
"""At most so many added messages have what was understood shown."""

CHAT_HELP = "/why shows what the last answer rested on, /profile who you are to it, /quit ends."

Text = Annotated[list[str] | None, typer.Argument(metavar="TEXT", help="What is said; `-` reads standard input.")]
Question = Annotated[list[str], typer.Argument(metavar="QUESTION", help="Any text.")]
SessionOption = Annotated[str | None, typer.Option("--session", "-s", metavar="ID", help="The conversation it is in.")]
Budget = Annotated[int | None, typer.Option(metavar="TOKENS", help="The most that the context may cost.")]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", metavar="TIME", parser=times.known_at, help="As it was known at this time."),
]


def add(
    session: Session,
    text: Text = None,
    jsonl: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Messages, a JSON object a line (role, content, created_at, …); `-`: stdin."),
    ] = None,
    at: Annotated[
        datetime | None, typer.Option("--at", metavar="TIME", parser=times.moment, help="When it was said.")
    ] = None,
    role: Annotated[Role, typer.Option(help="Who says it.")] = Role.USER,
    speaker: Annotated[str | None, typer.Option(metavar="NAME", help="The name of whoever says it.")] = None,
    session_id: SessionOption = None,
    message_id: Annotated[str | None, typer.Option("--id", metavar="ID", help="The message's id.")] = None,
) -> None:
    """Remember what was said.

    It is durable and can be found when the command returns. Give a text, standard input (`-`) or a file of
    messages (`--jsonl`). A file is checked whole before anything is stored.
    """
    if (jsonl is None) == (not text):
        raise InvalidInputError("Give a text, `-` to read one from standard input, or --jsonl FILE.")
    defaults = {"role": role, "speaker": speaker, "created_at": at}
    if jsonl is None:
        given: list[Any] = [{"text": _said(text or []), "id": message_id}]
    elif message_id is not None:
        raise InvalidInputError("--id names one message; the messages of a file carry theirs as `id`.")
    else:
        given = list(_lines(jsonl))
    with session.memory() as memory:
        messages = _checked(session, given, session_id, defaults)
        receipt = _store(session, memory, messages)
        if session.as_json:
            session.screen.record(receipt)
            return
        _told(session, receipt)
        if not session.quiet and receipt.stored > 0 and len(messages) <= SHOWN:
            _understood(session, memory, {message.id for message in messages})


def ask(
    session: Session,
    question: Question,
    as_of: AsOf = None,
    budget: Budget = None,
    session_id: SessionOption = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show what the answer rests on, too.")] = False,
) -> None:
    """Answer a question from the memory, with a language model.

    The question is not remembered.
    """
    with session.memory() as memory:
        with session.screen.working("Asking …"):
            reply = memory.answer(
                " ".join(question), user_id=session.user, as_of=as_of, budget_tokens=budget, session_id=session_id
            )
        if session.as_json:
            session.screen.record(reply)
            return
        session.screen.line(reply.text)
        if explain:
            session.screen.line()
            views.explanation(session.screen, reply.context)


def chat(
    session: Session,
    text: Text = None,
    session_id: SessionOption = None,
    budget: Budget = None,
) -> None:
    """Talk with a language model that knows you.

    Both sides are remembered. With a text: one reply. Without: a conversation, line by line, until Ctrl-D or
    /quit; what was said is understood at its end.
    """
    _need_model(session)
    once = bool(text)
    with session.memory(model_reads=True) as memory:
        if once:
            _reply(session, memory, _said(text or []), session_id, budget)
            return
        talking = sys.stdin.isatty()
        if talking:
            session.screen.remark(f"Talking as {session.user}. {CHAT_HELP}")
        failure = _conversation(session, memory, session_id, budget, talking=talking)
        if session.user in memory.users():
            with session.screen.working("Understanding what was said …"):
                memory.flush(session.user)
        if failure:
            raise typer.Exit(failure)


def flush(session: Session) -> None:
    """Understand all that waits.

    With a configured model this is when it reads.
    """
    with session.memory() as memory:
        with session.screen.working("Understanding …"):
            status = memory.flush(session.user)
        if session.as_json:
            session.screen.record(status)
        else:
            views.status(session.screen, status)


def _said(words: list[str]) -> str:
    if words != ["-"]:
        return " ".join(words)
    return sys.stdin.buffer.read().decode("utf-8-sig", "replace").rstrip("\r\n")


def _lines(name: str) -> Iterator[Any]:
    """The JSON objects of a file, one a line."""
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise InvalidInputError(f"{name} cannot be read: {error.strerror}.") from None
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            raise InvalidInputError(f"Line {number} of {name} is no JSON. Nothing was stored.") from None
        if not isinstance(record, dict):
            raise InvalidInputError(f"Line {number} of {name} is no JSON object. Nothing was stored.")
        record.pop("user_id", None)  # whose it becomes is said by --user
        yield record


def _checked(session: Session, given: list[Any], session_id: str | None, defaults: dict[str, Any]) -> list[Message]:
    from memory_chain.intake import check_user_id, to_messages
    from memory_chain.utils import utc_now

    return to_messages(
        given,
        user_id=check_user_id(session.user),
        session_id=session_id,
        now=utc_now(),
        max_characters=session.settings.max_characters,
        defaults={name: value for name, value in defaults.items() if value is not None},
    )


def _store(session: Session, memory: MemoryManager, messages: list[Message]) -> Receipt:
    if not messages:
        raise InvalidInputError("There are no messages in it. Nothing was stored.")
    chunks = [messages[start : start + CHUNK] for start in range(0, len(messages), CHUNK)]
    receipts = [memory.add(chunk, user_id=session.user) for chunk in session.screen.tracked(chunks, "Remembering")]
    return Receipt(
        ids=tuple(one for receipt in receipts for one in receipt.ids),
        stored=sum(receipt.stored for receipt in receipts),
        duplicates=sum(receipt.duplicates for receipt in receipts),
        forgotten=sum(receipt.forgotten for receipt in receipts),
        pending=_waiting(memory.status(session.user)),
    )


def _waiting(status: Status) -> int:
    return max(status.pending, status.waiting_for_model)


def _told(session: Session, receipt: Receipt) -> None:
    notes = [f"Stored {views.plural(receipt.stored, 'message')}"]
    if receipt.duplicates:
        notes.append(f"{receipt.duplicates:,} were there already")
    if receipt.forgotten:
        notes.append(f"{receipt.forgotten:,} stay forgotten")
    if receipt.pending and session.settings.llm_model:
        notes.append(f"{receipt.pending:,} wait for the model (`omem flush` sends them)")
    session.screen.remark(f"{', '.join(notes)}.")


def _understood(session: Session, memory: MemoryManager, message_ids: set[str]) -> None:
    from memory_chain.cli.commands.look import with_texts

    changes = [change for change in memory.history(session.user) if change.source_id in message_ids]
    for change, text, before in with_texts(memory, session.user, changes):
        session.screen.item(*views.change_line(change, text, before))


def _need_model(session: Session) -> None:
    if not session.settings.llm_model:
        raise ConfigurationError(
            "`chat` needs a language model and none is configured. Set `llm_model` in config.yaml (and "
            "`openai_base_url` for a local server), or OMEM_LLM_MODEL; `add` and `retrieve` work without one."
        )


def _conversation(
    session: Session, memory: MemoryManager, session_id: str | None, budget: int | None, *, talking: bool
) -> int:
    """Reply line by line; returns the exit code of the last failure, if nobody was there to see it."""
    last: Answer | None = None
    failure = 0
    for said in _turns(talking):
        if said in ("/quit", "/exit"):
            break
        if said == "/why" and last is not None:
            views.explanation(session.screen, last.context)
        elif said == "/profile" and session.user in memory.users():
            views.profile(session.screen, memory.profile(session.user))
        elif said.startswith("/") and " " not in said and talking:
            session.screen.remark(CHAT_HELP)
        else:
            try:
                last = _reply(session, memory, said, session_id, budget)
            except (ModelError, InvalidInputError) as error:  # what was said is stored; the talk goes on
                code = tell_error(error, as_json=session.as_json)
                failure = 0 if talking else code
    return failure


def _turns(talking: bool) -> Iterator[str]:
    if not talking:
        yield from (line.strip() for line in sys.stdin if line.strip())
        return
    with suppress(ImportError):  # Windows has none; then `input` does without editing and history
        import_module("readline")
    while True:
        try:
            said = input("you › ").strip()
        except EOFError:
            sys.stdout.write("\n")
            return
        if said:
            yield said


def _reply(session: Session, memory: MemoryManager, text: str, session_id: str | None, budget: int | None) -> Answer:
    with session.screen.working("Thinking …"):
        reply = memory.chat(text, user_id=session.user, session_id=session_id, budget_tokens=budget)
    if session.as_json:
        session.screen.record(reply)
    else:
        session.screen.line(visible(reply.text))
    return reply
