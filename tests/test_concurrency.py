"""Several processes, threads and managers on one home at once: nothing lost, nothing doubled, no deadlock."""

import multiprocessing
import threading
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from memory_chain import MemoryManager, transfer
from memory_chain.errors import (
    ForeignFileError,
    InvalidMessageError,
    TransferError,
    UnknownUserError,
    UserExistsError,
)
from memory_chain.storage.in_memory import InMemoryHome
from memory_chain.storage.sqlite import SQLiteHome

START = datetime(2024, 5, 1, tzinfo=UTC)
THREADS = 8
EACH = 12
LONGEST_SECONDS = 60


def said_at(number):
    return START + timedelta(minutes=number)


def add_some(memory, tag, user_id="alice", each=EACH):
    """One thread's messages, in their order; every third tells a fact."""
    for number in range(each):
        text = f"I love chess number {number} of {tag}." if number % 3 == 0 else f"The {tag} number {number} was fine."
        receipt = memory.add(text, user_id=user_id, message_id=f"{tag}-{number}", created_at=said_at(number))
        assert receipt.stored == 1


def in_threads(calls):
    """Run calls at the same time; the first error of any of them is raised, and a deadlock is an error."""
    errors = []
    barrier = threading.Barrier(len(calls))

    def run(call):
        try:
            barrier.wait()
            call()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(call,), daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONGEST_SECONDS)
    assert not any(thread.is_alive() for thread in threads), "deadlock"
    if errors:
        raise errors[0]


def add_from_a_process(home, name, start, consolidate):
    with MemoryManager.open(home, consolidate=consolidate) as memory:
        start.wait(LONGEST_SECONDS)
        in_threads([lambda tag=f"{name}{thread}": add_some(memory, tag) for thread in range(THREADS)])


def check_whole(home, tags, user_id="alice", each=EACH):
    with MemoryManager.open(home, consolidate="manual") as memory:
        memory.flush(user_id)
        messages = memory.messages(user_id)
        counted = Counter(message.id for message in messages)
        assert counted == Counter(f"{tag}-{number}" for tag in tags for number in range(each))
        assert sorted(message.seq for message in messages) == list(range(1, len(messages) + 1))
        assert [message.created_at for message in messages] == sorted(message.created_at for message in messages)
        for tag in tags:
            own = [message for message in messages if message.id.startswith(f"{tag}-")]
            arrived = sorted(own, key=lambda message: message.seq)
            assert [message.id for message in arrived] == [f"{tag}-{number}" for number in range(each)]
        status = memory.status(user_id)
        assert (status.pending, status.messages) == (0, len(tags) * each)
        assert memory.check(user_id) == []
        return memory.profile(user_id)


@pytest.mark.parametrize("consolidate", ["background", "inline"])
def test_two_processes_with_eight_threads_each_add_to_one_user(tmp_path, consolidate):
    context = multiprocessing.get_context("spawn")
    start = context.Event()
    names = ("p", "q")
    processes = [
        context.Process(target=add_from_a_process, args=(tmp_path, name, start, consolidate)) for name in names
    ]
    for process in processes:
        process.start()
    start.set()
    for process in processes:
        process.join(LONGEST_SECONDS)
    alive = [process for process in processes if process.is_alive()]
    for process in alive:
        process.kill()
    assert not alive, "deadlock"
    assert [process.exitcode for process in processes] == [0, 0]
    profile = check_whole(tmp_path, [f"{name}{thread}" for name in names for thread in range(THREADS)])
    assert "chess" in str(profile)


def test_eight_threads_give_the_memory_that_one_gives(tmp_path):
    tags = [f"t{thread}" for thread in range(THREADS)]
    with MemoryManager.open(tmp_path / "many", consolidate="background") as memory:
        in_threads([lambda tag=tag: add_some(memory, tag) for tag in tags])
        assert memory.settle(LONGEST_SECONDS)
    with MemoryManager.open(tmp_path / "one", consolidate="inline") as memory:
        for tag in tags:
            add_some(memory, tag)
    # Messages of the same moment keep the order of arrival, which differs; what is known of the user does not.
    many, one = (check_whole(tmp_path / name, tags) for name in ("many", "one"))
    assert {attribute.text for attribute in many.attributes} == {attribute.text for attribute in one.attributes}


def test_reading_while_others_add(tmp_path):
    with MemoryManager.open(tmp_path, consolidate="background") as memory:
        memory.add("I love chess.", user_id="alice", message_id="first", created_at=START)
        done = threading.Event()

        def read():
            while not done.is_set():
                assert "chess" in memory.retrieve("Which game do I love?", user_id="alice").text
                assert memory.search("chess", user_id="alice")
                memory.profile("alice")
                memory.status("alice")

        def add(tag):
            try:
                add_some(memory, tag)
            finally:
                done.set()

        in_threads([read, read, lambda: add("a"), lambda: add("b")])
        ids = Counter(message.id for message in memory.messages("alice"))
    assert ids == Counter(["first", *(f"{tag}-{number}" for tag in "ab" for number in range(EACH))])


@pytest.mark.parametrize("consolidate", ["background", "inline", "manual"])
def test_few_open_chains_for_many_users_and_threads(tmp_path, consolidate):
    users = [f"user-{number}" for number in range(6)]
    with MemoryManager.open(tmp_path, consolidate=consolidate, open_chains=2) as memory:

        def use(tag):
            for number in range(4):
                for user_id in users:
                    message_id = f"{tag}-{number}"
                    memory.add(f"I love chess, says {tag}.", user_id=user_id, message_id=message_id, created_at=START)
                    assert memory.search("chess", user_id=user_id)

        in_threads([lambda tag=f"t{thread}": use(tag) for thread in range(THREADS)])
        assert consolidate != "background" or memory.settle(20), "the worker does not come to rest"
        assert memory.users() == users
        for user_id in users:
            assert {message.user_id for message in memory.messages(user_id)} == {user_id}
            check = Counter(message.id for message in memory.messages(user_id))
            assert check == Counter(f"t{thread}-{number}" for thread in range(THREADS) for number in range(4))
            assert memory.check(user_id) == []
        memory.add("Bye.", user_id=users[0])
        assert len(memory._chains) <= 2


def test_a_chain_in_use_is_not_closed_under_its_user(tmp_path):
    with MemoryManager.open(tmp_path, consolidate="manual", open_chains=1) as memory:
        memory.add("I love chess.", user_id="alice")
        with memory._using("alice") as chain:
            for number in range(5):
                memory.add("Hello.", user_id=f"other-{number}")
            assert [message.text for message in chain.messages()] == ["I love chess."]


class OneWaits:
    """A home in which opening one user's store takes until it is let go."""

    def __init__(self, home, waits_for):
        self._home, self._waits_for = home, waits_for
        self.reached, self.let_go = threading.Event(), threading.Event()

    def open(self, user_id, *, create):
        if user_id == self._waits_for:
            self.reached.set()
            assert self.let_go.wait(LONGEST_SECONDS)
        return self._home.open(user_id, create=create)

    def __getattr__(self, name):
        return getattr(self._home, name)


def test_a_user_whose_file_opens_slowly_lets_nobody_else_wait(tmp_path):
    home = OneWaits(SQLiteHome(tmp_path), "slow")
    with MemoryManager.open(home, consolidate="manual", open_chains=2) as memory:

        def slow():
            assert memory.add("Hello.", user_id="slow").stored == 1

        def others():
            assert home.reached.wait(LONGEST_SECONDS)
            for number in range(6):
                memory.add("I love chess.", user_id=f"other-{number}")
                assert memory.search("chess", user_id=f"other-{number}")
            memory.forget("other-0", everything=True)
            home.let_go.set()

        in_threads([slow, slow, others])
        assert len(memory.messages("slow")) == 2
        assert "other-0" not in memory.users()


def test_users_come_go_and_are_forgotten_at_once(tmp_path):
    users = [f"user-{number}" for number in range(4)]
    with MemoryManager.open(tmp_path, consolidate="background", open_chains=2) as memory:

        def use(tag):
            for number in range(8):
                for user_id in users:
                    memory.add(f"I love chess, says {tag} {number}.", user_id=user_id)
                    with suppress(UnknownUserError):  # forgotten by another meanwhile
                        memory.search("chess", user_id=user_id)

        def forget():
            for _ in range(4):
                for user_id in users:
                    with suppress(UnknownUserError):
                        memory.forget(user_id, everything=True)

        in_threads([lambda: use("a"), lambda: use("b"), lambda: use("c"), forget])
        assert memory.settle(20)
        for user_id in memory.users():
            assert memory.check(user_id) == []
        assert memory.settle(20)  # opening them has woken the worker
        assert all(place.users == 0 for place in memory._chains.values())


class Slow:
    """A rule that takes until it is let go, for the texts that say so."""

    def __init__(self):
        self.reached, self.let_go = threading.Event(), threading.Event()

    def __call__(self, message):
        if "slowly" in message.text:
            self.reached.set()
            assert self.let_go.wait(LONGEST_SECONDS)
        return []


def test_forgetting_a_user_waits_for_calls_that_are_under_way(tmp_path):
    slow = Slow()
    with MemoryManager.open(tmp_path, consolidate="inline", rules=[slow]) as memory:

        def add():
            assert memory.add("I speak slowly.", user_id="alice").stored == 1

        def forget():
            assert slow.reached.wait(LONGEST_SECONDS)
            threading.Timer(0.05, slow.let_go.set).start()
            receipt = memory.forget("alice", everything=True)
            assert slow.let_go.is_set()
            assert receipt.messages == 1

        in_threads([add, forget])
        assert memory.users() == []


def test_a_call_that_takes_too_long_is_cut_off_when_its_user_is_forgotten(tmp_path, monkeypatch):
    monkeypatch.setattr("memory_chain.memory_manager.CUT_SECONDS", 0.0)
    slow = Slow()
    with MemoryManager.open(tmp_path, consolidate="inline", rules=[slow]) as memory:

        def add():
            with pytest.raises(UnknownUserError):
                memory.add("I speak slowly.", user_id="alice")

        def forget():
            assert slow.reached.wait(LONGEST_SECONDS)
            assert memory.forget("alice", everything=True).user_removed
            slow.let_go.set()

        in_threads([add, forget])
        assert memory.users() == []
        assert memory.add("Hello again.", user_id="alice").stored == 1


def test_a_damaged_memory_can_be_forgotten(tmp_path):
    with MemoryManager.open(tmp_path) as memory:
        memory.home.path_of("alice").write_bytes(b"x" * 5000)
        with pytest.raises(ForeignFileError, match="forget"):
            memory.profile("alice")
        assert memory.forget("alice", everything=True).user_removed
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("make_home", [SQLiteHome, lambda _: InMemoryHome()], ids=["files", "in memory"])
def test_what_another_manager_has_forgotten_is_gone_here_too(tmp_path, make_home):
    home = make_home(tmp_path)
    with MemoryManager(home, consolidate="inline") as one, MemoryManager(home, consolidate="inline") as other:
        one.add("I'm allergic to shellfish.", user_id="alice")
        assert "shellfish" in str(one.profile("alice"))
        other.forget("alice", everything=True)
        for ask in (one.profile, one.status, one.messages, lambda user: one.search("shellfish", user_id=user)):
            with pytest.raises(UnknownUserError):
                ask("alice")
        assert one.add("I love chess.", user_id="alice").stored == 1
        assert "shellfish" not in str(one.profile("alice"))
        assert [message.text for message in other.messages("alice")] == ["I love chess."]


def test_several_managers_on_one_home_see_what_the_others_did(tmp_path):
    with (
        MemoryManager.open(tmp_path, consolidate="inline") as one,
        MemoryManager.open(tmp_path, consolidate="inline") as two,
    ):
        one.add("I live in Lisbon.", user_id="alice", created_at=said_at(0))
        assert "Lisbon" in str(two.profile("alice"))
        two.add("I moved to Porto, I live in Porto now.", user_id="alice", created_at=said_at(1))
        assert "Porto" in str(one.profile("alice"))
        assert "Lisbon" not in str(one.profile("alice"))
        one.add("I love chess.", user_id="bob", created_at=said_at(2))
        assert two.users() == ["alice", "bob"]
        assert [piece.text for piece in two.search("chess", user_id="bob")] == ["I love chess."]


def test_several_managers_add_to_one_user_at_once(tmp_path):
    managers = [MemoryManager.open(tmp_path, consolidate="background") for _ in range(4)]
    tags = [f"m{number}" for number in range(len(managers))]
    try:
        in_threads([lambda pair=pair: add_some(*pair) for pair in zip(managers, tags, strict=True)])
    finally:
        for manager in managers:
            manager.close()
    check_whole(tmp_path, tags)


def test_a_new_user_comes_from_several_managers_at_the_same_moment(tmp_path):
    managers = [MemoryManager.open(tmp_path, consolidate="manual") for _ in range(4)]
    for number in range(20):
        user_id = f"new-{number}"
        in_threads([lambda one=one, user_id=user_id: one.add("Hello.", user_id=user_id) for one in managers])
        assert len(managers[0].messages(user_id)) == len(managers)
    for manager in managers:
        manager.close()


def test_the_same_messages_from_two_managers_are_stored_once(tmp_path):
    with (
        MemoryManager.open(tmp_path, consolidate="background") as one,
        MemoryManager.open(tmp_path, consolidate="background") as two,
    ):
        receipts = []

        def add(memory):
            for number in range(EACH):
                receipts.append(
                    memory.add(f"Tea {number}.", user_id="alice", message_id=f"{number}", created_at=said_at(number))
                )

        in_threads([lambda: add(one), lambda: add(two)])
        assert sum(receipt.stored for receipt in receipts) == EACH
        assert sum(receipt.duplicates for receipt in receipts) == EACH
        assert [message.id for message in one.messages("alice")] == [str(number) for number in range(EACH)]


def test_closing_while_others_add_loses_nothing_that_was_acknowledged(tmp_path):
    from memory_chain.errors import ClosedError

    memory = MemoryManager.open(tmp_path, consolidate="background")
    acknowledged = []
    enough = threading.Event()

    def add(tag):
        try:
            for number in range(10_000):
                acknowledged.extend(memory.add("I love chess.", user_id="alice", message_id=f"{tag}-{number}").ids)
                if len(acknowledged) > 40:
                    enough.set()
        except ClosedError:
            return
        raise AssertionError("the manager was never closed")

    def close():
        enough.wait(LONGEST_SECONDS)
        memory.close()

    in_threads([lambda: add("a"), lambda: add("b"), lambda: add("c"), close])
    with MemoryManager.open(tmp_path, consolidate="manual") as again:
        stored = Counter(message.id for message in again.messages("alice"))
        assert set(stored.values()) == {1}
        assert set(acknowledged) <= set(stored)
        assert again.check("alice") == []


# -- a call that fails makes nobody --


def test_a_refused_message_makes_no_user(tmp_path):
    with MemoryManager.open(tmp_path, consolidate="manual") as memory:
        for given, more in (("", {}), ("x", {"role": "nobody"}), ([{"text": "x"}, {"text": ""}], {})):
            with pytest.raises(InvalidMessageError):
                memory.add(given, user_id="alice", **more)
            assert memory.users() == []
        memory.add("I love tea.", user_id="alice")
        with pytest.raises(InvalidMessageError):
            memory.add("", user_id="alice")
        assert memory.status("alice").messages == 1


@pytest.mark.parametrize("error", [TransferError("damaged"), UserExistsError()])
def test_an_import_that_fails_takes_nothing_away_that_was_said_meanwhile(tmp_path, monkeypatch, error):
    with MemoryManager.open(tmp_path / "home", consolidate="manual") as memory:
        memory.add("I love tea.", user_id="bob")
        memory.export("bob", tmp_path / "export.jsonl")

        def meanwhile(store, file):
            in_threads([lambda: memory.add("I love chess.", user_id="alice")])
            raise error

        monkeypatch.setattr(transfer, "import_chain", meanwhile)
        with pytest.raises(type(error)):
            memory.import_(tmp_path / "export.jsonl", user_id="alice")
        assert [message.text for message in memory.messages("alice")] == ["I love chess."]
        monkeypatch.setattr(transfer, "import_chain", lambda store, file: (_ for _ in ()).throw(error))
        with pytest.raises(type(error)):
            memory.import_(tmp_path / "export.jsonl", user_id="carol")
        assert memory.users() == ["alice", "bob"]
