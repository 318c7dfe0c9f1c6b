"""Forgetting with a wait: what was asked to be forgotten, and is not yet.

Forgetting cannot be undone, so the person who asked has to be there when it happens. A request waits ten
seconds, in which it can be called off. Then the browser that asked, if it still shows a page of this user,
confirms it, and only then the memory forgets. A browser that was closed confirms nothing: its request lapses and
nothing is forgotten. The list lives in the process; a restart lapses everything, too.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

WHOLE_USER = "user"
"""The kind of a request that is for everything of a user."""
WAIT_SECONDS = 10.0
CONFIRM_SECONDS = 120.0
"""How long a request may be confirmed after its wait; scripts of a hidden page run only once a minute."""
MOST = 100
"""Requests of one browser that wait at the same time."""


class Stage(StrEnum):
    """Where a request stands."""

    WAITING = "waiting"
    DUE = "due"
    LAPSED = "lapsed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """A request to forget one item, or a whole user. Times are those of a monotonic clock."""

    id: str
    user_id: str
    browser: str
    item_id: str
    """What is forgotten; empty for the whole user."""
    kind: str
    label: str
    asked_at: float
    due_at: float
    lapses_at: float

    def stage(self, now: float) -> Stage:
        """Where it stands at this time. Pure."""
        if now < self.due_at:
            return Stage.WAITING
        return Stage.DUE if now < self.lapses_at else Stage.LAPSED

    def seconds_left(self, now: float) -> float:
        """How long it can still be called off for sure."""
        return max(0.0, self.due_at - now)


class Waiting:
    """The requests that wait. All methods may be called from several threads.

    Args:
        wait_seconds: how long a request waits.
        confirm_seconds: how long it may be confirmed after that.
        clock: a monotonic clock.
    """

    def __init__(
        self,
        *,
        wait_seconds: float = WAIT_SECONDS,
        confirm_seconds: float = CONFIRM_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.wait_seconds = wait_seconds
        self.confirm_seconds = confirm_seconds
        self.clock = clock
        self._lock = threading.Lock()
        self._wishes: dict[str, Wish] = {}

    def ask(self, *, user_id: str, browser: str, item_id: str, kind: str, label: str) -> Wish:
        """Note a request; the same request again is the first one."""
        now = self.clock()
        with self._lock:
            self._drop_lapsed(now)
            mine = [wish for wish in self._wishes.values() if wish.browser == browser]
            for wish in mine:
                if (wish.user_id, wish.item_id) == (user_id, item_id):
                    return wish
            for wish in mine[: max(0, len(mine) - MOST + 1)]:
                del self._wishes[wish.id]
            wish = Wish(
                id=secrets.token_urlsafe(12),
                user_id=user_id,
                browser=browser,
                item_id=item_id,
                kind=kind,
                label=label,
                asked_at=now,
                due_at=now + self.wait_seconds,
                lapses_at=now + self.wait_seconds + self.confirm_seconds,
            )
            self._wishes[wish.id] = wish
            return wish

    def of(self, *, user_id: str, browser: str) -> list[Wish]:
        """What waits for this user and this browser, the oldest first."""
        now = self.clock()
        with self._lock:
            self._drop_lapsed(now)
            return [wish for wish in self._wishes.values() if (wish.user_id, wish.browser) == (user_id, browser)]

    def call_off(self, wish_id: str, *, user_id: str, browser: str) -> bool:
        """Take a request back; False if there is none (any more)."""
        with self._lock:
            if self._mine(wish_id, user_id, browser) is None:
                return False
            del self._wishes[wish_id]
            return True

    def take(self, wish_id: str, *, user_id: str, browser: str) -> Wish | None:
        """Confirm a request: it is handed out once, and only when its wait is over. None: there is none.

        A request that still waits is returned and stays; ask for its stage.
        """
        now = self.clock()
        with self._lock:
            self._drop_lapsed(now)
            wish = self._mine(wish_id, user_id, browser)
            if wish is not None and wish.stage(now) is Stage.DUE:
                del self._wishes[wish_id]
            return wish

    def drop_user(self, user_id: str) -> None:
        """Drop all that waits for a user, of any browser: whoever has this id later is somebody else."""
        with self._lock:
            self._wishes = {name: wish for name, wish in self._wishes.items() if wish.user_id != user_id}

    def _mine(self, wish_id: str, user_id: str, browser: str) -> Wish | None:
        wish = self._wishes.get(wish_id)
        return wish if wish is not None and (wish.user_id, wish.browser) == (user_id, browser) else None

    def _drop_lapsed(self, now: float) -> None:
        for wish in [wish for wish in self._wishes.values() if wish.stage(now) is Stage.LAPSED]:
            del self._wishes[wish.id]
