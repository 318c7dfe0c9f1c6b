"""Every error that O-Mem raises on purpose, as one tree.

MemoryChainError
├── InvalidInputError            what was given cannot be taken; nothing was written
│   ├── InvalidMessageError
│   ├── InvalidUserError
│   └── ConflictError            the same message id with other content
├── NotFoundError
│   ├── UnknownUserError
│   └── UnknownItemError
├── ConfigurationError           settings, missing extras
│   └── MissingModelError        a language model is needed and none is configured
├── StorageError
│   ├── ForeignFileError         not a memory file, or damaged
│   ├── NewerSchemaError         written by a newer version
│   ├── StoreBusyError           another process holds the file
│   ├── StoreFullError           the disk is full
│   ├── ReadOnlyError            the home or file cannot be written
│   └── ClosedError
├── ModelError                   a language model or embedder did not do its work
│   ├── ProviderDownError        429, 5xx, time-out, no connection: try later
│   ├── ProviderRefusedError     wrong key, unknown model, too long: trying again does not help
│   └── ReplyError               an answer came, but it cannot be used
└── TransferError                an export or import file cannot be used
    └── UserExistsError          the user that would be imported has a memory already

Each message says what happened and what to do next; the facts are attributes of the error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memory_chain.types import ModelCall


class MemoryChainError(Exception):
    """The root of all errors of O-Mem."""


class InvalidInputError(MemoryChainError, ValueError):
    """What was given cannot be taken. Nothing was written."""


class InvalidMessageError(InvalidInputError):
    """A message that cannot be stored. Nothing of the call was written."""


class InvalidUserError(InvalidInputError):
    """A user id that cannot be used."""


class ConflictError(InvalidInputError):
    """The id of a stored message was given again with other content."""

    def __init__(self, message_id: str, differing: Sequence[str]) -> None:
        self.message_id = message_id
        self.differing = tuple(differing)
        super().__init__(
            f"Message {message_id!r} is already stored with another {', '.join(self.differing)}. Nothing was "
            "written. Give changed content a new id, or forget the stored message first."
        )


class NotFoundError(MemoryChainError, LookupError):
    """Something was asked for that is not there."""


class UnknownUserError(NotFoundError):
    """A read for a user about whom nothing was ever stored."""

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id
        super().__init__(f"There is no memory of user {user_id!r}. Add a message first; `users()` lists who is known.")


class UnknownItemError(NotFoundError):
    """No message, attribute or event has this id."""

    def __init__(self, kind: str, item_id: str, user_id: str) -> None:
        self.kind, self.item_id, self.user_id = kind, item_id, user_id
        super().__init__(
            f"User {user_id!r} has no {kind} with id {item_id!r}. Ids are told by `profile`, `events` and `messages`."
        )


class ConfigurationError(MemoryChainError):
    """A setting is wrong or missing; the message names it."""


class MissingModelError(ConfigurationError):
    """Something was asked for that needs a language model, and none is configured."""

    def __init__(self, needed_by: str) -> None:
        self.needed_by = needed_by
        super().__init__(
            f"`{needed_by}` needs a language model and none is configured. Set `llm_model` in config.yaml (and "
            "`openai_base_url` for a local server), or OMEM_LLM_MODEL; `retrieve` works without one."
        )


class StorageError(MemoryChainError):
    """The memory file could not be read or written."""


class ForeignFileError(StorageError):
    """The file is not a memory file, or it is damaged."""


class NewerSchemaError(StorageError):
    """The file was written by a newer version of O-Mem; it was left untouched."""


class StoreBusyError(StorageError):
    """Another process held the memory file for too long. Nothing of this call was written."""


class StoreFullError(StorageError):
    """The disk is full. Nothing of this call was written."""


class ReadOnlyError(StorageError):
    """The memory's home or file cannot be written."""


class ClosedError(StorageError):
    """The manager or chain was closed and is used again."""


class ModelError(MemoryChainError):
    """A language model or embedder did not do its work. No message is lost by it.

    `calls` are the ledger rows of what was tried.
    """

    calls: tuple[ModelCall, ...] = ()


class ProviderDownError(ModelError):
    """The provider cannot serve now (429, 5xx, time-out, no connection). Trying later helps."""

    def __init__(self, message: str, *, outcome: str = "down", retry_after_seconds: float | None = None) -> None:
        self.outcome = outcome
        self.retry_after_seconds = retry_after_seconds
        super().__init__(message)


class ProviderRefusedError(ModelError):
    """The provider refused the request (wrong key, unknown model, too long). Trying again does not help."""

    def __init__(self, message: str, *, outcome: str = "refused") -> None:
        self.outcome = outcome
        super().__init__(message)


class ReplyError(ModelError):
    """The model's reply cannot be used. `raw` keeps it, cut to a sane length."""

    def __init__(self, message: str, *, raw: str = "", outcome: str = "invalid") -> None:
        self.raw = raw
        self.outcome = outcome
        super().__init__(message)


class TransferError(MemoryChainError):
    """An export or import file cannot be used; nothing was imported."""


class UserExistsError(TransferError):
    """An import found a memory of its user already; nothing was imported."""

    def __init__(self) -> None:
        super().__init__(
            "There is a memory of this user already. Import into an empty one (`user_id` gives another name), or "
            "forget the user first."
        )
