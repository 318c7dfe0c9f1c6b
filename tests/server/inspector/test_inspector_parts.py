"""The list of what waits to be forgotten, and the parts that are pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from inspector_kit import Clock

from memory_chain.errors import InvalidInputError
from memory_chain.server.inspector.charts import bars, shares
from memory_chain.server.inspector.links import as_of, to, with_told
from memory_chain.server.inspector.pages.costs import Prices, by_time
from memory_chain.server.inspector.pages.why import budget_of
from memory_chain.server.inspector.sessions import Sessions
from memory_chain.server.inspector.waiting import MOST, Stage, Waiting
from memory_chain.server.inspector.words import Part, marked, money, short, span
from memory_chain.server.keys import KeyStore, Scope
from memory_chain.types import Costs, Interval, ModelCall, Precision

MINE = {"user_id": "maya", "browser": "b1"}
THING = {"item_id": "i1", "kind": "attribute", "label": "x"}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def waiting(clock):
    return Waiting(clock=clock)


def test_stages(waiting, clock):
    wish = waiting.ask(**MINE, **THING)
    stages = [wish.stage(clock.now + seconds) for seconds in (0, 9.99, 10, 129.9, 130)]
    assert stages == [Stage.WAITING, Stage.WAITING, Stage.DUE, Stage.DUE, Stage.LAPSED]
    assert wish.seconds_left(clock.now + 4) == 6
    assert wish.seconds_left(clock.now + 40) == 0


def test_it_is_handed_out_once_and_only_when_due(waiting, clock):
    wish = waiting.ask(**MINE, **THING)
    taken = waiting.take(wish.id, **MINE)
    assert taken == wish
    assert taken.stage(clock.now) is Stage.WAITING
    assert waiting.of(**MINE) == [wish]
    clock.now += 10
    assert waiting.take(wish.id, user_id="bob", browser="b1") is None
    assert waiting.take(wish.id, user_id="maya", browser="b2") is None
    assert waiting.take(wish.id, **MINE) == wish
    assert waiting.take(wish.id, **MINE) is None
    assert waiting.of(**MINE) == []


def test_the_list_stays_short(waiting, clock):
    for place in range(MOST + 20):
        waiting.ask(**MINE, item_id=f"i{place}", kind="event", label="x")
    assert len(waiting.of(**MINE)) == MOST
    clock.now += 131
    assert waiting.of(**MINE) == []
    assert waiting._wishes == {}


def test_call_off(waiting, clock):
    wish = waiting.ask(**MINE, **THING)
    assert not waiting.call_off(wish.id, user_id="maya", browser="b2")
    assert waiting.call_off(wish.id, **MINE)
    assert not waiting.call_off(wish.id, **MINE)
    clock.now += 10
    assert waiting.take(wish.id, **MINE) is None


def test_sessions_end_when_idle(tmp_path):
    now = datetime(2024, 1, 1, tzinfo=UTC)
    sessions = Sessions(clock=lambda: now)
    keys = KeyStore(tmp_path / "keys.sqlite", clock=lambda: now)
    key = keys.create(scopes=[Scope.READ]).key
    secret = sessions.begin(key)
    now += timedelta(hours=11)
    assert sessions.key_of(secret, keys) == key
    now += timedelta(hours=11)
    assert sessions.key_of(secret, keys) == key
    now += timedelta(hours=13)
    assert sessions.key_of(secret, keys) is None
    assert sessions.key_of("wrong", keys) is None
    keys.close()


def test_addresses():
    assert to("talk", user="a/b ?&", q="", at=None) == "/inspector/talk?user=a%2Fb+%3F%26"
    assert with_told("/inspector/talk?user=x&told=old&item=i", told="kept") == "/inspector/talk?user=x&told=kept"
    assert as_of(" ") is None
    assert as_of("2024-02-29").day == date(2024, 2, 29)
    assert as_of("2024-02-29").end == datetime(2024, 3, 1, tzinfo=UTC)
    for wrong in ("2024-02-30", "20240229", "0001-01-01", "9999-12-31", "x"):
        with pytest.raises(InvalidInputError):
            as_of(wrong)


def test_marks():
    assert marked("My knees hurt.", hits=["knee"], clues=["hurt"]) == [
        Part("My "), Part("knees", "hit"), Part(" "), Part("hurt", "clue"), Part("."),
    ]  # fmt: skip
    text = "<b>knee</b> & more"
    assert "".join(part.text for part in marked(text, hits=["knee"], topics=["more"])) == text
    assert marked("") == []
    assert short("a\n b" + "c" * 100, 10) == "a bcccccc…"


def test_times():
    day = datetime(2024, 5, 6, tzinfo=UTC)
    assert span(Interval(start=day, end=day + timedelta(days=1), precision=Precision.DAY)) == "6 May 2024"
    assert span(Interval(start=day, end=day + timedelta(days=7), precision=Precision.WEEK)) == "week of 6 May 2024"
    assert span(Interval(start=day, end=day + timedelta(days=31), precision=Precision.MONTH)) == "May 2024"
    assert (
        span(Interval(start=day, end=day + timedelta(days=3), precision=Precision.RANGE)) == "6 May 2024 – 8 May 2024"
    )


def test_charts():
    assert bars([]) == []
    found = bars([("a", "", 4, 1), ("b", "", 0, 0)])
    assert (found[0].height, found[0].bad_height, found[0].y) == (120.0, 30.0, 0.0)
    assert found[1].height == 0
    assert [(share.x, share.width) for share in shares([("a", 25), ("b", 0), ("c", 50)], 100)] == [(0, 25), (25, 50)]


@pytest.mark.parametrize(
    ("days", "step", "count"), [(1, "day", 1), (60, "day", 60), (200, "week", 29), (2000, "month", 67)]
)
def test_calls_by_time(days, step, count):
    first = datetime(2020, 1, 6, tzinfo=UTC)
    calls = [ModelCall(purpose="p", model="m", outcome="ok", at=first + timedelta(days=day)) for day in (0, days - 1)]
    found, stretches = by_time(calls)
    assert found == step
    assert abs(len(stretches) - count) <= 1
    assert sum(len(some) for _, some in stretches) == 2


def test_budgets():
    assert [budget_of(given) for given in (None, "x", "1", "700", "9" * 8, "²")] == [1500, 1500, 100, 700, 32_000, 1500]


def test_money():
    assert [money(given) for given in (0, 1234.5, 0.01234, 0.00000012)] == [
        "0.00",
        "1,234.50",
        "0.0123",
        "under 0.0001",
    ]
    spent = Costs(calls=1, failed=0, tokens_in=2_000_000, tokens_out=500_000, latency_ms=0, by_purpose={})
    assert Prices(tokens_in=0.5, tokens_out=2).of(spent) == 2.0


def test_a_user_who_is_forgotten_leaves_nothing_waiting(waiting):
    waiting.ask(**MINE, **THING)
    other = waiting.ask(user_id="bob", browser="b1", **THING)
    waiting.drop_user("maya")
    assert waiting.of(**MINE) == []
    assert waiting.of(user_id="bob", browser="b1") == [other]
