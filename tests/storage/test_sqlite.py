"""What is special about files: whose they are, what may be in them, what is left in them."""

import os
import stat
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory_chain.errors import (
    ClosedError,
    ForeignFileError,
    NewerSchemaError,
    ReadOnlyError,
    StorageError,
    StoreBusyError,
    StoreFullError,
    UnknownUserError,
)
from memory_chain.storage.base import Derived
from memory_chain.storage.sqlite import SQLiteHome, SQLiteStore, connection, path_for, user_of
from memory_chain.storage.sqlite.home import name_of
from memory_chain.types import Message, ModelCall, Observation, ObservedAttribute, QueueItem

MAY = datetime(2024, 5, 1, tzinfo=UTC)


def message(number, text="hello there"):
    return Message(id=f"m{number}", text=text, created_at=MAY + timedelta(minutes=hash(number) % 1000))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "alice.omem"


@pytest.fixture
def store(path):
    with closing(SQLiteStore(path, user_id="alice")) as opened:
        yield opened


def run(path, sql):
    database = apsw.Connection(str(path))
    rows = database.execute(sql).fetchall()
    database.close()
    return rows


# -- the schema --


def test_the_schema_is_what_the_migrations_build():
    built = apsw.Connection(":memory:")
    for statements in connection.migrations():
        built.execute(statements).fetchall()
    assert connection.shape(built) == connection.expected_shape()


def with_a_second_migration(monkeypatch, statements):
    known = connection.migrations()
    monkeypatch.setattr(connection, "migrations", lambda: (*known, statements))


def test_an_older_file_is_brought_up_to_date(path, monkeypatch):
    with closing(SQLiteStore(path, user_id="alice")) as store:
        store.add_messages([message(1)])
    with_a_second_migration(monkeypatch, "CREATE TABLE new (x); INSERT INTO new VALUES (7)")
    with closing(SQLiteStore(path, user_id="alice")) as store:
        assert store.counts().messages == 1
    assert run(path, "SELECT x FROM new") == [(7,)]
    assert run(path, "PRAGMA user_version") == [(2,)]


def test_a_migration_that_fails_leaves_the_file_as_it_was(path, monkeypatch):
    SQLiteStore(path, user_id="alice").close()
    with monkeypatch.context() as patch:
        with_a_second_migration(patch, "CREATE TABLE new (x); INSERT INTO nowhere VALUES (7)")
        with pytest.raises(StorageError, match="nowhere"):
            SQLiteStore(path, user_id="alice")
    assert run(path, "PRAGMA user_version") == [(1,)]
    with closing(SQLiteStore(path, user_id="alice")) as store:
        assert store.check() == []


def test_a_migration_that_is_killed_leaves_the_file_as_it_was(path):
    SQLiteStore(path, user_id="alice").close()
    script = f"""
import os
from memory_chain.storage.sqlite import SQLiteStore, connection
known = connection.migrations()
connection.migrations = lambda: (*known, "CREATE TABLE new (x); INSERT INTO new SELECT die()")
plain = connection.Connection._open
def opened(self, vfs):
    database = plain(self, vfs)
    database.create_scalar_function("die", lambda: os._exit(9), 0)
    return database
connection.Connection._open = opened
SQLiteStore({str(path)!r}, user_id="alice")
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9
    with closing(SQLiteStore(path, user_id="alice")) as store:
        assert store.check() == []


def test_an_older_file_is_not_changed_by_reading(path, monkeypatch):
    SQLiteStore(path, user_id="alice").close()
    with_a_second_migration(monkeypatch, "CREATE TABLE new (x)")
    with pytest.raises(ReadOnlyError, match="for reading only"):
        SQLiteStore(path, user_id="alice", read_only=True)


# -- files of others --


def test_a_foreign_database_is_refused_untouched(path):
    run(path, "CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(ForeignFileError, match=r"another program.*left untouched"):
        SQLiteStore(path, user_id="alice")
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"this is no database, but quite some text " * 40, b"short"])
def test_a_file_that_is_no_database_is_refused_untouched(path, content):
    path.write_bytes(content)
    with pytest.raises(ForeignFileError, match="not a memory of O-Mem, or it is damaged"):
        SQLiteStore(path, user_id="alice")
    assert path.read_bytes() == content


def test_a_newer_schema_is_refused_untouched(path):
    SQLiteStore(path, user_id="alice").close()
    run(path, "PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(NewerSchemaError, match=r"schema 99.*pip install --upgrade o-mem"):
        SQLiteStore(path, user_id="alice")
    assert path.read_bytes() == before


def test_the_file_of_another_user_is_refused(path):
    SQLiteStore(path, user_id="alice").close()
    with pytest.raises(ForeignFileError, match=r"user 'alice', not of 'bob'"):
        SQLiteStore(path, user_id="bob")


def test_an_empty_file_is_taken(path):
    path.touch()
    with pytest.raises(UnknownUserError):
        SQLiteStore(path, user_id="alice", create=False)
    with closing(SQLiteStore(path, user_id="alice")) as store:
        store.add_messages([message(1)])
        assert store.check() == []


def test_a_damaged_file_is_told(path):
    with closing(SQLiteStore(path, user_id="alice")) as store:
        store.add_messages([message(number, "word " * 500) for number in range(40)])
    data = bytearray(path.read_bytes())
    for page in range(4, len(data) // 4096, 2):
        data[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    path.write_bytes(bytes(data))
    with pytest.raises(ForeignFileError, match="damaged"), closing(SQLiteStore(path, user_id="alice")) as store:
        assert store.check()
        store.list_messages()


# -- what cannot be written --


def test_reading_only(path):
    with pytest.raises(UnknownUserError):
        SQLiteStore(path, user_id="alice", read_only=True)
    with closing(SQLiteStore(path, user_id="alice")) as store:
        store.add_messages([message(1)])
        with closing(SQLiteStore(path, user_id="alice", read_only=True)) as reader:
            assert reader.counts().messages == 1
            with pytest.raises(ReadOnlyError, match="for reading only"):
                reader.add_messages([message(2)])
            store.add_messages([message(2)])
            assert reader.counts().messages == 2


READ_ONLY = """
import sys, os
from pathlib import Path
from memory_chain.errors import ReadOnlyError
from memory_chain.storage.sqlite import SQLiteHome, SQLiteStore
from memory_chain.storage.sqlite.connection import migrations, schema
from memory_chain.types import Message
migrations(), schema()  # read while the package's own folder can be read
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
home = SQLiteHome(Path(sys.argv[1]))
store = SQLiteStore(home.path_of("alice"), user_id="alice", read_only=True)
assert store.counts().messages == 1
assert home.users() == ["alice"], home.users()
store.close()
def told(call):
    try:
        call()
    except ReadOnlyError as error:
        assert "owner and the permissions" in str(error) or "reading only" in str(error), error
    else:
        sys.exit("not told")
told(lambda: home.open("bob", create=True))
told(lambda: home.open("alice", create=True).add_messages([Message(text="x")]))
told(lambda: SQLiteHome(Path(sys.argv[1]) / "inner").open("bob", create=True))
told(lambda: home.remove("alice"))
"""


def test_a_home_that_cannot_be_written_can_be_read(tmp_path):
    folder = tmp_path / "home"
    with closing(SQLiteHome(folder).open("alice", create=True)) as store:
        store.add_messages([message(1)])
    path_for(folder, "alice").chmod(0o444)
    folder.chmod(0o555)
    for parent in folder.parents:  # let another user come through
        if parent.stat().st_uid == os.geteuid() and str(parent).startswith("/tmp/"):
            parent.chmod(parent.stat().st_mode | 0o111)
    done = subprocess.run([sys.executable, "-c", READ_ONLY, str(folder)], capture_output=True, text=True, check=False)
    folder.chmod(0o700)
    assert done.returncode == 0, done.stderr


def test_a_home_that_is_a_file_is_told(tmp_path):
    (tmp_path / "home").write_text("")
    with pytest.raises(StorageError, match="home is a file, not a folder"):
        SQLiteHome(tmp_path / "home").open("alice", create=True)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_home_on_a_full_disk_is_not_writable(tmp_path, monkeypatch):
    home = SQLiteHome(tmp_path)
    home.check_writable()
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: Path("/dev/full").open("wb"))  # noqa: SIM115
    with pytest.raises(StoreFullError, match="disk is full"):
        home.check_writable()


def test_a_full_disk_is_told_and_nothing_is_half_written(store):
    store.add_messages([message(0)])
    pages = store._db.value("PRAGMA page_count")
    store._db.rows(f"PRAGMA max_page_count = {pages + 4}")
    with pytest.raises(StoreFullError, match=r"disk is full.*free some space"):
        store.add_messages([message(1), message(2, "word " * 100_000)])
    assert store.counts().messages == 1
    assert store.check() == []
    store._db.rows("PRAGMA max_page_count = 100000")
    store.add_messages([message(1), message(2, "word " * 100_000)])
    assert store.counts().messages == 3


def test_a_transaction_whose_failed_write_was_swallowed_is_not_committed(store):
    store._db.rows(f"PRAGMA max_page_count = {store._db.value('PRAGMA page_count') + 4}")
    with pytest.raises(StorageError, match="rolled back"), store.transaction():
        store.add_messages([message(1)])
        with pytest.raises(StoreFullError):
            store.add_messages([message(2, "word " * 100_000)])
        with pytest.raises(StorageError, match="rolled back"):
            store.set_meta("a", "b")
    assert store.counts().messages == 0
    store.add_messages([message(1)])
    assert store.counts().messages == 1


def test_a_closed_store_says_so(path):
    store = SQLiteStore(path, user_id="alice")
    store.close()
    store.close()
    for call in (store.counts, lambda: store.add_messages([message(1)]), lambda: list(store.dump())):
        with pytest.raises(ClosedError, match="Open it again"):
            call()


def test_vacuum_in_a_transaction_is_told(store):
    with pytest.raises(StorageError, match="inside a transaction"), store.transaction():
        store.erase_traces()


# -- several at once --


def test_a_writer_waits_for_another_and_gives_up_with_a_word(path, store):
    with closing(SQLiteStore(path, user_id="alice", busy_timeout_seconds=0.05)) as other:
        with store.transaction():
            store.add_messages([message(1)])
            with pytest.raises(StoreBusyError, match="repeat it"):
                other.add_messages([message(2)])
            assert other.counts().messages == 0
        other.add_messages([message(2)])
        assert store.counts().messages == 2


def test_erasing_is_finished_when_nobody_reads_any_more(path):
    with closing(SQLiteStore(path, user_id="alice", busy_timeout_seconds=0.05)) as store:
        store.add_messages([message(1, "plantedword"), message(2)])
        reader = SQLiteStore(path, user_id="alice", read_only=True)
        with reader._db.snapshot():
            assert reader.counts().messages == 2
            store.forget_messages(["m1"])
            with pytest.raises(StoreBusyError, match=r"gone from.*another process is reading"):
                store.erase_traces()
            assert any("not erased" in problem for problem in store.check())
        reader.close()
    with closing(SQLiteStore(path, user_id="alice")) as store:
        assert store.check() == []
        assert b"plantedword" not in all_bytes(path.parent)


def test_the_version_changes_with_the_writes_of_others_and_never_comes_back(path, store):
    seen = {store.version()}
    with closing(SQLiteStore(path, user_id="alice")) as other:
        for writer in (store, other, store):
            writer.apply(Derived())
            assert store.version() == other.version() not in seen
            seen.add(store.version())
    with pytest.raises(RuntimeError), store.transaction():
        store.apply(Derived())
        seen.add(store.version())
        raise RuntimeError
    store.apply(Derived())
    assert store.version() not in seen


def test_a_file_that_is_removed_under_a_store_takes_no_more_writes(tmp_path):
    home = SQLiteHome(tmp_path)
    with closing(home.open("alice", create=True)) as store:
        store.add_messages([message(1)])
        home.remove("alice")
        with pytest.raises(ClosedError, match="removed or replaced"):
            store.add_messages([message(2)])
        with closing(home.open("alice", create=True)) as new:
            assert new.counts().messages == 0
            with pytest.raises(ClosedError, match="removed or replaced"):
                store.add_messages([message(2)])


ADDING = """
import sys
from memory_chain.storage.sqlite import SQLiteStore
from memory_chain.types import Message
store = SQLiteStore(sys.argv[1], user_id="alice")
for number in range(60):
    store.add_messages([Message(id=f"{sys.argv[2]}-{number}", text=f"{sys.argv[2]} says {number}")])
    store.lease("model", sys.argv[2], now=store.get_messages([f"{sys.argv[2]}-{number}"])[0].created_at, seconds=0.001)
store.close()
"""


def test_processes_and_threads_share_a_file(path):
    """The file is made, and written, by all of them at once."""
    processes = [subprocess.Popen([sys.executable, "-c", ADDING, str(path), name]) for name in ("one", "two")]
    with closing(SQLiteStore(path, user_id="alice")) as store:

        def add(thread):
            for number in range(15):
                store.add_messages([message(f"{thread}-{number}", f"thread {thread} says {number}")])

        threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [process.wait(60) for process in processes] == [0, 0]
        assert store.counts().messages == 2 * 60 + 8 * 15
        assert store.counts().unread == 2 * 60 + 8 * 15
        assert store.check() == []
    assert [file.name for file in path.parent.iterdir()] == ["alice.omem"]


def test_a_thread_does_not_see_the_open_transaction_of_another(store):
    inside, done = threading.Event(), threading.Event()
    seen = []

    def read():
        inside.wait()
        done.set()
        seen.append(store.counts().messages)

    reader = threading.Thread(target=read)
    reader.start()
    with pytest.raises(RuntimeError), store.transaction():
        store.add_messages([message(1)])
        inside.set()
        done.wait()
        raise RuntimeError
    reader.join()
    assert seen == [0]


# -- names and permissions --


def test_files_are_the_owners_only(tmp_path):
    home = SQLiteHome(tmp_path / "deep" / "home")
    with closing(home.open("alice", create=True)) as store:
        store.add_messages([message(1)])
        assert {stat.S_IMODE(file.stat().st_mode) for file in home.folder.iterdir()} == {0o600}
        assert len(list(home.folder.iterdir())) == 3
    assert stat.S_IMODE(home.folder.stat().st_mode) == 0o700


def test_users_of_a_home(tmp_path):
    home = SQLiteHome(tmp_path)
    users = [
        "alice",
        "Alice",
        "../../etc/passwd",
        "ü 漢",
        "x" * 256,
        "漢" * 256,
        "a b",
        "CON",
        "nul",
        "nul.x",
        ".",
        "~",
        "a%b",
    ]
    for user in users:
        with closing(home.open(user, create=True)) as store:
            assert store.user_id == user
    (tmp_path / "notes.txt").touch()
    (tmp_path / "~foreign.omem").write_bytes(b"x")
    (tmp_path / "nothing.omem").touch()
    assert home.users() == sorted(users)
    assert all(file.parent == tmp_path for file in tmp_path.rglob("*"))
    home.remove("alice")
    home.remove("alice")
    assert not home.exists("alice")
    assert home.exists("Alice")
    with pytest.raises(UnknownUserError) as told:
        home.open("alice", create=False)
    assert told.value.user_id == "alice"
    assert SQLiteHome(tmp_path / "none").users() == []


def test_a_damaged_file_can_be_removed(tmp_path):
    home = SQLiteHome(tmp_path)
    home.path_of("alice").write_bytes(b"x" * 5000)
    home.remove("alice")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_while_making_a_file_is_removed_with_the_user(tmp_path):
    home = SQLiteHome(tmp_path)
    home.open("alice", create=True).close()
    left = tmp_path / f".{home.path_of('alice').name}.01234567.tmp"
    left.touch()
    assert home.users() == ["alice"]
    home.remove("alice")
    assert list(tmp_path.iterdir()) == []


ANY_ID = st.text(st.characters(exclude_categories=()), min_size=1, max_size=256)


@given(ANY_ID, st.one_of(ANY_ID, st.sampled_from("abAB.~%/\\:")))
def test_file_names_are_safe_and_different(one, two):
    names = [name_of(one), name_of(two)]
    assert (names[0].lower() == names[1].lower()) == (one == two)
    for name, user in zip(names, (one, two), strict=True):
        path = path_for(Path("/home"), user)
        assert name.isascii() and name.isprintable() and len(path.name) + len("-journal") + 15 <= 255
        assert not set(name) & set('/\\:*?"<>| ') and not name.startswith(".")
        assert path.parent == Path("/home")
        assert user_of(path) == (None if name.startswith("~") else user)


# -- erasing --


def all_bytes(folder: Path) -> bytes:
    """All bytes of a folder's files, read by another process: to close a database's file here would drop its locks."""
    return subprocess.run(["cat", *folder.iterdir()], capture_output=True, check=True).stdout


def test_forgotten_words_are_in_no_byte_of_any_file(tmp_path, store):
    for number in range(0, 200, 10):
        store.add_messages(
            [
                Message(
                    id=f"m{n}",
                    text=f"planted{n}word and more {n}",
                    session_id=f"session{n}word",
                    speaker=f"speaker{n}word",
                    metadata={"note": f"meta{n}word"},
                )
                for n in range(number, number + 10)
            ]
        )
    gone, kept = range(0, 200, 2), range(1, 200, 2)
    for n in range(200):
        item = ObservedAttribute(section="diet", aspect="likes", value="x", text=f"item{n}word")
        store.put_observations(
            [Observation(message_id=f"m{n}", topics=(f"topic{n}word",), reason=f"reason{n}word", attributes=(item,))]
        )
        store.keep("mood", f"m{n}", [{"a": f"kept{n}word"}])
    batches = [(n, n + 1) for n in gone]
    for n, other in batches[:5]:
        store.record_call(
            ModelCall(
                purpose="extract", model="x", at=MAY, outcome="invalid", detail=f"call{n}word",
                message_ids=(f"m{n}", f"m{other}"),
            )
        )  # fmt: skip
        store.update_queue(
            [
                QueueItem(message=message(m), tries=1, error=f"error{n}word", raw=f"raw{n}word", dead=m == other)
                for m in (n, other)
            ]
        )
    words = ("planted", "session", "speaker", "meta", "topic", "reason", "item", "kept")
    before = all_bytes(tmp_path)
    assert all(f"{word}{n}word".encode() in before for word in words for n in range(200))
    store.forget_messages([f"m{n}" for n in gone])
    assert store.check() == ["something was forgotten, but its bytes are not erased from the file yet"]
    store.erase_traces()
    left = all_bytes(tmp_path)
    assert [f"{word}{n}word" for word in words for n in gone if f"{word}{n}word".encode() in left] == []
    assert [f"{word}{n}word" for word in words for n in kept if f"{word}{n}word".encode() not in left] == []
    for word in ("call", "error", "raw"):
        assert f"{word}0word".encode() not in left
    assert store.check() == []
    assert [item.dead for item in store.troubled()] == [True] * 5
    # The ids themselves are hashed under a key of the chain, and stay away.
    assert b'"m2"' not in left
    assert store.add_messages([message(2)]).forgotten == 1


def test_what_a_killed_process_had_forgotten_is_erased_at_the_next_opening(path):
    with closing(SQLiteStore(path, user_id="alice")) as store:
        store.add_messages([message(1, "plantedword"), message(2)])
        store.forget_messages(["m1"])
    with closing(SQLiteStore(path, user_id="alice", read_only=True)) as reader:
        assert reader.counts().messages == 1
    SQLiteStore(path, user_id="alice").close()
    assert b"plantedword" not in all_bytes(path.parent)


# -- checking --


def tampered(store, *statements):
    with store._db.transaction():
        for statement in statements:
            store._db.write(statement)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("DELETE FROM turn_index WHERE rowid = 1", "index does not hold"),
        ("INSERT INTO turn_index (rowid, tokens) VALUES (77, 'ghost')", "index does not hold"),
        ("UPDATE turns SET tokens = 'else' WHERE seq = 2", "another analysis"),
        ("UPDATE turns SET traits = 511 WHERE seq = 2", "another analysis"),
        ("DELETE FROM turns WHERE seq = 2", "not every message"),
        ("UPDATE chain SET waiting = 7", "counts"),
        ("UPDATE speakers SET messages = 7", "counts"),
    ],
)
def test_a_damaged_index_is_found_and_mended(store, damage, told):
    store.add_messages([message(1, "a blue whale"), message(2, "a red fox")])
    assert store.check() == []
    tampered(store, damage)
    assert any(told in problem for problem in store.check())
    assert store.check(repair=True) == []
    assert store.check() == []
    assert len(store.search(["whale", "fox"], limit=5)) == 2
    assert store.counts().waiting == 2


def test_a_changed_schema_is_found(store):
    tampered(store, "CREATE TABLE theirs (x)", "DROP INDEX messages_by_time")
    assert (
        store.check()
        == store.check(repair=True)
        == [
            "the schema differs from this version's: index messages_by_time",
            "the schema differs from this version's: table theirs",
        ]
    )


def test_a_row_that_refers_to_nothing_is_found(path):
    with closing(SQLiteStore(path, user_id="alice")) as store:
        store.add_messages([message(1)])
    run(path, "INSERT INTO kept VALUES ('mood', 99, 0, '{}')")
    with closing(SQLiteStore(path, user_id="alice")) as store:
        assert any("refers to nothing in messages" in problem for problem in store.check())
