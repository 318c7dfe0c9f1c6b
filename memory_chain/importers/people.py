"""Who of the speakers of an export is the user. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from memory_chain.errors import InvalidInputError
from memory_chain.importers.base import Imported

LISTED_NAMES = 12


class Speakers:
    """The speakers of an export, counted as they are met, and which of them is the user.

    Args:
        me: names or accounts that were said to be the user's.
        usual: names that are the user's if nothing was said.
    """

    def __init__(self, me: Iterable[str], usual: Collection[str]) -> None:
        self.me = {_folded(name): name for name in me}
        self.own = set(self.me) or {_folded(name) for name in usual}
        self.names: Counter[str] = Counter()
        self.owners: Counter[str] = Counter()
        self.users: Counter[str] = Counter()
        """The names under which the user speaks."""
        self._accounts: dict[str, Counter[str]] = {}
        self._in_role: set[str] = set()
        self._knows_user = False

    def are_user(self, read: Imported) -> bool:
        """Whether a message is the user's own."""
        if read.by_user or (read.in_role and read.speaker is not None and not self.me):
            return True
        account = _folded(read.account or "")
        return read.speaker is not None and (_folded(read.speaker) in self.own or account in self.own)

    def owns(self, read: Imported) -> bool:
        """Whether a message is of the memory of one who was said to be the user."""
        return _folded(read.owner or "") in self.own

    def met(self, read: Imported) -> None:
        """Count the speaker of a message."""
        self._knows_user = self._knows_user or read.by_user
        if read.owner:
            self.owners[read.owner] += 1
        if read.speaker is None:
            return
        self.names[read.speaker] += 1
        if read.in_role:
            self._in_role.add(_folded(read.speaker))
        if self.are_user(read):
            self.users[read.speaker] += 1
        if read.account:
            self._accounts.setdefault(_folded(read.speaker), Counter())[read.account] += 1

    def unknown(self) -> list[str]:
        """The names that were said to be the user's, and that nobody has."""
        if not self.names:
            return []
        known = {_folded(name) for name in self.names} | {_folded(name) for name in self.owners}
        known |= {_folded(account) for accounts in self._accounts.values() for account in accounts}
        return [given for name, given in self.me.items() if name not in known]

    def check(self) -> None:
        """Make sure that it is known who the user is.

        Raises:
            InvalidInputError: it is not, or several people have the user's name.
        """
        if len(self.owners) > 1 and not self.me:
            raise InvalidInputError(
                f"The export holds memories of {len(self.owners)} users. Say whose to import with --me: "
                f"{_listed(self.owners)}."
            )
        if not self.names:
            return
        unknown = self.unknown()
        if self.me and len(unknown) == len(self.me) and not self.users:
            raise InvalidInputError(f"Nobody is called {unknown[0]!r} in the export. Speakers: {_listed(self.names)}.")
        if (not self.users and not self._knows_user) or (len(self._in_role) > 1 and not self.me):
            raise InvalidInputError(
                f"It cannot be known which of the speakers is the user. Say so with --me NAME: {_listed(self.names)}."
            )
        for name in self.own & set(self._accounts):
            accounts = self._accounts[name]
            if len(accounts) > 1 and not self._knows_user:
                raise InvalidInputError(
                    f"{len(accounts)} accounts have the name {name!r}. Say which are the user's with --me ACCOUNT "
                    f"(it may be given again): {_listed(accounts)}."
                )


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _listed(names: Counter[str]) -> str:
    told = ", ".join(f"{name!r} ({count})" for name, count in names.most_common(LISTED_NAMES))
    return told + (f" and {len(names) - LISTED_NAMES} more" if len(names) > LISTED_NAMES else "")
