"""What is special about files: whose they are, what may be in them, what is left in them."""

import os
import stat
import threading
from datetime import UTC, datetime
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
from memory_chain.storage.sqlite import SQLiteHome, SQLiteStore
from memory_chain.storage.sqlite.connection import migrations, schema
from memory_chain.storage.sqlite.home import decode_name, encode_name
from memory_chain.types import Message

MAY = datetime(2024, 5, 1, tzinfo=UTC)


def message(number, text="hello there"):
    return Message(id=f"m{number}", text=text, created_at=MAY)


def shape(statements):
    db = apsw.Connection(":memory:")
    for text in statements:
        db.execute(text)
    return sorted(db.execute("SELECT type, name, sql FROM sqlite_schema").fetchall(), key=str)


def test_the_schema_is_what_the_migrations_build():
    assert shape([schema()]) == shape(migrations())


def test_a_foreign_database_is_refused_untouched(tmp_path):
    path = tmp_path / "other.omem"
    db = apsw.Connection(str(path))
    db.execute("CREATE TABLE theirs (x)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(ForeignFileError, match=r"another program.*left untouched"):
        SQLiteStore(path, user_id="a")
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "x.omem"
    path.write_bytes(b"this is no database, but quite some text " * 40)
    with pytest.raises(ForeignFileError, match="no memory of O-Mem or is damaged"):
        SQLiteStore(path, user_id="a")


def test_a_newer_schema_is_refused_untouched(tmp_path):
    path = tmp_path / "x.omem"
    SQLiteStore(path, user_id="a").close()
    db = apsw.Connection(str(path))
    db.execute("PRAGMA user_version = 99")
    db.close()
    before = path.read_bytes()
    with pytest.raises(NewerSchemaError, match=r"schema 99.*pip install --upgrade o-mem"):
        SQLiteStore(path, user_id="a")
    assert path.read_bytes() == before


def test_a_home_that_is_a_file_is_told(tmp_path):
    (tmp_path / "home").write_text("")
    with pytest.raises(StorageError, match=r"cannot be written.*OMEM_HOME"):
        SQLiteHome(tmp_path / "home").open("a", create=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_home_is_told(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(ReadOnlyError, match="cannot be written"):
        SQLiteHome(tmp_path).open("a", create=True)


def test_a_file_that_cannot_be_opened_is_told(tmp_path):
    with pytest.raises(ReadOnlyError, match="cannot be opened"):
        SQLiteStore(tmp_path / "no" / "such" / "folder.omem", user_id="a")


def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path):
    store = SQLiteStore(tmp_path / "x.omem", user_id="a")
    store._db.execute(f"PRAGMA max_page_count = {store._db.execute('PRAGMA page_count')[0][0] + 4}")
    with pytest.raises(StoreFullError, match=r"disk is full.*Free some space"):
        store.add_messages([message(1), message(2, "word " * 100_000)])
    assert store.counts().messages == 0 and store.check() == []
    store.close()


def test_a_closed_store_says_so(tmp_path):
    store = SQLiteStore(tmp_path / "x.omem", user_id="a")
    store.close()
    store.close()
    with pytest.raises(ClosedError):
        store.counts()


def test_a_writer_waits_for_another_and_gives_up_with_a_word(tmp_path):
    one = SQLiteStore(tmp_path / "x.omem", user_id="a")
    two = SQLiteStore(tmp_path / "x.omem", user_id="a", busy_timeout_seconds=0.05)
    with one.transaction():
        one.add_messages([message(1)])
        with pytest.raises(StoreBusyError, match="Repeat the call"):
            two.add_messages([message(2)])
    two.add_messages([message(2)])
    assert one.counts().messages == 2
    one.close()
    two.close()


def test_files_are_the_owners_only(tmp_path):
    home = SQLiteHome(tmp_path / "deep" / "home")
    home.open("a", create=True).close()
    mode = lambda path: stat.S_IMODE(path.stat().st_mode)  # noqa: E731
    assert mode(home.path_of("a")) == 0o600 and mode(home.folder) == 0o700


def test_users_of_a_home(tmp_path):
    home = SQLiteHome(tmp_path)
    users = ["alice", "Alice", "../../etc/passwd", "ü 漢", "x" * 256, "a b", "CON", "nul", "."]
    for user in users:
        home.open(user, create=True).close()
    assert home.users() == sorted(users)
    assert all(path.parent == tmp_path for path in tmp_path.iterdir())
    home.remove("alice")
    assert not home.exists("alice") and home.exists("Alice")
    with pytest.raises(UnknownUserError):
        home.open("alice", create=False)


@given(st.text(min_size=1, max_size=256), st.text(min_size=1, max_size=256))
def test_file_names_are_safe_and_different(one, two):
    names = [encode_name(one), encode_name(two)]
    assert (names[0] == names[1]) == (one == two)
    for name, user in zip(names, (one, two), strict=True):
        assert name.isascii() and name == name.lower() and len(name) <= 200 and "/" not in name and "." not in name
        assert decode_name(name) in (user, None)


def all_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_forgotten_words_are_in_no_byte_of_any_file(tmp_path):
    store = SQLiteStore(tmp_path / "x.omem", user_id="a")
    for number in range(200):
        store.add_messages([message(number, f"planted{number}word and some more words {number}")])
    assert b"planted77word" in all_bytes(tmp_path)
    store.forget_messages([f"m{number}" for number in range(0, 200, 2)])
    store.erase_traces()
    left = all_bytes(tmp_path)
    for number in range(200):
        assert (f"planted{number}word".encode() in left) == (number % 2 == 1), number
    store.close()


def test_a_damaged_index_is_found_and_mended(tmp_path):
    store = SQLiteStore(tmp_path / "x.omem", user_id="a")
    store.add_messages([message(1, "a blue whale"), message(2, "a red fox")])
    store._db.execute("DELETE FROM turn_index WHERE rowid = 1")
    assert any("omem doctor --repair" in fault for fault in store.check())
    store._db.execute("DELETE FROM turn WHERE seq = 2")
    assert any("missing from the index" in fault for fault in store.check())
    assert store.check(repair=True) == [] and store.check() == []
    assert len(store.search(["whale", "fox"], limit=5)) == 2
    store.close()


def test_threads_share_a_store(tmp_path):
    store = SQLiteStore(tmp_path / "x.omem", user_id="a")

    def add(thread):
        for number in range(25):
            store.add_messages([message(f"{thread}-{number}", f"thread {thread} says {number}")])

    threads = [threading.Thread(target=add, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.counts().messages == 200 and store.check() == []
    store.close()
