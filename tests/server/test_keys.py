"""Keys: made at random, shown once, kept as hashes, scoped, expiring, revocable."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta

import apsw
import pytest

from memory_chain.errors import ForeignFileError, InvalidInputError, InvalidUserError
from memory_chain.server.keys import KeyStore, Scope, UnknownKeyError


def test_a_key_is_found_by_itself_alone(keys):
    made = keys.create(scopes=["read", "write"], name="app", user_id="alice")
    assert keys.find(made.token) == made.key
    assert keys.find(f" {made.token}\n") == made.key
    for wrong in (
        made.token[:-1],
        made.token + "x",
        made.token.upper(),
        made.key.prefix,
        "",
        "omem",
        "omem__",
        "ü" * 999,
    ):
        assert keys.find(wrong) is None
    other = keys.create(scopes=["read"])
    mixed = f"omem_{made.key.prefix}_{other.token.split('_', 2)[2]}"
    assert keys.find(mixed) is None


def test_a_key_has_256_random_bits_and_is_kept_as_a_hash(keys):
    made = keys.create(scopes=["admin"])
    secret = made.token.split("_", 2)[2]
    assert len(secret) >= 43
    keys.close()
    for file in keys.path.parent.iterdir():
        assert secret.encode() not in file.read_bytes()
    assert secret not in repr(made)
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600
    assert len({keys.create(scopes=["read"]).token for _ in range(20)}) == 20


def test_scopes(keys):
    assert keys.create(scopes=["read", " write"]).key.scopes == {Scope.READ, Scope.WRITE}
    for wrong in ([], ["root"], [""]):
        with pytest.raises(InvalidInputError, match="Scopes are: read, write, admin"):
            keys.create(scopes=wrong)
    with pytest.raises(InvalidUserError):
        keys.create(scopes=["read"], user_id=" ")


def test_a_key_expires(tmp_path):
    now = [datetime(2026, 5, 3, tzinfo=UTC)]
    keys = KeyStore(tmp_path / "k", clock=lambda: now[0])
    made = keys.create(scopes=["read"], expires_in=timedelta(days=1))
    assert keys.find(made.token)
    assert keys.any_usable()
    now[0] += timedelta(days=1)
    assert keys.find(made.token) is None
    assert keys.any()
    assert not keys.any_usable()
    with pytest.raises(InvalidInputError):
        keys.create(scopes=["read"], expires_in=timedelta(0))
    keys.close()


def test_a_key_is_revoked_at_once_also_by_another_process(keys):
    made = keys.create(scopes=["read"])
    with KeyStore(keys.path) as other:
        assert other.revoke(made.token).revoked_at is not None
        first = other.revoke(made.key.prefix).revoked_at
    assert keys.find(made.token) is None
    assert keys.keys()[0].revoked_at == first
    with pytest.raises(UnknownKeyError, match="omem keys list"):
        keys.revoke("nope")


def test_the_last_use_is_noted_once_a_minute(tmp_path):
    now = [datetime(2026, 5, 3, tzinfo=UTC)]
    with KeyStore(tmp_path / "k", clock=lambda: now[0]) as keys:
        key = keys.create(scopes=["read"]).key
        assert keys.keys()[0].last_used_at is None
        assert keys.use_is_due(key)
        keys.note_use(key)
        assert keys.keys()[0].last_used_at == now[0]
        assert not keys.use_is_due(key)
        now[0] += timedelta(minutes=1)
        assert keys.use_is_due(key)


def test_looking_makes_no_file(keys):
    assert keys.keys() == []
    assert not keys.any()
    assert not keys.any_usable()
    assert keys.find("omem_000000000000_x") is None
    assert not keys.path.exists()


def test_a_foreign_file_is_left_alone(tmp_path):
    text, database = tmp_path / "a", tmp_path / "b"
    text.write_text("hello" * 1000)
    connection = apsw.Connection(str(database))
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    for path in (text, database):
        before = path.read_bytes()
        with pytest.raises(ForeignFileError, match="Move it away"):
            KeyStore(path).create(scopes=["read"])
        assert path.read_bytes() == before


def test_the_file_is_no_memory(manager, keys):
    keys.create(scopes=["read"])
    manager.add("hi there", user_id="alice")
    assert manager.users() == ["alice"]
